"""Whether the process of a run is at work, asked of real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from newscrawl.operations import process
from newscrawl.operations.process import SILENCE, identity, is_alive
from newscrawl.storage import Process, Run

TELL = (
    "from newscrawl.operations.process import identity as i; "
    "p = i(); print(p.host, p.pid, p.identity, sep='|', flush=True);"
)
Start = Callable[..., tuple["subprocess.Popen[str]", Process]]


def run_of(process: Process | None, *, silent: timedelta | None = None) -> Run:
    now = datetime.now(UTC)
    return Run(
        id=1,
        spider="ferries",
        arguments={},
        started_at=now - timedelta(hours=1),
        ended_at=None,
        finish_reason=None,
        exit_code=None,
        counts={},
        host=process.host if process else None,
        pid=process.pid if process else None,
        process=process.identity if process else None,
        alive_at=None if silent is None else now - silent,
    )


@pytest.fixture
def start() -> Iterator[Start]:
    """A process that tells its identity and then waits; it, and the Process that it says it is."""
    begun: list[subprocess.Popen[str]] = []

    def start(*before: str) -> tuple[subprocess.Popen[str], Process]:
        command = [*before, sys.executable, "-c", f"{TELL} input()"]
        begun.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        assert begun[-1].stdout
        host, pid, text = begun[-1].stdout.readline().strip().split("|")
        return begun[-1], Process(host, int(pid), text)

    yield start
    for each in begun:
        each.kill()
        each.communicate()


def test_this_process_is_alive_whatever_its_last_heartbeat() -> None:
    assert is_alive(run_of(identity()))
    assert is_alive(run_of(identity(), silent=timedelta(days=1)))
    assert identity() == identity()


def test_a_process_is_alive_until_it_is_killed(start: Start) -> None:
    child, itself = start()
    run = run_of(itself, silent=timedelta())
    assert is_alive(run)
    child.send_signal(signal.SIGSTOP)
    assert is_alive(run)
    child.kill()
    while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert not is_alive(run), "a zombie"
    child.wait()
    assert not is_alive(run)


def test_a_reused_process_number_is_not_the_run(start: Start) -> None:
    _, itself = start()
    place, _, began = itself.identity.rpartition(" ")
    earlier = Process(itself.host, itself.pid, f"{place} {float(began) - 1:.2f}")
    assert is_alive(run_of(itself))
    assert not is_alive(run_of(earlier, silent=timedelta()))


@pytest.mark.parametrize("place", ["another-start pid:[4026531836]", "another-host 28812345"])
def test_a_process_elsewhere_is_judged_by_its_last_heartbeat(place: str) -> None:
    elsewhere = Process("island-2", os.getpid(), f"{place} {identity().identity.rpartition(' ')[2]}")
    assert is_alive(run_of(elsewhere, silent=SILENCE - timedelta(seconds=5)))
    assert not is_alive(run_of(elsewhere, silent=SILENCE + timedelta(seconds=5)))
    assert not is_alive(run_of(elsewhere))


def test_a_run_without_a_process_is_over() -> None:
    assert not is_alive(run_of(None))


def test_a_process_number_of_another_container_is_not_looked_up(start: Start) -> None:
    tried = subprocess.run(["unshare", "--pid", "--fork", "true"], check=False, capture_output=True)
    if tried.returncode:
        pytest.skip("a process namespace needs root (or a system that lets users make one) and util-linux' unshare")
    _, itself = start("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
    assert itself.pid < os.getpid(), "it counts from 1"
    assert itself.identity.split()[:2] != identity().identity.split()[:2]
    assert is_alive(run_of(itself, silent=timedelta()))
    assert not is_alive(run_of(itself, silent=SILENCE * 2))


def test_without_proc_host_and_boot_time_are_the_scope_of_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_BOOT_ID", Path("/nowhere"))
    here = identity()
    assert here.identity.startswith(f"{here.host} ")
    assert is_alive(run_of(here))
    assert not is_alive(run_of(Process(here.host, 2**22 + 1, here.identity)))
    monkeypatch.setattr(psutil, "boot_time", lambda: 60.0)
    assert not is_alive(run_of(here)), "the machine was started anew"


def test_an_inaccessible_process_is_judged_by_its_last_heartbeat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, silent = run_of(identity(), silent=timedelta()), run_of(identity(), silent=SILENCE * 2)

    def denied(pid: int) -> psutil.Process:
        raise psutil.AccessDenied(pid)

    monkeypatch.setattr(psutil, "Process", denied)
    assert is_alive(run)
    assert not is_alive(silent)
