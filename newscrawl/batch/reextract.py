"""The stored captures through today's extraction: what `scrapy reextract` does."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from newscrawl import discovery
from newscrawl.article import Article, CaptureRef
from newscrawl.batch.extraction import extractor_version
from newscrawl.batch.worker_pool import Job, ReadingPool, ended_by_signals
from newscrawl.errors import ArchiveError
from newscrawl.operations import exit_codes
from newscrawl.operations.exit_codes import PREFIX
from newscrawl.states import CaptureState
from newscrawl.storage import PageResult, ReextractedArticle, ReextractFilter, Store

logger = logging.getLogger(__name__)

_BATCH = 50
"""Articles that are read together."""
_TOLD = 20
_Place = tuple[str | None, int | None]
Kind = Literal["found", "changed", "lost"]
"""Of a field: it was empty; it was otherwise; it is empty now."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a field of an article."""

    field: str
    kind: Kind
    url: str
    before: Any
    after: Any


@dataclass(slots=True)
class Rereading:
    """One pass over what is kept."""

    store: Store
    run_id: int | None
    """The run that applies what is found; None: nothing is written."""
    see: Callable[[Change], None] = lambda change: None
    """Called with every change."""
    show: Callable[[int, int], None] = lambda articles, captures: None
    """Called with how many articles and captures are read, now and then."""
    tell: Callable[[str], None] = logger.warning
    """Called with what a person should see at once."""
    stats: Counter[str] = field(default_factory=Counter)
    """Its counts, as a crawl's, under newscrawl/."""
    is_stopped: bool = False
    _of: dict[_Place, CaptureState] = field(default_factory=dict)
    _batches: dict[_Place, tuple[CaptureRef, ...]] = field(default_factory=dict)
    _read: defaultdict[_Place, list[PageResult]] = field(default_factory=lambda: defaultdict(list))

    def run(self, wanted: ReextractFilter, pool: ReadingPool) -> None:
        """Read what is wanted again. Raises StorageError."""
        with ended_by_signals(self._stop):
            try:
                pool.run(self._jobs(wanted), self)
            finally:
                pool.close()

    def page(self, job: Job, result: PageResult) -> None:
        """Keep it until the others of its articles are read."""
        self._read[_last(job)].append(result)
        self._count("captures/read")
        if result.state == "failed" and result.reason in ("timeout", "worker_died"):
            self._count("captures/stopped")

    def broken(self, job: Job, error: ArchiveError) -> None:
        """Name it: the article stays as it is."""
        self._count("captures/broken")
        if self.stats[f"{PREFIX}captures/broken"] <= _TOLD:
            self.tell(str(error))

    def progress(self, job: Job, part: float) -> None:
        """Nothing: jobs are small."""

    def done(self, job: Job, counts: Counter[str]) -> None:
        """Compare the articles of a job with what they are, and write what has changed."""
        known = [(self._of[_key(result.capture)], result) for result in self._read.pop(_last(job), [])]
        self._articles([(state.article_id, result) for state, result in known if state.article_id])
        self._appearing([(state, result) for state, result in known if not state.article_id])
        self._forget(job)
        self.show(self.stats[f"{PREFIX}articles/read"], self.stats[f"{PREFIX}captures/read"])

    def left(self, job: Job) -> None:
        """These captures stay as they are."""
        self.tell(f"{len(job.places)} captures were not read: the process that read them ended")
        self._count("errors")
        self._read.pop(_last(job), None)
        self._forget(job)

    def turn(self) -> bool:
        """Whether to go on."""
        return not self.is_stopped

    def _stop(self, *_: object) -> None:
        self.is_stopped = True

    def _jobs(self, wanted: ReextractFilter) -> Iterator[Job]:
        for batch in self.store.to_reread(wanted, batch=_BATCH):
            job = Job(places=tuple(capture.ref for capture in batch))
            self._of.update((_key(capture.ref), capture) for capture in batch)
            self._batches[_last(job)] = job.places
            yield job

    def _forget(self, job: Job) -> None:
        for ref in self._batches.pop(_last(job), ()):
            self._of.pop(_key(ref), None)

    def _articles(self, read: Sequence[tuple[int, PageResult]]) -> None:
        readings: defaultdict[int, list[Article]] = defaultdict(list)
        for article_id, result in read:
            if result.article:
                readings[article_id].append(result.article)
            else:
                self._count(f"unread/{result.reason}")
        self._count("articles/read", len({article_id for article_id, _ in read}))
        changed = [each for each in self._reread(readings, [result for _, result in read]) if each.changes]
        self._count("articles/changed", len(changed))
        for each in changed:
            self._tell(each)

    def _reread(
        self, readings: Mapping[int, Sequence[Article]], results: Sequence[PageResult]
    ) -> list[ReextractedArticle]:
        """What becomes of the articles; it is written if it is to be."""
        lists = discovery.sources()
        if self.run_id is None:
            return self.store.reread(readings, lists=lists)
        version = extractor_version()
        return self.store.rewrite(readings, results, lists=lists, run_id=self.run_id, extractor=version)

    def _appearing(self, read: Sequence[tuple[CaptureState, PageResult]]) -> None:
        """Pages that were none, and are articles now."""
        for state, result in read:
            if result.article:
                self._count("articles/appeared")
                self._count(f"appeared/{state.reason}")
        if self.run_id is not None and read:
            results = [result for _, result in read]
            self.store.record(results, run_id=self.run_id, extractor=extractor_version())

    def _tell(self, each: ReextractedArticle) -> None:
        for name, (before, after) in each.changes.items():
            kind: Kind = "changed" if before and after else "found" if after else "lost"
            self._count(f"{kind}/{name}")
            self.see(Change(name, kind, each.after.canonical_url or each.after.url, before, after))

    def _count(self, name: str, number: int = 1) -> None:
        self.stats[PREFIX + name] += number


def conclusion(rereading: Rereading) -> exit_codes.ExitCode:
    """The exit code of a pass."""
    if rereading.is_stopped:
        return exit_codes.ExitCode.STOPPED
    is_wrong = any(rereading.stats[PREFIX + name] for name in ("captures/broken", "captures/stopped", "errors"))
    return exit_codes.ExitCode.PARTLY_FAILED if is_wrong else exit_codes.ExitCode.DONE


def _key(ref: CaptureRef | None) -> _Place:
    return (ref.file, ref.offset) if ref else (None, None)


def _last(job: Job) -> _Place:
    """What a job, and the rest of it that another worker reads, have in common."""
    return _key(job.places[-1])
