"""Files that are there whole or not at all: made beside their place under a telling name, synced, then renamed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

_BESIDE = ("", "-journal", "-wal", "-shm")
"""What SQLite may put beside a database."""


@contextmanager
def in_the_making(folder: Path, name: str) -> Iterator[Path]:
    """The path of a file that is to become `name`: .NAME.PID.part in `folder`, gone at the end of the block.

    What killed processes have left of such files is removed first. Raises OSError.
    """
    begin = f".{name}."
    for left in folder.iterdir():
        told = re.match(r"(\d+)\.part", left.name.removeprefix(begin)) if left.name.startswith(begin) else None
        if told and not psutil.pid_exists(int(told[1])):
            left.unlink(missing_ok=True)
    path = folder / f"{begin}{os.getpid()}.part"
    _remove(path)
    try:
        yield path
    finally:
        _remove(path)


def put_in_place(part: Path, real: Path) -> None:
    """Give a finished file its name, in place of whatever has it; both are on the disk then. Raises OSError."""
    _sync(part)
    part.replace(real)
    _sync(real.parent)


def _remove(path: Path) -> None:
    for beside in _BESIDE:
        path.with_name(path.name + beside).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
