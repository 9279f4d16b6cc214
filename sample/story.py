"""Stories as data: what an article says, where and when it was captured, and what a reader of the page should find.

A story is one TOML file in stories/. Its body is text in a light markup: blank lines part the blocks, "## " opens a
subhead, "- " a list item, "> " a quote; [words](HALV:SX) is a ticker link, [words](/path) a link, *words* a work's
title and **words** a bold lead-in. `copies` are the same story at other addresses, `versions` later captures of it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from newscrawl.article import Access, Article, Block, BlockKind, Contact, Dateline, Image, Precision
from newscrawl.publishers import normalize_by_publisher

STORIES = Path(__file__).with_name("stories")
HOST = "www.bloomberg.example"
PUBLISHER = "Sample Edition"
LINK = re.compile(r"\[([^\]]+)\]\(\s*([^)]+?)\s*\)")
TICKER = re.compile(r"[A-Z0-9.]+(:[A-Z]{2,3})?")
_EMPHASIS = re.compile(r"\*{1,2}([^*]+)\*{1,2}")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)|(?<=s)'(?= )")
_TYPEWRITTEN = ("a", "bw2010", "bw2011", "e", "e_teaser")
"""Layouts that print straight apostrophes."""

EXTRAS = frozenset(
    (
        "bio",
        "charts",
        "credit_line",
        "debris",
        "disclaimer",
        "franchise",
        "hidden",
        "map_copy",
        "meta_tickers_printed",
        "note",
        "opinion",
        "parsely_date",
        "pillar",
        "printed",
        "printed_updated",
        "strap",
        "video_caption",
        "video_captions",
    )
)
"""What a story may have besides the article's own fields."""


@dataclass(frozen=True, slots=True)
class SourceBlock:
    """A block of a body as written in the story's file."""

    kind: BlockKind
    source: str
    """One line, in the light markup."""

    @property
    def text(self) -> str:
        """What a reader sees."""
        return _EMPHASIS.sub(r"\1", LINK.sub(r"\1", self.source))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """One capture of a story: at one address, in one template, at one moment."""

    name: str
    layout: str
    address: str
    captured: datetime
    published: datetime | date
    headline: str
    body: str = field(repr=False)
    host: str = HOST
    dek: str | None = None
    byline: tuple[str, ...] = ()
    dateline: Dateline | None = None
    updated: datetime | None = None
    section: str | None = None
    topics: tuple[str, ...] = ()
    abstract: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    contacts: tuple[Contact, ...] = ()
    assistance: tuple[str, ...] = ()
    correction: str | None = None
    access: Access = "full"
    meta_tickers: tuple[str, ...] = ()
    in_article: tuple[tuple[str, str], ...] = ()
    """Tickers of the "In this article" box, with the companies' names."""
    decoy: bool = False
    """Whether robots.txt refuses its address."""
    chrome: int = 0
    """Another number gives other chrome around the same article."""
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What only templates need: every name of EXTRAS, None where the story has none."""

    @property
    def url(self) -> str:
        """The requested address."""
        return f"https://{self.host}{self.address}"

    @property
    def canonical_path(self) -> str:
        """The path that the page itself declares, whatever was requested."""
        if self.host != HOST:
            return self.address.replace("/news/", "/news/articles/", 1)
        return self.address

    @property
    def post_id(self) -> str:
        """In the shape of the real ones, the same at every address of a story."""
        if self.layout == "graphics":
            return self.address.strip("/").rpartition("/")[2]
        return uuid5(NAMESPACE_URL, self.name).hex[:12].upper() + "01"

    @property
    def moment(self) -> datetime:
        """The time of publication; midnight UTC where only the day is known."""
        if isinstance(self.published, datetime):
            return self.published
        return datetime.combine(self.published, time(), UTC)

    @property
    def blocks(self) -> list[SourceBlock]:
        """The body, in reading order."""
        text = self.body if self.layout in _TYPEWRITTEN else _APOSTROPHE.sub("’", self.body)
        return list(_blocks(text))

    @property
    def hidden_blocks(self) -> list[SourceBlock]:
        """What a teaser page holds in its component data only."""
        return list(_blocks(self.extra["hidden"] or ""))

    @property
    def tickers(self) -> tuple[str, ...]:
        """Of the links in the body."""
        targets = [target for block in self.blocks for _, target in LINK.findall(block.source)]
        return tuple(dict.fromkeys(target for target in targets if TICKER.fullmatch(target)))

    def article(self) -> Article:
        """The article as a careful person would read it off this page; `sources` is left out."""
        shows = _SHOWS.get(self.layout, _SHOWS_ALL)
        return Article(
            url=self.url,
            canonical_url=self._canonical_url(),
            post_id=self.post_id if shows["post_id"] else None,
            publisher=PUBLISHER,
            layout=_MODULES[self.layout],
            headline=self.headline,
            dek=self.dek,
            description=self._description(),
            byline=self.byline,
            dateline=self.dateline,
            published_at=self.moment,
            published_precision=self._precision(),
            updated_at=self.updated,
            fetched_at=self.captured,
            section=self.section if shows["section"] else None,
            topics=self.topics if shows["topics"] else (),
            tickers=self._shown_tickers(),
            language="en",
            access=self.access,
            abstract=self.abstract,
            correction=self.correction,
            body=tuple(Block(kind=block.kind, text=block.text) for block in self.blocks),
            images=tuple(self._shown_images()),
            contacts=self.contacts,
            assistance=self.assistance,
        )

    def _description(self) -> str | None:
        if self.layout in ("a", "graphics", "text"):
            return None
        if self.layout.startswith("bw"):
            return self.dek
        first = self.blocks[0].text
        return first if self.layout in ("b1", "c", "d1") else self.dek or first

    def _canonical_url(self) -> str | None:
        if self.layout in ("a", "text", "bw2010"):
            return None
        return normalize_by_publisher(f"https://{HOST}{self.canonical_path}")

    def _precision(self) -> Precision:
        if not isinstance(self.published, datetime):
            return "day"
        return "minute" if self.layout == "bw2010" else "second"

    def _shown_tickers(self) -> tuple[str, ...]:
        if self.layout in ("text", "graphics"):
            return ()
        boxed = tuple(ticker for ticker, _ in self.in_article)
        return tuple(dict.fromkeys((*boxed, *self.meta_tickers, *self.tickers)))

    def _shown_images(self) -> Iterator[Image]:
        for image in self.images:
            path = image.url if image.url and image.url.startswith("/") else None
            yield replace(image, url=f"https://{self.host}{path}") if path else image


_MODULES = {
    "a": "bloomberg_2006",
    "b1": "bloomberg_2010",
    "bw2010": "businessweek_2010",
    "bw2011": "businessweek_2011",
    "text": "bloomberg_text",
    "c": "bloomberg_2015",
    "d1": "bloomberg_2016",
    "graphics": "bloomberg_graphics",
    "d2": "bloomberg_2018",
    "d3": "bloomberg_2018",
    "e": "bloomberg_2022",
    "e_feature": "bloomberg_features",
    "e_teaser": "bloomberg_2022",
    "g": "bloomberg_2025",
}
"""A template's name to the module of newscrawl.publishers.bloomberg.layouts that should claim its pages."""
_SHOWS_ALL = {"post_id": True, "section": True, "topics": True}
_SHOWS = {
    "a": {"post_id": False, "section": True, "topics": False},
    "b1": {"post_id": False, "section": False, "topics": True},
    "text": {"post_id": False, "section": False, "topics": False},
    "bw2010": {"post_id": False, "section": True, "topics": True},
    "bw2011": {"post_id": False, "section": True, "topics": True},
}


