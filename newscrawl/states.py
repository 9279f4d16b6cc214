"""State that is kept between runs: of pages, of captures and of lists. Frozen values; times are UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from newscrawl.article import CaptureKind, CaptureRef, Link

State = Literal["discovered", "stored", "unchanged", "refused", "failed", "blocked"]
"""discovered: known, not fetched yet. unchanged: stored earlier, and the same at the last visit."""
ListOutcome = Literal["read", "unchanged", "gone", "failed", "blocked", "refused"]
"""unchanged: the server answered 304. gone: 404 and the like. failed: no response, or the response is no list.
refused: a part of its index that an archive does not give."""

ARCHIVE_SOURCES = ("cdx", "archive_day", "warc", "wayback", "commoncrawl", "ingest")
"""Sources whose pages are in an archive, and may no longer exist anywhere else."""

INDEX_SOURCES = ("cdx", "cdx_pages", "collinfo")
"""Kinds of lists that are parts of an archive's index."""

PRIVATE_ADDRESS = "private_address"
"""Reason of a page or list that redirects to an address of this machine or of a local network, which is not fetched."""

UNSTORABLE = "unstorable"
"""Reason of a page that failed because the database does not take its article, or what else is known of it."""

DELETED = "deleted"
"""Reason of a page whose article a person has deleted, and of its captures: neither is read again."""

OUTSIDE_DATES = "out_of_dates"
"""Reason of a page that is refused only because of its date: a run over other dates may store it."""


class RefusalKind(StrEnum):
    """What it means for a page that it gave no article: when it is fetched again."""

    PERMANENT = "permanent"
    """Its address says that it is no article, or the server said that it is gone for good (410): never."""
    BY_CONTENT = "by content"
    """It was read, and is no article: once more after a month, then when a list or the extractor changes."""
    TEMPORARY = "temporary"
    """It may be there later: after growing pauses, and at once when a list reports it as new or updated."""
    NOT_WANTED = "not wanted"
    """The run did not want it, which says nothing about the page: in the next run that wants it."""


_REASONS: Mapping[RefusalKind, str] = {
    RefusalKind.PERMANENT: f"http_410 {DELETED}",
    RefusalKind.BY_CONTENT: (
        "video audio profile section_front not_html unknown_layout missing_headline missing_body too_large too_deep "
        "malformed content_encoding offsite scheme url_too_long redirects_to_known unstorable"
    ),
    RefusalKind.TEMPORARY: (
        "empty placeholder unexpected_304 redirect_loop bad_redirect redirects_to_front robots_txt "
        "robot_check captcha challenge challenge_path challenge_title timeout no_such_host private_address no_answer "
        "no_connection invalid_response connection_refused connection_reset cut_off headers_too_large tls_invalid "
        "tls_failed proxy_failed download_failed no_capture range_ignored archive_error archive_robots "
        "archive_excluded not_in_archive broken_record worker_died article_lost article_damaged partial_content "
        "not_rendered broken_encoding missing_segment truncated_length truncated_time truncated_disconnect "
        "truncated_unspecified"
    ),
    RefusalKind.NOT_WANTED: f"{OUTSIDE_DATES} no_time",
}
REFUSALS: Mapping[str, RefusalKind] = {reason: kind for kind, reasons in _REASONS.items() for reason in reasons.split()}
"""The kind of every reason for which a page gives no article; of HTTP statuses ("http_404") only those that differ."""


def classify_refusal(reason: str | None, *, by_address: bool = False) -> RefusalKind:
    """Return the kind of a reason; `by_address`: no request was needed to know it.

    An unknown reason is that of a plug-in, which has read the page: its kind is BY_CONTENT.

    >>> classify_refusal("http_404").value, classify_refusal("quiz").value
    ('temporary', 'by content')
    """
    http = RefusalKind.TEMPORARY if reason and reason.startswith("http_") else RefusalKind.BY_CONTENT
    kind = REFUSALS.get(reason or "", http)
    return RefusalKind.PERMANENT if by_address and kind is not RefusalKind.NOT_WANTED else kind


