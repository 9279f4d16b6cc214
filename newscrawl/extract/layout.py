"""Layout: one design of a publisher's pages, as data, and how an article is read with it.

A layout lists for each field the selectors to try, in order. What is common to all layouts (how a byline is split, what
a contact line is) is in the module of the field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from html import unescape
from itertools import pairwise
from typing import ClassVar, TypeVar
from urllib.parse import urlsplit

from newscrawl.article import Access, Article, Image
from newscrawl.errors import MissingFieldError, NotAnArticleError, UnreadablePageError
from newscrawl.extract.body import Body, Line, extract_story, find_hidden, is_hidden, read_body_lines, read_closing_line
from newscrawl.extract.fields import byline, captions, corrections, tickers
from newscrawl.extract.fronts import is_front
from newscrawl.extract.markup import Element, Markup, select_first
from newscrawl.extract.selectors import Dom, JsonLd, Meta, PageView, Selector, Selectors, Title, find_outermost, search
from newscrawl.extract.text import normalize_space, read_text
from newscrawl.publisher import GENERAL, Publisher
from newscrawl.syntax import dates
from newscrawl.syntax.dates import Moment
from newscrawl.urls import date_in, normalize_url

TABLES = 'div[class^="table"], div[class*=" table"], div[class*="-table"], div[class*="paragraph"]'
"""Wrappers of tables and paragraphs."""

_CHROME = ("aside", "nav", "footer")

T = TypeVar("T")


@dataclass(slots=True)
class Notes:
    """How an article was read: the selector that matched for each field, and those that did not."""

    sources: dict[str, str] = field(default_factory=dict)
    """Field to the name of the selector that matched."""
    missed: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Field to (selector, why): "absent", or the text that could not be parsed."""
    excluded: list[tuple[str, str]] = field(default_factory=list)
    """Lines of the body that are not part of the story: (reason, text)."""

    def first(
        self, name: str, selectors: Selectors, view: PageView, parse: Callable[[Sequence[str]], T | None]
    ) -> T | None:
        """Return the value of a field from the first selector whose texts `parse` accepts."""
        for selector in selectors:
            texts = selector.read(view)
            value = parse(texts) if texts else None
            if value:
                self.sources[name] = selector.name
                return value
            self.missed.setdefault(name, []).append((selector.name, f"unread: {texts[0]}" if texts else "absent"))
        return None

    def collect(
        self, name: str, selectors: Selectors, view: PageView, parse: Callable[[Selector, str], Iterable[str]]
    ) -> tuple[str, ...]:
        """Return the values of a field from all selectors, in order, without repetitions."""
        values: dict[str, str] = {}
        for selector in selectors:
            parsed = [value for text in selector.read(view) for value in parse(selector, text)]
            if not parsed:
                self.missed.setdefault(name, []).append((selector.name, "absent"))
            for value in parsed:
                values.setdefault(value, selector.name)
        if values:
            self.sources[name] = ", ".join(dict.fromkeys(values.values()))
        return tuple(values)

    def record(self, name: str, value: T, source: str = "body lines") -> T:
        """Record the source of `value` unless it is empty; return `value`."""
        if value:
            self.sources[name] = source
        return value