def renditions(folder: Path = STORIES) -> list[Rendition]:
    """Every capture of every story, in the order of the files' names. Raises KeyError or TypeError for a bad file."""
    return [one for path in sorted(folder.glob("*.toml")) for one in _of_file(path)]


def _of_file(path: Path) -> Iterator[Rendition]:
    entry = tomllib.loads(path.read_text(encoding="utf-8"))
    others = [*entry.pop("copies", []), *entry.pop("versions", [])]
    yield _rendition(path.stem, entry)
    for changes in others:
        yield _rendition(path.stem, entry | _edited(entry, changes))


def _edited(entry: Mapping[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    body = entry["body"]
    for old, new in changes.pop("replace", []):
        if old not in body:
            raise KeyError(f"no {old!r} to replace")
        body = body.replace(old, new)
    return changes | {"body": body}


def _rendition(name: str, entry: Mapping[str, Any]) -> Rendition:
    known = {key: _frozen(value) for key, value in entry.items() if key in Rendition.__dataclass_fields__}
    extra = {key: value for key, value in entry.items() if key not in Rendition.__dataclass_fields__}
    if unknown := extra.keys() - EXTRAS:
        raise TypeError(f"{name}: unknown {', '.join(sorted(unknown))}")
    known["images"] = tuple(Image(**image) for image in entry.get("images", ()))
    known["contacts"] = tuple(Contact(**contact) for contact in entry.get("contacts", ()))
    known["dateline"] = Dateline(**entry["dateline"]) if "dateline" in entry else None
    known.setdefault("captured", _two_days_after(entry["published"]))
    return Rendition(name=name, extra=dict.fromkeys(EXTRAS) | extra, **known)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value


def _two_days_after(published: datetime | date) -> datetime:
    start = published if isinstance(published, datetime) else datetime.combine(published, time(12), UTC)
    return start.replace(second=0) + timedelta(days=2)


def _blocks(text: str) -> Iterator[SourceBlock]:
    for part in re.split(r"\n\s*\n", text.strip()):
        if part.startswith("- "):
            yield from (SourceBlock("list_item", item[2:].strip()) for item in part.splitlines())
        elif part.startswith("## "):
            yield SourceBlock("subhead", part[3:].strip())
        elif part.startswith("> "):
            yield SourceBlock("quote", part[2:].strip())
        elif part:
            yield SourceBlock("paragraph", " ".join(part.split()))
