"""What every request and every answer of the reading room passes: which names it answers to, and what pages may do."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from contextlib import suppress
from typing import Any

from newscrawl.errors import ArgumentError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of this machine that nobody else's DNS can claim: a page of the web may point a name of its own here."""
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
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
_READS = ("GET", "HEAD")
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


def read_host(text: str) -> str:
    """A name or an address of this machine. Raises ArgumentError for one that means all of them.

    The reading room answers only to names that it knows: one that is reached under any name could be read by a page
    of the web, which may give its own name the address of this machine.
    """
    with suppress(ValueError):
        if ipaddress.ip_address(text).is_unspecified:
            raise ArgumentError("means every address; name the one that others will open, such as 192.168.1.5")
    if not text:
        raise ArgumentError("names no address")
    return text


def guarded(app: App, hosts: Collection[str]) -> App:
    """The app, for requests that only read and ask for one of `hosts` or LOOPBACK, with HEADERS on every answer."""
    names = LOOPBACK | {host.lower() for host in hosts}

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
        elif refusal := _refusal(scope, names):
            await _answer(_headed(send), *refusal)
        else:
            await app(scope, receive, _headed(send))

    return guard


def _refusal(scope: Scope, names: Collection[str]) -> tuple[int, str] | None:
    """Status and reason of what is not answered."""
    asked = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if _host(asked.get(b"host", "")) not in names:
        return 403, "This name is not one that the reading room answers to. Open it as http://localhost."
    if scope["method"] not in _READS:
        return 405, "The reading room only reads."
    if asked.get(b"sec-fetch-site") == "cross-site" and asked.get(b"sec-fetch-mode") != "navigate":
        return 403, "Pages of other sites may link here, and no more."
    return None


def _host(header: str) -> str | None:
    """The name of a Host header, without its port.

    >>> _host("LocalHost:8001"), _host("[::1]:8001"), _host("news.example")
    ('localhost', '::1', 'news.example')
    """
    found = _HOST.fullmatch(header)
    return found[1].strip("[]").lower() if found else None


def _headed(send: Send) -> Send:
    own = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def headed(message: Message) -> None:
        if message["type"] == "http.response.start":
            others = [pair for pair in message.get("headers", ()) if pair[0].lower().decode("latin-1") not in HEADERS]
            message = {**message, "headers": [*others, *own]}
        await send(message)

    return headed


async def _answer(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{text}\n".encode()})