@dataclass(frozen=True, slots=True)
class Extraction:
    """An article, and how it was read."""

    article: Article
    notes: Notes


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Elements with a picture of the article, except those that contain a match of `unless` (a video)."""

    selector: str
    caption: tuple[str, ...] = ("figcaption",)
    """Selectors of the caption, in order; figcaption is the last in any case. `credit` likewise."""
    credit: tuple[str, ...] = ()
    image: str = "img, amp-img"
    unless: str | None = None


ATTACHED = Figure(
    selector="div.image.thumbnail",
    caption=("p.caption",),
    image="img",
    unless="div.play_video_link, a.play_video_link, div.video",
)
"""A picture in the body of a story before 2015. Its caption ends with the credit."""


class Layout:
    """One design of a publisher's pages. CSS selectors that begin with a tag name take a tenth of the time."""

    name: ClassVar[str] = ""
    """Name of its module."""
    era: ClassVar[str] = ""
    """Month of its first pages, "YYYY-MM". Layouts are tried from the newest to the oldest."""
    title: ClassVar[str] = ""
    """Title of the publication, if it is not that of the publisher."""
    language: ClassVar[str] = "und"
    """Of pages that do not state theirs, if the publisher has none."""
    marker: ClassVar[str] = ""
    """Elements that only pages of this layout have."""
    needs_sign: ClassVar[bool] = False
    """Whether other pages have the marker, too: one without a time and a byline is then no article."""
    scope: ClassVar[str | None] = None
    """The article: the first such element. None for the whole page."""
    body: ClassVar[tuple[str, ...]] = ()
    """The elements whose children are the blocks of the body: those of the first selector that matches."""
    skip: ClassVar[str] = ""
    """Elements of the body that are not part of the story."""
    wrappers: ClassVar[str] = ""
    """Elements of the body with a class that contain more blocks."""
    closing: ClassVar[str] = ""
    """Elements with closing lines: contacts, assistance, corrections."""
    teaser: ClassVar[str] = ""
    """Elements of pages that show only a teaser."""

    headline: ClassVar[Selectors] = (JsonLd("headline"), Meta("og:title"), Meta("parsely-title"), Title())
    dek: ClassVar[Selectors] = ()
    description: ClassVar[Selectors] = (Meta("description"), Meta("og:description"), JsonLd("description"))
    byline: ClassVar[Selectors] = (
        JsonLd("author.name"),
        Meta("parsely-author"),
        Meta("sailthru.author", ","),
        Meta("author", ","),
    )
    published: ClassVar[Selectors] = (
        JsonLd("datePublished"),
        Meta("iso-8601-publish-date"),
        Meta("parsely-pub-date"),
        Meta("article:published_time"),
        Meta("sailthru.date"),
        Meta("date"),
    )
    updated: ClassVar[Selectors] = (JsonLd("dateModified"), Meta("article:modified_time"))
    section: ClassVar[Selectors] = (JsonLd("articleSection"), Meta("parsely-section"), Meta("article:section"))
    topics: ClassVar[Selectors] = (Meta("parsely-tags", ","), Meta("sailthru.tags", ","), Meta("keywords", ","))
    tickers: ClassVar[Selectors] = (
        Dom('a[href*="quote"]', "href", within="body"),
        Dom('a[href*="ticker="]', "href", within="body"),
        Dom("a.ticker[data-symbol], span.ticker[data-symbol]", "data-symbol", within="body"),
    )
    abstract: ClassVar[Selectors] = ()
    correction: ClassVar[Selectors] = ()
    figures: ClassVar[tuple[Figure, ...]] = ()
    post_id: ClassVar[Selectors] = (Meta("parsely-post-id"),)
    address: ClassVar[Selectors] = (
        Dom('link[rel="canonical"]', "href", within="page"),
        Meta("og:url"),
        Meta("parsely-link"),
        JsonLd("mainEntityOfPage"),
        JsonLd("mainEntityOfPage.@id"),
        Meta("twitter:url"),
    )

    def __init__(self, publisher: Publisher = GENERAL) -> None:
        self.publisher = publisher

    @classmethod
    def claims(cls, markup: Markup) -> bool:
        return bool(search(markup, markup.root, cls.marker))

    def read(self, markup: Markup) -> Extraction:
        """Read the article. Raises MissingFieldError where the headline, or the body of a full article, is missing."""
        view = self.view(markup)
        return self.read_lines(view, self.lines(view))

    def read_lines(self, view: PageView, lines: Sequence[Line]) -> Extraction:
        """Read the article of a page whose lines were read already. Raises as `read` does."""
        notes = Notes()
        headline = self.read_headline(view, notes)
        if headline is None:
            raise self._missing("headline", view.markup)
        dek = self.read_dek(view, notes)
        if dek and dek.casefold() == headline.casefold():
            dek = None
        body = extract_story(lines, headline, dek)
        access: Access = "teaser" if body.is_cut else self.access(view)
        if not body.blocks and access == "full":
            raise self._missing("body", view.markup)
        notes.excluded = body.excluded
        notes.sources["body"] = view.body_name
        article = self._article(view, notes, body, headline, access)
        self.check_kind(view.markup, article)
        return Extraction(replace(article, dek=dek, sources=dict(notes.sources)), notes)

    def check_kind(self, markup: Markup, article: Article) -> None:
        """Raise NotAnArticleError if what was read as an article is a list of stories, or about the site."""
        if is_front(markup, article, needs_sign=self.needs_sign):
            raise NotAnArticleError(markup.page.url, "section_front", "the page lists stories, or is about its site")

    def view(self, markup: Markup) -> PageView:
        scopes = search(markup, markup.root, self.scope) if self.scope else []
        scope = scopes[0] if scopes else markup.root
        where, body = select_first(scope, self.body, partial(search, markup))
        return PageView(markup=markup, data=markup.data, scope=scope, body=body, body_name=f"dom {where}")

    def lines(self, view: PageView) -> list[Line]:
        """Read all blocks of the body, then the closing lines outside of it."""
        blocks = self._read_body(view, self.wrappers) or self._read_body(view, "div, section, article")
        closing = find_outermost(search(view.markup, view.scope, self.closing))
        return blocks + [read_closing_line(element) for element in closing]

    def _read_body(self, view: PageView, wrappers: str) -> list[Line]:
        blocks: list[Line] = []
        for container in find_outermost(view.body):
            skip = find_hidden(view.markup, container).union(search(view.markup, container, self.skip))
            inner = {*search(view.markup, container, wrappers), *view.body}
            blocks.extend(read_body_lines(container, skip, inner))
        return blocks

    def access(self, view: PageView) -> Access:
        """Return whether the page shows the whole article or a teaser, according to its markup."""
        # Whole articles with a hidden mark of a paywall were seen in the wild.
        marks = search(view.markup, view.scope, self.teaser)
        return "full" if all(map(is_hidden, marks)) else "teaser"

    def _article(self, view: PageView, notes: Notes, body: Body, headline: str, access: Access) -> Article:
        page = view.markup.page
        address = self.read_address(view, notes)
        url = page.url if page.url.startswith("http") else address or page.url
        updated = self.read_updated(view, notes)
        published = self.read_published(view, notes) or _derive_date(notes, body, url, updated)
        return Article(
            url=url,
            canonical_url=normalize_url(address, self.publisher.url_rules) if address else None,
            post_id=notes.first("post_id", self.post_id, view, _one),
            publisher=self.read_publisher(view, notes),
            layout=self.name,
            headline=headline,
            description=self.read_description(view, notes),
            byline=self.read_byline(view, notes, body),
            dateline=notes.record("dateline", body.dateline),
            published_at=published[0] if published else None,
            published_precision=published[1] if published else None,
            updated_at=_later(updated, published),
            fetched_at=page.fetched_at,
            section=self.read_section(view, notes),
            topics=self.read_topics(view, notes),
            tickers=tickers.remove_repeated(notes.collect("tickers", self.tickers, view, _ticker)),
            language=self.read_language(view, notes, body),
            access=access,
            abstract=notes.first("abstract", self.abstract, view, tuple) or (),
            correction=notes.first("correction", self.correction, view, corrections.find_correction)
            or notes.record("correction", body.correction),
            body=tuple(body.blocks),
            images=notes.record("images", self.images(view), "dom figures"),
            contacts=notes.record("contacts", tuple(body.contacts)),
            assistance=notes.record("assistance", tuple(body.assistance)),
            complete=page.complete,
        )

    # What follows reads one field each; the generic layout reads most of them in its own way.

    def read_headline(self, view: PageView, notes: Notes) -> str | None:
        return notes.first("headline", self.headline, view, _one)

    def read_dek(self, view: PageView, notes: Notes) -> str | None:
        return notes.first("dek", self.dek, view, _one)

    def read_address(self, view: PageView, notes: Notes) -> str | None:
        return notes.first("canonical_url", self.address, view, lambda texts: _address(view, texts))

    def read_description(self, view: PageView, notes: Notes) -> str | None:
        return notes.first("description", self.description, view, lambda texts: _one(map(unescape, texts)))

    def read_published(self, view: PageView, notes: Notes) -> Moment | None:
        return notes.first("published_at", self.published, view, self._parse_time)

    def read_updated(self, view: PageView, notes: Notes) -> Moment | None:
        return notes.first("updated_at", self.updated, view, self._parse_time)

    def read_section(self, view: PageView, notes: Notes) -> str | None:
        return notes.first("section", self.section, view, _one)

    def read_topics(self, view: PageView, notes: Notes) -> tuple[str, ...]:
        return notes.first("topics", self.topics, view, _topics) or ()

    def read_language(self, view: PageView, notes: Notes, body: Body) -> str:
        return _language(view.markup) or self.publisher.language or self.language

    def images(self, view: PageView) -> tuple[Image, ...]:
        """Return the pictures of the article, without other sizes of the same picture."""
        pictures: dict[str, Image] = {}
        for element, figure in self._figures(view):
            image = _read_image(view, element, figure)
            if image.caption or image.credit or image.url:
                address = _SIZE.sub("", image.url or image.credit or "")
                pictures.setdefault(f"{image.caption} {image.credit}" if image.caption else address, image)
        return tuple(pictures.values())

    def _figures(self, view: PageView) -> Iterator[tuple[Element, Figure]]:
        """Yield the elements with pictures: only the outer one of nested elements, and none of the page chrome."""
        holders: dict[Element, Figure] = {}
        for figure in self.figures:
            for element in search(view.markup, view.scope, figure.selector):
                holders.setdefault(element, figure)
        within: set[Element] = set()
        for element in sorted(holders, key=_position) if len(set(holders.values())) > 1 else holders:
            above = list(element.iterancestors())
            if within.isdisjoint(above) and not any(each.tag in _CHROME for each in above):
                within.add(element)
                yield element, holders[element]

    def read_byline(self, view: PageView, notes: Notes, body: Body) -> tuple[str, ...]:
        """Return the people in the byline, else the writers in the closing credit, else a desk."""
        names = (
            notes.first("byline", self.byline, view, byline.parse_names)
            or notes.record("byline", body.byline, "body byline")
            or notes.record("byline", body.writers, "body credit")
        )
        if names:
            return names
        desk = notes.first("byline", self.byline, view, byline.find_desk) or body.desk
        return (desk,) if desk else ()

    def _parse_time(self, texts: Sequence[str]) -> Moment | None:
        times = (dates.parse(text, zone=self.publisher.time_zone) for text in texts)
        return next(filter(None, times), None)

    def read_publisher(self, view: PageView, notes: Notes) -> str:
        """Return the title of the publication, or of another one that the page names and that has the same markup."""
        names = view.data.meta.get("og:site_name", [])
        own = self.title or self.publisher.title
        if own and (not names or self.publisher.is_named(names[0])):
            return own
        stated = (name for selector in _SITE_NAMES for name in selector.read(view))
        return next(stated, None) or urlsplit(view.markup.page.url).hostname or "unknown"

    def _missing(self, name: str, markup: Markup) -> MissingFieldError | UnreadablePageError:
        if markup.is_cut:
            return UnreadablePageError(markup.page.url, "too_deep", "elements nested too deep to read the page")
        return MissingFieldError(markup.page.url, f"missing_{name}", f"layout {self.name} found no {name}")


