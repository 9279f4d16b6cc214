"""Scrapy's HTTP handler, limited to public addresses, to a size of headers, and to the duration of the run.

The address is checked when the connection is made, so no cached or changed DNS answer leads elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from OpenSSL import SSL
from scrapy import Request
from scrapy.core.downloader.handlers import http11
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler, TunnelError
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadFailedError
from scrapy.http import Response
from scrapy.utils._download_handlers import normalize_bind_address, wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from service_identity.exceptions import VerificationError
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError, ConnectionClosed, ConnectionLost
from twisted.internet.interfaces import IReactorPluggableNameResolver, IReactorTCP, IReactorTime
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, ParseError
from twisted.web.client import Agent, ResponseFailed
from twisted.web.http import _DataLoss
from twisted.web.iweb import IResponse
from zope.interface import implementer

from newscrawl.address_policy import Network, may_connect, read_allowed
from newscrawl.crawl.network.failures import BrokenResponseError
from newscrawl.crawl.network.responses import CONTENT_ENCODING, get_header
from newscrawl.crawl.network.shutdown import Shutdown
from newscrawl.states import PRIVATE_ADDRESS

MAX_HEAD_BYTES = 256 * 1024  # of a status line and its headers, as in browsers
_STATUS = re.compile(rb"\S+ +[1-5]\d\d(?: |$)")
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LENGTH = re.compile(rb"\d{1,18}")


class HeadTooLargeError(Exception):
    """A status line and headers of more than MAX_HEAD_BYTES."""


class HttpDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's handler of http and https, for public addresses."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._allowed = read_allowed(crawler.settings["NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES"])
        self._shutdown = crawler.get_downloader_middleware(Shutdown)
        self._pool._factory = _BoundedFactory  # where Scrapy puts its own

    async def download_request(self, request: Request) -> Response:
        """Raise Scrapy's errors, BrokenResponseError where Scrapy has none, RunEnded for a download that is dropped."""
        try:
            if self._shutdown is None:
                return await self._download(request)
            return await self._shutdown.unless_it_ends(self._download(request), request.url)
        except (DownloadFailedError, ConnectError, TunnelError) as error:
            raise BrokenResponseError(find_reason(error), str(error)) from error

    async def _download(self, request: Request) -> Response:
        agent = _Agent(
            allowed=self._allowed,
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self.crawler,
            tls_verbose_logging=self._tls_verbose_logging,
        )
        with wrap_twisted_exceptions():
            response = await maybe_deferred_to_future(agent.download_request(request))
        request.meta[CONTENT_ENCODING] = get_header(response, "Content-Encoding") or ""
        return response


