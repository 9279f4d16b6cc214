"""Many crawls in one process, one after the other, each at a moment of its own: started by tests.simulation.month.

Reads lines of JSON, {"at": ISO time, "arguments": {…}}; runs a crawl at that moment, its clock going on from there;
writes a line of JSON for each, {"code": exit code, "line": its summary, "requests": how many it sent,
"resident": bytes in memory, "seconds": real ones}.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import datetime
from functools import partial
from typing import Any
from unittest.mock import patch

import psutil
import time_machine
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.log import configure_logging
from scrapy.utils.project import get_project_settings
from scrapy.utils.reactor import install_reactor

from newscrawl.configuration.options import BY_NAME
from newscrawl.crawl import run_database
from newscrawl.crawl.batch_writer import BatchWriter
from newscrawl.operations import exit_codes

_SLOWER = 0.01
"""Of the pauses of a host that says it is too much."""
_GATHER_SECONDS = 0.02
"""Of the pages of a commit: fewer than for a crawl that waits between pages."""
_SETTINGS = {
    "SPIDER_MODULES": ["tests.simulation.spider"],
    "DOWNLOAD_DELAY": 0,
    "NEWSCRAWL_EXTRACT_PROCESSES": 0,
    "NEWSCRAWL_SLOWDOWN": BY_NAME["NEWSCRAWL_SLOWDOWN"].default * _SLOWER,
    "NEWSCRAWL_MAX_WAIT": BY_NAME["NEWSCRAWL_MAX_WAIT"].default * _SLOWER,
    "NEWSCRAWL_PROGRESS": False,
    "MEMUSAGE_ENABLED": False,
}


async def crawl(runner: AsyncCrawlerRunner, arguments: dict[str, str]) -> dict[str, Any]:
    """One crawl, to its end: how it ended, and how many requests it sent."""
    crawler = runner.create_crawler("simulated")
    await runner.crawl(crawler, **arguments)
    stats = crawler.stats.get_stats()
    ended = exit_codes.conclude(stats, stats["finish_reason"])
    return {"code": int(ended.code), "line": ended.line, "requests": stats.get("downloader/request_count", 0)}


def resident() -> int:
    """Bytes of this process in memory."""
    return int(psutil.Process().memory_info().rss)


def _settings() -> Settings:
    project = get_project_settings()
    project.setdict(_SETTINGS, priority="cmdline")
    return project


async def crawls() -> None:
    """Crawls as they are requested, until the standard input ends."""
    runner = AsyncCrawlerRunner(_settings())
    while await _answer(runner):
        pass


async def _answer(runner: AsyncCrawlerRunner) -> bool:
    """Run the next crawl that is requested. Whether there was one."""
    line = await asyncio.to_thread(sys.stdin.readline)
    if not line:
        return False
    order: dict[str, Any] = json.loads(line)
    began = time.monotonic()
    with time_machine.travel(datetime.fromisoformat(order["at"]), tick=True):
        ended = await crawl(runner, order["arguments"])
    print(json.dumps(ended | {"resident": resident(), "seconds": time.monotonic() - began}), flush=True)
    return True


def main() -> None:
    """Crawl until the standard input ends."""
    project = _settings()
    configure_logging(project)
    install_reactor(project["TWISTED_REACTOR"], project["ASYNCIO_EVENT_LOOP"])
    from twisted.internet.task import react

    with patch.object(run_database, "BatchWriter", partial(BatchWriter, gather_seconds=_GATHER_SECONDS)):
        react(lambda _: deferred_from_coro(crawls()))


if __name__ == "__main__":
    main()
