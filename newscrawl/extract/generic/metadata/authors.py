"""The authors of an article: people whom its sources name; else the organization."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from newscrawl.extract.generic.metadata import linked_data
from newscrawl.extract.generic.metadata.entities import unescape_fully
from newscrawl.extract.generic.metadata.found import Found
from newscrawl.extract.generic.metadata.names import is_full_name, is_introduced, names_others, parse_names
from newscrawl.extract.generic.metadata.signals import Signals, is_large, read_label, read_roles
from newscrawl.extract.generic.metadata.site_names import SiteNames
from newscrawl.extract.generic.metadata.text_keys import fold
from newscrawl.extract.markup import Element
from newscrawl.syntax.characters import remove_forbidden
from newscrawl.syntax.printed_dates import find_date

_METAS = (
    "author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator",
    "dc.contributor", "byl", "byline", "authors", "article:author_name", "article.author", "og:article:author",
    "og:author", "author_name", "citation_author", "cxenseparse:author", "shareaholic:article_author_name",
    "bt:author", "lp.article:author", "rbauthors", "mediator_author", "vr:author", "dcsext.author", "creator",
    "news_author", "twitter:creator:name",
)  # fmt: skip
_LABELS = re.compile(r"written by|author|verfasst von|geschrieben von|par|autor|écrit par|escrito por|scritto da", re.I)
_MAX_AUTHORS = 30


@dataclass(frozen=True, slots=True)
class _Texts:
    """Texts of a source with names in them."""

    name: str
    texts: list[str]
    is_stated: bool = True
    """Whether it should hold nothing but names."""
    is_printed: bool = False
    """Whether it is the text of a byline."""


@dataclass(slots=True)
class _Source:
    """The names of one source."""

    name: str
    people: list[str] = field(default_factory=list)
    organizations: list[str] = field(default_factory=list)
    is_printed: bool = False
    """Whether it is the text of a byline."""
    is_pure: bool = True
    """Whether it has nothing but names."""

    @property
    def key(self) -> frozenset[str]:
        return frozenset(map(fold, self.people))


def read_authors(signals: Signals, sites: SiteNames) -> tuple[Found[tuple[str, ...]] | None, Found[str] | None]:
    """Return the people who wrote the article, in order, and the first organization that is named as its author."""
    sources = [_read_source(texts, sites) for texts in _texts(signals)]
    named = [source for source in sources if source.people]
    if not named:
        unmarked = (_read_source(texts, sites) for texts in _unmarked(signals))
        named = [source for source in unmarked if source.people][:1]
    best = _choose(named) if named else None
    desk = next((source for source in sources if source.organizations), None)
    return (
        Found(tuple(best.people[:_MAX_AUTHORS]), best.name) if best else None,
        Found(desk.organizations[0], desk.name) if desk else None,
    )


def _choose(sources: list[_Source]) -> _Source:
    """Return the first source, unless two others agree on other people, or the page prints further people beside it."""
    votes = Counter(source.key for source in {source.name: source for source in sources}.values())
    best = sources[0]
    if votes[best.key] == 1:
        best = next((source for source in sources if votes[source.key] > 1 and not source.key < best.key), best)
    more = (source for source in sources if source.is_printed and source.is_pure and best.key < source.key)
    return next(more, best)


def _read_source(texts: _Texts, sites: SiteNames) -> _Source:
    source = _Source(texts.name, is_printed=texts.is_printed)
    for text in texts.texts[:_MAX_AUTHORS]:
        names = parse_names(text, is_stated=texts.is_stated)
        source.is_pure &= not names.rest
        for person in names.people:
            is_site = fold(person) in sites.names or fold(person) in sites.labels
            (source.organizations if is_site else source.people).append(person)
        source.organizations += names.organizations
    source.people = list({fold(person): person for person in source.people[::-1]}.values())[::-1]
    return source


def _texts(signals: Signals) -> Iterator[_Texts]:
    """Yield the texts of the sources in order."""
    yield _Texts("json-ld author", _names_of(signals.article, signals))
    for name in _METAS:
        if contents := [text for text in signals.meta.get(name, []) if not re.match(r"https?://|//|/", text)]:
            yield _Texts(f"meta {name}", contents)
    yield _Texts("meta twitter:data", list(_labelled(signals)))
    yield _Texts("microdata author", list(_microdata(signals)))
    yield _Texts("dom rel=author", _element_texts(signals, signals.by_role["rel author"]))
    for page in linked_data.find_pages(signals.things):
        yield _Texts("json-ld author", _names_of(page, signals))
    yield from _bylines(signals, range(_NEAR))


def _names_of(thing: dict[str, Any], signals: Signals) -> list[str]:
    """Return the names of the authors of a JSON-LD object, also of those that it only refers to by @id."""
    value = thing.get("author") or thing.get("creator")
    names: list[str] = []
    for author in (value if isinstance(value, list) else [value])[:_MAX_AUTHORS]:
        if isinstance(author, dict):
            names += linked_data.read_texts(author if "name" in author else _resolve(author, signals), "name")
        elif isinstance(author, str):
            names.append(unescape_fully(remove_forbidden(author)))
    return [name for name in names if name.strip() and not name.startswith("http")]


def _resolve(reference: dict[str, Any], signals: Signals) -> dict[str, Any]:
    """Return the named object of the page that a JSON-LD reference ({"@id": ...}) means."""
    identity = reference.get("@id")
    return next((each for each in signals.things if identity and each.get("@id") == identity and "name" in each), {})


def _labelled(signals: Signals) -> Iterator[str]:
    """Yield the value of twitter:data1 where twitter:label1 says that it is the author."""
    for number in "123":
        label, value = (signals.meta.get(f"twitter:{part}{number}", [""])[0] for part in ("label", "data"))
        if value and _LABELS.match(label):
            yield value


def _microdata(signals: Signals) -> Iterator[str]:
    for element in signals.by_property["author"][:_MAX_AUTHORS]:
        if signals.is_aside(element):
            continue
        inner = [each for each in element.iter() if each.get("itemprop") == "name"]
        for each in inner or [element]:
            yield each.get("content") or read_label(each)


def _element_texts(signals: Signals, elements: list[Element]) -> list[str]:
    texts = [read_label(each) for each in elements[:_MAX_AUTHORS] if not signals.is_aside(each)]
    return [text for text in dict.fromkeys(texts) if 1 < len(text) <= 80]


def _bylines(signals: Signals, within: range) -> Iterator[_Texts]:
    """Yield the texts of elements that are named after authors, nearest to the headline first."""
    seen: set[Element] = set()
    for element in sorted(signals.by_role["author"], key=signals.distance):
        is_near = signals.distance(element) in within
        if element in seen or not is_near or is_large(element) or signals.is_aside(element) or _is_of_picture(element):
            continue
        text = _read_byline(element)
        if not 1 < len(text) <= _MAX_BYLINE:
            continue
        seen.update(element.iter())
        links = _element_texts(signals, list(element.iter("a")))
        if len(links) == 1 and not names_others(text):
            yield _Texts(f"dom {element.tag!s} a", links, is_stated=len(text) <= len(links[0]) + _MAX_LABEL)
        is_stated = "\n" not in text and len(text) <= _MAX_LABEL
        yield _Texts(f"dom {element.tag!s}", [text], is_stated=is_stated, is_printed=True)


def _unmarked(signals: Signals) -> Iterator[_Texts]:
    """Yield what may be a byline near the headline, though nothing names it so."""
    texts = list(_texts_around(signals))
    linked = [text for element, text, _ in texts if _leads_to_author(element) and is_full_name(text)]
    yield _Texts("dom a", list(dict.fromkeys(linked))[:_MAX_LINKED], is_stated=False)
    title = frozenset(signals.markup.title.casefold().split())
    for element, text, _ in texts:
        if is_introduced(text):
            yield _Texts(f"dom {element.tag!s}", [read_label(element) or text], is_stated=False)
    days = [signals.order[each] for each, text, _ in texts if each.tag == "time" or find_date(text)]
    for element, text, is_above in texts:
        is_dated = any(abs(signals.order[element] - day) <= _BESIDE for day in days)
        is_apart = title.isdisjoint(text.casefold().split())
        is_bold = element.tag in ("strong", "b")
        if (is_dated or (is_bold and is_above)) and is_apart and is_full_name(text):
            yield _Texts(f"dom {element.tag!s}", [text], is_stated=False)
    yield from _bylines(signals, range(_NEAR, _FAR))


def _leads_to_author(element: Element) -> bool:
    """Whether an element is in a link to the page of an author."""
    for each in (element, element.getparent()):
        if each is not None and each.tag == "a":
            return _AUTHOR_PAGE.search(each.get("href") or "") is not None
    return False


def _texts_around(signals: Signals) -> Iterator[tuple[Element, str, bool]]:
    """Yield the short texts around the headline, to the second paragraph: (element, text, whether above the first)."""
    if signals.heading is None:
        return
    start = signals.order[signals.heading]
    paragraphs = 0
    for position, element in enumerate(signals.markup.elements):
        if position < start - _NEXT // 2 or element is signals.heading:
            continue
        text = " ".join((element.text or "").split()) if element.tag in _PLAIN else ""
        is_after = position > start
        paragraphs += is_after and len(text) > _MAX_UNMARKED and element.tag == "p"
        if position > start + _NEAR or paragraphs > 1:  # the first one may be a dek
            return
        if 2 < len(text) <= _MAX_UNMARKED and not signals.is_aside(element) and not _is_of_picture(element):
            signals.order.setdefault(element, position)
            yield element, text, not paragraphs


def _is_of_picture(element: Element) -> bool:
    return any(each.tag in ("figure", "figcaption", "picture") for each in (element, *element.iterancestors()))


def _read_byline(element: Element) -> str:
    """Return the text of a byline, a line for each child element, without dates."""
    parts = [element.text or ""]
    for child in element:
        roles = read_roles(child)
        is_left_out = ("date" in roles and "author" not in roles) or child.tag in (
            "time",
            "script",
            "style",
            "svg",
            "button",
        )
        parts += [
            "\n",
            "" if is_left_out else _read_byline(child) if len(child) < 6 else read_label(child),
            "\n",
            child.tail or "",
        ]
    return "\n".join(filter(None, (" ".join(line.split()) for line in "".join(parts).splitlines())))


_NEAR = 120
"""Elements from the headline within which a byline is that of the article."""
_AUTHOR_PAGE = re.compile(
    r"/(?:authors?|autor(?:en|es|a|i)?|auteurs?|profiles?|contributors?|journalists?|journalisten|writers?|reporters?|columnists?"
    r"|staff|by|redakteure?|penulis|yazar(?:lar)?|autore|forfatter|author-profile)[/=][^/?#]{3,}/?(?:[?#]|$)"
)
_MAX_LINKED = 4
_FAR = 1_000
"""The same for a box about the author under the article."""
_NEXT = 30
"""The same for one that is not marked."""
_PLAIN = frozenset(
    ("p", "div", "span", "a", "strong", "b", "em", "i", "li", "small", "h2", "h3", "h4", "h5", "address", "time")
)
_BESIDE = 5
"""Elements between a name and a date that belong together."""
_MAX_BYLINE = 300
_MAX_UNMARKED = 120
_MAX_LABEL = 45
