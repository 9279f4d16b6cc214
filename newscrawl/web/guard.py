"""Protection of the web application: allowed hosts and methods, and security headers of every response."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from newscrawl.errors import ArgumentError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of this machine that no foreign DNS record can claim."""
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-dns-prefetch-control": "off",
}
_SQL_ARGUMENTS = {"sql", "_where"}
"""Arguments of Datasette that are SQL."""
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


def read_host(text: str) -> str:
    """Read a host name or address of this machine. Raises ArgumentError if it is empty or means all addresses."""
    # Without a list of known names, any website could resolve its own name to this machine (DNS rebinding) and read
    # the archive.
    with suppress(ValueError):
        if ipaddress.ip_address(text).is_unspecified:
            raise ArgumentError("means all addresses; give the one that others will open, such as 192.168.1.5")
    if not text:
        raise ArgumentError("the host is empty")
    return text


def guard_app(app: App, hosts: Collection[str]) -> App:
    """Restrict an app to GET and HEAD requests for `hosts` or LOOPBACK; every response gets HEADERS."""
    names = LOOPBACK | {host.lower() for host in hosts}

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
        elif rejection := _check_request(scope, names):
            status, text = rejection
            respond, headers = _add_headers(send), [(b"content-type", b"text/plain; charset=utf-8")]
            await respond({"type": "http.response.start", "status": status, "headers": headers})
            await respond({"type": "http.response.body", "body": f"{text}\n".encode()})
        else:
            await app(scope, receive, _add_headers(send))

    return guard


def _check_request(scope: Scope, names: Collection[str]) -> tuple[int, str] | None:
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    if _parse_host(headers.get(b"host", "")) not in names:
        return 403, "This host name is not allowed. Open http://localhost instead."
    if scope["method"] not in ("GET", "HEAD"):
        return 405, "The archive is read-only."
    if headers.get(b"sec-fetch-site") == "cross-site" and headers.get(b"sec-fetch-mode") != "navigate":
        return 403, "Other sites may link to this page, but not load it."
    if headers.get(b"sec-fetch-site") in ("cross-site", "same-site") and _SQL_ARGUMENTS & parse_qs(query).keys():
        return 403, "Other sites may not send SQL. Open the page yourself, and paste it there."
    return None


def _parse_host(header: str) -> str | None:
    """Return the name in a Host header, without its port.

    >>> _parse_host("LocalHost:8001"), _parse_host("[::1]:8001"), _parse_host("news.example")
    ('localhost', '::1', 'news.example')
    """
    match = _HOST.fullmatch(header)
    return match[1].strip("[]").lower() if match else None


def _add_headers(send: Send) -> Send:
    own = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            others = [pair for pair in message.get("headers", ()) if pair[0].lower().decode("latin-1") not in HEADERS]
            message = {**message, "headers": [*others, *own]}
        await send(message)

    return send_with_headers
