"""Webhooks: a signed JSON POST, as the convention Standard Webhooks (standardwebhooks.com) describes it."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import secrets
import socket
import ssl
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import closing, suppress
from threading import Timer
from typing import Any
from urllib.parse import SplitResult, urlsplit

from newscrawl import __version__
from newscrawl.address_policy import Network, may_connect
from newscrawl.batch.watches.delivery import Delivery, DeliveryError, Message
from newscrawl.errors import ArgumentError
from newscrawl.export.display import format_iso
from newscrawl.export.targets import to_exported
from newscrawl.storage import WatchTarget
from newscrawl.urls import without_final_dot

MAX_ARTICLES = 100
"""Articles of one message."""
_PREFIX = "whsec_"
_PAUSES = (1.0, 4.0)
"""Seconds before the second and the third attempt."""
_CONNECT_SECONDS = 10.0
_ANSWER_SECONDS = 20.0
_LEFT_OUT = {"body", "body_text", "images", "contacts", "assistance", "sources"}
"""Fields of an article that a message leaves out: its address and number lead to them."""


class _TemporaryError(DeliveryError):
    """An attempt that may succeed later."""


def make_secret() -> str:
    """Make the key of a webhook: "whsec_" and 32 random bytes in Base64."""
    return _PREFIX + b64encode(secrets.token_bytes(32)).decode()


def check_address(url: str) -> str:
    """Return an http(s) address of a webhook. Raises ArgumentError."""
    try:
        parts = urlsplit(url)
        is_valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        is_valid = is_valid and "@" not in parts.netloc
    except ValueError:
        is_valid = False
    if not is_valid or any(char.isspace() or not char.isprintable() for char in url):
        raise ArgumentError("a webhook is an address that begins with https:// or http://, without a password")
    return url


def sign(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """Return the value of the header webhook-signature."""
    key = b64decode(secret.removeprefix(_PREFIX))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return f"v1,{b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def post(target: WatchTarget, message: Message, delivery: Delivery) -> None:
    """Send a message, up to three times. Raises DeliveryError."""
    url, body = urlsplit(target.address), _make_body(message)
    for pause in (*_PAUSES, None):
        if time.monotonic() > delivery.deadline:
            raise DeliveryError("no time was left in this run; the next run sends it")
        try:
            return _post_once(url, body, _make_headers(target, message, body), delivery.allowed)
        except _TemporaryError:
            if pause is None or time.monotonic() + pause > delivery.deadline:
                raise
            time.sleep(pause)
    return None


def _make_body(message: Message) -> bytes:
    watch, report = message.watch, message.report
    articles = [
        {name: value for name, value in entry.to_json().items() if name not in _LEFT_OUT}
        for entry in to_exported(message.store.articles_of(report.ids, on_damage=lambda error: None))
    ]
    content = {
        "type": "watch.test" if message.is_test else "watch.matched",
        "timestamp": format_iso(report.found_at),
        "data": {"watch": watch.name, "conditions": dict(watch.conditions), "articles": articles},
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _make_headers(target: WatchTarget, message: Message, body: bytes) -> Mapping[str, str]:
    timestamp = str(int(time.time()))
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"newscrawl/{__version__}",
        "webhook-id": message.id,
        "webhook-timestamp": timestamp,
        "webhook-signature": sign(target.secret or "", message.id, timestamp, body),
    }


def _post_once(url: SplitResult, body: bytes, headers: Mapping[str, str], allowed: tuple[Network, ...]) -> None:
    host = url.hostname or ""
    try:
        with closing(_make_connection(url, allowed)) as connection:
            connection.connect()
            # A server that sends its answer byte by byte would never run into the time limit of a socket.
            watchdog = Timer(_ANSWER_SECONDS, _shut_down, [connection.sock])
            watchdog.start()
            try:
                path = f"{url.path or '/'}{f'?{url.query}' if url.query else ''}"
                connection.request("POST", path, body, dict(headers))
                status = connection.getresponse().status
            finally:
                watchdog.cancel()
    except DeliveryError:
        raise
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _TemporaryError(f"{host}: {_describe(error)}") from error
    if 300 <= status < 400:
        raise DeliveryError(f"{host}: answered HTTP {status}; redirects are not followed: give the new address")
    if status in (408, 425, 429) or status >= 500:
        raise _TemporaryError(f"{host}: answered HTTP {status}")
    if not 200 <= status < 300:
        raise DeliveryError(f"{host}: answered HTTP {status}")


def _make_connection(url: SplitResult, allowed: tuple[Network, ...]) -> http.client.HTTPConnection:
    host, port = url.hostname or "", url.port
    if url.scheme == "https":
        return _PublicTlsConnection(host, port or 443, allowed)
    return _PublicConnection(host, port or 80, allowed)


class _PublicConnection(http.client.HTTPConnection):
    """Connects only to public and to allowed addresses, through no proxy."""

    def __init__(self, host: str, port: int, allowed: tuple[Network, ...]) -> None:
        super().__init__(host, port, timeout=_CONNECT_SECONDS)
        self._allowed = allowed

    def connect(self) -> None:
        self.sock = _connect(self.host, self.port, self._allowed)


class _PublicTlsConnection(_PublicConnection):
    default_port = 443

    def connect(self) -> None:
        super().connect()
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(self.sock, server_hostname=without_final_dot(self.host))


def _connect(host: str, port: int, allowed: tuple[Network, ...]) -> socket.socket:
    """Connect to the very address that was checked, so that a second DNS answer cannot replace it."""
    found = [info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    public = [str(address) for address in found if may_connect(str(address), allowed)]
    if not public:
        raise DeliveryError(f"{host}: {found[0]} is no public address; NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES allows it")
    return socket.create_connection((public[0], port), timeout=_CONNECT_SECONDS)


def _shut_down(sock: Any) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _describe(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({error.verify_message})"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"no valid answer ({type(error).__name__})"
