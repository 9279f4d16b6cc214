"""Runs on the three databases: what each did, and that a spider has only one at a time."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newscrawl.errors import LockedError
from newscrawl.storage import KILLED, Process, Run, Store

WRITER = Process("harbour", 4711, "boot-1 17.25")


def is_alive(_run: Run) -> bool:
    return True


def is_dead(_run: Run) -> bool:
    return False


def test_a_run_from_beginning_to_end(store: Store) -> None:
    before = datetime.now(UTC)
    first = store.start_run("sample", {"source": "s\udcff"}, versions={"newscrawl": "0.2.0"}, process=WRITER)
    second = store.start_run("sample", {})
    store.end_run(first, finish_reason="finished", exit_code=3, counts={"stored": 40})
    open_run, ended = store.runs()
    assert (open_run.id, open_run.ended_at, open_run.exit_code, open_run.counts) == (second, None, None, {})
    assert (open_run.versions, open_run.host, open_run.pid, open_run.process) == ({}, None, None, None)
    assert (ended.id, ended.spider, ended.arguments) == (first, "sample", {"source": "s\ufffd"})
    assert (ended.finish_reason, ended.exit_code, ended.counts) == ("finished", 3, {"stored": 40})
    assert (ended.versions, ended.host, ended.pid) == ({"newscrawl": "0.2.0"}, "harbour", 4711)
    assert ended.process == "boot-1 17.25"
    assert ended.ended_at
    assert before <= ended.started_at <= ended.ended_at <= datetime.now(UTC)
    assert ended.duration == ended.ended_at - ended.started_at


def test_runs_by_spider_and_end(store: Store) -> None:
    first, second, third = (store.start_run(spider, {}) for spider in ("one", "two", "one"))
    store.end_run(first, finish_reason="finished", exit_code=0, counts={})
    assert [run.id for run in store.runs()] == [third, second, first]
    assert [run.id for run in store.runs(spider="one")] == [third, first]
    assert [run.id for run in store.runs(ended=True)] == [first]
    assert [run.id for run in store.runs(ended=False)] == [third, second]
    assert [run.id for run in store.runs(1, spider="two")] == [second]
    assert [run.id for run in store.runs(exit_code=0)] == [first]
    assert store.runs(exit_code=7) == []


def test_a_heartbeat_saves_the_counts_so_far(store: Store) -> None:
    run_id = store.start_run("sample", {})
    (begun,) = store.runs()
    assert (begun.alive_at, begun.duration) == (begun.started_at, timedelta(0))
    assert store.alive(run_id, {"stored": 7})
    (run,) = store.runs()
    assert run.alive_at
    assert run.alive_at > begun.started_at
    assert (run.counts, run.duration) == ({"stored": 7}, run.alive_at - run.started_at)


def test_the_second_run_is_rejected_with_the_process_of_the_first(store: Store) -> None:
    run_id = store.start_run("sample", {}, process=WRITER, is_alive=is_alive)
    with pytest.raises(
        LockedError, match=rf"sample: run {run_id} \(process 4711 on harbour\) has been active since"
    ) as locked:
        store.start_run("sample", {}, is_alive=is_alive)
    (run,) = store.runs()
    assert (locked.value.run_id, locked.value.since, locked.value.pid) == (run_id, run.started_at, 4711)
    assert store.start_run("other", {}, is_alive=is_alive) != run_id
    store.end_run(run_id, finish_reason="finished", exit_code=0, counts={})
    store.start_run("sample", {}, is_alive=is_alive)


def test_a_killed_run_is_closed_by_the_next(store: Store) -> None:
    killed, silent, other = (store.start_run(spider, {}) for spider in ("sample", "sample", "other"))
    store.alive(killed, {"stored": 7})
    asked: list[int] = []

    def is_dead(run: Run) -> bool:
        asked.append(run.id)
        return False

    last = store.start_run("sample", {}, is_alive=is_dead)
    assert sorted(asked) == [killed, silent]
    runs = {run.id: run for run in store.runs()}
    assert (runs[killed].finish_reason, runs[killed].exit_code, runs[killed].counts) == (KILLED, None, {"stored": 7})
    assert runs[killed].ended_at == runs[killed].alive_at
    assert runs[silent].ended_at == runs[silent].started_at
    assert (runs[other].ended_at, runs[last].ended_at) == (None, None)
    assert not store.alive(killed, {"stored": 9})
    assert store.runs(ended=True)[-1].counts == {"stored": 7}


def test_who_was_taken_for_dead_and_was_not_tells_its_end(store: Store) -> None:
    run_id = store.start_run("sample", {})
    store.start_run("sample", {}, is_alive=is_dead)
    store.end_run(run_id, finish_reason="finished", exit_code=0, counts={"stored": 9})
    assert [(run.finish_reason, run.exit_code) for run in store.runs(ended=True)] == [("finished", 0)]


def test_none_is_closed_when_one_is_at_work(store: Store) -> None:
    dead, alive = store.start_run("sample", {}), store.start_run("sample", {})
    with pytest.raises(LockedError):
        store.start_run("sample", {}, is_alive=lambda run: run.id != dead)
    with pytest.raises(LockedError):
        store.start_run("sample", {}, is_alive=lambda run: run.id != alive)
    assert [run.id for run in store.runs(ended=False)] == [alive, dead]


def test_runs_over_different_sites_do_not_lock_each_other_out(store: Store) -> None:
    first = store.start_run("news", {}, sites=("tern.example", "gull.example"), is_alive=is_alive)
    second = store.start_run("news", {}, sites=("gull.example", "auk.example", "auk.example"), is_alive=is_alive)
    assert store.run_sites(second) == {"auk.example": None}
    with pytest.raises(LockedError, match=rf"tern.example: run {first} "):
        store.start_run("news", {}, sites=("tern.example", "gull.example"), is_alive=is_alive)
    elsewhere = store.start_run("news", {}, sites=("tern.example",), source="warc", is_alive=is_alive)
    assert list(store.run_sites(elsewhere)) == ["tern.example"]
    site_counts = {"tern.example": {"pages": 3}, "gull.example": {}}
    store.end_run(first, finish_reason="finished", exit_code=0, counts={"pages": 3}, site_counts=site_counts)
    assert store.run_sites(first) == {"gull.example": None, "tern.example": {"pages": 3}}
    assert store.past_counts("tern.example", "pages", limit=9) == [{"pages": 3}]
    third = store.start_run("news", {}, sites=("gull.example",), is_alive=is_alive)
    assert list(store.run_sites(third)) == ["gull.example"]


def test_a_killed_run_frees_all_of_its_sites(store: Store) -> None:
    killed = store.start_run("news", {}, sites=("tern.example", "gull.example"), is_alive=is_alive)
    store.start_run("news", {}, sites=("gull.example",), is_alive=is_dead)
    (_, ended) = store.runs(spider="news")
    assert (ended.id, ended.finish_reason) == (killed, KILLED)
    assert store.start_run("news", {}, sites=("tern.example",), is_alive=is_alive)


def test_a_run_that_is_not_alone_blocks_none_and_closes_killed_ones(store: Store) -> None:
    look = store.start_run("sample", {"dry_run": "1"}, is_alive=is_alive, alone=False)
    run_id = store.start_run("sample", {}, is_alive=is_alive)
    again = store.start_run("sample", {"dry_run": "1"}, is_alive=is_alive, alone=False)
    assert [(run.id, run.alone) for run in store.runs()] == [(again, False), (run_id, True), (look, False)]
    store.end_run(run_id, finish_reason="finished", exit_code=0, counts={})
    store.start_run("sample", {}, is_alive=lambda run: run.id == again)
    assert [(run.id, run.finish_reason) for run in store.runs(ended=True)] == [(run_id, "finished"), (look, KILLED)]
    store.start_run("sample", {}, is_alive=lambda run: False, alone=False)
    assert {run.id: run.finish_reason for run in store.runs(ended=True)}[again] == KILLED


STARTER = """
import sys
from newscrawl.errors import LockedError
from newscrawl.operations.archive import open_archive
with open_archive(sys.argv[1]) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        store.start_run("sample", {}, is_alive=lambda run: True)
    except LockedError:
        sys.exit(3)
"""


@pytest.mark.long
def test_of_processes_that_begin_at_the_same_moment_one_is_the_first(store: Store, url: str) -> None:
    command = [sys.executable, "-c", STARTER, url]
    root = Path(__file__).parents[3]
    starters = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) for _ in range(4)]
    for starter in starters:
        assert starter.stdout
        assert starter.stdout.readline() == b"ready\n"
    for starter in starters:
        assert starter.stdin
        starter.stdin.write(b"go\n")
        starter.stdin.flush()
    for starter in starters:
        starter.communicate()
    assert sorted(starter.returncode for starter in starters) == [0, 3, 3, 3]
    assert len(store.runs()) == 1
