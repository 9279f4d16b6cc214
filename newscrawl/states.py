"""What is remembered, between runs, of a page, of its captures, and of a list. Frozen values; times are UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from newscrawl.article import CaptureKind, CaptureRef, Link

State = Literal["discovered", "stored", "unchanged", "refused", "failed", "blocked"]
"""discovered: known, not asked for yet. unchanged: stored, and the same when last seen. The others say it."""
ListOutcome = Literal["read", "unchanged", "gone", "failed", "blocked"]
"""read: its entries came. unchanged: the server says 304. gone: 404 and the like. failed: no answer, or no list."""

OF_ARCHIVES = ("cdx", "archive_day", "warc")
"""Where pages are found that are in an archive, and may be nowhere else."""

OUT_OF_DATES = "out_of_dates"
"""Reason of a page that is refused for its time alone: a run over other dates may want it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """A row of the ledger."""

    url: str
    state: State
    reason: str | None
    status: int | None
    article_id: int | None
    spider: str
    source: str | None
    attempts: int
    """How many times it was tried."""
    failures: int = 0
    """How many times in a row it failed or was blocked."""
    discovered_at: datetime
    tried_at: datetime | None
    due_at: datetime | None = None
    """When it is to be asked for next; None: as soon as may be where it is discovered, else not again."""
    etag: str | None = None
    last_modified: str | None = None
    """Validators (RFC 9110, 8.8) of the last answer, as sent."""
    listed_at: datetime | None = None
    """When it last changed, by what lists tell: their updated or lastmod."""
    told: Link | None = None
    """What the list told that named it first."""
    published_at: datetime | None = None
    """Of its article, where it has one."""
    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureState:
    """A capture of a page as it stands in the database: where its bytes are, and what they were read as."""

    id: int
    url: str
    """The page's, as first found."""
    captured_at: datetime
    source: str
    kind: CaptureKind
    status: int | None
    digest: str | None
    file: str | None
    """Relative to the folder of our own captures, or from the root; None: the bytes were not kept."""
    file_offset: int | None
    file_length: int | None
    state: State
    """What this capture was read as; the page's own state is that of the last."""
    reason: str | None
    layout: str | None
    extractor: str | None
    """Version of the extraction that read it."""
    article_id: int | None
    """The article that its page led to."""

    @property
    def ref(self) -> CaptureRef:
        """Where it is to be had."""
        return CaptureRef(
            url=self.url,
            captured_at=self.captured_at,
            status=self.status,
            digest=self.digest,
            file=self.file,
            offset=self.file_offset,
            length=self.file_length,
            kind=self.kind,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """A list of articles as it was met."""

    url: str
    """As asked for."""
    source: str
    """The discovery module that reads it, or "sitemap"."""
    index_url: str | None = None
    """Address of the index that named it; None for one that none did."""
    outcome: ListOutcome | None = None
    """What the last request came to; None: it was never asked for."""
    reason: str | None = None
    """Why it is gone, failed or blocked: a short code."""
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    """Validators (RFC 9110, 8.8) of the last answer with entries, as sent."""
    digest: str | None = None
    """Of what it listed: equal means that it lists the same."""
    lastmod: datetime | None = None
    """What its index told of it when it was last read."""
    entries: int = 0
    """How many links it had when it was last read."""
    span_seconds: int | None = None
    """From the oldest to the newest of its entries; None: it does not date them."""
    asked_at: datetime | None = None
    read_at: datetime | None = None
    """When its entries last came."""
    checked_at: datetime | None = None
    """When it was last asked for without conditions."""
    new_at: datetime | None = None
    """When it last named an address that nobody had named."""
    due_at: datetime | None = None
    interval_seconds: int = 0
    """The pause after which it is asked for again."""
    failures: int = 0
    """How many times in a row it was gone, failed or blocked."""
    validators_lie: bool = False
    """It said "unchanged" once and was not: its validators are not used any more."""
    lastmod_lies: bool = False
    """Its index told no change once, and there was one: the index's word does not count any more."""
