"""The worker processes of a pool: each reads the pages of a job at a time, and sends what became of them."""

from __future__ import annotations

import pkgutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection
from operator import itemgetter
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from newscrawl.archives.capture import Capture, CaptureFolder, RecordLocation, check_identity
from newscrawl.archives.revisits import Originals
from newscrawl.archives.warc_reader import read_capture, read_captures
from newscrawl.article import Article, CaptureRef, Page
from newscrawl.batch.capture_filter import CaptureFilter
from newscrawl.batch.result_rows import encode_result
from newscrawl.errors import ArchiveError, BlockedError, ExtractError, StorageError
from newscrawl.http_files import set_user_agent
from newscrawl.states import OUTSIDE_DATES, RefusalKind
from newscrawl.storage import PageResult

if TYPE_CHECKING:
    from newscrawl.storage import Store

_PROGRESS_SECONDS = 0.5
_LOOKED_UP_TOGETHER = 200
Place = tuple[str, datetime, int | None]
"""Address, moment and offset of a capture in its file."""
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadJob:
    """What one worker reads in one go: a file, or captures by their places."""

    path: str = ""
    """The file; empty: stored captures, which are read whether the filter accepts them or not."""
    size: int = 0
    """Bytes of the file."""
    places: tuple[CaptureRef, ...] = ()
    """The captures to read; empty: the whole file."""
    skips_known: bool = False
    """Whether captures that are in the database are skipped."""
    is_changed: bool = False
    """Whether the file has changed since: then only captures that are still at their places are skipped."""
    read: frozenset[Place] = frozenset()
    """Captures of the file that an earlier worker of this job has read."""
    reported: frozenset[str] = frozenset()
    """Errors of the file that it has reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """What every worker needs."""

    database_url: str
    """Workers only read it. Empty: none, so that no capture is known, and originals are only found in the same file."""
    captures: CaptureFolder
    spider: str
    capture_filter: CaptureFilter
    extract: str
    """The function to call with a page and max_bytes=, as "module:name"."""
    max_bytes: int
    timeout: float
    """Seconds per page."""
    user_agent: str
    """How files at URLs are requested."""
    sends_rows: bool = False
    """Whether results of pages are sent as ResultRow: for results files, which their receiver then need not encode."""

    def make_result(self, ref: CaptureRef, **values: Any) -> PageResult:
        values |= {"status": ref.status, "capture": ref, "is_archived": True}
        site = self.capture_filter.find_site_key(ref.url)
        return PageResult(url=ref.url, spider=self.spider, site=site, source="warc", **values)


def run_worker(pipe: Connection, settings: WorkerSettings) -> None:
    """Run a worker: receive jobs; send each page's capture, then its result, and at the end of a job its counts."""
    for number in (signal.SIGINT, signal.SIGTERM):  # may be sent to the whole group; the parent ends its workers
        signal.signal(number, signal.SIG_IGN)
    set_user_agent(settings.user_agent)
    with suppress(EOFError, ConnectionError):
        try:
            with _open_database(settings.database_url) as store:
                stored = _StoredCaptures(store, settings.captures) if store else None
                reader = _JobReader(pipe, settings, stored, pkgutil.resolve_name(settings.extract))
                while True:
                    reader.read_job(pipe.recv())
        except StorageError as error:
            pipe.send(error)


def _open_database(url: str) -> AbstractContextManager[Store | None]:
    if not url:
        return nullcontext()
    from newscrawl.operations.archive import open_archive  # noqa: PLC0415 - SQLAlchemy, which a cluster does not need

    return open_archive(url, create=False)


def skip_known(
    store: Store,
    items: Iterator[_Item],
    get_ref: Callable[[_Item], CaptureRef | None],
    count: Callable[[str], None],
    *,
    is_changed: bool,
) -> Iterator[_Item]:
    """Iterate over the items whose captures are not known, or that have none; `count` gets a name for each other.

    A capture that failed is known too: a file that is continued would come to the page that stopped it for ever.
    """
    while batch := list(islice(items, _LOOKED_UP_TOGETHER)):
        refs = [get_ref(item) for item in batch]
        known = iter(store.captured([ref for ref in refs if ref], there=is_changed))
        for item, ref in zip(batch, refs, strict=True):
            before = next(known) if ref else None
            if before is None:
                yield item
            else:
                count("captures/known" if before.state != "failed" else "captures/failed_before")


