"""A WARC file of news pages read into articles, in pages per second of one core; Fundus and news-please for comparison.

python -m bench.ingest [--pages 600] [--rounds 5] [--fundus PYTHON] [--news-please PYTHON]

    python3 -m venv /tmp/fundus && /tmp/fundus/bin/pip install fundus "curl_cffi<0.16"
    python3 -m venv /tmp/news-please && /tmp/news-please/bin/pip install news-please

make the two venvs; --fundus /tmp/fundus/bin/python --news-please /tmp/news-please/bin/python then name them.

All read the same file (bench/archive.py), by turns, each in a process of its own on one core. "reader" is
newscrawl.archives alone, bodies decoded; "extract" the same with extraction, no database; "fundus" and "news-please"
are those crawlers' own ways through Common Crawl's files, see bench/peers/. "ingest" is `scrapy ingest` with its
database, if this checkout has the command: one worker on one core, and two on two.

Rates are of CPU time, so what else the machine does is not in them; nor are imports, nor the reading of a page of each
era to warm up, whose cost is taken off that of `scrapy ingest`. A page counts as read if headline and text are the
page's (nine paragraphs in ten), of `scrapy ingest` if its article is in the database: who reads fewer than there are is
no measure for the others.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.archive import ERAS, Written, write_archive
from newscrawl.archives.warc_reader import read_captures
from newscrawl.batch.extraction import extract_page as extract

_ROOT = Path(__file__).parents[1]
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True, slots=True)
class Run:
    """One reading of the file."""

    pages: int
    """Those that the times are of."""
    read: int
    cpu: float
    seconds: float

    @property
    def rate(self) -> float:
        """Pages a second of a core."""
        return self.pages / self.cpu


@dataclass(frozen=True, slots=True)
class Files:
    """The file to read, one of a page of each era to warm up with, and what is in the former."""

    warm: Path
    measured: Path
    written: list[Written]


def _ours(kind: str, warm: str, path: str, result: str) -> None:
    """In a process of its own: what the scripts in bench/peers do, with newscrawl."""
    read = list if kind == "reader" else partial(map, lambda capture: extract(capture.page()))
    list(read(read_captures(warm)))
    started = time.perf_counter(), time.process_time()
    articles = list(read(read_captures(path)))
    ended = time.perf_counter(), time.process_time()
    seconds, cpu = (end - start for end, start in zip(ended, started, strict=True))
    rows = [(one.url, getattr(one, "headline", None), getattr(one, "body_text", None)) for one in articles]
    Path(result).write_text(json.dumps({"seconds": seconds, "cpu": cpu, "articles": rows}), encoding="utf-8")


def _called(command: list[str], cores: int, **environment: str) -> None:
    """Run `command` on the last `cores` of this machine's cores; what it says is shown if it fails."""
    done = subprocess.run(
        command,
        check=False,
        cwd=_ROOT,
        env=os.environ | _ONE_THREAD | environment,
        preexec_fn=partial(_pin, cores),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}")


def _pin(cores: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-cores:])


def _measured(command: list[str], files: Files) -> Run:
    result = files.measured.with_suffix(".json")
    _called([*command, str(files.warm), str(files.measured), str(result)], 1)
    report = json.loads(result.read_text(encoding="utf-8"))
    articles = {url: (headline, text) for url, headline, text in report["articles"]}
    if "reader" in command:
        read = sum(page.url in articles for page in files.written)
    else:
        read = sum(_is_read(page, *articles.get(page.url, (None, None))) for page in files.written)
    return Run(len(files.written), read, report["cpu"], report["seconds"])


def _is_read(page: Written, headline: str | None, text: str | None) -> bool:
    body = _words(text)
    matched = sum(_words(paragraph) in body for paragraph in page.paragraphs)
    return _words(headline) == _words(page.headline) and matched >= 0.9 * len(page.paragraphs)


