"""`scrapy extract`: one page, a saved file or an address, read and printed."""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import UsageError
from scrapy.http import Response
from twisted.python.failure import Failure

from newscrawl.archives import saved_pages
from newscrawl.article import Article, Page
from newscrawl.batch.extraction import explain_page
from newscrawl.cli.command import ProjectCommand
from newscrawl.crawl.network.failures import describe
from newscrawl.crawl.network.robots import make_user_agent
from newscrawl.crawl.sources._source import page_of
from newscrawl.errors import NewscrawlError
from newscrawl.export.display import strip_controls
from newscrawl.export.formats.text import render_text
from newscrawl.extract.layout import Reading

_ONE_PAGE = {
    "ITEM_PIPELINES": {},
    "EXTENSIONS": {},
    "SPIDER_MIDDLEWARES": {},
    "DOWNLOAD_DELAY": 0,
    "LOG_LEVEL": "ERROR",
    # It goes by ru_maxrss, which Linux hands from a parent process down: a large parent would end the fetch.
    "MEMUSAGE_ENABLED": False,
}


class Command(ProjectCommand):
    """Read a page as a crawl would, and print the article, or how it was read."""

    def syntax(self) -> str:
        """What it takes."""
        return "[options] FILE|URL"

    def short_desc(self) -> str:
        """What it does."""
        return "Print the article of one page, a saved file or an address"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """--url, --format, --explain."""
        super().add_options(parser)
        parser.add_argument("--url", metavar="ADDRESS", help="where a saved page is from")
        parser.add_argument(
            "--format", choices=("json", "text"), default="json", help="json (default), or text to read"
        )
        parser.add_argument("--explain", action="store_true", help="print where each field was read in place of it")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print, or say in one line on standard error why there is no article, with exit code 1."""
        if len(args) != 1:
            raise UsageError
        try:
            page = self._page(args[0], opts.url)
            reading = explain_page(page, max_bytes=self._max_bytes)
        except (NewscrawlError, OSError) as error:
            self.exitcode = 1
            sys.stderr.write(f"no article: {strip_controls(str(error))}\n")
            return
        sys.stdout.write(_printed(reading, opts.format, explained=opts.explain))

    @property
    def _max_bytes(self) -> int:
        return self.project_settings.getint("NEWSCRAWL_MAX_PAGE_BYTES")

    def _page(self, subject: str, url: str | None) -> Page:
        if subject.startswith(("http://", "https://")):
            return self._fetched(subject)
        page = saved_pages.read(Path(subject), self._max_bytes)
        return replace(page, url=url) if url else page

    def _fetched(self, url: str) -> Page:
        """The page at an address, asked for as a crawl asks: robots.txt obeyed, with our name."""
        self.project_settings.setdict(_ONE_PAGE, priority="spider")
        if contact := self.project_settings["NEWSCRAWL_CONTACT"]:
            self.project_settings.set("USER_AGENT", make_user_agent(contact), priority="spider")
        process = AsyncCrawlerProcess(self.project_settings)
        crawler = process.create_crawler(_OnePage)
        process.crawl(crawler, url=url)
        process.start()
        page = crawler.spider.page if isinstance(crawler.spider, _OnePage) else None
        if page is None:
            raise NewscrawlError(f"{url}: {getattr(crawler.spider, 'failure', None) or 'no answer'}")
        return page


class _OnePage(Spider):
    """Fetch one address."""

    name = "extract"

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.page: Page | None = None
        self.failure: str | None = None

    async def start(self) -> AsyncIterator[Request]:
        yield Request(self.url, callback=self.parse, errback=self.failed)

    def parse(self, response: Response, **kwargs: Any) -> None:
        self.page = page_of(response)

    def failed(self, failure: Failure) -> None:
        self.failure = describe(failure.value).reason.replace("_", " ")
        logging.getLogger(__name__).info("%s", failure)


def _printed(reading: Reading, form: str, *, explained: bool) -> str:
    if explained:
        return strip_controls("\n".join(_explanation(reading))) + "\n"
    if form == "text":
        return render_text(reading.article, shutil.get_terminal_size().columns)
    return json.dumps(reading.article.to_json(), ensure_ascii=False) + "\n"


def _explanation(reading: Reading) -> Iterator[str]:
    article, notes = reading.article, reading.notes
    yield f"{'layout':14} {article.layout}"
    for name in [field.name for field in fields(Article)]:
        asked = notes.passed_over.get(name, [])
        if name in article.sources or asked:
            yield f"{name:14} {_short(getattr(article, name, None))}"
            yield from (f"{'':14}   passed over {place}: {why}" for place, why in asked)
            yield (
                f"{'':14}   read at {article.sources[name]}" if name in article.sources else f"{'':14}   found nowhere"
            )
    for reason, line in notes.left_out:
        yield f"{'left out':14} {reason}: {_short(line)}"


def _short(value: Any, limit: int = 90) -> str:
    if isinstance(value, tuple):
        value = f"{len(value)}: " + "; ".join(str(getattr(part, "text", part)) for part in value) if value else "-"
    told = "-" if value is None else str(value)
    return told if len(told) <= limit else f"{told[: limit - 1]}…"
