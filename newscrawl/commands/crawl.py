"""`scrapy crawl`: Scrapy's own command, with checked arguments, an exit code of the run, and a summary."""

from __future__ import annotations

import argparse

from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.exceptions import UsageError

from newscrawl.project_command import SettingsCommand


class Command(SettingsCommand, ScrapyCrawl):
    """Runs a spider, and reports how the run ended."""

    # What a crawl needs is imported when it is used: Scrapy imports every command at each start.

    def long_desc(self) -> str:
        from newscrawl.crawl.arguments import ARGUMENTS  # noqa: PLC0415 - as above

        arguments = [f"-a {name}={argument.form} ({argument.meaning})" for name, argument in ARGUMENTS.items()]
        return f"Crawl a publisher into the database. Arguments: {'; '.join(arguments)}."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        same = "the same as -a dry_run=1: only report what would be fetched"
        parser.add_argument("--dry-run", action="store_true", help=same)

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        from newscrawl.crawl.json_logs import start_json  # noqa: PLC0415 - as above

        super().process_options(args, opts)
        assert self.settings is not None  # noqa: S101 - Scrapy sets it before it processes options
        start_json(self.settings)  # before Scrapy writes its first line

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        from newscrawl.crawl_command import CrawlRun  # noqa: PLC0415 - as above

        if len(args) != 1:
            raise UsageError
        assert self.settings is not None  # noqa: S101 - Scrapy sets both before it runs the command
        assert self.crawler_process is not None  # noqa: S101
        self.exitcode = CrawlRun(self.settings, self.crawler_process, self._create_crawler).run(args[0], opts)
