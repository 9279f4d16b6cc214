"""Which process a run is, and whether it is still at work: by the system's word, else by its last sign of life."""

from __future__ import annotations

import os
import platform
import socket
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import psutil

from newscrawl import __version__
from newscrawl.storage import Process, Run

SILENCE = timedelta(minutes=3)
"""A run that cannot be asked after is over when it has given no sign of life for longer."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PID_NAMESPACE = Path("/proc/self/ns/pid")
_TOLERANCE_SECONDS = 0.5


def identity() -> Process:
    """This process: the machine's name, the number, and a text that no other process will ever share.

    The text holds what the number has a meaning in (the system's start, the container's namespace) and when the
    process began, in seconds after the system's start; so a number that was given anew is told apart.
    """
    pid = os.getpid()
    return Process(host=socket.gethostname(), pid=pid, identity=f"{_numbered_in()} {_began(pid):.2f}")


def is_alive(run: Run) -> bool:
    """Whether the process of a run that has not ended is still at work; a zombie is not.

    A process of this machine, since its start and in this container, is looked up. Of any other nothing is known but
    its last sign of life, which must not be older than SILENCE.
    """
    numbered_in, _, began = (run.process or "").rpartition(" ")
    if run.pid is None or numbered_in != _numbered_in():
        return _gave_a_sign(run)
    try:
        return _is_running(run.pid, float(began))
    except psutil.AccessDenied:
        return _gave_a_sign(run)


def software_versions() -> dict[str, str]:
    """Versions of what an extraction, or the end of a run, may depend on."""
    libraries = {name: version(name) for name in ("scrapy", "lxml", "sqlalchemy", "trafilatura")}
    return {"newscrawl": __version__, "python": platform.python_version(), **libraries}


def _is_running(pid: int, began: float) -> bool:
    try:
        ended = psutil.Process(pid).status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        return not ended and abs(_began(pid) - began) < _TOLERANCE_SECONDS
    except psutil.NoSuchProcess:
        return False


def _gave_a_sign(run: Run) -> bool:
    return run.alive_at is not None and datetime.now(UTC) - run.alive_at <= SILENCE


def _numbered_in() -> str:
    """What a process number has its meaning in: one start of one machine, and there one namespace."""
    try:
        return f"{_BOOT_ID.read_text('ascii').strip()} {_PID_NAMESPACE.readlink()}"
    except OSError:  # no Linux; a clock that is set changes it, and then signs of life decide
        return f"{socket.gethostname()} {psutil.boot_time() // 60:.0f}"


def _began(pid: int) -> float:
    """Seconds after the system's start; psutil adds that start, by a clock that may have been set meanwhile."""
    return psutil.Process(pid).create_time() - psutil.boot_time()
