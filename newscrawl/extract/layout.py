"""Layout: one era of a publisher's markup, as data, and how an article is read by it.

A layout says for each field where on the page it may stand, in the order in which the places are asked; what is common
to all eras (how a byline is split, what a contact line is) stands in the field's own module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import pairwise
from typing import ClassVar, TypeVar
from urllib.parse import urlsplit

from newscrawl.article import Access, Article, Image, Precision
from newscrawl.errors import MissingFieldError, UnreadablePageError
from newscrawl.extract.body import Body, Line, closing, is_hidden, lines, story, unseen
from newscrawl.extract.fields import byline, captions, corrections, dates, description, tickers
from newscrawl.extract.markup import Element, Markup, first_found
from newscrawl.extract.selectors import Dom, JsonLd, Meta, Place, Places, Title, View, search
from newscrawl.extract.structured import Structured
from newscrawl.extract.text import squeezed, text_of
from newscrawl.publisher import GENERAL, Publisher
from newscrawl.urls import date_in, normalize_url

TABLES = 'div[class^="table"], div[class*=" table"], div[class*="-table"], div[class*="paragraph"]'
"""Wrappers of a table, and of a paragraph."""

_CHROME = ("aside", "nav", "footer")

T = TypeVar("T")
Moment = tuple[datetime, Precision]


@dataclass(slots=True)
class Notes:
    """How an article was read: which place answered for each field, and which were asked in vain."""

    answered: dict[str, str] = field(default_factory=dict)
    passed_over: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Field to (place, why): "absent", or what stood there and did not read."""
    left_out: list[tuple[str, str]] = field(default_factory=list)
    """Lines of the body that are not the story: (reason, text)."""

    def first(self, name: str, places: Places, view: View, read: Callable[[Sequence[str]], T | None]) -> T | None:
        """What the first place that answers tells of a field; `read` makes the field of the texts found there."""
        for place in places:
            texts = place.read(view)
            value = read(texts) if texts else None
            if value:
                self.answered[name] = place.name
                return value
            self.passed_over.setdefault(name, []).append((place.name, f"unread: {texts[0]}" if texts else "absent"))
        return None

    def every(
        self, name: str, places: Places, view: View, read: Callable[[Place, str], Iterable[str]]
    ) -> tuple[str, ...]:
        """What all places tell together, each value once, in order."""
        values: dict[str, str] = {}
        for place in places:
            found = [value for text in place.read(view) for value in read(place, text)]
            if not found:
                self.passed_over.setdefault(name, []).append((place.name, "absent"))
            for value in found:
                values.setdefault(value, place.name)
        if values:
            self.answered[name] = ", ".join(dict.fromkeys(values.values()))
        return tuple(values)


