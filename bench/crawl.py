"""The whole job (fetch, extract, store in SQLite) against Scrapy that only fetches, in pages per second.

python -m bench.crawl [--pages 2000] [--pairs 5]

Both fetch the same pages of the same loopback site, sixteen at a time, in processes of their own, by turns. "scrapy"
is Scrapy as it comes, and "tuned" Scrapy with the settings of this project, both with a callback that does nothing.
Time is from the opening of the spider to its end, when everything is committed; imports are not in it.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scrapy import Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.settings import Settings

from bench.site import addresses

_SAME = {
    "ROBOTSTXT_OBEY": False,
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "LOG_LEVEL": "WARNING",
    "NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES": "1",
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
}
_OURS_OFF: dict[str, Any] = {"ITEM_PIPELINES_BASE": {}, "SPIDER_MIDDLEWARES": {}, "EXTENSIONS": {}}


class FetchSpider(Spider):
    """Fetches, and nothing else."""

    name = "fetch"

    def parse(self, response: Response) -> None:
        """Do nothing."""


def _seconds(kind: str, listed: Path, database: str) -> float:
    settings = Settings()
    if kind != "scrapy":
        settings.setmodule("newscrawl.settings")
    settings.setdict(_SAME | (_OURS_OFF if kind == "tuned" else {}), priority="cmdline")
    settings.set("NEWSCRAWL_DATABASE_URL", database, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler("bloomberg" if kind == "whole" else FetchSpider)
    if kind == "whole":
        process.crawl(crawler, urls=str(listed))
    else:
        process.crawl(crawler, start_urls=listed.read_text().split())
    process.start()
    return float(crawler.stats.get_value("elapsed_time_seconds"))


@contextmanager
def run_site() -> Iterator[int]:
    """Serve the loopback site until the end of the block; its port."""
    server = subprocess.Popen([sys.executable, "-m", "bench.site", "0"], stdout=subprocess.PIPE, text=True)
    assert server.stdout
    try:
        yield int(server.stdout.readline())
    finally:
        server.kill()
        server.wait()


def _rate(kind: str, listed: Path, pages: int, folder: Path) -> float:
    database = folder / f"{time.monotonic_ns()}.db"
    command = [sys.executable, "-m", "bench.crawl", "--run", kind, str(listed), f"sqlite:///{database}"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return pages / float(done.stdout)


def _format_range(name: str, values: list[float], unit: str = "") -> str:
    return f"{name:24} {statistics.median(values):7.2f}{unit}  ({min(values):.2f} to {max(values):.2f})"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--run", nargs=3, metavar=("KIND", "LIST", "DATABASE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        kind, listed, database = options.run
        print(_seconds(kind, Path(listed), database))
        return
    rates: dict[str, list[float]] = {"scrapy": [], "tuned": [], "whole": []}
    with tempfile.TemporaryDirectory() as name, run_site() as port:
        folder = Path(name)
        (listed_file := folder / "urls.txt").write_text("\n".join(addresses(port, options.pages)))
        for _ in range(options.pairs):
            for kind, measured in rates.items():
                measured.append(_rate(kind, listed_file, options.pages, folder))
    for kind, measured in rates.items():
        print(_format_range(f"{kind}, pages per second", measured))
    for kind in ("scrapy", "tuned"):
        ratios = [whole / fetched for whole, fetched in zip(rates["whole"], rates[kind], strict=True)]
        print(_format_range(f"whole / {kind}", ratios))


if __name__ == "__main__":
    main()
