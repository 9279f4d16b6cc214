"""XML as feeds and sitemaps serve it: packed or not, sometimes broken, never to be trusted."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from lxml import etree

from newscrawl.errors import DiscoveryError

MAX_BYTES = 50 * 2**20
"""Of an unpacked list, as sitemaps.org limits it."""
_GZIP = b"\x1f\x8b"
_ROOT = re.compile(rb"<(?![?!])(?:[\w.-]+:)?([\w.-]+)")


def root_name(body: bytes) -> str | None:
    """The local name of the root element ("rss", "urlset"), without parsing the rest; None where there is none."""
    found = _ROOT.search(_head(body))
    return found[1].decode("ascii", "replace") if found else None


def parse(body: bytes, url: str, *roots: str) -> etree._Element:
    """The root element of `body`, whose local name must be one of `roots`. Entities and the network stay shut.

    A broken tail is forgiven: what came before it is read. Raises DiscoveryError ("empty", "too_large",
    "broken_gzip", "not_xml", "not_" and the first of `roots`).
    """
    text = _unpacked(body, url).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text:
        raise DiscoveryError(url, "empty", "the list is empty")
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise DiscoveryError(url, "not_xml", f"not XML: {error}") from error
    if root is None or local_name(root) not in roots:
        found = "not XML" if root is None else f"a <{local_name(root)}>"
        raise DiscoveryError(url, f"not_{roots[0].lower()}", f"{found} in place of a <{roots[0]}>")
    return root


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace; "" for an instruction or an entity."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """The direct children of that local name, whatever their namespace: wild feeds mistake theirs."""
    return (child for child in element if local_name(child) == name)


def text_of(element: etree._Element, *names: str) -> str | None:
    """The text of the first child that has one of `names` and any text, as one line; None where there is none."""
    for name in names:
        for child in children(element, name):
            if text := " ".join("".join(child.itertext()).split()):
                return text
    return None


def address(found: str | None, base: str) -> str | None:
    """`found` as an absolute http(s) address, or None."""
    if not found:
        return None
    try:
        absolute = urljoin(base, found.strip())
        parts = urlsplit(absolute)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # seen in the wild: "http://[Photos]", "https://a.example:443https://b.example/"
        return None
    return absolute if usable else None


def moment(text: str | None) -> datetime | None:
    """A W3C (ISO 8601) or RFC 822 time in UTC; midnight UTC of a bare date; None of anything else."""
    if not text:
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text)
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _unpacked(body: bytes, url: str) -> bytes:
    if not body.startswith(_GZIP):
        return body
    unzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        text = unzip.decompress(body, MAX_BYTES)
    except zlib.error as error:
        raise DiscoveryError(url, "broken_gzip", f"broken gzip: {error}") from error
    if unzip.unconsumed_tail:
        raise DiscoveryError(url, "too_large", f"more than {MAX_BYTES} bytes when unpacked")
    return text


def _head(body: bytes) -> bytes:
    if not body.startswith(_GZIP):
        return body[:4096]
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body[:4096], 4096)
    except zlib.error:
        return b""
