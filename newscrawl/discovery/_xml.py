"""XML of feeds and sitemaps, which may be broken or hostile, read entry by entry.

A list is split where its entries begin and end, and each entry is parsed alone: as XML, else as XML after a repair,
else by a parser that accepts anything. So a broken entry costs no other one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from html import unescape
from itertools import islice
from urllib.parse import urljoin
from xml.sax.saxutils import quoteattr

from lxml import etree

from newscrawl.discovery._packed import SPACE
from newscrawl.discovery._repair import remove_forbidden, repair_markup
from newscrawl.discovery._splitter import Splitter
from newscrawl.discovery._tag_soup import parse_tag_soup
from newscrawl.errors import DiscoveryError
from newscrawl.syntax import dates

Element = etree._Element  # lxml's own name for it; there is no public one

_MAX_PROLOG = 1 << 20
_MAX_ENTRY = 4 << 20
_MAX_BROKEN = 1 << 20
"""Bytes read of an entry, and of one that is not XML."""
_MAX_TAGS = 40_000
"""Of one entry: a sitemap's page may have 1,000 images, of five elements each."""
_MAX_NAMESPACES = 100
_ROOTS = ("rss", "feed", "rdf", "channel", "urlset", "sitemapindex", "html")
_COMMENT = re.compile(rb"<!--(?:(?!<!--).)*?-->", re.S)
_DOCTYPE = re.compile(rb"<!DOCTYPE[^<>\[]*(?:\[.*?\]\s*)?>", re.S | re.I)
_ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)'|([^\s"'<>]+))""")
_XMLNS = re.compile(r"xmlns(?::(?!xml)([A-Za-z_][\w.-]*))?", re.A)
_NAMESPACE = re.compile(r"[^\s{}\x00-\x1f]+")
_CONTAINER = re.compile(rb"<(?:[\w.-]+:)?(?:%s)(?=[\s/>])[^<>]*" % "|".join(_ROOTS).encode(), re.I)
_PREFIX = re.compile(rb"[<\s/](?!xml)([A-Za-z_][\w.-]*):[A-Za-z_]")
_ENTITY = re.compile(rb"""<!ENTITY\s+([A-Za-z][\w.-]*)\s+(?:"(&#\w+;|[^&%<"]{0,100})"|'(&#\w+;|[^&%<']{0,100})')\s*>""")
"""Only a text without references is expanded, so that none grows; a file or an address is never read."""
_KNOWN_PREFIXES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}
"""What is meant by the prefixes that lists use without declaring them."""
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_CLOSING = b"</list>"
_W3C_MONTH = re.compile(r"(\d{4})(?:-(\d\d))?", re.A)
_EARLIEST = 1900  # seen in the wild: "0001-01-01T00:00:00Z" as a placeholder


def read_root_name(body: bytes) -> str | None:
    """Return the name of a list's root element in lower case ("rss", "urlset"), or "html"; None for other content.

    What stands before the root is ignored: a server's warnings were seen there.
    """
    root = _find_root(body, ())
    return _local(root[1].decode("ascii", "replace")) if root else None


def read_entries(body: bytes, url: str, roots: tuple[str, ...], names: tuple[str, ...]) -> Iterator[Element]:
    """Yield the elements with one of `names` of a list in UTF-8. All names are in lower case.

    The root element must have one of the names `roots`. No entity is fetched. Raises DiscoveryError: "empty", "not_"
    and the first of `roots`, and, possibly after entries, "broken_tail".
    """
    if not body.strip(SPACE):
        raise DiscoveryError(url, "empty", "the list is empty")
    root = _find_root(body, names)
    root_name = _local(root[1].decode("ascii", "replace")) if root else None
    if root is None or root_name not in (*roots, *names):
        actual = f"a <{root_name}>" if root_name else "not XML"
        raise DiscoveryError(url, f"not_{roots[0]}", f"{actual} in place of a <{roots[0]}>")
    splitter, scope = Splitter(body, root, names), None
    for start, markup in splitter:
        scope = scope or _read_scope(remove_forbidden(body[: min(start, _MAX_PROLOG)]), url)
        yield scope.parse(markup)
    if not splitter.is_whole:
        raise DiscoveryError(url, "broken_tail", f"broken or cut short: no end of <{root_name}>")


def local_name(element: Element) -> str:
    """Return the name of an element in lower case without namespace and prefix; "" for an instruction or an entity."""
    return _local(element.tag) if isinstance(element.tag, str) else ""


def iter_children(element: Element, name: str) -> Iterator[Element]:
    """Return the direct children with a local name, in any namespace: feeds in the wild use wrong ones."""
    return (child for child in element if local_name(child) == name)


