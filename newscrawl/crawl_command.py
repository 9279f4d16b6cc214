"""What `scrapy crawl` does: it checks arguments, runs a spider, and reports how the run ended."""

# Not in newscrawl.commands: Scrapy imports every command at each start, and this is the crawl with all that it needs.

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scrapy.crawler import Crawler, CrawlerProcessBase
from scrapy.settings import Settings

from newscrawl import sample
from newscrawl.cli.crawl import DryRunReport, RunSummary, print_summary
from newscrawl.cli.output import print_error
from newscrawl.configuration import redact
from newscrawl.crawl import sources
from newscrawl.crawl.arguments import read_arguments
from newscrawl.crawl.embedded import find_run
from newscrawl.crawl.end_of_run import conclude
from newscrawl.crawl.json_logs import is_json, write_end, write_failure
from newscrawl.crawl.planner import Planner
from newscrawl.crawl.run_recorder import end_unstarted_run
from newscrawl.crawl.spider import NewsSpider
from newscrawl.errors import ArgumentError, ExportError, NewscrawlError, StorageError
from newscrawl.export import scrapy_feeds
from newscrawl.operations import exit_codes, metrics
from newscrawl.operations.exit_codes import Conclusion, ExitCode
from newscrawl.operations.process import end_with_parent
from newscrawl.project_command import read_configuration

logger = logging.getLogger(__name__)

_REMOTE_CONTROL = "scrapy.extensions.remote_control.RemoteControl"


class CrawlRun:
    """Runs a spider as the command line says."""

    def __init__(
        self, settings: Settings, process: CrawlerProcessBase, create_crawler: Callable[[str], Crawler]
    ) -> None:
        self._settings, self._process, self._create_crawler = settings, process, create_crawler
        self._is_history, self._is_queried = False, True
        self.exit_code = 0

    def run(self, spider: str, opts: argparse.Namespace) -> int:
        """Run a spider to its end; return the exit code."""
        if opts.dry_run:
            opts.spargs["dry_run"] = "1"
        self._is_history = _is_history(opts.spargs)
        if not self._settings.getbool("REMOTE_CONTROL_ENABLED"):
            # Scrapy imports an extension before it asks whether it is on; this one imports aiohttp: 0.3 s CPU
            self._settings["EXTENSIONS_BASE"].pop(_REMOTE_CONTROL, None)
        try:
            self._check(spider, opts)
            crawler = self._create_crawler(spider)
        except (ArgumentError, ExportError) as error:
            self._fail(spider, ExitCode.USAGE, str(error))
            return self.exit_code
        crawl = self._process.crawl(crawler, **opts.spargs)
        end_with_parent()
        self._process.start()
        if failure := _get_error(crawl):
            self._fail(spider, exit_codes.code_of(failure), _describe_error(failure))
            try:
                end_unstarted_run(self._settings["NEWSCRAWL_DATABASE_URL"], spider, self.exit_code)
            except StorageError as error:  # already printed, or there is no run to end
                logger.info("%s", error)
        else:
            self._report(spider, crawler, is_quiet=opts.loglevel is not None)
        return self.exit_code

    def _check(self, spider: str, opts: argparse.Namespace) -> None:
        """Raise ArgumentError or ExportError for what the command line cannot mean; choose the sample's database."""
        loader = self._process.spider_loader
        is_known = spider in (known := loader.list())
        if not is_known or issubclass(loader.load(spider), NewsSpider):
            arguments = read_arguments(opts.spargs)
            configuration = read_configuration(self._settings, opts.set)
            if arguments.source == sample.SOURCE and (url := configuration.sample_database):
                self._is_queried = not Path(configuration["NEWSCRAWL_DATABASE_URL"].removeprefix("sqlite:///")).exists()
                self._settings.set("NEWSCRAWL_DATABASE_URL", url, priority="cmdline")
        elif opts.dry_run:
            raise ArgumentError(f"--dry-run: {spider} is none of newscrawl's spiders, which plan what they fetch")
        scrapy_feeds.check_feeds(self._settings.getdict("FEEDS"), self._settings.getdict("FEED_EXPORTERS"))
        if not is_known:
            raise ArgumentError(f"there is no spider {spider!r}; there are {', '.join(sorted(known))}")

    def _fail(self, spider: str, code: ExitCode, line: str) -> None:
        self.exit_code = int(code)
        if is_json(self._settings):
            write_failure(spider, line, code)
        else:
            print_error(line)
        self._ping_end(spider, line)

    def _ping_end(self, spider: str, line: str, run: int | None = None) -> None:
        if not self._is_history:  # a run over an archive says nothing about the site
            url = self._settings["NEWSCRAWL_PING_URL"]
            metrics.ping_end(url, self.exit_code, redact(f"{spider}: {line}"), spider=spider, run=run)

    def _report(self, spider: str, crawler: Crawler, *, is_quiet: bool) -> None:
        """Set the exit code, ping, and print the summary, unless `is_quiet` and all is well."""
        stats = crawler.stats.get_stats()
        conclusion = _conclude(crawler)
        self.exit_code = int(conclusion.code)
        if run := exit_codes.count(stats, "run"):  # a dry run has none
            self._ping_end(spider, conclusion.line, run)
        is_logged = is_json(crawler.settings)
        if is_quiet and conclusion.code is ExitCode.DONE and not is_logged:
            return
        # With -o - standard output is for articles only.
        has_feed = any("stdout" in uri or uri == "-" for uri in crawler.settings["FEEDS"])
        sites = crawler.spider.counts_of_sites() if isinstance(crawler.spider, NewsSpider) else {}
        database_url, dry_run = crawler.settings["NEWSCRAWL_DATABASE_URL"], _get_dry_run(crawler)
        summary = RunSummary(
            spider=spider,
            stats=stats,
            conclusion=conclusion,
            database_url=database_url,
            is_queried=self._is_queried,
            dry_run=dry_run,
            sites=sites,
        )
        if is_logged and not dry_run:
            write_end(spider, stats, conclusion, sites)
        else:
            print_summary(summary, sys.stderr if has_feed else sys.stdout)


def _conclude(crawler: Crawler) -> Conclusion:
    return conclude(find_run(crawler), crawler.stats.get_value("finish_reason", "shutdown"))


def _get_dry_run(crawler: Crawler) -> DryRunReport | None:
    planner = crawler.get_spider_middleware(Planner)
    if planner is None or not isinstance(crawler.spider, NewsSpider) or not crawler.spider.arguments.dry_run:
        return None
    return DryRunReport(plan=planner.plan, captures=planner.captures, captures_known=planner.captures_known)


def _is_history(given: Mapping[str, str]) -> bool:
    """Whether a run with these arguments, valid or not, is over an archive."""
    name = given.get("source", "warc" if "warc" in given else "live")
    return name in sources.list_names() and sources.load_source(name).mode.is_history


def _get_error(crawl: Any) -> BaseException | None:
    if isinstance(crawl, asyncio.Task) and crawl.done() and not crawl.cancelled():
        return crawl.exception()
    return None


def _describe_error(error: BaseException) -> str:
    if isinstance(error, NewscrawlError):
        return str(error)
    logger.error("the crawl could not start", exc_info=error)
    return f"the crawl could not start: {type(error).__name__}: {error}"
