"""Connections to public addresses, and the reasons of those that fail."""

from __future__ import annotations

from typing import Any

import pytest
from OpenSSL import SSL
from scrapy.core.downloader.handlers.http11 import TunnelError
from service_identity.exceptions import VerificationError
from twisted.internet import error as twisted_errors
from twisted.internet.error import ConnectionLost, DNSLookupError
from twisted.python.failure import Failure
from twisted.web import _newclient, client

from newscrawl.address_policy import read_allowed
from newscrawl.crawl.network.download import HeadTooLargeError, PublicReactor, find_reason
from newscrawl.crawl.network.failures import BrokenResponseError

# Twisted has no types for them
ConnectError: Any = twisted_errors.ConnectError
ResponseNeverReceived: Any = client.ResponseNeverReceived
ParseError: Any = _newclient.ParseError
TwistedFailure: Any = Failure


class Reactor:
    """Records what would be connected to."""

    def __init__(self) -> None:
        self.connected: list[tuple[str, int]] = []

    def connectTCP(self, host: str, port: int) -> None:  # noqa: N802 - Twisted's name
        self.connected.append((host, port))

    def seconds(self) -> float:
        return 1.0


def test_a_connection_is_made_to_a_public_address_and_to_an_allowed_one() -> None:
    reactor = Reactor()
    public = PublicReactor(reactor, read_allowed("10.20.0.0/16"))
    public.connectTCP("8.8.8.8", 443)
    public.connectTCP("10.20.0.1", 80)
    assert reactor.connected == [("8.8.8.8", 443), ("10.20.0.1", 80)]
    assert public.seconds() == 1.0


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "169.254.169.254", "quay.example"])
def test_no_connection_is_made_to_another_one(host: str) -> None:
    reactor = Reactor()
    with pytest.raises(BrokenResponseError) as caught:
        PublicReactor(reactor, ()).connectTCP(host, 80)
    assert caught.value.reason == "private_address"
    assert reactor.connected == []


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


def never_received(*causes: Exception) -> Exception:
    error: Exception = ResponseNeverReceived([TwistedFailure(cause) for cause in causes])
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (never_received(ConnectionLost()), "connection_reset"),
        (never_received(HeadTooLargeError("more than 262144 bytes")), "headers_too_large"),
        (never_received(ParseError("no status", b"HTTP/1.1 99999 X")), "invalid_response"),
        (never_received(SSL.Error([("SSL routines", "", "certificate verify failed")])), "tls_invalid"),
        (never_received(SSL.Error([("SSL routines", "", "wrong version number")])), "tls_failed"),
        (never_received(VerificationError([])), "tls_invalid"),
        (caused(ConnectError(), BrokenResponseError("private_address", "")), "private_address"),
        (caused(RuntimeError(), never_received(ConnectionLost())), "connection_reset"),
        (TunnelError("407"), "proxy_failed"),
        (DNSLookupError(), "no_answer"),
        (ConnectError(), "no_connection"),
        (never_received(), "no_answer"),
    ],
)
def test_the_reason_is_found_in_the_causes_of_an_error(error: Exception, reason: str) -> None:
    assert find_reason(error) == reason