def read_text(element: Element, *names: str) -> str | None:
    """Return the text of the first child with one of `names` and any text, as one line."""
    for name in names:
        for child in iter_children(element, name):
            if text := " ".join("".join(child.itertext()).split()):
                return text
    return None


def parse_time(text: str | None) -> datetime | None:
    """Parse a time of a list to UTC: W3C (ISO 8601), RFC 822, or printed; None if there is none.

    The default zone is UTC; a day, a month and a year are their first moment.
    """
    if not text or len(text) > 100:
        return None
    text = text.strip()
    try:
        if part := _W3C_MONTH.fullmatch(text):
            time = datetime(int(part[1]), int(part[2] or 1), 1, tzinfo=UTC)
        else:
            time = datetime.fromisoformat(text)
            time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        moment = dates.parse(text, zone="UTC")
        if not moment:
            return None
        time = moment[0]
    return time if time.year >= _EARLIEST else None


@lru_cache(1024)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def _find_root(body: bytes, names: tuple[str, ...]) -> re.Match[bytes] | None:
    root = re.compile(rb"<((?:[\w.-]+:)?(?:%s))(?=[\s/>])" % "|".join((*_ROOTS, *names)).encode(), re.I)
    prolog = _blank_comments(body[:_MAX_PROLOG])
    found = root.search(prolog)
    doctype = _DOCTYPE.match(prolog, max(prolog.lower().find(b"<!doctype"), 0))
    return root.search(prolog, doctype.end()) if doctype and found and doctype.start() < found.start() else found


def _blank_comments(text: bytes) -> bytes:
    return _COMMENT.sub(lambda comment: b" " * len(comment[0]), text)


@dataclass(frozen=True, slots=True)
class _Scope:
    """What the entries of a list inherit from the elements around them."""

    base: str
    namespaces: Mapping[str, str]
    entities: Mapping[str, str]
    opening: bytes
    """The start tag of an element that declares all this."""
    parser: etree.XMLParser

    def parse(self, markup: bytes) -> Element:
        if len(markup) <= _MAX_ENTRY and markup.count(b"<") <= _MAX_TAGS:
            try:
                return etree.fromstring(self.opening + markup + _CLOSING, self.parser, base_url=self.base)[0]
            except etree.XMLSyntaxError:
                pass
        markup = repair_markup(_shorten(markup), self.entities)
        prefixes = dict.fromkeys(match[1].decode("ascii") for match in islice(_PREFIX.finditer(markup), _MAX_TAGS))
        undeclared = {name: _KNOWN_PREFIXES.get(name, name) for name in islice(prefixes, _MAX_NAMESPACES)}
        namespaces = {**undeclared, **self.namespaces}
        opening = _make_opening(namespaces, self.base)
        try:
            return etree.fromstring(opening + markup + _CLOSING, self.parser, base_url=self.base)[0]
        except etree.XMLSyntaxError:
            root = parse_tag_soup(markup, namespaces)
            root.set(_BASE, _join(self.base, root.get(_BASE, "")))
            return root


def _shorten(markup: bytes) -> bytes:
    markup = markup[:_MAX_BROKEN]
    first_beyond = next(islice(re.finditer(b"<", markup), _MAX_TAGS, None), None)
    return markup[: first_beyond.start()] if first_beyond else markup


def _read_scope(prolog: bytes, url: str) -> _Scope:
    entities = {
        name.decode("ascii"): unescape((double or single).decode("utf-8", "replace"))
        for name, double, single in islice(_ENTITY.findall(prolog), _MAX_NAMESPACES)
    }
    base, namespaces = url, dict[str, str]()
    for tag in _CONTAINER.finditer(_blank_comments(prolog)):
        for name, *values in _ATTRIBUTE.findall(tag[0].decode("utf-8", "replace")):
            value = unescape("".join(values)).strip()
            if name.lower() in ("xml:base", "base"):  # CDF has its own
                base = _join(base, value)
            elif (prefix := _XMLNS.fullmatch(name)) and _NAMESPACE.fullmatch(value):
                namespaces[prefix[1] or ""] = value
    namespaces = dict(islice(namespaces.items(), _MAX_NAMESPACES))
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True
    )
    return _Scope(base, namespaces, entities, _make_opening(namespaces, base), parser)


def _make_opening(namespaces: Mapping[str, str], base: str) -> bytes:
    declared = "".join(f" xmlns{':' * bool(prefix)}{prefix}={quoteattr(name)}" for prefix, name in namespaces.items())
    return f"<list{declared} xml:base={quoteattr(base)}>".encode()


def _join(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:
        return base
