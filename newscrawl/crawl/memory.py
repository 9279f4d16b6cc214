"""Memory of a running crawl: its limit, and the garbage collector."""

from __future__ import annotations

import gc
import re
from contextlib import suppress
from typing import Self

import psutil
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.extensions.memusage import MemoryUsage as ScrapyMemoryUsage

_MIB = 2**20
# The processes of a browser share most of their memory, which would be counted for each.
_BROWSER = re.compile("node$|chrom", re.I)


class MemoryUsage(ScrapyMemoryUsage):
    """Limits the memory that this process and its children hold now, without a browser, which has limits of its own."""

    def get_virtual_size(self) -> int:
        # Scrapy goes by the greatest size ever, which on Linux a child inherits from its parent
        this, size = psutil.Process(), 0
        for process in (this, *this.children(recursive=True)):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if not _BROWSER.match(process.name()):
                    size += process.memory_info().rss
        return size

    def _check_limit(self) -> None:
        if self._stats.get_value("memusage/limit_reached"):
            return
        super()._check_limit()
        if self._stats.get_value("memusage/limit_reached"):
            trouble = f"memory: {self.get_virtual_size() // _MIB} of {self.limit // _MIB} MiB (MEMUSAGE_LIMIT_MB)"
            self._stats.set_value("newscrawl/trouble", trouble)


class GarbageCollection:
    """Freezes what is loaded when the first spider of a process opens; collects less often: it took 0.6 ms a page."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        collection = cls()
        crawler.signals.connect(collection.spider_opened, signals.spider_opened)
        return collection

    def spider_opened(self) -> None:
        if gc.get_freeze_count():
            gc.collect()  # what an earlier crawl of this process left: a rare collection would find it much later
        else:
            gc.freeze()
        gc.set_threshold(5000)