_SITE_NAMES: Selectors = (
    Meta("og:site_name"),
    JsonLd("publisher.name"),
    Dom('[itemprop="publisher"] meta[itemprop="name"]', "content", within="page"),
)


def _one(texts: Iterable[str]) -> str | None:
    return next((line for line in map(normalize_space, texts) if line), None)


def _address(view: PageView, texts: Sequence[str]) -> str | None:
    return next((address for address in map(view.absolute, texts) if address.startswith("http")), None)


def _topics(texts: Sequence[str]) -> tuple[str, ...]:
    """Return topics without labelled ones ("Region: Global") and without repetitions of their values."""
    labelled = {text.partition(":")[2].strip().casefold() for text in texts if ": " in text}
    plain = (normalize_space(text) for text in texts if ": " not in text)
    return tuple(dict.fromkeys(text for text in plain if text and text.casefold() not in labelled))


def _ticker(selector: Selector, text: str) -> Sequence[str]:
    """Return the one ticker that a link leads to, or every ticker of a meta element or attribute."""
    if isinstance(selector, Dom) and selector.attribute == "href":
        ticker = tickers.parse_link(text)
        return (ticker,) if ticker else ()
    return tickers.parse_list(text)


def _derive_date(notes: Notes, body: Body, url: str, updated: Moment | None) -> Moment | None:
    """Derive the publication day of a page without one: from the dateline and a year, or from the address."""
    in_url = date_in(url)
    near = updated[0].date() if updated else date.fromisoformat(in_url) if in_url else None
    day = dates.parse_dateline(body.dateline.date_text if body.dateline else None, near)
    if day is None and in_url is None:
        return None
    notes.sources["published_at"] = "dateline" if day else "url"
    return datetime.combine(day or date.fromisoformat(in_url or ""), time(), UTC), "day"