@dataclass(frozen=True, slots=True)
class _StoredCaptures:
    """The captures of a database."""

    store: Store
    folder: CaptureFolder

    def find_original(self, digest: str) -> RecordLocation | None:
        original = self.store.original(digest)
        return self.folder.locate(original) if original else None

    def find_original_at(self, url: str, moment: datetime) -> tuple[datetime, RecordLocation] | None:
        original = self.store.original_then(url, moment)
        place = self.folder.locate(original) if original else None
        return (original.captured_at, place) if original and place else None


@dataclass(slots=True)
class _JobReader:
    pipe: Connection
    settings: WorkerSettings
    stored: _StoredCaptures | None
    extract: Callable[..., Article]
    counts: Counter[str] = field(default_factory=Counter)
    progress_sent: float = 0.0

    def read_job(self, job: ReadJob) -> None:
        self.counts = Counter()
        finders = (self.stored.find_original, self.stored.find_original_at) if self.stored else (None, None)
        with Originals(*finders) as originals:
            for capture, ref in self._read_places(job, originals) if job.places else self._read_file(job, originals):
                self.pipe.send(ref)
                result = self._extract_page(capture.page(), ref)
                self.pipe.send(encode_result(result) if self.settings.sends_rows else result)
        self.pipe.send(self.counts)

    def _read_file(self, job: ReadJob, originals: Originals) -> Iterator[tuple[Capture, CaptureRef]]:
        records = read_captures(
            job.path,
            is_wanted=partial(self._accepts, self.settings.capture_filter.select_addresses(job.path)),
            report=self.pipe.send,
            originals=originals,
            on_record=partial(self._send_progress, job),
        )
        pages = ((capture, capture.ref) for capture in records if self._is_wanted(capture))
        new: Iterator[tuple[Capture, CaptureRef]] = (page for page in pages if place_of(page[1]) not in job.read)
        if self.stored and job.skips_known:
            new = skip_known(self.stored.store, new, itemgetter(1), self._count, is_changed=job.is_changed)
        try:
            yield from new
        except ArchiveError as error:
            self.pipe.send(error)

    def _read_places(self, job: ReadJob, originals: Originals) -> Iterator[tuple[Capture, CaptureRef]]:
        for ref in job.places:
            try:
                place = self.settings.captures.locate(ref)
                if place is None:
                    raise ArchiveError(ref.url, None, "its bytes are not stored")
                capture = read_capture(place.file, place.offset, originals=originals)
                if not job.path:
                    check_identity(capture, ref)
            except ArchiveError as error:
                self.pipe.send(error)
                continue
            if not job.path:
                yield capture, replace(ref, incomplete_reason=capture.incomplete_reason)
            elif self._is_wanted(capture):
                yield capture, capture.ref

    def _send_progress(self, job: ReadJob, offset: int) -> None:
        if monotonic() - self.progress_sent > _PROGRESS_SECONDS and job.size:
            self.progress_sent = monotonic()
            self.pipe.send(min(1.0, offset / job.size))

    def _accepts(self, is_of_the_sites: Callable[[str], bool], url: str) -> bool:
        is_accepted = is_of_the_sites(url)
        self.counts["captures/other_site"] += not is_accepted
        return is_accepted

    def _is_wanted(self, capture: Capture) -> bool:
        reason = self.settings.capture_filter.find_skip_reason(capture)
        self.counts[f"captures/{reason}" if reason else "links/found"] += 1
        return reason is None

    def _count(self, name: str) -> None:
        self.counts[name] += 1

    def _extract_page(self, page: Page, ref: CaptureRef) -> PageResult:
        make_result = self.settings.make_result
        try:
            with _alarm(self.settings.timeout):
                article = self.extract(page, max_bytes=self.settings.max_bytes)
        except (ExtractError, BlockedError) as error:
            if page.incomplete_reason:  # a part says nothing about the page
                return make_result(ref, state="failed", reason=page.incomplete_reason)
            refusal = RefusalKind.TEMPORARY if error.is_temporary else None
            return make_result(ref, state=error.state, reason=error.reason, refusal=refusal)
        if not self.settings.capture_filter.dates.contains(article.published_at):
            values: dict[str, Any] = {"reason": OUTSIDE_DATES, "published_at": article.published_at}
            return make_result(ref, state="refused", **values)
        return make_result(ref, state="stored", article=article)


def place_of(ref: CaptureRef) -> Place:
    return ref.url, ref.captured_at, ref.offset


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """End this process after some seconds, as the parent does unless it is gone or busy."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
