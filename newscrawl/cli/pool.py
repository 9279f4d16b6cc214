"""What the commands that read captures have in common: their options, the spider, the run and the processes."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console
from scrapy.settings import BaseSettings
from scrapy.spiderloader import get_spider_loader

from newscrawl.batch.capture_filter import Screen
from newscrawl.batch.worker_pool import ReadingPool, Settings
from newscrawl.cli.options import reads
from newscrawl.errors import ArgumentError
from newscrawl.export.display import strip_controls
from newscrawl.operations import process
from newscrawl.operations.durations import read_count
from newscrawl.storage import Store


def add_reading(parser: argparse.ArgumentParser) -> None:
    """--workers and --spider."""
    parser.add_argument(
        "--workers", metavar="N", type=reads(read_count), help="N processes that read (default: the cores)"
    )
    parser.add_argument("--spider", metavar="NAME", help="whose pages; needed where there are several spiders")


def the_spider(settings: Any, name: str | None, arguments: Mapping[str, str]) -> Any:
    """The spider of that name, or the only one, with its arguments. Raises ArgumentError."""
    loader = get_spider_loader(settings)
    names = sorted(loader.list())
    chosen = name or (names[0] if len(names) == 1 else None)
    if chosen not in names:
        raise ArgumentError(f"--spider: name one of {', '.join(names)}")
    return loader.load(chosen)(**arguments)


def begin(store: Store, spider: str, source: str, arguments: Mapping[str, str]) -> int:
    """Enter a run of this process; its id. Raises LockedError where another one over the same source is at work."""
    return store.start_run(
        spider,
        arguments,
        source=source,
        versions=process.software_versions(),
        process=process.identity(),
        is_alive=process.is_alive,
    )


def telling(console: Console) -> Callable[[str], None]:
    """A way to say something on a terminal, above the bar that may be shown there."""

    def tell(line: str) -> None:
        console.print(strip_controls(line), markup=False, highlight=False, soft_wrap=True)

    return tell


def reading_pool(settings: BaseSettings, spider: Any, workers: int | None) -> ReadingPool:
    """Processes that read a publisher's captures, by default as many as this one may use cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    told = Settings(
        url=settings["NEWSCRAWL_DATABASE_URL"],
        warcs=settings["NEWSCRAWL_WARC_DIR"],
        spider=spider.name,
        screen=Screen.of(spider),
        extract=settings["NEWSCRAWL_EXTRACT"],
        max_bytes=settings.getint("NEWSCRAWL_MAX_PAGE_BYTES"),
        timeout=settings.getfloat("NEWSCRAWL_EXTRACT_TIMEOUT"),
    )
    return ReadingPool(told, workers=workers or cores)
