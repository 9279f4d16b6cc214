"""How many articles several writers store at once on a server, with one writer: wall time, and CPU of the writers.

python -m bench.writers URL [--writers 3] [--articles 600]

URL is that of a database on a PostgreSQL or MariaDB server, whose user may create others: each measurement has an empty
one, which is dropped. Each writer is a process that stores articles of its own, in batches of 50: all new, then all
again, then all changed. Its start is not counted. What waiting for the disk costs depends on the server's settings.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import create_engine, text

from bench.store import articles, record
from newscrawl.operations.archive import open_archive
from newscrawl.storage.engine import parse_url

_PHASES = ("new", "unchanged", "changed")


def write(url: str, number: int, count: int) -> None:
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
        run_id = store.start_run(f"bench-{number}", {})
        store.record([], run_id=run_id)
        print("ready", flush=True)
        for batch in (captures, captures, edited):
            sys.stdin.readline()
            cpu, _, _ = record(store, batch, run_id)
            print(cpu, flush=True)


def measure(url: str, writers: int, count: int) -> list[tuple[float, float]]:
    """Return articles per second, and milliseconds of the writers' CPU per article, of each phase."""
    base = parse_url(url)
    own = base.set(database="newscrawl_bench")
    server = create_engine(base, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS newscrawl_bench"))
        connection.execute(text("CREATE DATABASE newscrawl_bench"))
    address = own.render_as_string(hide_password=False)
    open_archive(address).close()
    command = [sys.executable, "-m", "bench.writers", address, "--articles", str(count), "--number"]
    processes = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        for number in range(writers)
    ]
    for process in processes:
        read_line(process)
    measured = []
    for _ in _PHASES:
        begun = time.perf_counter()
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
        cpu = [float(read_line(process)) for process in processes]
        measured.append((writers * count / (time.perf_counter() - begun), sum(cpu) / writers))
    for process in processes:
        process.communicate()
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE newscrawl_bench"))
    server.dispose()
    return measured


def read_line(process: subprocess.Popen[str]) -> str:
    """Return the next line of a writer; raise RuntimeError if it has ended."""
    assert process.stdout
    if not (line := process.stdout.readline()):
        raise RuntimeError("a writer has failed")
    return line


def main(url: str, writers: int, count: int) -> None:
    """Print a line for each phase."""
    one, several = measure(url, 1, count), measure(url, writers, count)
    for phase, (rate, cpu), (rates, cpus) in zip(_PHASES, one, several, strict=True):
        print(
            f"{phase:9} one writer {rate:.0f} articles/s ({cpu:.2f} ms CPU each), {writers} writers {rates:.0f} "
            f"({cpus:.2f} ms): {rates / rate:.2f} times"
        )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"writers in all: {used.ru_utime + used.ru_stime:.1f} s CPU")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--writers", type=int, default=3)
    parser.add_argument("--articles", type=int, default=600)
    parser.add_argument("--number", type=int)
    options = parser.parse_args()
    if options.number is None:
        main(options.url, options.writers, options.articles)
    else:
        write(options.url, options.number, options.articles)
