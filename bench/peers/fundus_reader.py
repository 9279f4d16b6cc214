"""Fundus over a WARC file, as its CCNewsCrawler reads Common Crawl's, in one process.

FUNDUS_PYTHON bench/peers/fundus_reader.py WARM FILE RESULT

CCNewsCrawler.crawl does it all: FastWARC, the publisher by the address, the parser by the date of the crawl, the filter
for what is complete. Replaced are the list of files, which it would fetch, and the fetching of a file, which is opened
instead. Fundus has no publisher for the pages of the bench, so one is defined here as its own are: a parser for each
era with selectors for it, and its functions for body, authors, date, topics and images, the attributes that most of its
publishers have.
"""

from __future__ import annotations

import datetime
import json
import sys
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import fundus.scraping.html
from fundus import CCNewsCrawler
from fundus.parser import ArticleBody, BaseParser, Image, ParserProxy, attribute
from fundus.parser.utility import (
    extract_article_body_with_selector,
    generic_author_parsing,
    generic_date_parsing,
    generic_topic_parsing,
    image_extraction,
)
from fundus.publishers.base_objects import Publisher
from fundus.scraping.url import RSSFeed
from lxml.cssselect import CSSSelector
from lxml.etree import XPath


class BenchParser(ParserProxy):
    """The three eras."""

    class V1(BaseParser):
        """2018 to 2021."""

        VALID_UNTIL = datetime.date(2021, 12, 31)
        _paragraph_selector = CSSSelector("div.body-copy-v2 > p")
        _subheadline_selector = CSSSelector("div.body-copy-v2 > h3")
        _upper_boundary_selector = XPath("//main")

        @attribute
        def body(self) -> ArticleBody | None:
            """Text."""
            return extract_article_body_with_selector(
                self.precomputed.doc,
                paragraph_selector=self._paragraph_selector,
                subheadline_selector=self._subheadline_selector,
            )

        @attribute
        def authors(self) -> list[str]:
            """Names."""
            return generic_author_parsing(self.precomputed.ld.xpath_search("NewsArticle/author"))

        @attribute
        def publishing_date(self) -> datetime.datetime | None:
            """When it came out."""
            return generic_date_parsing(self.precomputed.ld.xpath_search("NewsArticle/datePublished", scalar=True))

        @attribute
        def title(self) -> str | None:
            """Headline."""
            return self.precomputed.ld.xpath_search("NewsArticle/headline", scalar=True)

        @attribute
        def topics(self) -> list[str]:
            """Tags."""
            return generic_topic_parsing(self.precomputed.meta.get("parsely-tags"))

        @attribute
        def images(self) -> list[Image]:
            """With captions and credits."""
            return image_extraction(
                doc=self.precomputed.doc,
                paragraph_selector=self._paragraph_selector,
                upper_boundary_selector=self._upper_boundary_selector,
            )

    class V2(V1):
        """2022 to 2024."""

        VALID_UNTIL = datetime.date(2024, 12, 31)
        _paragraph_selector = CSSSelector("div.body-content > p")
        _subheadline_selector = CSSSelector("div.body-content > h3")

    class V3(V1):
        """2025 on."""

        _paragraph_selector = CSSSelector("p[data-component='paragraph']")
        _subheadline_selector = CSSSelector("h2[data-component='headline']")


class FileCrawler(CCNewsCrawler):
    """CCNewsCrawler of one file."""

    def __init__(self, path: str, *publishers: Publisher) -> None:
        super().__init__(*publishers, processes=0, disable_tqdm=True)
        self._path = path

    def _get_warc_paths(self) -> list[str]:
        return [self._path]


class FileSession:
    """Stands in for requests.Session: "gets" a local file, and starts the clock."""

    started: tuple[float, float] = (0.0, 0.0)

    def __enter__(self) -> FileSession:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def get(self, path: str, **_: Any) -> SimpleNamespace:
        """An answer whose body is the file."""
        self._stream = open(path, "rb")  # noqa: SIM115
        type(self).started = time.perf_counter(), time.process_time()
        return SimpleNamespace(raw=self._stream, raise_for_status=lambda: None)


def _articles(path: str, publisher: Publisher) -> Iterator[Any]:
    return iter(FileCrawler(path, publisher).crawl())


def main(warm: str, path: str, result: str) -> None:
    """Read `warm`, then `path`, timed; write what was read."""
    fundus.scraping.html.requests = SimpleNamespace(Session=FileSession)
    publisher = Publisher(
        name="Bench",
        domain="https://www.bloomberg.com/",
        parser=BenchParser,
        sources=[RSSFeed("https://www.bloomberg.com/feed")],
    )
    list(_articles(warm, publisher))
    found = list(_articles(path, publisher))
    ended = time.perf_counter(), time.process_time()
    seconds, cpu = (end - start for end, start in zip(ended, FileSession.started, strict=True))
    articles = [(one.html.responded_url, one.title, one.plaintext) for one in found]
    with open(result, "w", encoding="utf-8") as stream:
        json.dump({"seconds": seconds, "cpu": cpu, "articles": articles}, stream)


if __name__ == "__main__":
    main(*sys.argv[1:])