def _words(text: str | None) -> str:
    return " ".join((text or "").split())


def _ingested(workers: int, files: Files) -> Run:
    warm, whole = (_ingest(path, workers) for path in (files.warm, files.measured))
    return Run(len(files.written) - len(ERAS), whole.read, whole.cpu - warm.cpu, whole.seconds - warm.seconds)


def _ingest(path: Path, workers: int) -> Run:
    database = path.with_name(f"{time.monotonic_ns()}.db")
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "scrapy", "ingest", str(path), "--workers", str(workers)]
    _called(command, workers, NEWSCRAWL_DATABASE_URL=f"sqlite:///{database}")
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    with closing(sqlite3.connect(database)) as connection:
        (read,) = connection.execute("SELECT count(*) FROM articles").fetchone()
    return Run(read, read, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, seconds)


def _has_ingest() -> bool:
    command = [sys.executable, "-m", "scrapy", "ingest", "--help"]
    return not subprocess.run(command, check=False, cwd=_ROOT, capture_output=True).returncode


def _readers(fundus: str | None, news_please: str | None) -> dict[str, Callable[[Files], Run]]:
    ours = [sys.executable, "-m", "bench.ingest", "--run"]
    commands = {"reader": [*ours, "reader"], "extract": [*ours, "extract"]}
    if fundus:
        commands["fundus"] = [fundus, "bench/peers/fundus_reader.py"]
    if news_please:
        commands["news-please"] = [news_please, "bench/peers/news_please_reader.py"]
    readers: dict[str, Callable[[Files], Run]] = {
        name: partial(_measured, command) for name, command in commands.items()
    }
    if _has_ingest():
        readers |= {f"ingest, {workers} at work": partial(_ingested, workers) for workers in (1, 2)}
    return readers


def _rounds(readers: Mapping[str, Callable[[Files], Run]], pages: int, rounds: int) -> dict[str, list[Run]]:
    runs: dict[str, list[Run]] = {name: [] for name in readers}
    with tempfile.TemporaryDirectory() as folder:
        warm, measured = Path(folder, "warm.warc.gz"), Path(folder, "pages.warc.gz")
        write_archive(warm, len(ERAS))
        files = Files(warm, measured, write_archive(measured, pages))
        for _ in range(rounds):
            for name, reader in readers.items():
                runs[name].append(reader(files))
    return runs


def _format_range(values: Iterable[float], digits: int) -> str:
    """Median (minimum to maximum)."""
    numbers = list(values)
    return f"{statistics.median(numbers):.{digits}f}  ({min(numbers):.{digits}f} to {max(numbers):.{digits}f})"


def _compared(runs: Mapping[str, list[Run]], pages: int) -> Table:
    table = Table("", "pages read", "pages per second of a core", "by the clock", "extract to this", box=None)
    for name, measured in runs.items():
        ratios = [ours.rate / run.rate for run, ours in zip(measured, runs["extract"], strict=True)]
        table.add_row(
            name,
            f"{min(run.read for run in measured)} of {pages}",
            _format_range((run.rate for run in measured), 0),
            f"{statistics.median(run.pages / run.seconds for run in measured):.0f}",
            _format_range(ratios, 2),
        )
    return table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--fundus", metavar="PYTHON", help="of the venv that has it")
    parser.add_argument("--news-please", metavar="PYTHON", help="of the venv that has it")
    parser.add_argument("--run", nargs=4, metavar=("KIND", "WARM", "FILE", "RESULT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        _ours(*options.run)
        return
    runs = _rounds(_readers(options.fundus, options.news_please), options.pages, options.rounds)
    Console(width=120).print(_compared(runs, options.pages))
    for name, python in (("fundus", options.fundus), ("news-please", options.news_please)):
        if not python:
            print(f"{name}: not measured; --{name} PYTHON names a venv's interpreter, --help says how to make the venv")


if __name__ == "__main__":
    main()
