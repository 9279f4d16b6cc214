"""The captures of articles as one WARC file or WACZ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from newscrawl.archives.capture import Capture, CaptureFolder, RecordLocation, check_identity
from newscrawl.archives.collection_writer import CollectionPage, WaczCollection, WarcCollection
from newscrawl.archives.raw_records import read_exchange
from newscrawl.archives.revisits import Originals, Reference, read_reference
from newscrawl.archives.warc_reader import read_capture
from newscrawl.article import CaptureRef
from newscrawl.errors import ArchiveError, NewscrawlError
from newscrawl.export.targets import replace_file
from newscrawl.states import CaptureState
from newscrawl.storage import Store, StoredArticle

_COLLECTIONS: Mapping[str, type[WarcCollection]] = {"warc": WarcCollection, "wacz": WaczCollection}
_BATCH = 100


@dataclass(slots=True)
class CaptureCounts:
    """What was written."""

    captures: int = 0
    articles: int = 0
    """Articles with a capture."""
    without: int = 0
    """Articles without one."""
    problems: int = 0


def write_captures(  # noqa: PLR0913 - all that a collection is made of
    store: Store,
    folder: CaptureFolder,
    path: Path,
    ids: Sequence[int],
    *,
    format_name: str,
    info: Mapping[str, str],
    show: Callable[[int, int], None] = lambda done, total: None,
    report: Callable[[NewscrawlError], None] = lambda error: None,
) -> CaptureCounts:
    """Write all stored captures of the pages of these articles, each once, and the originals of revisits.

    A capture that is missing, damaged or without its original is left out, and `report` is called with its error.
    Raises ExportError; the file is written as a whole or not at all.
    """
    with (
        replace_file(path) as part,
        part.open("xb") as file,
        _COLLECTIONS[format_name](file, path.name, info) as collection,
        Originals(partial(_find_by_digest, store, folder), partial(_find_before, store, folder)) as originals,
    ):
        copy = _Copy(store, folder, collection, originals, report)
        for start in range(0, len(ids), _BATCH):
            batch = ids[start : start + _BATCH]
            by_article = dict(_group_captures(store, batch))
            for stored in store.articles_of(batch, report):
                copy.add_article(stored, by_article.get(stored.id, ()))
            show(start + len(batch), len(ids))
        collection.end()
    return copy.counts


@dataclass(slots=True)
class _Copy:
    store: Store
    folder: CaptureFolder
    collection: WarcCollection
    originals: Originals
    report: Callable[[NewscrawlError], None]
    counts: CaptureCounts = field(default_factory=CaptureCounts)

    def add_article(self, stored: StoredArticle, captures: Sequence[CaptureState]) -> None:
        """Write the captures of an article, and the newest one that reads as it as a page of the list."""
        page: Capture | None = None
        for capture in captures:
            try:
                read = self._add(capture.ref)
            except ArchiveError as error:
                self.counts.problems += 1
                self.report(error)
                continue
            if read and (page is None or capture.state in ("stored", "unchanged")):
                page = read
        if page is None:
            self.counts.without += 1
            return
        self.counts.articles += 1
        article = stored.article
        listed = CollectionPage(
            url=page.url, captured_at=page.captured_at, title=article.headline, text=article.body_text
        )
        self.collection.add_page(listed)

    def _add(self, ref: CaptureRef) -> Capture | None:
        """Write a capture, unless it is written; None if its bytes are not stored. Raises ArchiveError."""
        location = self.folder.locate(ref)
        if location is None:
            return None
        read = read_capture(location.file, location.offset, originals=self.originals)
        check_identity(read, ref)
        place = f"{location.file}#{location.offset}"
        if self.collection.has(place):
            return read
        exchange = read_exchange(location)
        if exchange.head.kind == "revisit":
            original = _find_original(self.store, read_reference(exchange.head))
            if original is None or self._add(original) is None:
                raise ArchiveError(location.file, location.offset, "the original of this revisit is not stored")
        is_revisit = exchange.head.kind == "revisit"
        mime = (read.header("Content-Type") or "").partition(";")[0].strip().lower() or "unk"
        self.collection.add(
            place,
            exchange,
            url=read.url,
            captured_at=read.captured_at,
            status=read.status,
            mime="warc/revisit" if is_revisit else mime,
            digest=read.digest or "-",
        )
        self.counts.captures += 1
        return read


def _group_captures(store: Store, ids: Sequence[int]) -> Iterator[tuple[int, Sequence[CaptureState]]]:
    captures = sorted(store.captures_of(ids), key=attrgetter("article_id"))  # of one article, they stay in their order
    for article_id, own in groupby(captures, key=attrgetter("article_id")):
        yield article_id, list(own)


def _find_original(store: Store, reference: Reference) -> CaptureRef | None:
    """Find the capture whose payload a revisit refers to: the one that it names, else one of the same payload."""
    named = reference.original_moment or (reference.moment if reference.is_not_modified else None)
    found = store.original_then(reference.original_url, named) if named else None
    is_named = reference.original_moment is None or (
        found is not None and abs(found.captured_at - reference.original_moment) < timedelta(seconds=1)
    )
    if found and is_named:
        return found
    return store.original(reference.digest) if reference.digest else None


def _find_by_digest(store: Store, folder: CaptureFolder, digest: str) -> RecordLocation | None:
    original = store.original(digest)
    return folder.locate(original) if original else None


def _find_before(
    store: Store, folder: CaptureFolder, url: str, moment: datetime
) -> tuple[datetime, RecordLocation] | None:
    original = store.original_then(url, moment)
    location = folder.locate(original) if original else None
    return (original.captured_at, location) if original and location else None
