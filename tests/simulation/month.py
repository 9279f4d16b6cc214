"""A month of crawls against the simulated publisher, and what came of it.

The site is served by this process, which knows the truth; the crawls run in another, one after the other, each with the
clock set to its moment (tests.simulation.crawls). So neither the caller's clock nor its event loop is touched.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tests.crawls.crawl_log import check_log
from tests.simulation.archive import Archive
from tests.simulation.report import Conduct, Run, Yield, behaved, found
from tests.simulation.site import Site, served
from tests.simulation.story import BEGIN, END, Plan

Crawl = Callable[[datetime, Mapping[str, str]], Run]
"""A crawl at a moment, with its arguments."""
_PROJECT = Path(__file__).parents[2]
QUIET_END = timedelta(days=1)
"""Crawls go on so long after the last story, so that what came last can be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month as it was lived."""

    found: Yield
    conduct: Conduct
    runs: tuple[Run, ...]
    site: Site
    archive: Archive


def moments(every: timedelta, until: datetime = END + QUIET_END) -> Iterator[datetime]:
    """When a crawl begins: from the month's first moment on, some seconds later each time, as cron's do."""
    for number in range((until - BEGIN) // every):
        yield BEGIN + number * every + timedelta(seconds=1 + number % 7)


def live(
    folder: Path, plan: Plan, *, every: timedelta, arguments: Mapping[str, str] | None = None, page_bytes: int = 16_000
) -> Month:
    """Live the month in an empty folder. Raises CrawlsEndedError when the crawls' process ends before its time."""
    site = Site(plan, page_bytes=page_bytes)
    runs = []
    with served(site) as host, crawler(folder, site) as crawl:
        for moment in moments(every):
            host.at(moment)
            runs.append(crawl(moment, arguments or {}))
    archive = Archive.read(folder / "news.db", plan)
    return Month(
        found=found(site, archive, [run.at for run in runs]),
        conduct=behaved(archive, runs),
        runs=tuple(runs),
        site=site,
        archive=archive,
    )


class CrawlsEndedError(Exception):
    """The process of the crawls ended; its log is the text."""


@contextmanager
def crawler(folder: Path, site: Site) -> Iterator[Crawl]:
    """What crawls the site into `folder`, until the end of the block."""
    with (folder / "crawls.log").open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.simulation.crawls"],
            cwd=_PROJECT,
            env=_environment(folder, site),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )

        def crawl(moment: datetime, arguments: Mapping[str, str]) -> Run:
            assert process.stdin
            assert process.stdout
            process.stdin.write(json.dumps({"at": moment.isoformat(), "arguments": dict(arguments)}) + "\n")
            process.stdin.flush()
            if line := process.stdout.readline():
                return Run(at=moment, **json.loads(line))
            raise CrawlsEndedError((folder / "crawls.log").read_text()[-4000:])

        with process:
            yield crawl
    check_log((folder / "crawls.log").read_text())


def _environment(folder: Path, site: Site) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": str(_PROJECT),
        "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
        "NEWSCRAWL_DATABASE_URL": f"sqlite:///{folder}/news.db",
        "NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES": "1",
        "SIMULATED_SITE": site.base,
    }
