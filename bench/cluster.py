"""`scrapy ingest --scheduler local` beside `scrapy ingest`: CPU time on one worker, and wall time with two.

python -m bench.cluster [--files 2] [--megabytes 200] [--rounds 3]

Files in the shape of CC-NEWS (bench/archive.py) are read by turns: directly with one worker; on a cluster with one
worker and with two; and the same with --no-load, which writes only the results files. CPU is that of all processes,
starting them included. "Overhead" is the CPU time of a cluster with one worker over that of the direct ingest;
"faster" is the wall time with one worker over that with two. A machine with two cores has no third one for the
process that loads results, so there the ratio without loading is that of the workers. Each run must store, or read,
every page.
"""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.archive import write_archive

_ROOT = Path(__file__).parents[1]
_SAMPLE_PAGES = 60
_MODES = {
    "direct, 1 worker": ("--workers", "1"),
    "cluster, 1 worker": ("--scheduler", "local", "--workers", "1"),
    "cluster, 2 workers": ("--scheduler", "local", "--workers", "2"),
    "cluster, 1 worker, no load": ("--scheduler", "local", "--workers", "1", "--no-load"),
    "cluster, 2 workers, no load": ("--scheduler", "local", "--workers", "2", "--no-load"),
}


@dataclass(frozen=True, slots=True)
class Run:
    """One ingest of all files."""

    cpu: float
    seconds: float


def _write_files(folder: Path, files: int, megabytes: float) -> int:
    """Write the files; return their pages."""
    sample = folder / "sample"
    write_archive(sample, _SAMPLE_PAGES)
    pages = max(1, round(megabytes * 1e6 / (sample.stat().st_size / _SAMPLE_PAGES)))
    sample.unlink()
    for number in range(files):
        write_archive(folder / f"{number}.warc.gz", pages, first=number * pages)
    return files * pages


def _ingest(folder: Path, words: tuple[str, ...], pages: int) -> Run:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        database = Path(scratch, "news.db")
        command = [sys.executable, "-m", "scrapy", "ingest", f"{folder}/*.warc.gz", *words]
        environment = os.environ | {"NEWSCRAWL_DATABASE_URL": f"sqlite:///{database}", "NEWSCRAWL_CLUSTERS": "0"}
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(command, check=False, cwd=_ROOT, env=environment, capture_output=True, text=True)
        seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        read = _count_results(Path(scratch)) if "--no-load" in words else _count_articles(database)
        if done.returncode or read != pages:
            sys.exit(
                f"{' '.join(command)}: exit {done.returncode}, {read} of {pages} pages\n{done.stdout}{done.stderr}"
            )
    return Run(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, seconds)


def _count_articles(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])


def _count_results(folder: Path) -> int:
    from pyarrow import parquet  # noqa: PLC0415 - an extra

    files = folder.glob("ingest-results/*.parquet")
    return sum(parquet.read_table(file, columns=["state"])["state"].to_pylist().count("stored") for file in files)


def _format_range(values: list[float], digits: int) -> str:
    """Median (minimum to maximum)."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def _tabulate(runs: dict[str, list[Run]], pages: int) -> Table:
    table = Table("", "CPU s", "CPU ms per page", "wall s", box=None)
    for name, measured in runs.items():
        cpu = [run.cpu for run in measured]
        per_page = f"{1000 * statistics.median(cpu) / pages:.2f}"
        table.add_row(name, _format_range(cpu, 1), per_page, _format_range([run.seconds for run in measured], 1))
    return table


def _compare(runs: dict[str, list[Run]], one: str, other: str, measure: Callable[[Run], float]) -> str:
    pairs = zip(runs[one], runs[other], strict=True)
    return _format_range([measure(first) / measure(second) for first, second in pairs], 2)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2)
    parser.add_argument("--megabytes", type=float, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    runs: dict[str, list[Run]] = {name: [] for name in _MODES}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = _write_files(folder, options.files, options.megabytes)
        for _ in range(options.rounds):
            for mode, words in _MODES.items():
                runs[mode].append(_ingest(folder, words, pages))
    print(f"{options.files} files of {options.megabytes:g} MB, {pages} pages; {os.cpu_count()} cores")
    Console(width=120).print(_tabulate(runs, pages))
    direct, *clusters = _MODES
    print(f"CPU of a cluster with one worker, with direct: {_compare(runs, clusters[0], direct, lambda run: run.cpu)}")
    loading = [1 - alone.cpu / whole.cpu for alone, whole in zip(runs[clusters[2]], runs[clusters[0]], strict=True)]
    print(f"part of the CPU that is loading: {_format_range(loading, 2)}")
    for one, two, what in ((0, 1, "stored"), (2, 3, "without loading")):
        ratio = _compare(runs, clusters[one], clusters[two], lambda run: run.seconds)
        print(f"faster with two workers than with one, {what}: {ratio}")


if __name__ == "__main__":
    main()
