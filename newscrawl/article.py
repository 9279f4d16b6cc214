"""The values that all packages share: Link, CaptureRef, Page, Article and the parts of an Article.

All are frozen, and all times are time-zone aware and in UTC. This module imports only the standard library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from functools import cache, partial
from types import NoneType
from typing import Any, Literal, Self, TypeVar, cast, get_args, get_origin, get_type_hints

_Fields = TypeVar("_Fields")
Access = Literal["full", "teaser", "blocked"]
BlockKind = Literal["paragraph", "subhead", "list_item", "quote", "table", "embed"]
ContactRole = Literal["reporter", "editor"]
Precision = Literal["second", "minute", "day"]
CaptureKind = Literal["response", "revisit", "resource", "conversion"]
"""Types of WARC records with a page: response; revisit (same payload as an earlier capture); resource (no HTTP head);
conversion (the text of a page, as in WET files)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRef:
    """A capture of a page, and where it is stored: in our own WARC files, or as an archive's index describes it."""

    url: str
    """The captured address, absolute, without a default port."""
    captured_at: datetime
    """UTC."""
    status: int | None = None
    """HTTP status. None if the index has none, as for a revisit."""
    content_type: str | None = None
    """"text/html"; "warc/revisit" for a revisit in an index."""
    digest: str | None = None
    """"sha1:BASE32" of the payload as sent, as in WARC-Payload-Digest; other algorithms as the index has them."""
    length: int | None = None
    """Compressed size in bytes of the record in its WARC file."""
    offset: int | None = None
    file: str | None = None
    """The WARC file, and the byte at which the record begins in it. Only some indexes have them."""
    kind: CaptureKind = "response"
    incomplete_reason: str | None = None
    """As in Page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """How a front page shows a link; of several anchors with the same target, the best."""

    words: int = 0
    """Words of its text; of scripts without spaces, half of the characters."""
    in_heading: bool = False
    has_picture: bool = False
    is_dated: bool = False
    """Whether a time stands beside it."""
    place: Literal["content", "menu", "foot"] = "content"
    """Where it stands: in the page's foot, in its head or a menu, or also in its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An entry of a list (feed, sitemap, front page, index of an archive)."""

    url: str
    """As listed, absolute."""
    source: str
    """The discovery module that read the list, such as "feed" or "news_sitemap"."""
    headline: str | None = None
    dek: str | None = None
    byline: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    """When it last changed according to the list (a sitemap's lastmod, a feed's updated)."""
    tickers: tuple[str, ...] = ()
    caption: str | None = None
    credit: str | None = None
    capture: CaptureRef | None = None
    """The capture of `url` that an archive's index lists."""
    anchor: Anchor | None = None
    """Of a link on a front page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A fetched page: its bytes, and when and how they came. The same for live pages, WARC records and files."""

    url: str
    """Address of the final response; `file:` for a saved page of unknown address."""
    requested_url: str | None = None
    """The first address requested, if redirects led to another."""
    body: bytes = field(repr=False)
    """Content encodings are decoded, the character encoding is not."""
    fetched_at: datetime
    content_type: str | None = None
    """The whole Content-Type header ("text/html; charset=utf-8")."""
    status: int = 200
    etag: str | None = None
    last_modified: str | None = None
    """Validators of the response (RFC 9110, 8.8), as sent."""
    capture: CaptureRef | None = None
    """Where these bytes are stored; None if nowhere."""
    incomplete_reason: str | None = None
    """Why the bytes are only a part of the response, as a short, stable code; None if nothing is known to be missing.

    "cut_off" (an encoding, the chunks or the Content-Length ends too early), "broken_encoding" (damaged),
    "partial_content" (a range: HTTP status 206), "missing_segment" (of a WARC record), "truncated_length",
    "truncated_time", "truncated_disconnect", "truncated_unspecified" (WARC-Truncated).
    """

    @property
    def complete(self) -> bool:
        """Whether the bytes are the whole response, as far as is known."""
        return self.incomplete_reason is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of an article's body, in reading order."""

    kind: BlockKind
    text: str
    """One line. Cells of a table are separated by tabs, its rows by newlines."""
    url: str | None = None
    """Of an embedded post of another site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dateline:
    """The line that opens the first paragraph: "LONDON, May 27 (Agency) -- "."""

    place: str | None = None
    date_text: str | None = None
    agency: str | None = None

    def __str__(self) -> str:
        """Return it as pages print it, without the dash at its end."""
        agency = f"({self.agency})" if self.agency else None
        return " ".join(filter(None, (", ".join(filter(None, (self.place, self.date_text))), agency)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of the article, not of the page chrome."""

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


def encode_block(block: Block) -> dict[str, str]:
    """Return a block as JSON; only an embedded post has a URL."""
    encoded = {"kind": block.kind, "text": block.text}
    return encoded | {"url": block.url} if block.url else encoded


def encode_fields(value: Any) -> dict[str, Any]:
    """Return a dataclass of such fields as JSON types: times as ISO 8601 in UTC with "Z", tuples as lists."""
    return {name: _encode(getattr(value, name)) for name in _field_names(type(value))}