class _Agent(http11._ScrapyAgent):  # the only place where Scrapy chooses connections
    def __init__(self, *, allowed: tuple[Network, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._allowed = allowed

    def _get_agent(self, request: Request, timeout: float) -> Agent:
        if request.meta.get("proxy"):  # it may have any address, everything else must be public
            return super()._get_agent(request, timeout)
        from twisted.internet import reactor  # noqa: PLC0415 - importing it installs one

        return http11._BindAddressAgent(
            reactor=PublicReactor(reactor, self._allowed),  # type: ignore[arg-type]
            contextFactory=self._contextFactory,
            connectTimeout=timeout,
            bindAddress=normalize_bind_address(request.meta.get("bindaddress") or self._bindAddress),
            pool=self._pool,
        )


@implementer(IReactorTCP, IReactorTime, IReactorPluggableNameResolver)
class PublicReactor:
    """A reactor that connects only to public and to allowed addresses."""

    def __init__(self, reactor: Any, allowed: tuple[Network, ...]) -> None:
        self._reactor, self._allowed = reactor, allowed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)

    def connectTCP(self, host: str, port: int, *args: Any, **kwargs: Any) -> Any:  # noqa: N802 - Twisted's name
        """Twisted's; `host` is an IP address, because names are resolved before. Raises BrokenResponseError."""
        # a temporary error: hotel networks were seen that resolve every name to themselves until the guest has paid
        if not may_connect(host, self._allowed):
            raise BrokenResponseError(PRIVATE_ADDRESS, f"{host} is a private address")
        return self._reactor.connectTCP(host, port, *args, **kwargs)


class _BoundedParser(http11._LenientHTTPClientParser):
    """Limits what comes before a body, including interim responses: Twisted limits only each line.

    It is as strict as browsers about the status, and as lenient about repeated headers of the same meaning.
    """

    MAX_LENGTH = MAX_HEAD_BYTES
    _head_bytes = 0

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        self._head_bytes += len(line) + 1
        if self._head_bytes > MAX_HEAD_BYTES:
            self.lineLengthExceeded(line)
        if self.state == HEADER and self._partialHeader is None and line[:1].isspace() and line.strip():
            return  # the continuation of no header
        super().lineReceived(line)

    def statusReceived(self, status: bytes) -> None:  # noqa: N802
        """Raises ParseError, also for a status that Python reads as a number: 99999, -20, +200, 2_00."""
        if not _STATUS.match(status):
            raise ParseError("no status from 100 to 599", status)  # type: ignore[no-untyped-call]
        super().statusReceived(status)  # type: ignore[no-untyped-call]

    def headerReceived(self, name: bytes, value: bytes) -> None:  # noqa: N802
        if _TOKEN.fullmatch(name := name.strip()):  # Twisted rejects a response for another name
            super().headerReceived(name, value)  # type: ignore[no-untyped-call]

    def allHeadersReceived(self) -> None:  # noqa: N802
        """Raises ParseError for contradictory lengths."""
        codings = self._read_values(b"Transfer-Encoding") - {b"identity"}
        lengths = set[bytes]() if codings else self._read_values(b"Content-Length")
        if codings - {b"chunked"} or len(lengths) > 1 or not all(map(_LENGTH.fullmatch, lengths)):
            raise ParseError("no single length", b", ".join(codings | lengths))  # type: ignore[no-untyped-call]
        for name, values in ((b"Transfer-Encoding", codings), (b"Content-Length", lengths)):
            self.connHeaders.setRawHeaders(name, list(values))
        super().allHeadersReceived()  # type: ignore[no-untyped-call]

    def _read_values(self, name: bytes) -> set[bytes]:
        lines = self.connHeaders.getRawHeaders(name) or ()
        return {value.strip().lower() for line in lines for value in line.split(b",")}

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802
        # A body without a length ends with its connection, unless that was reset (RFC 9112, 8).
        has_length = getattr(self.bodyDecoder, "contentLength", 0) is not None
        # Twisted passes an exception where nothing was lost.
        if isinstance(reason, Failure) and isinstance(reason.value, ConnectionLost) and not has_length:
            lost = Failure(_DataLoss("the connection was reset"))  # type: ignore[no-untyped-call]
            error = ResponseFailed([reason, lost], self.response)  # type: ignore[no-untyped-call]
            self.response._bodyDataFinished(Failure(error))  # type: ignore[no-untyped-call]
        else:
            super().connectionLost(reason)

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802
        self.transport._producer.abortConnection()  # type: ignore[union-attr] # do not wait for a peer that goes on
        raise HeadTooLargeError(f"more than {MAX_HEAD_BYTES} bytes of headers")


class _BoundedProtocol(http11._LenientHTTP11ClientProtocol):
    def request(self, request: Any) -> Deferred[IResponse]:
        answer = super().request(request)
        self._parser.__class__ = _BoundedParser  # as Scrapy's does: Twisted leaves no other way
        return answer


class _BoundedFactory(http11._LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: Any) -> _BoundedProtocol:  # noqa: N802
        return _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


def find_reason(error: BaseException) -> str:
    causes = tuple(_causes(error))
    if ours := next((cause for cause in causes if isinstance(cause, BrokenResponseError)), None):
        return ours.reason
    if any(isinstance(cause, SSL.Error) and "certificate" in str(cause) for cause in causes):
        return "tls_invalid"
    return next((reason for kind, reason in _REASONS if any(isinstance(cause, kind) for cause in causes)), "no_answer")


def _causes(error: BaseException) -> Iterator[BaseException]:
    yield error
    for failure in getattr(error, "reasons", ()):
        yield from _causes(failure.value)
    if error.__cause__ is not None:
        yield from _causes(error.__cause__)


_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (HeadTooLargeError, "headers_too_large"),
    (ParseError, "invalid_response"),
    (VerificationError, "tls_invalid"),
    (SSL.Error, "tls_failed"),
    (TunnelError, "proxy_failed"),
    (ConnectionClosed, "connection_reset"),
    (ConnectError, "no_connection"),
)
