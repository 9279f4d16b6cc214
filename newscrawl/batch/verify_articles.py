"""Read the captures of articles again, to verify what is stored, or to restore what is damaged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus

from newscrawl.article import Article
from newscrawl.batch.capture_worker import ReadJob
from newscrawl.batch.extraction import extractor_version
from newscrawl.batch.reextract import Reextraction
from newscrawl.batch.worker_pool import WorkerPool, stop_on_signals
from newscrawl.errors import DamagedDatabaseError, StorageError
from newscrawl.storage import PageResult, ReextractFilter, RestoredArticle


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferentArticle:
    """An article that its captures, read today, do not make."""

    id: int
    fields: tuple[str, ...]
    is_older: bool
    """Whether another version of the extraction read it, which may be why."""


@dataclass(slots=True)
class Verification(Reextraction):
    """Compares every article with what its captures make of it today."""

    handle_difference: Callable[[DifferentArticle], None] = lambda difference: None
    verified: int = 0
    unreadable: int = 0
    """Articles whose captures cannot be read, or are no articles any more."""

    def _make_jobs(self, wanted: ReextractFilter) -> Iterator[ReadJob]:
        for batch in self.store.to_reread(wanted, batch=_ARTICLES_PER_JOB):
            if any(capture.article_id is None for capture in batch):
                return  # the captures of pages without an article are the last
            yield self._add_job(batch)

    def _update_articles(self, results: Sequence[tuple[int, PageResult]]) -> None:
        readings = _group(results)
        self.count("articles/read", len({article_id for article_id, _ in results}))
        self.unreadable += len({article_id for article_id, _ in results} - readings.keys())
        compared = self.store.reread(readings, lists=self.list_names())
        extractors = self.store.extractors([article.article_id for article in compared if article.changes])
        for article in compared:
            if not article.changes:
                self.verified += 1
                continue
            is_older = extractors.get(article.article_id) != extractor_version()
            fields = tuple(article.changes)
            self.handle_difference(DifferentArticle(id=article.article_id, fields=fields, is_older=is_older))


@dataclass(slots=True)
class Repair(Reextraction):
    """Restores damaged articles from their captures."""

    handle_restored: Callable[[RestoredArticle], None] = lambda restored: None
    _done: set[int] = field(default_factory=set)

    def restore(self, ids: Collection[int], make_pool: Callable[[], WorkerPool]) -> None:
        """Restore these articles, each in its own transaction. Raises StorageError."""
        jobs = [job for article_id in ids if (job := self._make_job(article_id))]
        if jobs:
            with stop_on_signals(self), closing(make_pool()) as pool:
                pool.run(iter(jobs), self)
        for article_id in ids:
            if article_id not in self._done and not self.is_stopped:
                self._restore(article_id, ())

    def _make_job(self, article_id: int) -> ReadJob | None:
        try:
            captures = self.store.captures(article_id)
        except StorageError:  # they are damaged, too
            return None
        stored = [capture for capture in captures if capture.file and capture.status in _STATUSES]
        return self._add_job(stored) if stored else None

    def _update_articles(self, results: Sequence[tuple[int, PageResult]]) -> None:
        for article_id, readings in _group(results).items():
            self._restore(article_id, readings)

    def _restore(self, article_id: int, readings: Sequence[Article]) -> None:
        self._done.add(article_id)
        try:
            restored = self.store.restore(article_id, readings, run_id=self.run_id, extractor=extractor_version())
        except DamagedDatabaseError as error:
            restored = RestoredArticle(article_id=article_id, damaged={"file": str(error)}, lost=["rows"])
        if restored:
            self.handle_restored(restored)


_ARTICLES_PER_JOB = 50
_STATUSES = (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT)


def _group(results: Sequence[tuple[int, PageResult]]) -> dict[int, list[Article]]:
    readings: defaultdict[int, list[Article]] = defaultdict(list)
    for article_id, result in results:
        if result.article:
            readings[article_id].append(result.article)
    return readings