def count_failures(before: RefusalKind | None, failures: int, now: RefusalKind) -> int:
    """Return how often in a row a page gave no article for a reason of this kind, with this time; 0: it does not count.

    `before` is the kind of the time before, None if there was none, and `failures` was the number then.
    """
    if now in (RefusalKind.PERMANENT, RefusalKind.NOT_WANTED):
        return 0
    return failures + 1 if before in (None, now) else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """A discovered page: one row of the page ledger."""

    url: str
    state: State
    reason: str | None
    status: int | None
    article_id: int | None
    spider: str
    """The spider that last handled it."""
    site: str = ""
    """Key of its site: the name of a publisher that newscrawl knows, or the host of any other."""
    source: str | None
    attempts: int
    """Number of attempts."""
    failures: int = 0
    """Number of consecutive attempts without an article, for reasons of the same kind."""
    refusal: RefusalKind | None = None
    """Kind of the reason; None if it is not refused, failed or blocked."""
    extractor: str | None = None
    """Version of the extractor that found no article, if the kind is BY_CONTENT."""
    discovered_at: datetime
    tried_at: datetime | None
    due_at: datetime | None = None
    """When to fetch it next; None: at once if it is discovered, otherwise only for another reason than the time."""
    etag: str | None = None
    last_modified: str | None = None
    """Validators (RFC 9110, 8.8) of the last response, as sent."""
    listed_at: datetime | None = None
    """When it last changed according to the lists (updated or lastmod)."""
    link: Link | None = None
    """The entry of the first list that named it."""
    listed_by: str | None = None
    """Kinds of lists that named it, in alphabetical order: "feed,news_sitemap"."""
    published_at: datetime | None = None
    """Publication time of its article, which is stored, or which a run over other dates did not want."""
    is_partial: bool = False
    """Whether only a part of its article is known, from an archive."""
    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureState:
    """A stored capture of a page: where its bytes are, and the result of reading them."""

    id: int
    url: str
    """Address of the page, as first discovered."""
    captured_at: datetime
    source: str
    kind: CaptureKind
    status: int | None
    digest: str | None
    file: str | None
    """Path, absolute or relative to the folder of our own captures; None if the bytes were not stored."""
    file_offset: int | None
    file_length: int | None
    state: State
    """Result of reading this capture; the state of the page is that of its last capture."""
    reason: str | None
    layout: str | None
    extractor: str | None
    """Version of the extractor that read it."""
    incomplete_reason: str | None = None
    """Why its bytes are only a part of the response; None: they are complete."""
    article_id: int | None
    """The article of its page."""

    @property
    def ref(self) -> CaptureRef:
        """The reference to read it again."""
        return CaptureRef(
            url=self.url,
            captured_at=self.captured_at,
            status=self.status,
            digest=self.digest,
            file=self.file,
            offset=self.file_offset,
            length=self.file_length,
            kind=self.kind,
            incomplete_reason=self.incomplete_reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCapture:
    """What is known of a capture that was read or requested before, and of its page."""

    state: State
    reason: str | None
    is_stored: bool
    """Whether its bytes are stored."""
    is_complete: bool
    """Whether they are the whole response."""
    read_at: datetime
    """When the run began that read or requested it last."""
    page_state: State
    page_attempts: int
    page_failures: int
    page_tried_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """A list of links (feed, sitemap, front page) and what is known of it."""

    url: str
    """As requested."""
    source: str
    """The discovery module that reads it, or "sitemap"."""
    index_url: str | None = None
    """Address of the index that listed it; None for a list of the publisher or the user."""
    outcome: ListOutcome | None = None
    """Result of the last request; None if it was never requested."""
    reason: str | None = None
    """Why it is gone, failed or blocked: a short, stable code."""
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    """Validators (RFC 9110, 8.8) of the last response with entries, as sent."""
    digest: str | None = None
    """Hash of its entries."""
    lastmod: datetime | None = None
    """Its lastmod in the index when it was last read."""
    entries: int = 0
    """Number of entries when it was last read."""
    span_seconds: int | None = None
    """Time between its oldest and newest entry; None if it does not date them."""
    asked_at: datetime | None = None
    read_at: datetime | None = None
    """When its entries were last read."""
    checked_at: datetime | None = None
    """When it was last requested unconditionally."""
    new_at: datetime | None = None
    """When it last had a new address."""
    due_at: datetime | None = None
    interval_seconds: int = 0
    """Pause before the next request."""
    failures: int = 0
    """Number of consecutive requests that found it gone, failed or blocked."""
    validators_lie: bool = False
    """The server once answered 304 though the list had changed: its validators are no longer used."""
    lastmod_lies: bool = False
    """The index once reported no change though the list had changed: its lastmod is no longer used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlPattern:
    """A shape of a site's URLs, such as "/politics/{year}/{month}/{slug}", and what its pages were."""

    pattern: str
    fetched: int = 0
    """Number of its pages that were fetched, each counted once."""
    articles: int = 0
    """Number of those that were articles."""
    rule: Literal["allow", "deny"] | None = None
    """What a person decided: its links are always followed, or never."""
    changed_at: datetime | None = None
