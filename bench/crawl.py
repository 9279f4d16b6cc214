"""The whole job (fetch, store captures, extract, store in SQLite) against Scrapy that only fetches: time and CPU time.

python -m bench.crawl [--pages 2000] [--pairs 5]

All fetch the same pages of the same loopback site, sixteen at a time, in processes of their own, by turns:

whole        everything
no captures  everything but WARC files
tuned        Scrapy with the settings of this project, and a callback that does nothing
scrapy       Scrapy as it comes, and a callback that does nothing

Time is from the opening of the spider to its end, when everything is committed; imports are not in it. CPU time also
is that of the threads and of the extraction process, whose start is in it. Ratios are of runs that followed each other.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any, ClassVar

import psutil
from scrapy import Spider, signals
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


@dataclass(frozen=True, slots=True)
class Measured:
    """A run: seconds of time, and of CPU by part of the program."""

    seconds: float
    cpu: dict[str, float]

    @property
    def total(self) -> float:
        """CPU seconds of all parts."""
        return sum(self.cpu.values())


def _run(kind: str, listed: Path, folder: str) -> Measured:
    settings = Settings()
    if kind != "scrapy":
        settings.setmodule("newscrawl.settings")
    settings.setdict(_SAME | (_OURS_OFF if kind == "tuned" else {}), priority="cmdline")
    settings.set("NEWSCRAWL_DATABASE_URL", f"sqlite:///{folder}/news.db", priority="cmdline")
    settings.set("NEWSCRAWL_WARC_DIR", f"{folder}/warc" if kind == "whole" else "", priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    is_ours = kind in ("whole", "no captures")
    crawler = process.create_crawler("bloomberg" if is_ours else FetchSpider)
    threads = _ThreadTimes()
    crawler.signals.connect(threads.start, signals.spider_opened)
    if is_ours:
        process.crawl(crawler, urls=str(listed))
    else:
        process.crawl(crawler, start_urls=listed.read_text().split())
    process.start()
    return Measured(float(crawler.stats.get_value("elapsed_time_seconds")), threads.finish())


class _ThreadTimes:
    """CPU seconds of this process by thread, and of its children, from its start on."""

    _NAMES: ClassVar = {"MainThread": "event loop", "newscrawl-writer": "database", "newscrawl-captures": "captures"}

    def __init__(self) -> None:
        self._used: dict[int, float] = {}
        self._names: dict[int, str] = {}
        self._children = 0.0
        self._stop = threading.Event()
        self._before: dict[int, float] = {}
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        self._before = self._read()
        self._thread.start()

    def finish(self) -> dict[str, float]:
        self._stop.set()
        self._thread.join()
        cpu: defaultdict[str, float] = defaultdict(float)
        for number, seconds in self._used.items():
            cpu[self._names.get(number, "other threads")] += seconds - self._before.get(number, 0.0)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu["extraction"] = children.ru_utime + children.ru_stime
        return dict(cpu)

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            self._used |= self._read()
            for thread in threading.enumerate():
                name = self._NAMES.get(thread.name.rpartition("_")[0] or thread.name)
                if name and thread.native_id:
                    self._names[thread.native_id] = name
        self._used |= self._read()

    def _read(self) -> dict[int, float]:
        return {each.id: each.user_time + each.system_time for each in psutil.Process().threads()}


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


def _measure(kind: str, listed: Path) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bench.crawl", "--run", kind, str(listed), folder]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Measured(**json.loads(done.stdout))


def _format_range(name: str, values: Iterable[float]) -> str:
    values = list(values)
    return f"{name:24} {statistics.median(values):7.2f}  ({min(values):.2f} to {max(values):.2f})"


def _print_parts(kind: str, runs: list[Measured], pages: int) -> None:
    parts = {name: statistics.median(run.cpu.get(name, 0.0) for run in runs) / pages * 1000 for name in runs[0].cpu}
    total = sum(parts.values())
    shown = sorted(parts.items(), key=itemgetter(1), reverse=True)
    print(f"{kind:12} {total:6.2f} ms: {', '.join(f'{name} {each:.2f} ({each / total:.0%})' for name, each in shown)}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--run", nargs=3, metavar=("KIND", "LIST", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        kind, listed, folder = options.run
        print(json.dumps(asdict(_run(kind, Path(listed), folder))))
        return
    runs: dict[str, list[Measured]] = {kind: [] for kind in ("scrapy", "tuned", "whole", "no captures")}
    with tempfile.TemporaryDirectory() as name, run_site() as port:
        (listed_file := Path(name) / "urls.txt").write_text("\n".join(addresses(port, options.pages)))
        for _ in range(options.pairs):
            for kind, measured in runs.items():
                measured.append(_measure(kind, listed_file))
    _print_measured(runs, options.pages)


def _print_measured(runs: dict[str, list[Measured]], pages: int) -> None:
    print("pages per second")
    for kind, measured in runs.items():
        print(_format_range(kind, (pages / run.seconds for run in measured)))
    for title, seconds in (("pages per second", attrgetter("seconds")), ("pages per CPU second", attrgetter("total"))):
        print(f"\n{title}, ratio")
        for kind in ("whole", "no captures"):
            for other in ("scrapy", "tuned"):
                pairs = zip(runs[other], runs[kind], strict=True)
                print(_format_range(f"{kind} / {other}", [seconds(fetch) / seconds(ours) for fetch, ours in pairs]))
    print("\nCPU time of a page by part of the program")
    for kind, measured in runs.items():
        _print_parts(kind, measured, pages)


if __name__ == "__main__":
    main()