def decode_fields(kind: type[_Fields], data: Mapping[str, Any]) -> _Fields:
    """Return the dataclass that `encode_fields` encoded. Raises TypeError or ValueError for other data."""
    decoders = _decoders(kind)
    return kind(**{name: decoders[name](value) if name in decoders else value for name, value in data.items()})


def _list_fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


_field_names: Callable[[type], tuple[str, ...]] = cache(_list_fields)


def _encode(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        return [_encode(part) for part in value]
    if isinstance(value, Block):
        return encode_block(value)
    if value is not None and _field_names(type(value)):
        return encode_fields(value)
    return dict(value) if isinstance(value, Mapping) else value


_AS_JSON = {"serializer": _encode}
"""Field metadata for Scrapy's item exporters (itemadapter's `get_field_meta`): times as in `to_json`."""


GENERIC_LAYOUT = "generic"
"""Layout of articles that no layout claimed."""
TEXT_LAYOUT_SUFFIX = "_text"
"""Layouts of articles read from plain text, which has less information than the marked-up page: PUBLISHER_text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article, as a careful person would read it on its page. Absent is None or ()."""

    url: str
    """As fetched."""
    canonical_url: str | None = None
    """The publisher's own address of the article, normalized (see newscrawl.urls)."""
    post_id: str | None = None
    """The publisher's own identifier of the article."""
    publisher: str
    layout: str
    """Module name of the layout that matched the page."""
    headline: str
    dek: str | None = None
    """The line that the page prints under the headline."""
    description: str | None = None
    """What the metadata of the page (meta elements, JSON-LD) says about the article."""
    byline: tuple[str, ...] = ()
    """People in order, without "By", titles or handles; a desk if no person is named."""
    dateline: Dateline | None = None
    published_at: datetime | None = field(default=None, metadata=_AS_JSON)
    published_precision: Precision | None = None
    """Precision of published_at; a day is midnight UTC of the printed date."""
    updated_at: datetime | None = field(default=None, metadata=_AS_JSON)
    fetched_at: datetime = field(metadata=_AS_JSON)
    section: str | None = None
    topics: tuple[str, ...] = ()
    tickers: tuple[str, ...] = ()
    """"AAPL:US": symbol, colon, exchange; only the symbol if the page names no exchange."""
    language: str | None = None
    """BCP 47, lower-case ("en")."""
    access: Access = "full"
    abstract: tuple[str, ...] = ()
    """Bullets above the body."""
    correction: str | None = None
    body: tuple[Block, ...] = field(default=(), repr=False, metadata=_AS_JSON)
    images: tuple[Image, ...] = field(default=(), repr=False)
    contacts: tuple[Contact, ...] = ()
    assistance: tuple[str, ...] = ()
    """Names in a "With assistance by" line."""
    sources: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Field name to where it was read: {"headline": "dom h1.lede-headline"}."""
    complete: bool = True
    """False: only a part of the page is known, because its bytes were cut."""
    confidence: float | None = None
    """How sure the generic extractor is that headline and body are right, 0 to 1; None: a layout read the page."""

    @property
    def body_text(self) -> str:
        """The body as plain text, its blocks separated by blank lines."""
        return "\n\n".join(block.text for block in self.body if block.text)

    def with_printed_body(self) -> Self:
        """Return the article with the body that its page prints: after the dateline, with the captions at the end."""
        first, *others = self.body or (Block(kind="paragraph", text=""),)
        opening = f"{self.dateline} – " if self.dateline and first.kind == "paragraph" else ""
        captions = (" ".join(filter(None, (image.caption, image.credit))) for image in self.images)
        blocks = (replace(first, text=f"{opening}{first.text}"), *others)
        printed = (*blocks, *(Block(kind="paragraph", text=caption) for caption in captions))
        return replace(self, body=tuple(block for block in printed if block.text))

    def to_json(self) -> dict[str, Any]:
        """Return the Article as JSON types: times as ISO 8601 in UTC with "Z", tuples as lists."""
        return encode_fields(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the Article that `to_json` encoded. Raises TypeError or ValueError for other data."""
        return decode_fields(cls, data)


def _make_decoders(kind: type) -> dict[str, Callable[[Any], Any]]:
    hints = get_type_hints(kind)
    decoders = {name: _make_decoder(hints[name]) for name in _field_names(kind)}
    return {name: decode for name, decode in decoders.items() if decode}


_decoders: Callable[[type], dict[str, Callable[[Any], Any]]] = cache(_make_decoders)


def _make_decoder(kind: Any) -> Callable[[Any], Any] | None:
    """Make the function that converts a JSON value to a field's type; None if there is nothing to convert.

    Null becomes None or ().
    """
    options = [option for option in get_args(kind) if option is not NoneType]
    if get_origin(kind) is tuple:
        decode_part = _make_decoder(options[0])
        return lambda values: tuple(map(decode_part, values or ()) if decode_part else values or ())
    if NoneType in get_args(kind):
        decode = _make_decoder(options[0])
        return decode and (lambda value: None if value is None else decode(value))
    if is_dataclass(kind):
        return partial(decode_fields, cast("type[Any]", kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    return datetime.fromisoformat if kind is datetime else None
