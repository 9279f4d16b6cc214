"""Extract stored captures again with the installed version: the work of `scrapy reextract`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Literal

from newscrawl import discovery
from newscrawl.article import Article, CaptureRef
from newscrawl.batch.capture_worker import ReadJob
from newscrawl.batch.extraction import extractor_version
from newscrawl.batch.worker_pool import PoolRun, WorkerPool, stop_on_signals
from newscrawl.errors import ArchiveError, LostLockError
from newscrawl.operations.exit_codes import PREFIX, ExitCode, counts
from newscrawl.publishers import load_publishers
from newscrawl.states import CaptureState
from newscrawl.storage import PageResult, ReextractFilter, Store

_ARTICLES_PER_JOB = 50
"""Of the largest job; the first has one, and each twice as many as the one before."""
_HEARTBEAT_SECONDS = 30.0
_Place = tuple[str | None, int | None]
ChangeKind = Literal["found", "changed", "lost"]
"""Of a field: it was empty; it was different; it is empty now."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """How a field of an article changes."""

    field: str
    kind: ChangeKind
    url: str
    before: Any
    after: Any


@dataclass(slots=True)
class Reextraction(PoolRun):
    """One pass over stored captures; it handles what the workers of a pool report."""

    store: Store
    run_id: int | None
    """The run that writes the changes; None: nothing is written."""
    handle_change: Callable[[FieldChange], None] = lambda change: None
    show: Callable[[int, int], None] = lambda articles, captures: None
    """Called now and then with the number of articles and captures read."""
    _captures: dict[_Place, CaptureState] = field(default_factory=dict)
    _places: dict[_Place, tuple[CaptureRef, ...]] = field(default_factory=dict)
    """All captures of a job, by its last one: another worker may read the rest of a job."""
    _beat_at: float = field(default_factory=monotonic)
    _results: defaultdict[_Place, list[PageResult]] = field(default_factory=lambda: defaultdict(list))

    def run(self, wanted: ReextractFilter, pool: WorkerPool) -> None:
        """Read what is wanted again. Raises StorageError."""
        with stop_on_signals(self), closing(pool):
            pool.run(self._make_jobs(wanted), self)

    def handle_result(self, job: ReadJob, result: PageResult) -> None:
        """Keep a result until the other captures of its articles are read."""
        self._results[_last_place(job)].append(result)
        self.count("captures/read")
        if result.state == "failed" and result.reason in ("timeout", "worker_died"):
            self.count("captures/stopped")

    def handle_error(self, job: ReadJob, error: ArchiveError) -> None:
        self.count_broken(error)

    def handle_progress(self, job: ReadJob, part: float) -> None:
        """Nothing: jobs are small."""

    def finish_job(self, job: ReadJob, counts: Counter[str]) -> None:
        """Compare the articles of a job with the stored ones, and write the changes."""
        of_articles: list[tuple[int, PageResult]] = []
        of_pages: list[tuple[CaptureState, PageResult]] = []
        for result in self._results.pop(_last_place(job), []):
            capture = self._captures[_place_of(result.capture)]
            if capture.article_id:
                of_articles.append((capture.article_id, result))
            else:
                of_pages.append((capture, result))
        self._update_articles(of_articles)
        self._add_articles(of_pages)
        self._forget(job)
        self.show(self.stats[f"{PREFIX}articles/read"], self.stats[f"{PREFIX}captures/read"])

    def abandon_job(self, job: ReadJob) -> None:
        self.warn(f"{len(job.places)} captures were not read: the process that read them ended")
        self.count("errors")
        self._results.pop(_last_place(job), None)
        self._forget(job)

    def keep_going(self) -> bool:
        if self.run_id is not None and monotonic() - self._beat_at > _HEARTBEAT_SECONDS:
            self._beat_at = monotonic()
            if not self.store.alive(self.run_id, counts(self.stats)):
                raise LostLockError
        return not self.is_stopped

    def conclude(self) -> ExitCode:
        if self.is_stopped:
            return ExitCode.STOPPED
        has_errors = any(self.stats[PREFIX + name] for name in ("captures/broken", "captures/stopped", "errors"))
        return ExitCode.PARTLY_FAILED if has_errors else ExitCode.DONE

    def list_names(self) -> list[str]:
        """Return the names of all kinds of lists: what they gave is kept, since no page repeats it."""
        return [*discovery.sources(), *(name for each in load_publishers() for name in each.list_readers)]

    def _make_jobs(self, wanted: ReextractFilter) -> Iterator[ReadJob]:
        for batch in self.store.to_reread(wanted, batch=_ARTICLES_PER_JOB):
            yield self._add_job(batch)

    def _add_job(self, batch: Sequence[CaptureState]) -> ReadJob:
        job = ReadJob(places=tuple(capture.ref for capture in batch))
        self._captures.update((_place_of(capture.ref), capture) for capture in batch)
        self._places[_last_place(job)] = job.places
        return job

    def _forget(self, job: ReadJob) -> None:
        for ref in self._places.pop(_last_place(job), ()):
            self._captures.pop(_place_of(ref), None)

    def _update_articles(self, results: Sequence[tuple[int, PageResult]]) -> None:
        readings: defaultdict[int, list[Article]] = defaultdict(list)
        for article_id, result in results:
            if result.article:
                readings[article_id].append(result.article)
            else:
                self.count(f"unread/{result.reason}")
        self.count("articles/read", len({article_id for article_id, _ in results}))
        lists = self.list_names()
        if self.run_id is None:
            reread = self.store.reread(readings, lists=lists)
        else:
            pages = [result for _, result in results]
            version = extractor_version()
            reread = self.store.rewrite(readings, pages, lists=lists, run_id=self.run_id, extractor=version)
        if damaged := sorted(readings.keys() - {article.article_id for article in reread}):
            self.count("articles/damaged", len(damaged))
            self.count("errors")
            listed = ", ".join(map(str, damaged))
            self.warn(f"damaged, and left as they are: articles {listed}; `scrapy db check --repair` restores them")
        for article in reread:
            if article.changes:
                self.count("articles/changed")
            url = article.after.canonical_url or article.after.url
            for name, (before, after) in article.changes.items():
                kind: ChangeKind = "changed" if before and after else "found" if after else "lost"
                self.count(f"{kind}/{name}")
                self.handle_change(FieldChange(name, kind, url, before, after))

    def _add_articles(self, results: Sequence[tuple[CaptureState, PageResult]]) -> None:
        """Store the articles of pages that had none before."""
        for capture, result in results:
            if result.article:
                self.count("articles/appeared")
                self.count(f"appeared/{capture.reason}")
            elif result.state == "failed":
                self.count(f"still_failing/{result.reason}")
        if self.run_id is not None and results:
            pages = [result for _, result in results]
            self.store.record(pages, run_id=self.run_id, extractor=extractor_version())


def _place_of(ref: CaptureRef | None) -> _Place:
    return (ref.file, ref.offset) if ref else (None, None)


def _last_place(job: ReadJob) -> _Place:
    return _place_of(job.places[-1])
