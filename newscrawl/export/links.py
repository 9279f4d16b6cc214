"""Stored URLs as URIs (RFC 3986) and links that are safe to follow."""

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
"""A host name of legal length, or an IPv6 address."""


def encode_uri(url: str) -> str | None:
    """Percent-encode a URL where needed; None if it is not absolute.

    >>> encode_uri("https://news.example/a b/\u00e9?x=[1]")
    'https://news.example/a%20b/%C3%A9?x=%5B1%5D'
    """
    try:
        safe = safe_url_string(url)
    except ValueError:
        return None
    scheme, colon, rest = safe.partition(":")
    authority = re.match("//[^/?#]*", rest)
    begin = len(authority[0]) if authority else 0
    safe = scheme + colon + rest[:begin] + rest[begin:].replace("[", "%5B").replace("]", "%5D")
    safe = re.sub(r'[\\^`{|}<>" ]|%(?![0-9A-Fa-f]{2})', lambda match: f"%{ord(match[0]):02X}", safe)
    return safe if _URI.fullmatch(safe) else None


def safe_link(url: str | None) -> str | None:
    """Return an http(s) URL that is safe to follow; None for other schemes and for URLs without a valid host.

    >>> safe_link("https://news.example/a"), safe_link("javascript:alert(1)"), safe_link("https://%20=1/")
    ('https://news.example/a', None, None)
    """
    safe = encode_uri(url) if url else None
    try:
        parts = urlsplit(safe or "")
        is_host = _HOST.fullmatch(parts.hostname or "")
        return safe if parts.scheme.lower() in ("http", "https") and is_host else None
    except ValueError:
        return None


def make_identifier(url: str) -> str:
    """Return a URI that identifies a URL: itself if it is a safe link, since some feed readers follow it; else a URN.

    >>> make_identifier("javascript:alert(1)")
    'urn:uuid:3afaf98b-7120-55ab-8228-253451a40d76'
    """
    return safe_link(url) or f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, url)}"
