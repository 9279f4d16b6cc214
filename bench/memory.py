"""Memory of a crawl at full speed, in bytes for each page more: what a run of a million pages would need.

python -m bench.memory [--seconds 1200]

It crawls a loopback site without a pause, sixteen pages at a time, with one extraction process, and ends it with
SIGTERM. Memory is what the processes of the crawl have for themselves (USS), sampled every five seconds after two
minutes; the growth is the slope of a line through the samples. The exit code is 1 if it is over 500 bytes a page.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psutil

from bench.crawl import run_site
from bench.site import addresses

_PAGES_A_SECOND = 400
"""More than any machine crawls: the site must not run out of pages."""
_SAMPLE_SECONDS = 5
_MAX_BYTES = 500
_SETTINGS = {
    "ROBOTSTXT_OBEY": "0",
    "DOWNLOAD_DELAY": "0",
    "CONCURRENT_REQUESTS": "16",
    "CONCURRENT_REQUESTS_PER_DOMAIN": "16",
    "NEWSCRAWL_EXTRACT_PROCESSES": "1",
    "NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES": "1",
}


def measure(seconds: int, folder: Path, port: int) -> tuple[list[int], list[int], str]:
    """Crawl for so many seconds; return the pages and the bytes of each sample, and what the crawl printed."""
    listed = folder / "urls.txt"
    listed.write_text("\n".join(addresses(port, seconds * _PAGES_A_SECOND)))
    database = folder / "news.db"
    settings = _SETTINGS | {"NEWSCRAWL_DATABASE_URL": f"sqlite:///{database}", "NEWSCRAWL_WARC_DIR": str(folder)}
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    environment = os.environ | {"SCRAPY_SETTINGS_MODULE": "newscrawl.settings", "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-m", "scrapy", "crawl", "bloomberg", "-a", f"urls={listed}", *options]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    pages: list[int] = []
    memory: list[int] = []
    started = time.monotonic()
    while process.poll() is None and time.monotonic() - started < seconds:
        time.sleep(_SAMPLE_SECONDS)
        if time.monotonic() - started > min(120, seconds / 4):
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            memory.append(sum(each.memory_full_info().uss for each in family))
            pages.append(_count_articles(database))
    process.terminate()
    printed, _ = process.communicate(timeout=300)
    return pages, memory, printed


def _count_articles(database: Path) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT max(id) FROM articles").fetchone()[0] or 0)


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=1200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newscrawl-memory-") as name, run_site() as port:
        pages, memory, printed = measure(options.seconds, Path(name), port)
    growth = statistics.linear_regression(pages, memory).slope
    print(printed.strip())
    print(
        f"{pages[-1]:,} pages; {memory[0] / 2**20:.1f} MiB at {pages[0]:,} pages, {memory[-1] / 2**20:.1f} at the end"
    )
    print(f"growth: {growth:.0f} bytes for each page")
    return 1 if growth > _MAX_BYTES else 0


if __name__ == "__main__":
    sys.exit(main())
