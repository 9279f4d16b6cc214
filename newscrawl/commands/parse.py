"""`scrapy parse`: Scrapy's own command, which shows what a spider makes of one response, for any address."""

from __future__ import annotations

import argparse
import warnings
from typing import Any

from itemadapter import ItemAdapter
from scrapy import Request
from scrapy.commands.parse import Command as ScrapyParse
from scrapy.exceptions import ScrapyDeprecationWarning, UsageError
from scrapy.utils.spider import spidercls_for_request

from newscrawl.errors import ArgumentError
from newscrawl.project_command import SettingsCommand
from newscrawl.publisher import GENERAL, SITES_SPIDER


class Command(SettingsCommand, ScrapyParse):
    """Without --spider, an address that no other spider handles is read by that of its publisher, or of any site."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        with warnings.catch_warnings():
            # Scrapy's own command does what it warns of
            warnings.filterwarnings("ignore", ".*returned a Deferred", ScrapyDeprecationWarning)
            super().run(args, opts)

    def add_items(self, lvl: int, new_items: list[Any]) -> None:
        """Show also what is an item to our pipelines alone, as a response."""
        super().add_items(lvl, [each if ItemAdapter.is_item(each) else {"item": repr(each)} for each in new_items])

    def set_spidercls(self, url: str, opts: argparse.Namespace) -> None:
        # Scrapy imports every command at each start
        from newscrawl.crawl.arguments import read_arguments  # noqa: PLC0415
        from newscrawl.crawl.spider import NewsSpider  # noqa: PLC0415
        from newscrawl.publishers import find_publisher  # noqa: PLC0415 - imports all layouts

        assert self.crawler_process is not None  # noqa: S101 - Scrapy sets it
        loader = self.crawler_process.spider_loader
        if not opts.spider and spidercls_for_request(loader, Request(url)) is None:
            publisher = find_publisher(url)
            name = SITES_SPIDER if publisher is GENERAL else publisher.name
            opts.spider = name if name in loader.list() else None  # another project may use our commands
        super().set_spidercls(url, opts)
        if self.spidercls and issubclass(self.spidercls, NewsSpider):
            try:
                read_arguments(opts.spargs)
            except ArgumentError as error:
                raise UsageError(str(error), print_help=False) from error
