"""JSON Feed 1.0 and 1.1 (jsonfeed.org)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from newscrawl.article import Link
from newscrawl.discovery._listing import Entry, Refused, limit_entries, make_absolute
from newscrawl.discovery._packed import SPACE, read_whole
from newscrawl.discovery._xml import parse_time
from newscrawl.errors import DiscoveryError

MAX_BYTES = 10 * 2**20
MAX_ENTRIES = 10_000
_MAX_TEXT = 1 << 14
_MAX_AUTHORS = 50
_MAX_BROKEN = 1000
# a number may have so many digits that Python refuses to read it
_DECODER = json.JSONDecoder(strict=False, parse_int=str, parse_float=str)
_ITEMS = re.compile(r'"items"\s*:\s*\[')
_NEXT_ITEM = re.compile(r"[\s,]*(?=\{)")
_END = re.compile(r"[\s,]*\]\s*(?:,\s*\"|\}\s*\Z)")
_ITEM_BORDER = re.compile(r",\s*(?=\{\s*\")")
_URL = re.compile(r"\s*https?://", re.I)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def is_json_feed(content: bytes) -> bool:
    return content.lstrip(SPACE).startswith(b"{") and b"jsonfeed.org" in content


def read_links(body: bytes, url: str) -> Iterator[Entry]:
    """Yield the items of a feed; of one that is cut short or broken, those that can be read.

    Raises DiscoveryError as `newscrawl.discovery.read` does: "not_json_feed" for anything but an object with items.
    """
    return read_whole(body, url, MAX_BYTES, _read_feed)


def _read_feed(content: bytes, url: str) -> Iterator[Entry]:
    if not content.strip(SPACE):
        raise DiscoveryError(url, "empty", "the list is empty")
    text = content.decode("utf-8", "replace").strip()
    try:
        feed = _DECODER.decode(text)
        items = feed["items"] if isinstance(feed, dict) else None
    except (ValueError, RecursionError):
        found = _ITEMS.search(text) if text.startswith("{") else None
        items = _read_broken(text, found.end(), url) if found else None
    except KeyError:
        items = None
    if not isinstance(items, (list, Iterator)):
        raise DiscoveryError(url, "not_json_feed", "not a JSON object with items")
    yield from limit_entries(MAX_ENTRIES, (_link(item, url) for item in items), url)


def _read_broken(text: str, position: int, url: str) -> Iterator[Any]:
    """Yield the items that can be read one by one, from the `position` of the first one; None for a broken one."""
    broken = 0
    while True:
        start = _NEXT_ITEM.match(text, position)
        if start is None and (broken or not _END.match(text, position)):  # within a broken one
            start = _ITEM_BORDER.search(text, position)
            broken += 1
        if start is None or broken > _MAX_BROKEN:
            break
        try:
            item, position = _DECODER.raw_decode(text, start.end())
            _reject_items_within(item)
        except (ValueError, RecursionError):
            item, broken = None, broken + 1
            border = _ITEM_BORDER.search(text, start.end())
            if border is None:  # the last one, or cut short
                break
            position = border.start()
        yield item
    if not _END.match(text, position):
        raise DiscoveryError(url, "broken_tail", "broken or cut short: the JSON does not end")


def _reject_items_within(item: dict[str, Any]) -> None:
    """Raise ValueError for an item whose list of authors does not end and so contains the items after it."""
    parts = (part for value in item.values() if isinstance(value, list) for part in value)
    if any(isinstance(part, dict) and "id" in part for part in parts):
        raise ValueError("items within an item")


def _link(item: Any, base: str) -> Entry:
    if not isinstance(item, dict):
        return Refused("", "malformed")
    addresses = [_text(item, "url"), _text(item, "external_url")]
    addresses += [text for text in [_text(item, "id")] if _URL.match(text)]
    absolute = [make_absolute(address, base) for address in addresses if address]
    usable = (address for address in absolute if isinstance(address, str))
    url = next(usable, absolute[0] if absolute else Refused("", "no_address"))
    if isinstance(url, Refused):
        return url
    authors = item.get("authors") or [item.get("author")]
    names = [_text(author, "name") for author in authors[:_MAX_AUTHORS]] if isinstance(authors, list) else []
    return Link(
        url=url,
        source="json_feed",
        headline=_text(item, "title") or None,
        dek=_text(item, "summary") or None,
        byline=tuple(filter(None, names)),
        published_at=parse_time(_text(item, "date_published")),
        updated_at=parse_time(_text(item, "date_modified")),
    )


def _text(value: Any, name: str) -> str:
    """Return a text of an object as one line, without half emoji and control characters, which no text may contain."""
    text = value.get(name) if isinstance(value, dict) else None
    if not isinstance(text, str) or len(text) > _MAX_TEXT:
        return ""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return " ".join(_CONTROL.sub("", whole).split())
