"""The identity of a run's process, and whether it is still alive."""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import socket
import sys
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import psutil

from newscrawl import __version__
from newscrawl.storage import Process, Run

SILENCE = timedelta(minutes=3)
"""A run whose process cannot be looked up is taken for dead when its last heartbeat is older than this."""
PARENT_VARIABLE = "CRAWL_PARENT_PID"
"""A variable of the environment: the number of the process without which this one must not go on."""
_PR_SET_PDEATHSIG = 1
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PID_NAMESPACE = Path("/proc/self/ns/pid")
_TOLERANCE_SECONDS = 0.5


def end_with_parent() -> None:
    """Have the system send SIGTERM to this process when the one that PARENT_VARIABLE names is gone.

    Only Linux can; elsewhere this process goes on, and its lock keeps others from its sites.
    """
    parent = os.environ.get(PARENT_VARIABLE)
    if not parent or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if str(os.getppid()) != parent:  # it was gone before
        os.kill(os.getpid(), signal.SIGTERM)


def identity() -> Process:
    """Identify this process by host, number, and a text that no other process ever has.

    The text is the scope of the number (start of the system, container's namespace) and the start of the process in
    seconds since the system's start: so a reused number is another process.
    """
    pid = os.getpid()
    return Process(host=socket.gethostname(), pid=pid, identity=f"{_pid_scope()} {_started_at(pid):.2f}")


def is_alive(run: Run) -> bool:
    """Whether the process of a run without an end is alive; a zombie is not.

    A process of this machine and container is looked up; of any other only the last heartbeat is known.
    """
    scope, _, started_at = (run.process or "").rpartition(" ")
    if run.pid is None or scope != _pid_scope():
        return _has_recent_heartbeat(run)
    try:
        process = psutil.Process(run.pid)
        if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
            return False
        return abs(_started_at(run.pid) - float(started_at)) < _TOLERANCE_SECONDS
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return _has_recent_heartbeat(run)


def software_versions() -> dict[str, str]:
    """Return the versions of what an extraction, or the end of a run, may depend on."""
    libraries = {name: version(name) for name in ("scrapy", "lxml", "sqlalchemy")}
    return {"newscrawl": __version__, "python": platform.python_version(), **libraries}


def _has_recent_heartbeat(run: Run) -> bool:
    return run.silence is not None and run.silence <= SILENCE


def _pid_scope() -> str:
    """Where a process number is unique: one start of one machine, and there one namespace."""
    try:
        return f"{_BOOT_ID.read_text('ascii').strip()} {_PID_NAMESPACE.readlink()}"
    except OSError:  # not Linux; a change of the clock changes this, and then heartbeats decide
        return f"{socket.gethostname()} {psutil.boot_time() // 60:.0f}"


def _started_at(pid: int) -> float:
    """Seconds after the system's start."""
    # psutil adds the system's start by a clock that may have been set since.
    return psutil.Process(pid).create_time() - psutil.boot_time()
