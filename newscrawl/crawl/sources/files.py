"""Saved pages: files of HTML or text on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar

from newscrawl.archives import saved_pages
from newscrawl.article import Link
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.source import Source


class Files(Source):
    """`scrapy crawl NAME -a files=GLOB`: the files in alphabetical order."""

    mode: ClassVar[RunMode] = RunMode.SAVED_PAGES

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset(("",))

    async def start(self) -> AsyncIterator[Link]:
        for path in saved_pages.find_files(self._arguments.files or ""):
            yield Link(url=path.resolve().as_uri(), source="files")
