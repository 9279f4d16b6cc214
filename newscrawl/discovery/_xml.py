"""XML of feeds and sitemaps, which may be broken or hostile, read as a stream."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

from lxml import etree

from newscrawl.discovery._ampersands import repair_ampersands
from newscrawl.discovery._packed import MAX_BYTES, SPACE, unpack, unpack_head
from newscrawl.errors import DiscoveryError

Element = etree._Element  # lxml's own name for it; there is no public one

_BYTES_OF_ELEMENT = 25  # smallest average size of an element: limits how many elements a list may have
_MAX_ELEMENTS_OF_ENTRY = 20_000  # a sitemap's page may have 1,000 images, of five elements each
_MAX_PROLOG = 1 << 16
_MAX_SILENCE = 11 * 2**20
"""Bytes without an element: libxml2 silently stops at a text of 10 MB, and at a certain depth."""
_ROOT = re.compile(rb"<(?![?!])(?:[\w.-]+:)?([\w.-]+)")
_KNOWN_DTD = "-//Netscape Communications//DTD RSS "
"""RSS 0.90 and 0.91 refer to it, but it is not needed to read them."""
_EARLIEST = 1900  # seen in the wild: "0001-01-01T00:00:00Z" as a placeholder


def read_root_name(body: bytes, url: str) -> str | None:
    """Return the local name of the root element ("rss", "urlset") without parsing the rest; None without one."""
    root = _ROOT.search(unpack_head(body, url)[:4096])
    return root[1].decode("ascii", "replace") if root else None


def read_entries(
    body: bytes, url: str, roots: tuple[str, ...], names: tuple[str, ...], max_bytes: int = MAX_BYTES
) -> Iterator[Element]:
    """Yield the complete elements of a list with one of `names`; each is released when the next one is read.

    The root element must have one of the names `roots`. No entity is resolved, nothing is fetched. Raises
    DiscoveryError: "empty", "not_" and the first of `roots`, and, possibly after entries, "xml_entities",
    "broken_gzip", "broken_tail", "too_large".
    """
    stream = _Stream(url, roots, names, max_bytes // _BYTES_OF_ELEMENT)
    try:
        for chunk in repair_ampersands(unpack(body, url, max_bytes)):
            yield from stream.feed(chunk)
    except DiscoveryError:
        yield from stream.feed(b"")
        raise
    yield from stream.end()


def local_name(element: Element) -> str:
    """Return the name of an element without namespace and prefix; "" for an instruction or an entity."""
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
    """Parse a W3C (ISO 8601) or RFC 822 time to UTC, the default zone; a bare date is its midnight; else None."""
    if not text or len(text) > 100:
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            time = read(text.strip())
            utc = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            continue
        return utc if utc.year >= _EARLIEST else None
    return None


@lru_cache(1024)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2]


class _Stream:
    """A list that is being parsed; only one entry and one chunk of it are in memory."""

    def __init__(self, url: str, roots: tuple[str, ...], names: tuple[str, ...], max_elements: int) -> None:
        self._url, self._roots, self._names, self._max_elements = url, roots, names, max_elements
        self._parser = etree.XMLPullParser(
            ("start", "end"),
            base_url=url,
            recover=True,
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            remove_comments=True,
            remove_pis=True,
        )
        self._entry = re.compile(rb"<(?:[\w.-]+:)?(?:%s)[\s/>]" % "|".join(names).encode())
        self._bytes = self._silent = self._written = self._begun = self._elements = self._open = self._of_entry = 0
        self._root: Element | None = None
        self._whole = False  # whether the end tag of the root element was read

    def feed(self, chunk: bytes) -> Iterator[Element]:
        chunk = chunk if self._bytes else chunk.lstrip(SPACE)
        if not chunk:
            return
        self._parser.feed(chunk)
        self._bytes += len(chunk)
        self._silent += len(chunk)
        self._written += len(self._entry.findall(chunk))
        for event, element in self._parser.read_events():
            self._silent = 0
            if event == "start":
                self._start(element)
                continue
            self._whole = self._whole or element is self._root
            if local_name(element) in self._names:
                self._open -= 1
                yield element
            if not self._open:
                _release(element)
        if self._root is None and self._bytes > _MAX_PROLOG:
            raise self._wrong_kind()
        if self._silent > _MAX_SILENCE:
            raise self._too_large()

    def end(self) -> Iterator[Element]:
        """Yield the entries that the parser still holds."""
        if not self._bytes:
            raise DiscoveryError(self._url, "empty", "the list is empty")
        yield from self.feed(b";")  # ends an unfinished entity, for which the parser would wait
        log = self._parser.feed_error_log
        if self._whole:
            if self._written > self._begun and log:
                raise self._broken("an end tag too many")
            return
        if self._root is None:
            raise self._wrong_kind()
        # an entry that only the end of the file closes is not returned, because its URL may be cut
        too_large = any(error.type_name == "ERR_RESOURCE_LIMIT" for error in log)
        raise self._too_large() if too_large else self._broken(f"no end of <{local_name(self._root)}>")

    def _start(self, element: Element) -> None:
        if self._root is None:
            self._root = element
            self._check(element)
        self._elements += 1
        self._of_entry = self._of_entry + 1 if self._open else 0
        is_entry = local_name(element) in self._names
        self._open += is_entry
        self._begun += is_entry
        if self._elements > self._max_elements or self._of_entry > _MAX_ELEMENTS_OF_ENTRY:
            raise DiscoveryError(self._url, "too_large", "more elements than a list has")

    def _check(self, root: Element) -> None:
        if local_name(root) not in self._roots:
            raise self._wrong_kind()
        dtd = root.getroottree().docinfo.internalDTD
        if dtd is None:
            return
        is_external = bool(dtd.system_url) and not (dtd.external_id or "").startswith(_KNOWN_DTD)
        if is_external or any(True for _ in dtd.iterentities()):
            raise DiscoveryError(self._url, "xml_entities", "it declares entities or an external DTD, which is refused")

    def _too_large(self) -> DiscoveryError:
        return DiscoveryError(self._url, "too_large", "nested too deep, or one text of over 10 MB")

    def _broken(self, how: str) -> DiscoveryError:
        return DiscoveryError(self._url, "broken_tail", f"broken or cut short: {how}")

    def _wrong_kind(self) -> DiscoveryError:
        actual = "not XML" if self._root is None else f"a <{local_name(self._root)}>"
        wanted = self._roots[0]
        return DiscoveryError(self._url, f"not_{wanted.lower()}", f"{actual} in place of a <{wanted}>")


def _release(element: Element) -> None:
    """Release an ended element and those before it, without its tail, which the parser may not have read yet."""
    element.clear(keep_tail=True)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
