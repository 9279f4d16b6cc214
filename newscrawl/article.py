"""The vocabulary: Link, CaptureRef, Page, Article and what an Article is made of.

Frozen values that every room shares. This module imports nothing of ours, and no third party.
All times are time-zone aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Literal, Self

Access = Literal["full", "teaser", "blocked"]
BlockKind = Literal["paragraph", "subhead", "list_item", "quote", "table"]
ContactRole = Literal["reporter", "editor"]
Precision = Literal["second", "minute", "day"]


CaptureKind = Literal["response", "revisit", "resource", "conversion"]
"""What an archive has of a capture: an answer; a revisit, which says that the payload is that of an earlier capture; a
resource without an HTTP head; a conversion, the text of a page (WET)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRef:
    """A capture of a page, and where it is to be had: what an archive's index tells of it, or a file of ours."""

    url: str
    """The address that was captured, absolute, without a default port."""
    captured_at: datetime
    """UTC."""
    status: int | None = None
    """Of the captured answer. None where the index has none, as of a revisit, which repeats an earlier capture."""
    content_type: str | None = None
    """"text/html"; "warc/revisit" of a revisit in an index."""
    digest: str | None = None
    """"sha1:BASE32" of the payload as sent, as in WARC-Payload-Digest; or another algorithm's, as the index has it."""
    length: int | None = None
    """Bytes of the record in its WARC file, packed."""
    offset: int | None = None
    file: str | None = None
    """Where the record begins, and in which WARC file: only some indexes tell."""
    kind: CaptureKind = "response"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address that a source (a feed, a sitemap, a front page) listed, with what it told of it."""

    url: str
    """As listed, absolute."""
    source: str
    """Where it was found: the name of a discovery module, such as "feed" or "news_sitemap"."""
    headline: str | None = None
    dek: str | None = None
    byline: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    """When the list says it last changed (a sitemap's lastmod, a feed's updated)."""
    tickers: tuple[str, ...] = ()
    caption: str | None = None
    credit: str | None = None
    capture: CaptureRef | None = None
    """Of a link from an archive's index: which of the captures of `url` it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A fetched page: its bytes, with when and how they came. Live, from a WARC or from a file alike."""

    url: str
    """The address of the final response; `file:` for a saved page of unknown address."""
    asked_url: str | None = None
    """The address that was asked for, where redirects led from it to another."""
    body: bytes = field(repr=False)
    """As served, content encodings undone, character encoding not."""
    fetched_at: datetime
    content_type: str | None = None
    """The Content-Type header, whole ("text/html; charset=utf-8")."""
    status: int = 200
    etag: str | None = None
    last_modified: str | None = None
    """Validators of the response (RFC 9110, 8.8), as sent."""
    capture: CaptureRef | None = None
    """Where these bytes are kept; None: nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of an article's body, in reading order."""

    kind: BlockKind
    text: str
    """One line; a table's cells are joined by tabs and its rows by newlines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dateline:
    """The line that opened the first paragraph: "LONDON, May 27 (Bloomberg) -- "."""

    place: str | None = None
    date_text: str | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of the article (never of the page chrome)."""

    url: str | None = None
    caption: str | None = None
    credit: str | None = None
    """With its label, as printed: "Photographer: Jo Doe/Agency"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person of a "To contact the reporter on this story" line."""

    role: ContactRole
    name: str
    place: str | None = None
    email: str | None = None


_PARTS: Mapping[type, tuple[str, ...]] = {
    kind: tuple(part.name for part in fields(kind)) for kind in (Block, Dateline, Image, Contact)
}
"""The fields of what an article is made of."""


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if names := _PARTS.get(type(value)):
        return {name: _plain(getattr(value, name)) for name in names}
    return dict(value) if isinstance(value, Mapping) else value


_AS_JSON = {"serializer": _plain}
"""Field metadata that item exporters read (itemadapter's `get_field_meta`): times as in `to_json`."""


TEXT_LAYOUT = "bloomberg_text"
"""The layout of what was read from plain text: such a page has lost its markup, and tells less than another of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article as a careful person would read it off its page. Absent is None or ()."""

    url: str
    """As fetched."""
    canonical_url: str | None = None
    """The publisher's own address of it, in normal form (see newscrawl.urls)."""
    post_id: str | None = None
    """The publisher's own identifier of it, where the page tells one."""
    publisher: str
    layout: str
    """The module name of the layout that claimed the page."""
    headline: str
    dek: str | None = None
    byline: tuple[str, ...] = ()
    """People (or, where only that is printed, a desk), in order, without "By", titles or handles."""
    dateline: Dateline | None = None
    published_at: datetime | None = field(default=None, metadata=_AS_JSON)
    published_precision: Precision | None = None
    """How much of published_at the page tells; a day is midnight UTC of the printed date."""
    updated_at: datetime | None = field(default=None, metadata=_AS_JSON)
    fetched_at: datetime = field(metadata=_AS_JSON)
    section: str | None = None
    topics: tuple[str, ...] = ()
    tickers: tuple[str, ...] = ()
    """"AAPL:US": symbol, colon, exchange; a bare symbol where the page tells no exchange."""
    language: str | None = None
    """BCP 47, lower-case ("en")."""
    access: Access = "full"
    abstract: tuple[str, ...] = ()
    """Bullets that the page prints above the body."""
    correction: str | None = None
    body: tuple[Block, ...] = field(default=(), repr=False)
    images: tuple[Image, ...] = field(default=(), repr=False)
    contacts: tuple[Contact, ...] = ()
    assistance: tuple[str, ...] = ()
    """Names of a "With assistance by" line."""
    sources: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Field name to the place that it was read from: {"headline": "dom h1.lede-headline"}."""

    @property
    def body_text(self) -> str:
        """The body as plain text: its blocks, parted by blank lines."""
        return "\n\n".join(block.text for block in self.body)

    def to_json(self) -> dict[str, Any]:
        """The Article as JSON types: times ISO 8601 in UTC with "Z", tuples as lists."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The Article of `to_json`'s form. Raises TypeError, KeyError or ValueError for another form."""
        known = dict(data)
        for name in ("published_at", "updated_at", "fetched_at"):
            known[name] = _time(known.get(name))
        for name in ("byline", "topics", "tickers", "abstract", "assistance"):
            known[name] = tuple(known.get(name) or ())
        for name, kind in (("body", Block), ("images", Image), ("contacts", Contact)):
            known[name] = tuple(kind(**part) for part in known.get(name) or ())
        known["dateline"] = Dateline(**known["dateline"]) if known.get("dateline") else None
        return cls(**known)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
