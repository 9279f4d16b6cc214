"""A crawl of many unknown sites in one process: pages per second, memory over time, fairness between the sites.

python -m bench.many_sites [--sites 1000] [--articles 20] [--delay 0] [--minutes 60]

The sites are those of tests/world again and again, without those that are slow, dead or blocking; each has a loopback
address of its own. Memory is what the processes of the crawl have for themselves (USS), in ten samples. Fairness: how
many requests the slowest tenth of the sites had got, next to the fastest tenth, when half of all requests had come; and
when the sites had got half of their own ones.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import psutil
from rich.console import Console

from bench.discovery import read_urls
from newscrawl.operations.archive import open_archive
from tests.world import SITES, World, measure, serve
from tests.world.site import Site

_SAMPLE_SECONDS = 1


def make_sites(count: int, articles: int) -> list[Site]:
    """Return `count` sites with so many articles each."""
    models = [one for one in SITES if not (one.habits.seconds or one.habits.dead or one.habits.blocks_after)]
    sites: list[Site] = []
    for number in range(count):
        model = models[number % len(models)]
        habits = replace(model.habits, stories=articles)
        sites.append(type(model)(f"{model.name}-{number}", model.code, model.title, habits))
    return sites


def crawl(world: World, folder: Path, delay: float, seconds: float) -> tuple[int, list[int], str]:
    """Crawl, at most so long; return the exit code, the bytes of each sample, and what the crawl printed."""
    (listed := folder / "sites.txt").write_text("\n".join(site.home for site in world.sites))
    settings = (
        f"DOWNLOAD_DELAY={delay}",
        "NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES=127.0.0.0/8",
        f"NEWSCRAWL_DATABASE_URL=sqlite:///{folder}/news.db",
        f"NEWSCRAWL_WARC_DIR={folder}/warc",
    )
    words = [word for setting in settings for word in ("-s", setting)]
    command = [sys.executable, "-m", "scrapy", "crawl", "news", "-a", f"sites={listed}", *words]
    environment = os.environ | {"SCRAPY_SETTINGS_MODULE": "newscrawl.settings", "PYTHONPATH": str(Path.cwd())}
    memory: list[int] = []
    with (folder / "printed").open("w+") as printed:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=printed, stderr=subprocess.STDOUT)
        end = time.monotonic() + seconds
        while process.poll() is None:
            time.sleep(_SAMPLE_SECONDS)
            memory.append(_memory_of(process.pid))
            if time.monotonic() > end:
                process.terminate()
                process.wait()
        printed.seek(0)
        return process.returncode, [size for size in memory if size], printed.read()


def _memory_of(pid: int) -> int:
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        return sum(each.memory_full_info().uss for each in family)
    except psutil.NoSuchProcess:
        return 0


def find_tenths(values: Sequence[float]) -> tuple[float, float]:
    """Return the means of the lowest and of the highest tenth."""
    ordered, size = sorted(values), max(1, len(values) // 10)
    return statistics.fmean(ordered[:size]), statistics.fmean(ordered[-size:])


def print_fairness(world: World, console: Console) -> None:
    """Print what the slowest and the fastest tenth of the sites had got by then."""
    moments = sorted(request.at for site in world.sites for request in site.log)
    start, half = moments[0], moments[len(moments) // 2]
    logs = [[request.at for request in site.log] for site in world.sites]
    slow, fast = find_tenths([sum(at <= half for at in log) / len(log) if log else 0.0 for log in logs])
    console.print(f"after half of the requests: {slow:.0%} of its own (slowest tenth), {fast:.0%} (fastest tenth)")
    early, late = find_tenths([log[len(log) // 2] - start for log in logs if log])
    console.print(f"half of its own after {early:.1f} s (fastest tenth), {late:.1f} s (slowest tenth)")
    early, late = find_tenths([log[-1] - start for log in logs if log])
    console.print(f"finished after {early:.1f} s (fastest tenth), {late:.1f} s (slowest tenth)")
    console.print(f"sites without a request: {sum(not log for log in logs)}")


def main() -> None:
    """Crawl and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=1000)
    parser.add_argument("--articles", type=int, default=20)
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--minutes", type=float, default=60, help="then it is stopped")
    options = parser.parse_args()
    console = Console(width=140, highlight=False)
    with tempfile.TemporaryDirectory() as name, serve(make_sites(options.sites, options.articles)) as world:
        folder, started = Path(name), time.monotonic()
        code, memory, printed = crawl(world, folder, options.delay, 60 * options.minutes)
        seconds = time.monotonic() - started
        with open_archive(f"sqlite:///{folder}/news.db") as archive:
            found = measure(world, read_urls(archive))
        console.print("\n".join(printed.strip().splitlines()[-12:]))
        console.print(
            f"exit code {code}; {seconds:.0f} s; {world.requests} requests, {world.requests / seconds:.1f} a second"
        )
        console.print(f"{found.records} articles, {found.records / seconds:.1f} a second; recall {found.recall:.3f}")
        console.print(f"false {len(found.false)}, duplicates {len(found.duplicates)}")
        samples = memory[:: max(1, len(memory) // 10)]
        console.print(
            f"memory, MiB: {' '.join(f'{size / 2**20:.0f}' for size in samples)}; at most {max(memory) / 2**20:.0f}"
        )
        print_fairness(world, console)


if __name__ == "__main__":
    main()
