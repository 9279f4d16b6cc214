"""`scrapy crawl`: Scrapy's own, with checked arguments, an exit code that tells how it went, and a summary."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError

from newscrawl.cli.output import ignore_broken_pipe, make_table, render_terminal
from newscrawl.crawl import sources
from newscrawl.crawl.arguments import ARGUMENTS, read_arguments
from newscrawl.crawl.planner import Planner
from newscrawl.crawl.run_recorder import end_unstarted_run
from newscrawl.errors import ArgumentError, ExportError, NewscrawlError, StorageError
from newscrawl.export import scrapy_feeds
from newscrawl.operations import exit_codes, metrics
from newscrawl.operations.exit_codes import Conclusion, ExitCode
from newscrawl.storage.engine import parse_url

logger = logging.getLogger(__name__)


class Command(ScrapyCrawl):
    """Run a spider, and say how it went."""

    _is_history = False

    def long_desc(self) -> str:
        """What it does, and its arguments."""
        told = "; ".join(f"-a {name}={argument.form} ({argument.meaning})" for name, argument in ARGUMENTS.items())
        return f"Crawl a publisher into the database. Arguments: {told}."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Scrapy's, and --dry-run for -a dry_run=1."""
        super().add_options(parser)
        parser.add_argument("--dry-run", action="store_true", help="the same as -a dry_run=1: only tell what there is")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Crawl, and set the exit code."""
        if len(args) != 1:
            raise UsageError
        if opts.dry_run:
            opts.spargs["dry_run"] = "1"
        spider, self._is_history = args[0], _is_history(opts.spargs)
        try:
            read_arguments(opts.spargs)
            self._check_feeds()
            crawler = self._crawler_of(spider)
        except (ArgumentError, ExportError) as error:
            self._fail(spider, ExitCode.USAGE, str(error))
            return
        assert self.crawler_process is not None  # noqa: S101 - Scrapy sets it
        running = self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        if failure := _error_of(running):
            self._fail(spider, exit_codes.code_of(failure), _line(failure))
            self._close_run(spider)
        else:
            self._report(spider, crawler, quiet=opts.loglevel is not None)

    def _check_feeds(self) -> None:
        assert self.settings is not None  # noqa: S101 - Scrapy sets it
        scrapy_feeds.check_feeds(self.settings.getdict("FEEDS"), self.settings.getdict("FEED_EXPORTERS"))

    def _crawler_of(self, spider: str) -> Crawler:
        assert self.crawler_process is not None  # noqa: S101
        known = self.crawler_process.spider_loader.list()
        if spider not in known:
            raise ArgumentError(f"there is no spider {spider!r}; there are {', '.join(sorted(known))}")
        return self._create_crawler(spider)

    def _fail(self, spider: str, code: ExitCode, line: str) -> None:
        self.exitcode = int(code)
        print(line, file=sys.stderr)
        self._ping(spider, line)

    def _close_run(self, spider: str) -> None:
        assert self.settings is not None  # noqa: S101 - Scrapy sets it
        try:
            end_unstarted_run(self.settings["NEWSCRAWL_DATABASE_URL"], spider, self.exitcode)
        except StorageError as error:
            logger.info("%s", error)  # it was told, or there is no run to end

    def _ping(self, spider: str, line: str, run: int | None = None) -> None:
        if self._is_history:  # how the site fares is not told by archives
            return
        assert self.settings is not None  # noqa: S101 - Scrapy sets it
        url = self.settings["NEWSCRAWL_PING_URL"]
        metrics.ended(url, self.exitcode, f"{spider}: {line}", spider=spider, run=run)

    def _report(self, spider: str, crawler: Crawler, *, quiet: bool) -> None:
        """How it went: a line, and where it went wrong another with what to do; of a good run nothing if `quiet`."""
        stats = crawler.stats.get_stats()
        conclusion = exit_codes.conclude(stats, stats.get("finish_reason", "shutdown"))
        self.exitcode = int(conclusion.code)
        if run := exit_codes.count(stats, "run"):  # there is none in a dry run
            self._ping(spider, conclusion.line, run)
        if quiet and conclusion.code is ExitCode.DONE:
            return
        # -o - writes articles to the standard output, which then is theirs alone
        stream = sys.stderr if any("stdout" in uri or uri == "-" for uri in crawler.settings["FEEDS"]) else sys.stdout
        with ignore_broken_pipe(stream):
            if crawler.spider.arguments.dry_run:  # type: ignore[union-attr]
                planner = crawler.get_spider_middleware(Planner)
                if planner and planner.captures + planner.captures_known:
                    stream.write(_by_year(planner))
                stream.writelines(f"{line}\n" for line in (planner.plan if planner else ()))
                print(f"{spider}: {conclusion.line}", file=stream)
            elif not stream.isatty():
                print(f"{spider}: {conclusion.line}", file=stream)
            else:
                console = Console(file=stream)
                console.print(_table(stats, conclusion))
                database = parse_url(crawler.settings["NEWSCRAWL_DATABASE_URL"]).render_as_string(hide_password=True)
                console.print(f"The archive is {database}; `scrapy articles` lists and searches it.", highlight=False)
            if conclusion.advice:
                print(f"{spider}: what to do: {conclusion.advice}", file=stream)


def _is_history(given: Mapping[str, str]) -> bool:
    """Whether a run with these arguments, right or wrong, is one over an archive."""
    name = given.get("source", "warc" if "warc" in given else "live")
    return name in sources.list_names() and sources.load_source(name).mode.is_history


def _by_year(planner: Planner) -> str:
    """How many captures of each year there are to fetch, and how many are in the database."""
    table = make_table()
    for name in ("Captured", "To fetch", "In the database"):
        table.add_column(name, justify="right")
    for year in sorted(planner.captures + planner.captures_known):
        told = str(year) if year else "any time"
        table.add_row(told, str(planner.captures[year]), str(planner.captures_known[year]))
    return render_terminal(table)


def _table(stats: dict[str, Any], conclusion: Conclusion) -> Table:
    table = Table(title=conclusion.line.partition(":")[0], title_justify="left", show_header=False)
    table.add_column(justify="right")
    table.add_column()
    table.add_column(style="dim")
    for name in exit_codes.OUTCOMES:
        total = exit_codes.count(stats, f"outcome/{name}")
        if total or name in exit_codes.ARTICLES:
            why = ", ".join(f"{reason} {n}" for reason, n in exit_codes.reasons(stats, name).items())
            table.add_row(str(total), name, why)
    for counted, where in (("headlines", "of pages not to be had"), ("left", "for the next run")):
        if total := exit_codes.count(stats, counted):
            table.add_row(str(total), counted, where)
    return table


def _error_of(running: Any) -> BaseException | None:
    if isinstance(running, asyncio.Task):
        return running.exception() if running.done() and not running.cancelled() else None
    return None


def _line(error: BaseException) -> str:
    if isinstance(error, NewscrawlError):
        return str(error)
    logger.error("the crawl could not start", exc_info=error)
    return f"the crawl could not start: {type(error).__name__}: {error}"
