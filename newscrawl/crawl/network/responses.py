"""Scrapy's responses as pages and as records of a WARC file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response, TextResponse
from scrapy.responsetypes import responsetypes

from newscrawl.archives.warc_writer import Exchange
from newscrawl.article import CaptureRef, Page
from newscrawl.crawl.policy.validators import check_etag, check_last_modified

CONTENT_ENCODING = "content_encoding"
"""In the meta of a request: the header of its response, which Scrapy removes."""
_CONDITIONS = ("If-None-Match", "If-Modified-Since")


def make_page(response: Response) -> Page:
    """Make a page of a response, fetched when its capture or its archive (Memento-Datetime) says, otherwise now."""
    meta = response.request.meta if response.request else {}
    first = meta.get("redirect_urls", [response.url])[0]
    capture: CaptureRef | None = meta.get("captures", {}).get(response.url)
    fetched = _read_memento_time(get_header(response, "Memento-Datetime")) or datetime.now(UTC)
    etag, last_modified = read_validators(response)
    incomplete_reason: str | None = meta.get("incomplete", {}).get(response.url)
    return Page(
        url=response.url,
        requested_url=first if first != response.url else None,
        body=response.body,
        fetched_at=capture.captured_at if capture else fetched,
        content_type=get_header(response, "Content-Type"),
        status=response.status,
        etag=etag,
        last_modified=last_modified,
        capture=capture,
        incomplete_reason=incomplete_reason or (capture.incomplete_reason if capture else None),
    )


def _read_memento_time(header: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(header) if header else None
    except ValueError:  # any server may send the header
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def mark_incomplete(request: Request, url: str, reason: str) -> None:
    """Save why only a part of a response is there: for its page and for its capture."""
    request.meta["incomplete"] = {**request.meta.get("incomplete", {}), url: reason}
    captures: dict[str, CaptureRef] = request.meta.get("captures", {})
    if url in captures:
        captures[url] = replace(captures[url], incomplete_reason=reason)


def replace_body(response: Response, body: bytes) -> Response:
    """Return a response with its body decoded."""
    headers = response.headers.copy()
    headers.pop("Content-Encoding", None)
    kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
    # None: the character encoding is detected again
    encoding = {"encoding": None} if issubclass(kind, TextResponse) else {}
    return response.replace(cls=kind, headers=headers, body=body, **encoding)


def make_exchange(response: Response) -> Exchange:
    """Make the WARC records of a response that was received now, without what only a proxy was sent."""
    request = response.request
    sent = [field for field in list_headers(request.headers if request else {}) if field[0] != "Proxy-Authorization"]
    # Under Heritrix's names: the list that led there, the duration of the fetch.
    via = request.headers.get("Referer") if request else None
    metadata = {"via": via.decode("latin-1")} if via else {}
    if "download_latency" in response.meta:
        metadata["fetchTimeMs"] = f"{1000 * response.meta['download_latency']:.0f}"
    return Exchange(
        url=response.url,
        status=response.status,
        headers=list_headers(response.headers),
        payload=response.body,
        received_at=datetime.now(UTC),
        request_headers=(("Host", urlsplit(response.url).netloc), *sent),
        ip_address=str(response.ip_address) if response.ip_address else None,
        metadata=metadata,
    )


def read_validators(response: Response) -> tuple[str | None, str | None]:
    """Return the ETag and the Last-Modified of a response that may be sent with later requests for its URL."""
    if any(b"*" in value for value in response.headers.getlist("Vary")):  # the server says that they tell nothing
        return None, None
    meta = response.request.meta if response.request else {}
    etag = check_etag(get_header(response, "ETag"), meta.get(CONTENT_ENCODING))
    return etag, check_last_modified(get_header(response, "Last-Modified"), datetime.now(UTC))


def is_unexpected_304(response: Response) -> bool:
    """Whether "not modified" answers a request without conditions: also the one that follows a redirect."""
    headers = response.request.headers if response.request else {}
    return response.status == HTTPStatus.NOT_MODIFIED and not any(name in headers for name in _CONDITIONS)


def get_header(response: Response, name: str) -> str | None:
    return (response.headers.get(name) or b"").decode("latin-1") or None


def list_headers(headers: Mapping[bytes, Sequence[bytes]]) -> tuple[tuple[str, str], ...]:
    pairs = ((name, value) for name, values in headers.items() for value in values)
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs)
