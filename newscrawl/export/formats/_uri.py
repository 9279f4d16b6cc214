"""Addresses as standards want them (RFC 3986)."""

from __future__ import annotations

import re
import uuid
from urllib.parse import urlsplit

from w3lib.url import safe_url_string

_CHARACTER = r"(?:[\w.~!$&'()*+,;=:@-]|%[0-9A-F]{2})"
_URI = re.compile(
    rf"[A-Z][A-Z0-9+.-]*:(?://(?:[\w.~!$&'()*+,;=:@%-]|\[[0-9A-F:.]+\])*(?=[/?#]|$))?(?:{_CHARACTER}|/)*"
    rf"(?:\?(?:{_CHARACTER}|[/?])*)?(?:#(?:{_CHARACTER}|[/?])*)?",
    re.I | re.A,
)
_HOST = re.compile(r"(?=.{1,254}$)[\w-]{1,63}(\.[\w-]{1,63})*\.?|[0-9a-f:.]*:[0-9a-f:.]*", re.A)
"""A name of a host, as long as one may be, or an address."""


def uri(url: str) -> str | None:
    """An address with all that needs it percent-encoded; None where it is no absolute address.

    >>> uri("https://www.bloomberg.example/a b/\u00e9?x=[1]")
    'https://www.bloomberg.example/a%20b/%C3%A9?x=%5B1%5D'
    """
    try:
        safe = safe_url_string(url)
    except ValueError:
        return None
    scheme, colon, rest = safe.partition(":")
    authority = re.match("//[^/?#]*", rest)
    begin = len(authority[0]) if authority else 0
    safe = scheme + colon + rest[:begin] + rest[begin:].replace("[", "%5B").replace("]", "%5D")
    safe = re.sub(r'[\\^`{|}<>" ]|%(?![0-9A-Fa-f]{2})', lambda found: f"%{ord(found[0]):02X}", safe)
    return safe if _URI.fullmatch(safe) else None


def link(url: str | None) -> str | None:
    """An http(s) address that may be followed; None for any other: what a script could stand in, or no host is in.

    >>> link("https://www.bloomberg.example/a"), link("javascript:alert(1)"), link("https://%20=1/")
    ('https://www.bloomberg.example/a', None, None)
    """
    safe = uri(url) if url else None
    try:
        parts = urlsplit(safe or "")
        is_host = _HOST.fullmatch(parts.hostname or "")
        return safe if parts.scheme.lower() in ("http", "https") and is_host else None
    except ValueError:
        return None


def identifier(url: str) -> str:
    """A URI that stands for an address, always the same: itself if it may be followed, as some readers of feeds do.

    >>> identifier("javascript:alert(1)")
    'urn:uuid:3afaf98b-7120-55ab-8228-253451a40d76'
    """
    return link(url) or f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, url)}"
