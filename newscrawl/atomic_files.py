"""Write files atomically: to a temporary file beside the target, synced, then renamed. Lock files."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import psutil

if sys.platform != "win32":
    import fcntl

_SQLITE_SUFFIXES = ("", "-journal", "-wal", "-shm")
"""The file itself, and the files that SQLite may create beside a database."""


@contextmanager
def temporary_path(folder: Path, name: str) -> Iterator[Path]:
    """Yield the path for a temporary version of `name`, .NAME.PID.part in `folder`; remove it at the end of the block.

    Files that killed processes left behind are removed first. Raises OSError.
    """
    prefix = f".{name}."
    for file in folder.iterdir():
        match = re.match(r"(\d+)\.part", file.name.removeprefix(prefix)) if file.name.startswith(prefix) else None
        if match and not psutil.pid_exists(int(match[1])):
            file.unlink(missing_ok=True)
    path = folder / f"{prefix}{os.getpid()}.part"
    _remove(path)
    try:
        yield path
    finally:
        _remove(path)


def move_into_place(temporary: Path, target: Path) -> None:
    """Rename a finished file to `target`, replacing what is there; file and folder are fsynced. Raises OSError."""
    _sync(temporary)
    temporary.replace(target)
    _sync(target.parent)


def lock_file(file: BinaryIO) -> bool:
    """Lock an open file until it is closed, or its process ends; return whether no other process has it locked."""
    if sys.platform == "win32":
        return True  # there, an open file cannot be deleted
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove(path: Path) -> None:
    for suffix in _SQLITE_SUFFIXES:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