@dataclass(frozen=True, slots=True)
class Reading:
    """An article, with the notes of how it was read."""

    article: Article
    notes: Notes


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Elements that hold a picture of the article. Those that hold what `unless` names (a video) are none."""

    selector: str
    caption: tuple[str, ...] = ("figcaption",)
    """Selectors of the caption, and of the credit: those of the first that finds any are read; a figcaption at last."""
    credit: tuple[str, ...] = ()
    image: str = "img, amp-img"
    unless: str | None = None


ATTACHED = Figure(
    selector="div.image.thumbnail",
    caption=("p.caption",),
    image="img",
    unless="div.play_video_link, a.play_video_link, div.video",
)
"""A picture attached to a body before 2015. The credit ends its caption."""


class Layout:
    """One era. Selectors are CSS, and cost a tenth with a tag name in front of what they cost without."""

    name: ClassVar[str] = ""
    """The name of its module."""
    era: ClassVar[str] = ""
    """When pages of it were served: "YYYY-MM" of the first, for people and to order the layouts by."""
    title: ClassVar[str] = ""
    """Of the publication, where it is not the publisher's."""
    language: ClassVar[str] = "en"
    marker: ClassVar[str] = ""
    """Elements that pages of this era have, and no others."""
    scope: ClassVar[str | None] = None
    """The article within the page: the first such element. The whole page if None."""
    body: ClassVar[tuple[str, ...]] = ()
    """The elements within the scope whose children are the body's blocks: the first selector that finds any."""
    skip: ClassVar[str] = ""
    """Chrome within the body."""
    wrappers: ClassVar[str] = ""
    """Elements with a class, within the body, that hold more blocks of it."""
    closing: ClassVar[str] = ""
    """Elements within the scope that hold closing lines, which tell of contacts, assistance and corrections."""
    teaser: ClassVar[str] = ""
    """Elements of a page whose body is cut: it shows a teaser."""

    headline: ClassVar[Places] = (JsonLd("headline"), Meta("og:title"), Meta("parsely-title"), Title())
    dek: ClassVar[Places] = ()
    description: ClassVar[Places] = (Meta("description"), Meta("og:description"), JsonLd("description"))
    byline: ClassVar[Places] = (
        JsonLd("author.name"),
        Meta("parsely-author"),
        Meta("sailthru.author", ","),
        Meta("author", ","),
    )
    published: ClassVar[Places] = (
        JsonLd("datePublished"),
        Meta("iso-8601-publish-date"),
        Meta("parsely-pub-date"),
        Meta("article:published_time"),
        Meta("sailthru.date"),
        Meta("date"),
    )
    updated: ClassVar[Places] = (JsonLd("dateModified"), Meta("article:modified_time"))
    section: ClassVar[Places] = (JsonLd("articleSection"), Meta("parsely-section"), Meta("article:section"))
    topics: ClassVar[Places] = (Meta("parsely-tags", ","), Meta("sailthru.tags", ","), Meta("keywords", ","))
    tickers: ClassVar[Places] = (
        Dom('a[href*="quote"]', "href", within="body"),
        Dom('a[href*="ticker="]', "href", within="body"),
        Dom("a.ticker[data-symbol], span.ticker[data-symbol]", "data-symbol", within="body"),
    )
    abstract: ClassVar[Places] = ()
    correction: ClassVar[Places] = ()
    figures: ClassVar[tuple[Figure, ...]] = ()
    post_id: ClassVar[Places] = (Meta("parsely-post-id"),)
    address: ClassVar[Places] = (
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
        """Whether the page is of this era: whether it has an element that `marker` names."""
        return bool(search(markup, markup.root, cls.marker))

    def read(self, markup: Markup) -> Reading:
        """Read the article. Raises MissingFieldError where the headline, or the body of a full article, is missing."""
        view = self.view(markup)
        return self.read_lines(view, self.lines(view))

    def read_lines(self, view: View, found: Sequence[Line]) -> Reading:
        """Read the article of a page whose lines are at hand. Raises as `read` does."""
        notes = Notes()
        headline = notes.first("headline", self.headline, view, _one)
        if headline is None:
            raise self._missing("headline", view.markup)
        dek = _other_than(headline, notes.first("dek", self.dek, view, _one))
        body = story(found, headline, dek)
        access: Access = "teaser" if body.is_cut else self.access(view)
        if not body.blocks and access == "full":
            raise self._missing("body", view.markup)
        notes.left_out = body.passed_over
        notes.answered["body"] = view.body_name
        article = self._article(view, notes, body, headline, access)
        return Reading(replace(article, dek=dek, sources=dict(notes.answered)), notes)

    def view(self, markup: Markup) -> View:
        """The page as this layout looks at it."""
        scopes = search(markup, markup.root, self.scope) if self.scope else []
        scope = scopes[0] if scopes else markup.root
        where, body = first_found(scope, self.body, partial(search, markup))
        return View(markup=markup, data=Structured(markup), scope=scope, body=body, body_name=f"dom {where}")

    def lines(self, view: View) -> list[Line]:
        """The blocks of the body, those that are not of the story among them; then the closing lines set apart."""
        within = self._within(view, self.wrappers) or self._within(view, "div, section, article")
        return within + [closing(element) for element in search(view.markup, view.scope, self.closing)]

    def _within(self, view: View, wrappers: str) -> list[Line]:
        """The lines of the body, where `wrappers` are looked into."""
        blocks: list[Line] = []
        for container in view.body:
            skip = unseen(view.markup, container).union(search(view.markup, container, self.skip))
            blocks.extend(lines(container, skip, set(search(view.markup, container, wrappers))))
        return blocks

    def access(self, view: View) -> Access:
        """Whether the page shows the article or a teaser of it, told by its markup alone.

        Seen in the wild: whole articles that hold a paywall's mark, hidden.
        """
        marks = search(view.markup, view.scope, self.teaser)
        return "full" if all(map(is_hidden, marks)) else "teaser"

    def _article(self, view: View, notes: Notes, body: Body, headline: str, access: Access) -> Article:
        page = view.markup.page
        address = notes.first("canonical_url", self.address, view, lambda texts: _address(view, texts))
        url = page.url if page.url.startswith("http") else address or page.url
        updated = notes.first("updated_at", self.updated, view, _moment)
        published = notes.first("published_at", self.published, view, _moment) or _derived(notes, body, url, updated)
        return Article(
            url=url,
            canonical_url=normalize_url(address, self.publisher.url_rules) if address else None,
            post_id=notes.first("post_id", self.post_id, view, _one),
            publisher=self._title(view),
            layout=self.name,
            headline=headline,
            description=notes.first("description", self.description, view, description.parse),
            byline=self._byline(view, notes, body),
            dateline=_told(notes, "dateline", body.dateline),
            published_at=published[0] if published else None,
            published_precision=published[1] if published else None,
            updated_at=_later(updated, published),
            fetched_at=page.fetched_at,
            section=notes.first("section", self.section, view, _one),
            topics=notes.first("topics", self.topics, view, _topics) or (),
            tickers=tickers.each_once(notes.every("tickers", self.tickers, view, _ticker)),
            language=_language(view.markup) or self.language,
            access=access,
            abstract=notes.first("abstract", self.abstract, view, tuple) or (),
            correction=notes.first("correction", self.correction, view, _correction)
            or _told(notes, "correction", body.correction),
            body=tuple(body.blocks),
            images=_told(notes, "images", self.images(view), "dom figures"),
            contacts=_told(notes, "contacts", tuple(body.contacts)),
            assistance=_told(notes, "assistance", tuple(body.assistance)),
        )

    def images(self, view: View) -> tuple[Image, ...]:
        """The article's pictures, each once, whatever sizes of it the page has."""
        pictures: dict[str, Image] = {}
        for element, figure in self._figures(view):
            image = _image(view, element, figure)
            if image and (image.caption or image.credit or image.url):
                pictures.setdefault(_same_picture(image), image)
        return tuple(pictures.values())

    def _figures(self, view: View) -> Iterator[tuple[Element, Figure]]:
        """The elements that hold pictures: of those within one another one, and none of the chrome's."""
        holders: dict[Element, Figure] = {}
        for figure in self.figures:
            for element in search(view.markup, view.scope, figure.selector):
                holders.setdefault(element, figure)
        within: set[Element] = set()
        for element in sorted(holders, key=_place) if len(set(holders.values())) > 1 else holders:
            above = list(element.iterancestors())
            if within.isdisjoint(above) and not any(each.tag in _CHROME for each in above):
                within.add(element)
                yield element, holders[element]

    def _byline(self, view: View, notes: Notes, body: Body) -> tuple[str, ...]:
        """People; where the page names none above the story, the writers of its closing credit, or a desk."""
        names = notes.first("byline", self.byline, view, byline.names)
        if names:
            return names
        for where, found in (("body byline", body.byline), ("body credit", body.writers)):
            if found:
                notes.answered["byline"] = where
                return found
        return notes.first("byline", self.byline, view, _desk) or ((body.desk,) if body.desk else ())

    def _title(self, view: View) -> str:
        """The publication's, unless the page names another one that is set in the same markup."""
        names = view.data.meta.get("og:site_name", [])
        own = self.title or self.publisher.title
        return own if own and (not names or self.publisher.is_named(names[0])) else site_name(view)

    def _missing(self, name: str, markup: Markup) -> MissingFieldError | UnreadablePageError:
        if markup.is_cut:
            return UnreadablePageError(markup.page.url, "too_deep", "elements nested too deep to read the page")
        return MissingFieldError(markup.page.url, f"missing_{name}", f"layout {self.name} found no {name}")


_SITE_NAMES: Places = (
    Meta("og:site_name"),
    JsonLd("publisher.name"),
    Dom('[itemprop="publisher"] meta[itemprop="name"]', "content", within="page"),
)


def site_name(view: View) -> str:
    """The name of the publication as the page states it, else its host."""
    names = (name for place in _SITE_NAMES for name in place.read(view))
    return next(names, None) or urlsplit(view.markup.page.url).hostname or "unknown"


def _one(texts: Sequence[str]) -> str | None:
    return next((line for line in map(squeezed, texts) if line), None)


def _moment(texts: Sequence[str]) -> Moment | None:
    return next(filter(None, map(dates.read, texts)), None)


def _address(view: View, texts: Sequence[str]) -> str | None:
    return next((address for address in map(view.absolute, texts) if address.startswith("http")), None)


def _topics(texts: Sequence[str]) -> tuple[str, ...]:
    """Topics without labels ("Region: Global") and without the slugs of sections that such labels name."""
    labelled = {text.partition(":")[2].strip().casefold() for text in texts if ": " in text}
    plain = (squeezed(text) for text in texts if ": " not in text)
    return tuple(dict.fromkeys(text for text in plain if text and text.casefold() not in labelled))


def _ticker(place: Place, text: str) -> Sequence[str]:
    """Return the one ticker that a link leads to, or every ticker of a meta element or attribute."""
    if isinstance(place, Dom) and place.attribute == "href":
        ticker = tickers.from_href(text)
        return (ticker,) if ticker else ()
    return tickers.in_meta(text)


def _correction(texts: Sequence[str]) -> str | None:
    notes = filter(None, map(corrections.read, texts))
    return next((note.text for note in notes if note.kind == "correction"), None)


def _desk(texts: Sequence[str]) -> tuple[str, ...]:
    found = byline.desk(texts)
    return (found,) if found else ()


def _other_than(headline: str, dek: str | None) -> str | None:
    return dek if dek and dek.casefold() != headline.casefold() else None


def _told(notes: Notes, name: str, value: T, where: str = "body lines") -> T:
    if value:
        notes.answered[name] = where
    return value


def _derived(notes: Notes, body: Body, url: str, updated: Moment | None) -> Moment | None:
    """A publication day for a page that prints none: the dateline's, in the year of the update or of the address."""
    in_url = date_in(url)
    near = updated[0].date() if updated else date.fromisoformat(in_url) if in_url else None
    day = dates.of_dateline(body.dateline.date_text if body.dateline else None, near)
    if day is None and in_url is None:
        return None
    notes.answered["published_at"] = "dateline" if day else "url"
    return datetime.combine(day or date.fromisoformat(in_url or ""), time(), UTC), "day"


_NO_UPDATE = timedelta(minutes=1)


def _later(updated: Moment | None, published: Moment | None) -> datetime | None:
    """The update's time, None for one that is the publication itself (seen in the wild: 5 ms after it)."""
    if updated and published and abs(updated[0] - published[0]) < _NO_UPDATE and published[1] == "second":
        return None
    return updated[0] if updated else None


def _language(markup: Markup) -> str | None:
    told = markup.root.get("lang") or ""
    return told.partition("-")[0].lower() if re.fullmatch(r"[A-Za-z]{2,3}(-\w+)*", told) else None


def _place(element: Element) -> list[int]:
    """Where an element stands in the document: the index of each element on the way down to it."""
    way = [element, *element.iterancestors()]
    return [parent.index(child) for child, parent in pairwise(way)][::-1]


def _image(view: View, element: Element, figure: Figure) -> Image | None:
    if figure.unless and search(view.markup, element, figure.unless):
        return None
    caption, credit = captions.split(_joined(view, element, (*figure.caption, "figcaption")))
    credit = _joined(view, element, figure.credit) or credit
    return Image(url=_picture(view, element, figure.image), caption=_apart(caption, credit), credit=credit)


def _joined(view: View, element: Element, selectors: tuple[str, ...]) -> str:
    """The texts of what the first selector finds, each once, in one line."""
    _, found = first_found(element, selectors, partial(search, view.markup))
    return " ".join(dict.fromkeys(filter(None, map(text_of, found))))


def _apart(caption: str | None, credit: str | None) -> str | None:
    """The caption without the credit: pages print the credit within it, or again in its place."""
    if not caption or not credit:
        return caption
    return caption.removesuffix(credit).strip() or None


def _picture(view: View, element: Element, selector: str) -> str | None:
    for image in [element] if element.tag == "img" else search(view.markup, element, selector):
        address = next(filter(None, map(image.get, ("data-native-src", "data-src", "src"))), None)
        if address and not address.startswith("data:"):
            return view.absolute(address)
        if style := re.search(r"""url\(["']?([^"')]+)""", image.get("style") or ""):
            return view.absolute(style[1])
    return None


_SIZE = re.compile(r"/(?:-?\d+x-?\d+|v\d+)(?=[./])|\.\w+$")


def _same_picture(image: Image) -> str:
    """The same for all sizes of one picture."""
    return f"{image.caption} {image.credit}" if image.caption else _SIZE.sub("", image.url or image.credit or "")
