"""The exit code of a crawl that another project runs."""

from __future__ import annotations

import logging
from typing import Self

from scrapy import signals
from scrapy.commands import ScrapyCommand
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from newscrawl.crawl.embedded import find_run, is_enabled
from newscrawl.crawl.end_of_run import conclude
from newscrawl.operations.exit_codes import PREFIX, ExitCode

logger = logging.getLogger(__name__)


class ExitCodeReporter:
    """An extension that logs how the crawl ended, and makes `scrapy crawl` and `scrapy runspider` exit with its code.

    A program that starts crawls itself finds the code in the stats, as newscrawl/exit_code.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._run = crawler, find_run(crawler)
        if not is_enabled(crawler, "NEWSCRAWL_EXIT_CODES"):
            raise NotConfigured

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        reporter = cls(crawler)
        # after spider_closed, in which the run ends
        crawler.signals.connect(reporter.engine_stopped, signals.engine_stopped)
        return reporter

    def engine_stopped(self) -> None:
        stats = self._crawler.stats
        conclusion = conclude(self._run, stats.get_value("finish_reason", "shutdown"))
        stats.set_value(f"{PREFIX}exit_code", int(conclusion.code))
        if conclusion.code is ExitCode.DONE:
            logger.info("%s", conclusion.line)
            return
        logger.warning("%s; what to do: %s", conclusion.line, conclusion.advice)
        # Scrapy's commands exit with this, unless the crawl could not start: then they set their own to 1
        ScrapyCommand.exitcode = int(conclusion.code)
