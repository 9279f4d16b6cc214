"""What the commands that read captures in several processes share: their options, run and workers."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping

from rich.console import Console

from newscrawl.batch.capture_filter import CaptureFilter
from newscrawl.batch.date_range import DateRange
from newscrawl.batch.worker_pool import WorkerPool, WorkerSettings
from newscrawl.cli.options import option_type
from newscrawl.cli.project import Project
from newscrawl.errors import ArgumentError
from newscrawl.export.display import strip_controls
from newscrawl.operations import process
from newscrawl.operations.durations import read_count
from newscrawl.storage import Store


def add_pool_options(parser: argparse.ArgumentParser) -> None:
    number = "number of reading processes (default: the cores)"
    parser.add_argument("--workers", metavar="N", type=option_type(read_count), help=number)
    parser.add_argument("--spider", metavar="NAME", help="whose pages; required if there are several spiders")


def choose_spider(project: Project, name: str | None) -> str:
    """Return the spider of that name, or the only one. Raises ArgumentError."""
    names = project.spider_names()
    if name in names or (name is None and len(names) == 1):
        return name or names[0]
    raise ArgumentError(f"--spider: name one of {', '.join(names)}")


def start_run(store: Store, spider: str, source: str, arguments: Mapping[str, str]) -> int:
    """Record a run of this process; return its id. Raises LockedError where another one of this source is active."""
    return store.start_run(
        spider,
        arguments,
        source=source,
        versions=process.software_versions(),
        process=process.identity(),
        is_alive=process.is_alive,
    )


def make_printer(console: Console) -> Callable[[str], None]:
    """Make a function that prints a line above the progress bar of a console."""

    def print_line(line: str) -> None:
        console.print(strip_controls(line), markup=False, highlight=False, soft_wrap=True)

    return print_line


def make_pool(project: Project, spider: str, dates: DateRange, workers: int | None) -> WorkerPool:
    """Make a pool of reading processes, by default one per core that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    settings = WorkerSettings(
        database_url=project.database_url,
        warc_dir=project.warc_dir,
        spider=spider,
        capture_filter=CaptureFilter(publisher=project.find_publisher(spider), dates=dates),
        extract=project.extract_function,
        max_bytes=project.max_page_bytes,
        timeout=project.extract_timeout,
    )
    return WorkerPool(settings, workers=workers or cores)
