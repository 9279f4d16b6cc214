"""Progress on a terminal, and a quiet log."""

from __future__ import annotations

import logging
import sys
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.logformatter import LogFormatter as ScrapyLogFormatter
from scrapy.logformatter import LogFormatterResult
from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call
from scrapy.utils.log import get_scrapy_root_handler
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from newscrawl.crawl.json_logs import describe_run, is_json
from newscrawl.operations import exit_codes


class Progress:
    """A progress bar below the log lines; off where there is no terminal."""

    def __init__(self, crawler: Crawler) -> None:
        wanted = crawler.settings["NEWSCRAWL_PROGRESS"]
        is_shown = sys.stderr.isatty() and not is_json(crawler.settings)
        if not (is_shown if wanted == "auto" else crawler.settings.getbool("NEWSCRAWL_PROGRESS")):
            raise NotConfigured
        self._crawler = crawler
        self._bar = Bar(
            SpinnerColumn("line"),
            BarColumn(30),
            MofNCompleteColumn(),
            TextColumn(
                "pages, {task.fields[articles]} articles, {task.fields[refused]} refused,"
                " {task.fields[errors]} errors, {task.fields[rate]}/s"
            ),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            auto_refresh=False,
        )
        self._task = self._bar.add_task("", total=None, articles=0, refused=0, errors=0, rate="0.0")
        self._loop: AsyncioLoopingCall | LoopingCall = create_looping_call(self.refresh)
        self._terminal = sys.stderr

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        progress = cls(crawler)
        crawler.signals.connect(progress.spider_opened, signals.spider_opened)
        crawler.signals.connect(progress.spider_closed, signals.spider_closed)
        return progress

    def spider_opened(self) -> None:
        self._bar.start()
        _log_to(sys.stderr, instead_of=self._terminal)  # log lines go through the bar's console from now on
        self._loop.start(0.25, now=False)

    def spider_closed(self) -> None:
        if self._loop.running:
            self._loop.stop()
        rich_stderr = sys.stderr
        self._bar.stop()
        _log_to(sys.stderr, instead_of=rich_stderr)

    def refresh(self) -> None:
        stats = self._crawler.stats.get_stats()
        done = {name: exit_codes.count(stats, f"outcome/{name}") for name in exit_codes.OUTCOMES}
        seconds = self._bar.tasks[self._task].elapsed or 0.0
        self._bar.update(
            self._task,
            completed=sum(done.values()),
            total=max(exit_codes.count(stats, "pages/asked"), sum(done.values())) or None,
            articles=sum(done[name] for name in exit_codes.ARTICLES),
            refused=done["refused"],
            errors=done["failed"] + done["blocked"],
            rate=f"{sum(done.values()) / seconds if seconds else 0:.1f}",
        )
        self._bar.refresh()


class LogFormatter(ScrapyLogFormatter):
    """Logs a page without an article as one line, without the repr of an item."""

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        return {**super().dropped(item, exception, response, spider), "msg": "%(exception)s"}


class LogLevel:
    """Applies NEWSCRAWL_LOG_FORMAT, and LOG_LEVEL to Scrapy's loggers.

    Otherwise Scrapy formats and counts several debug lines for each page.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        logging.getLogger("scrapy").setLevel(crawler.settings["LOG_LEVEL"])
        describe_run(crawler)
        return cls()


def _log_to(stream: object, *, instead_of: object) -> None:
    handler = get_scrapy_root_handler()
    if isinstance(handler, logging.StreamHandler) and handler.stream is instead_of:
        handler.setStream(stream)
