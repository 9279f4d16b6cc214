"""`scrapy ingest --scheduler local` beside `scrapy ingest`: CPU time with one worker, and wall time with two.

python -m bench.cluster [--files 2] [--megabytes 10] [--rounds 3] [--folder FOLDER]

Files in the shape of CC-NEWS (bench/archive.py) are read by turns: directly with one worker; on a cluster with one
worker and with two; and the same with --no-load, which writes only the results files. Each run must store, or read,
every page. CPU is that of all processes.

As many files of one page are read in each round, too: that is the cost of starting, for scheduler, workers and their
processes. What the others take more, divided by their pages more, is the cost per page, and both together say what as
many files of 200 MB would take. A page costs the same in a larger file: files are read one record at a time, and
results are written and stored in groups. Starts differ by tenths of a second, on a busy machine by seconds: small files
say nothing there.

"Overhead" is the CPU time of a cluster with one worker over that of the direct ingest; "faster" is the wall time with
one worker over that with two. A machine with two cores has no third one for the process that loads results, so there
the ratio without loading is that of the workers.

To write files takes about as long as to read them; with --folder they are kept, and used again.
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
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.archive import write_archive

_ROOT = Path(__file__).parents[1]
_SAMPLE_PAGES = 60
_LARGE = 200e6
"""Bytes of a file, in the ratios that are calculated."""
_MODES = {
    "direct, 1 worker": ("--workers", "1"),
    "cluster, 1 worker": ("--scheduler", "local", "--workers", "1"),
    "cluster, 2 workers": ("--scheduler", "local", "--workers", "2"),
    "1 worker, no load": ("--scheduler", "local", "--workers", "1", "--no-load"),
    "2 workers, no load": ("--scheduler", "local", "--workers", "2", "--no-load"),
}


@dataclass(frozen=True, slots=True)
class Files:
    """Archive files in a folder."""

    folder: Path
    pages: int
    """Of all of them."""

    @classmethod
    def write(cls, folder: Path, files: int, pages: int) -> Files:
        """Write files of so many pages each, unless they are there."""
        place = folder / f"{files}x{pages}"
        if not place.exists():
            part = place.with_suffix(".part")
            part.mkdir(parents=True, exist_ok=True)
            for number in range(files):
                write_archive(part / f"{number}.warc.gz", pages, first=number * pages)
            part.rename(place)
        return cls(place, files * pages)

    @property
    def page_bytes(self) -> float:
        return sum(file.stat().st_size for file in self.folder.iterdir()) / self.pages


@dataclass(frozen=True, slots=True)
class Seconds:
    """Time of an ingest: of CPU, or by the clock."""

    start: float
    page: float

    @classmethod
    def solve(cls, few: float, few_pages: int, many: float, many_pages: int) -> Seconds:
        """Divide the times of two ingests."""
        page = (many - few) / (many_pages - few_pages)
        return cls(few - few_pages * page, page)

    def of(self, pages: float) -> float:
        return self.start + self.page * pages


@dataclass(frozen=True, slots=True)
class Round:
    """What a mode has taken in a round."""

    cpu: Seconds
    wall: Seconds


def _measure(few: Files, many: Files, words: tuple[str, ...]) -> Round:
    start, whole = (_ingest(files, words) for files in (few, many))
    cpu, wall = (Seconds.solve(start[at], few.pages, whole[at], many.pages) for at in (0, 1))
    return Round(cpu, wall)


def _ingest(files: Files, words: tuple[str, ...]) -> tuple[float, float]:
    """Return the seconds of CPU, and by the clock."""
    with tempfile.TemporaryDirectory() as scratch:
        database = Path(scratch, "news.db")
        command = [sys.executable, "-m", "scrapy", "ingest", f"{files.folder}/*.warc.gz", *words]
        environment = os.environ | {"NEWSCRAWL_DATABASE_URL": f"sqlite:///{database}", "NEWSCRAWL_CLUSTERS": "0"}
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(command, check=False, cwd=_ROOT, env=environment, capture_output=True, text=True)
        seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        read = _count_results(Path(scratch)) if "--no-load" in words else _count_articles(database)
        if done.returncode or read != files.pages:
            sys.exit(
                f"{' '.join(command)}: exit {done.returncode}, "
                f"{read} of {files.pages} pages\n{done.stdout}{done.stderr}"
            )
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, seconds


def _count_articles(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])


def _count_results(folder: Path) -> int:
    from pyarrow import parquet  # noqa: PLC0415 - an extra

    files = folder.glob("ingest-results/*.parquet")
    return sum(parquet.read_table(file, columns=["state"])["state"].to_pylist().count("stored") for file in files)


def _format_range(values: Iterable[float], digits: int) -> str:
    """Median (minimum to maximum)."""
    numbers = list(values)
    return f"{statistics.median(numbers):.{digits}f} ({min(numbers):.{digits}f} to {max(numbers):.{digits}f})"


def _tabulate(rounds: dict[str, list[Round]]) -> Table:
    table = Table("", "start: CPU s", "page: CPU ms", "start: wall s", "page: wall ms", box=None)
    for name, measured in rounds.items():
        times = [[getattr(each, kind) for each in measured] for kind in ("cpu", "wall")]
        cells = (
            _format_range((factor * getattr(each, part) for each in of_kind), 2)
            for of_kind in times
            for part, factor in (("start", 1), ("page", 1000))
        )
        table.add_row(name, *cells)
    return table


def _compare(measured: list[Round], others: list[Round], kind: str, pages: float) -> str:
    """Return the ratio of two modes' times for so many pages."""
    pairs = zip(measured, others, strict=True)
    return _format_range(
        [getattr(first, kind).of(pages) / getattr(second, kind).of(pages) for first, second in pairs], 2
    )


def _print_ratios(rounds: dict[str, list[Round]], pages: float) -> None:
    direct, one, two, one_alone, two_alone = rounds.values()
    print(f"  CPU of a cluster with one worker, with direct: {_compare(one, direct, 'cpu', pages)}")
    parts = [1 - alone.cpu.of(pages) / whole.cpu.of(pages) for alone, whole in zip(one_alone, one, strict=True)]
    print(f"  part of the CPU that is loading: {_format_range(parts, 2)}")
    print(f"  faster with two workers than with one, stored: {_compare(one, two, 'wall', pages)}")
    print(f"  faster with two workers than with one, without loading: {_compare(one_alone, two_alone, 'wall', pages)}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2)
    parser.add_argument("--megabytes", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    rounds: dict[str, list[Round]] = {name: [] for name in _MODES}
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        sample = Files.write(folder, 1, _SAMPLE_PAGES)
        pages = max(2, round(options.megabytes * 1e6 / sample.page_bytes))
        few, many = (Files.write(folder, options.files, each) for each in (1, pages))
        for _ in range(options.rounds):
            for mode, words in _MODES.items():
                rounds[mode].append(_measure(few, many, words))
    print(f"{options.files} files of {options.megabytes:g} MB, {many.pages} pages; {os.cpu_count()} cores")
    Console(width=120).print(_tabulate(rounds))
    for what, total in (("these", many.pages), ("as many of 200 MB", options.files * _LARGE / many.page_bytes)):
        print(f"{what}, {total:.0f} pages:")
        _print_ratios(rounds, total)


if __name__ == "__main__":
    main()
