"""A limit of memory that goes by what the run holds now, its extraction processes included."""

from __future__ import annotations

from contextlib import suppress

import psutil
from scrapy.extensions.memusage import MemoryUsage as ScrapyMemoryUsage

_MIB = 2**20


class MemoryUsage(ScrapyMemoryUsage):
    """Scrapy's, which goes by the greatest size ever: Linux hands that from parent to child with a fork."""

    def get_virtual_size(self) -> int:
        """Bytes that this process and its children hold in memory."""
        this = psutil.Process()
        return sum(_resident(process) for process in (this, *this.children(recursive=True)))

    def _check_limit(self) -> None:
        if self._stats.get_value("memusage/limit_reached"):
            return
        super()._check_limit()
        if self._stats.get_value("memusage/limit_reached"):
            told = f"memory: {self.get_virtual_size() // _MIB} of {self.limit // _MIB} MiB (MEMUSAGE_LIMIT_MB)"
            self._stats.set_value("newscrawl/trouble", told)


def _resident(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        return int(process.memory_info().rss)
    return 0
