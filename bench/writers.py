"""How many articles several writers store at once on a server, with one writer: wall time, and CPU of the writers.

python -m bench.writers URL [--writers 3] [--articles 600] [--server PID] [--round-trip MS]

URL is that of a database on a PostgreSQL or MariaDB server, whose user may create others: each measurement has an empty
one, which is dropped. Each writer is a process that stores articles of its own, in batches of 50: all new, then all
again, then all changed. Its start is not counted. PID is the server's process, if it runs here: its CPU says how much
the writers could gain at most, on cores that they share with it. With MS, each writer waits so many milliseconds before
each statement, as for a server on another machine. Rows that are changed together count as one statement, though the
driver of MariaDB sends one for each.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta

import psutil
from sqlalchemy import create_engine, event, text

from bench.store import articles, record
from newscrawl.operations.archive import open_archive
from newscrawl.storage.engine import parse_url

_PHASES = ("new", "unchanged", "changed")


def write(url: str, number: int, count: int, round_trip: float) -> None:
    """Store the articles of one writer, a phase at each line of the standard input."""
    captures = [
        replace(
            capture,
            url=f"{capture.url}-{number}",
            canonical_url=f"{capture.canonical_url}-{number}",
            post_id=f"{capture.post_id}-{number}",
        )
        for capture in articles(count)
    ]
    edited = [
        replace(capture, headline=f"{capture.headline} now", fetched_at=capture.fetched_at + timedelta(days=1))
        for capture in captures
    ]
    with open_archive(url) as store:
        if round_trip:
            event.listen(store._engine, "before_cursor_execute", lambda *_: time.sleep(round_trip / 1000))
        run_id = store.start_run(f"bench-{number}", {})
        store.record([], run_id=run_id)
        print("ready", flush=True)
        for batch in (captures, captures, edited):
            sys.stdin.readline()
            cpu, _, _ = record(store, batch, run_id)
            print(cpu, flush=True)


def measure(options: argparse.Namespace, writers: int) -> tuple[list[tuple[float, float]], float]:
    """Return articles per second and milliseconds of a writer's CPU per article, by phase; and those of the server."""
    base = parse_url(options.url)
    server = create_engine(base, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS newscrawl_bench"))
        connection.execute(text("CREATE DATABASE newscrawl_bench"))
    address = base.set(database="newscrawl_bench").render_as_string(hide_password=False)
    open_archive(address).close()
    command = [sys.executable, "-m", "bench.writers", address, "--articles", str(options.articles)]
    command += ["--round-trip", str(options.round_trip), "--number"]
    processes = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        for number in range(writers)
    ]
    for process in processes:
        read_line(process)
    served, measured, stored = read_cpu(options.server), [], writers * options.articles
    for _ in _PHASES:
        begun = time.perf_counter()
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
        cpu = [float(read_line(process)) for process in processes]
        measured.append((stored / (time.perf_counter() - begun), sum(cpu) / writers))
    for process in processes:
        process.communicate()
    served = read_cpu(options.server) - served
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE newscrawl_bench"))
    server.dispose()
    return measured, 1000 * served / stored / len(_PHASES)


def read_cpu(pid: int | None) -> float:
    """Return the seconds of CPU of a process and its children, also of those that have ended; 0 without a process."""
    if pid is None:
        return 0
    process = psutil.Process(pid)
    own = process.cpu_times()
    children = [child.cpu_times() for child in process.children(recursive=True)]
    ended = own.children_user + own.children_system
    return float(sum(times.user + times.system for times in (own, *children)) + ended)


def read_line(process: subprocess.Popen[str]) -> str:
    """Return the next line of a writer; raise RuntimeError if it has ended."""
    assert process.stdout
    if not (line := process.stdout.readline()):
        raise RuntimeError("a writer has failed")
    return line


def main(options: argparse.Namespace) -> None:
    """Print a line for each phase."""
    (one, served), (several, served_several) = measure(options, 1), measure(options, options.writers)
    for phase, (rate, cpu), (rates, cpus) in zip(_PHASES, one, several, strict=True):
        print(
            f"{phase:9} one writer {rate:.0f} articles/s ({cpu:.2f} ms CPU each), "
            f"{options.writers} writers {rates:.0f} ({cpus:.2f} ms): {rates / rate:.2f} times"
        )
    if options.server:
        print(f"server: {served:.2f} and {served_several:.2f} ms CPU each, on average of the three")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--writers", type=int, default=3)
    parser.add_argument("--articles", type=int, default=600)
    parser.add_argument("--server", type=int)
    parser.add_argument("--number", type=int)
    parser.add_argument("--round-trip", type=float, default=0)
    given = parser.parse_args()
    if given.number is None:
        main(given)
    else:
        write(given.url, given.number, given.articles, given.round_trip)
