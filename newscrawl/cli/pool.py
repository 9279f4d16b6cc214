"""What the commands that read captures in several processes share: their options, run and workers."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, ProgressColumn

from newscrawl.batch.capture_filter import CaptureFilter
from newscrawl.batch.capture_worker import WorkerSettings
from newscrawl.batch.worker_pool import PoolRun, WorkerPool
from newscrawl.cli.options import option_type
from newscrawl.cli.output import print_error
from newscrawl.cli.project import Project
from newscrawl.configuration import redact
from newscrawl.date_range import DateRange
from newscrawl.errors import ArgumentError, LockedError, StorageError
from newscrawl.export.display import strip_controls
from newscrawl.operations import exit_codes, process
from newscrawl.operations.durations import read_count
from newscrawl.operations.exit_codes import ExitCode
from newscrawl.publisher import GENERAL
from newscrawl.publishers import Sites
from newscrawl.storage import Store

WORKERS = "number of reading processes (default: the cores)"


def add_pool_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workers", metavar="N", type=option_type(read_count), help=WORKERS)
    parser.add_argument("--spider", metavar="NAME", help="whose pages; required if there are several spiders")


def choose_spider(project: Project, name: str | None) -> str:
    """Return the spider of that name, or that of the only publisher. Raises ArgumentError."""
    names = project.spider_names()
    if name and name in names:
        return name
    if not name and len(of_publishers := project.list_publishers()) == 1:
        return of_publishers[0]
    raise ArgumentError(f"--spider: name one of {', '.join(names)}")


def find_sites(project: Project, spider: str) -> Sites:
    """Return the sites of a spider: its publisher; none, which means all, of the spider of any site."""
    publisher = project.find_publisher(spider)
    return Sites(() if publisher is GENERAL else (publisher,))


def start_run(store: Store, spider: str, source: str, arguments: Mapping[str, str], sites: Collection[str] = ()) -> int:
    """Record a run of this process; return its id. Raises LockedError where another one of this source is active."""
    return store.start_run(
        spider,
        {name: redact(value) for name, value in arguments.items()},
        sites=sites,
        source=source,
        versions=process.software_versions(),
        process=process.identity(),
        is_alive=process.is_alive,
    )


def end_run(store: Store, run: PoolRun, run_id: int | None, reason: str, code: ExitCode) -> None:
    """Record how a run ended, with its counts; None is a run that writes nothing."""
    if run_id is not None:
        by_site = {site: exit_codes.counts(stats) for site, stats in run.site_counts.items()}
        codes = exit_codes.conclude_each_site(run.stats, by_site)
        site_counts = {site: {**counts, "exit_code": int(codes[site])} for site, counts in by_site.items()}
        store.end_run(
            run_id,
            finish_reason=reason,
            exit_code=int(code),
            counts=exit_codes.counts(run.stats),
            site_counts=site_counts or None,
        )


def get_exit_code(work: Callable[[], ExitCode]) -> int:
    """Do the work of a run; return its exit code, also where an error prevents or ends it."""
    try:
        return int(work())
    except (ArgumentError, LockedError, StorageError) as error:
        print_error(error)
        return int(exit_codes.code_of(error))


@contextmanager
def show_bar(run: PoolRun, *columns: ProgressColumn) -> Iterator[Progress]:
    """On a terminal, show a progress bar; what the run warns of is printed above it."""
    console = Console(stderr=True)
    run.warn = lambda line: console.print(strip_controls(line), markup=False, highlight=False, soft_wrap=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        yield bar


def make_worker_settings(
    project: Project, spider: str, dates: DateRange, sites: Sites | None = None, *, has_database: bool = True
) -> WorkerSettings:
    """Return what workers need that read the pages of `sites`, by default of the spider's publisher.

    By default they also read all that the spider's own files hold.
    """
    whose = sites or find_sites(project, spider)
    return WorkerSettings(
        database_url=project.archive_url if has_database else "",
        captures=project.captures,
        spider=spider,
        capture_filter=CaptureFilter(dates=dates, sites=whose, spider="" if sites else spider),
        extract=project.extract_function,
        max_bytes=project.max_page_bytes,
        timeout=project.extract_timeout,
        user_agent=project.user_agent,
    )


def make_pool(settings: WorkerSettings, workers: int | None) -> WorkerPool:
    """Make a pool of reading processes, by default one per core that this process may use."""
    return WorkerPool(settings, workers=count_workers(workers))


def count_workers(wanted: int | None) -> int:
    """Return the number of reading processes: the one that is wanted, or one per core that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return wanted or cores