_NO_UPDATE = timedelta(minutes=1)


def _later(updated: Moment | None, published: Moment | None) -> datetime | None:
    # "Updates" 5 ms after the publication were seen in the wild.
    if updated and published and abs(updated[0] - published[0]) < _NO_UPDATE and published[1] == "second":
        return None
    return updated[0] if updated else None


def _language(markup: Markup) -> str | None:
    language = markup.root.get("lang") or ""
    return language.partition("-")[0].lower() if re.fullmatch(r"[A-Za-z]{2,3}(-\w+)*", language) else None


def _position(element: Element) -> list[int]:
    """Return the position of an element in the document: the index of each element on the path to it."""
    path = [element, *element.iterancestors()]
    return [parent.index(child) for child, parent in pairwise(path)][::-1]


def _read_image(view: PageView, element: Element, figure: Figure) -> Image:
    if figure.unless and search(view.markup, element, figure.unless):
        return Image()
    caption, credit = captions.split(_read_joined(view, element, (*figure.caption, "figcaption")))
    credit = _read_joined(view, element, figure.credit) or credit
    if caption and credit:  # pages print the credit within the caption, or again in its place
        caption = caption.removesuffix(credit).strip() or None
    return Image(url=_find_image_url(view, element, figure.image), caption=caption, credit=credit)


def _read_joined(view: PageView, element: Element, selectors: tuple[str, ...]) -> str:
    """Return the texts that the first matching selector finds, without repetitions, in one line."""
    _, elements = select_first(element, selectors, partial(search, view.markup))
    return " ".join(dict.fromkeys(filter(None, map(read_text, elements))))


def _find_image_url(view: PageView, element: Element, selector: str) -> str | None:
    for image in [element] if element.tag == "img" else search(view.markup, element, selector):
        address = next(filter(None, map(image.get, ("data-native-src", "data-src", "src"))), None)
        if address and not address.startswith("data:"):
            return view.absolute(address)
        if style := re.search(r"""url\(["']?([^"')]+)""", image.get("style") or ""):
            return view.absolute(style[1])
    return None


# The part of a picture's address that differs between its sizes.
_SIZE = re.compile(r"/(?:-?\d+x-?\d+|v\d+)(?=[./])|\.\w+$")
