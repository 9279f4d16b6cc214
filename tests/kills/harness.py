"""Crawls a loopback site again and again, breaks each run off at a random moment, and then looks for what is wrong.

python -m tests.kills.harness [--articles 600] [--kills 100] [--how sigkill] [--database URL] [--seed N] [--healthy 20]

An archive is complete when a run ends by itself; then another is begun, until the kills are spent. What is counted
must all be 0: articles that are missing, there twice or torn, pages that are fetched again though they are stored,
captures that a row names and no file has, what SQLite's own checks find. The exit code is 1 otherwise.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, STDOUT, TimeoutExpired

import psutil
from rich.console import Console
from rich.progress import Progress

from newscrawl.operations.archive import open_archive
from tests.crawls.crawl_log import unhandled_errors
from tests.crawls.crawler import Crawler
from tests.kills import breaks
from tests.kills.audit import Archive, Findings, audit, snapshot
from tests.kills.breaks import Break, Moment, Process
from tests.kills.edition import Edition, path_of, print_edition, publisher
from tests.kills.places import new_database, small_disk

HOWS = ("sigkill", "sigterm", "mixed", "database", "disk", "memory")
_SETTINGS = ("-s", "NEWSCRAWL_EXTRACT_PROCESSES=1", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8")
_PAGE_SECONDS = 0.01
_END_SECONDS = 60
_BAD_END = "runs that ended by themselves, and badly"
_ORPHAN_SECONDS = 5
_RUNS_TO_COMPLETE = 5
"""So many runs that end by themselves complete an archive, or nothing will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What to do."""

    articles: int
    """Of an edition."""
    kills: int
    how: str
    """One of HOWS."""
    seed: int
    healthy: int = 0
    """Runs over the first complete archive, which have to end without an alarm."""
    database: str | None = None
    """The URL of a server on which databases may be made; None: SQLite."""


@dataclass
class Report:
    """What happened, and what is wrong."""

    findings: Findings = field(default_factory=dict)
    broken: Counter[str] = field(default_factory=Counter)
    """How many runs were broken off, by when."""
    codes: Counter[int] = field(default_factory=Counter)
    """How the broken ones ended."""
    archives: int = 0
    runs: int = 0
    fetched: int = 0
    """Pages that were fetched, lists and robots.txt left out."""
    needed: int = 0
    """Pages that had to be fetched."""
    slowest_end: float = 0.0
    """Seconds from the break to the end of the process."""

    def add(self, findings: Findings, where: str) -> None:
        """Take in what checks found."""
        for check, found in findings.items():
            self.findings.setdefault(check, []).extend(f"{where}: {what}" for what in found)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not any(self.findings.values())

    def lines(self) -> Iterator[str]:
        """For people."""
        moments = ", ".join(f"{times} {when}" for when, times in sorted(self.broken.items()))
        codes = ", ".join(f"{code} ({times})" for code, times in sorted(self.codes.items()))
        yield f"{self.archives} archives in {self.runs} runs; {self.broken.total()} broken off: {moments or 'none'}"
        yield f"exit codes of these: {codes or 'none'}; ended within {self.slowest_end:.1f} s"
        yield f"{self.fetched} pages fetched, where {self.needed} would have done without a kill"
        for check, found in self.findings.items():
            yield f"  {check:44} {len(found)}"
            yield from (f"      {what}" for what in list(dict.fromkeys(found))[:5])


class Trial:
    """One archive of one edition, and the runs that are broken off before it is complete."""

    def __init__(self, crawl: Crawler, edition: Edition, report: Report, chance: random.Random, log: Path) -> None:
        self._crawl, self._edition, self._report, self._chance, self._log = crawl, edition, report, chance, log
        self._archive: Archive | None = None
        """As the last run left it."""

    def complete(self, kills: Iterator[tuple[Moment, Break]], on_kill: Callable[[], None] = lambda: None) -> None:
        """Crawl until a run ends by itself, breaking off the others as long as there are `kills`; then audit."""
        ended = 0
        while ended < _RUNS_TO_COMPLETE:
            kill = next(kills, None)
            if self._run(kill):
                on_kill()
                continue
            ended += 1
            if self._archive and self._archive.urls("failed"):
                self._retry()
            elif self._archive and not self._archive.urls("discovered"):
                break
        self._report.archives += 1
        self._report.needed += len(self._edition.shown) + len(self._edition.gone)
        self._report.add(audit(self._crawl.url, self._edition, self._warcs), self._where)

    def stay_quiet(self, runs: int) -> None:
        """So many runs over the complete archive, in which nothing is wrong: no alarm may say that there is."""
        for _ in range(runs):
            process = self._crawl.start(*_SETTINGS)
            out, err = process.communicate(timeout=_END_SECONDS)
            alarms = [f"code {process.returncode}: {out}{err}"] if process.returncode or err else []
            self._report.add({"healthy runs with an alarm": alarms}, self._where)

    def _retry(self) -> None:
        """Put failed pages back, as `scrapy pages --retry` does: their time is not now."""
        with open_archive(self._crawl.url) as store:
            store.put_back(state="failed")

    @property
    def _warcs(self) -> Path:
        return self._crawl.folder / "warc"

    @property
    def _where(self) -> str:
        return f"archive {self._report.archives}, run {self._report.runs}"

    def _run(self, kill: tuple[Moment, Break] | None) -> bool:
        """One run, and what holds after it. Whether it was broken off."""
        self._report.runs += 1
        requests_before = len(self._crawl.site.requests)
        broken = False
        with self._log.open("wb") as log:
            process = self._crawl.start(*_SETTINGS, stdout=log, stderr=STDOUT, stdin=DEVNULL)
            if kill and kill[0].await_in(process, self._crawl.site):
                broken = True
                self._break_off(process, *kill)
            code = self._end(process)
        if kill:
            kill[1].after()
        if not broken and code:
            self._report.add({_BAD_END: [self._describe(code)]}, self._where)
        self._check(requests_before, in_order=not kill or kill[1].in_order)
        return broken

    def _break_off(self, process: Process, moment: Moment, way: Break) -> None:
        started, began = breaks.children(process), time.monotonic()
        way.act(process, self._chance)
        code = self._end(process)
        self._report.slowest_end = max(self._report.slowest_end, time.monotonic() - began)
        self._report.broken[moment.when] += 1
        self._report.codes[code] += 1
        unexpected = [] if code in way.codes else [f"{way.name} {moment.when}: {self._describe(code)}"]
        _, left = psutil.wait_procs(started, timeout=_ORPHAN_SECONDS)
        orphans = [f"{way.name} {moment.when}: process {orphan.pid}" for orphan in left]
        self._report.add({"unexpected ends": unexpected, "processes left": orphans}, self._where)

    def _end(self, process: Process) -> int:
        try:
            return process.wait(_END_SECONDS)
        except TimeoutExpired:
            self._report.add({"runs that did not end": [self._describe(None)]}, self._where)
            process.kill()
            return process.wait()

    def _describe(self, code: int | None) -> str:
        return f"code {code}: {self._log.read_text(encoding='utf-8', errors='replace')[-600:]}"

    def _check(self, requests_before: int, *, in_order: bool) -> None:
        before, log = self._archive, self._log.read_text(encoding="utf-8", errors="replace")
        self._archive, findings = snapshot(self._crawl.url, self._edition, self._warcs)
        self._report.add(findings, self._where)
        paths = [path_of(path) for _, path, _ in self._crawl.site.requests[requests_before:]]
        pages = [path for path in paths if "/articles/" in path]
        self._report.fetched += len(pages)
        was, now = (archive.stored_paths if archive else frozenset() for archive in (before, self._archive))
        found = {
            **_fetched_again(pages, was, self._edition, in_order=in_order),
            "pages stored, and not so any more": sorted(was - now),
            "pages failed": self._archive.urls("failed") if in_order and self._archive else [],
            "unhandled errors": [error[-1500:] for error in unhandled_errors(log)] if in_order else [],
        }
        self._report.add(found, self._where)


def _fetched_again(pages: Sequence[str], stored: frozenset[str], edition: Edition, *, in_order: bool) -> Findings:
    """Pages that a run fetched without need; the target of a redirect is fetched with each."""
    behind = {story.paths[0] for story in edition.stories if any(door in pages for door in story.doors)}
    times = {path: times for path, times in Counter(pages).items() if path not in behind}
    return {
        "pages fetched though they were stored": [path for path in times if path in stored],
        "pages fetched twice in a run": [path for path in times if times[path] > 1 and in_order],
    }


def ways(how: str, url: str, folder: Path) -> list[Break]:
    """The ways to break runs off by the name of `how`. Raises ValueError for one that does not go with the database."""
    server = not url.startswith("sqlite")
    if how == "database" and not server:
        raise ValueError("a SQLite file has no server that could hang up; name one with --database")
    if how == "mixed":
        return [breaks.sigkill(), breaks.sigterm(), *([breaks.database_gone(url)] if server else [])]
    known: dict[str, Callable[[], Break]] = {
        "sigkill": breaks.sigkill,
        "sigterm": breaks.sigterm,
        "database": lambda: breaks.database_gone(url),
        "disk": lambda: breaks.disk_full(folder),
        "memory": breaks.memory_gone,
    }
    return [known[how]()]


def _orders() -> Orders:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=600)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10**6), help="for the same edition and moments again"
    )
    parser.add_argument("--database", default=None, metavar="URL", help="a server on which databases may be made")
    parser.add_argument("--healthy", type=int, default=20, help="runs without a kill, which must raise no alarm")
    parser.add_argument("--how", choices=HOWS, default="sigkill")
    return Orders(**vars(parser.parse_args()))


def hold(orders: Orders, on_kill: Callable[[], None] = lambda: None) -> Report:
    """Break runs off as ordered, archive after archive; what came of it."""
    chance, report = random.Random(orders.seed), Report()
    with publisher() as site:
        while not report.archives or _has_kills(orders, report):
            with ExitStack() as stack:
                base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="newscrawl-kills-")))
                folder = stack.enter_context(small_disk(base)) if orders.how == "disk" else base
                name = f"newscrawl_kills_{os.getpid()}_{report.archives}"
                url = stack.enter_context(new_database(orders.database, folder, name))
                edition = print_edition(orders.articles, chance)
                edition.publish(site, _PAGE_SECONDS)
                crawl = Crawler(folder, site, url=url)
                known = ways(orders.how, url, folder)
                trial = Trial(crawl, edition, report, chance, base / "run.log")
                trial.complete(_kills(orders, known, report, chance), on_kill)
                trial.stay_quiet(orders.healthy if report.archives == 1 else 0)
    return report


def _has_kills(orders: Orders, report: Report) -> bool:
    hopeless = len(report.findings.get(_BAD_END, ())) > _RUNS_TO_COMPLETE
    return report.broken.total() < orders.kills and not hopeless


def _kills(
    orders: Orders, known: Sequence[Break], report: Report, chance: random.Random
) -> Iterator[tuple[Moment, Break]]:
    requests = max(1, orders.articles // 4)
    while _has_kills(orders, report):
        yield breaks.any_moment(requests, chance), chance.choice(known)


def main() -> int:
    """Run, and print the report; returns the exit code."""
    orders, console = _orders(), Console(highlight=False, markup=False)
    title = f"{orders.how}, seed {orders.seed}, {orders.articles} articles"
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task(title, total=orders.kills)
        report = hold(orders, lambda: progress.advance(bar))
    console.print(title, *report.lines(), sep="\n")
    return 0 if report.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
