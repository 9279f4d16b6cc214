"""Which hosts, redirects and encodings are accepted."""

from __future__ import annotations

import asyncio
import gzip
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http import HtmlResponse, Response

from newscrawl.article import CaptureRef
from newscrawl.crawl.network.failures import BrokenResponseError, RefusedError
from newscrawl.crawl.network.responses import make_page
from newscrawl.crawl.run_mode import RunMode
from newscrawl.middlewares import (
    HttpCompressionMiddleware,
    OffsiteMiddleware,
    PrivateAddresses,
    RedirectMiddleware,
    SavedPages,
)
from tests.content_encodings.pages import PAGE
from tests.crawl.offline import SITE, OfflineCrawler

URL = f"{SITE}/a"


def redirect(location: str | bytes, *earlier: str, **meta: object) -> Request | Response:
    request = Request(URL, meta={"redirect_urls": list(earlier), "redirect_times": len(earlier), **meta})
    response = Response(URL, status=302, headers={"Location": location}, request=request)
    return RedirectMiddleware.from_crawler(OfflineCrawler()).process_response(request, response)


def test_a_redirect_is_followed() -> None:
    request = redirect(f"{SITE}/b")
    assert isinstance(request, Request)
    assert (request.url, request.meta["redirect_urls"]) == (f"{SITE}/b", [URL])


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("b c", f"{SITE}/b%20c"),
        ("/küste", f"{SITE}/k%C3%BCste"),
        (b"/caf\xe9?a=\xfc", f"{SITE}/caf%E9?a=%FC"),
        ("//quay.example/b", f"{SITE}/b"),
        ("HTTP://Quay.Example.:8080/b", "http://quay.example:8080/b"),
        ("?page=2", f"{URL}?page=2"),
        ("https:///b", f"{SITE}/b"),
        ("https://küste.example/", "https://xn--kste-0ra.example/"),
    ],
)
def test_locations_of_servers_that_do_not_encode_them(location: str | bytes, url: str) -> None:
    request = redirect(location)
    assert isinstance(request, Request)
    assert request.url == url


def test_conditions_of_one_url_are_not_sent_to_another() -> None:
    conditions = {"If-None-Match": '"1"', "If-Modified-Since": "Tue, 05 Mar 2024 10:00:00 GMT", "Accept": "text/html"}
    response = Response(URL, status=301, headers={"Location": "/b"})
    middleware = RedirectMiddleware.from_crawler(OfflineCrawler())
    request = middleware.process_response(Request(URL, headers=conditions), response)
    assert request.headers.to_unicode_dict() == {"Accept": "text/html"}


@pytest.mark.parametrize(
    ("location", "earlier", "reason"),
    [
        ("http://[", (), "bad_redirect"),
        ("https://quay.example:99999/", (), "bad_redirect"),
        ("javascript:open()", (), "bad_redirect"),
        ("ftp://quay.example/b", (), "scheme"),
        (f"{SITE}/{'b' * 9000}", (), "url_too_long"),
        (URL, (), "redirect_loop"),
        (f"{SITE}/first", (f"{SITE}/first",), "redirect_loop"),
        (f"{SITE}/b", tuple(f"{SITE}/{n}" for n in range(10)), "redirect_loop"),
    ],
)
def test_a_redirect_that_is_not_followed_has_a_reason(location: str, earlier: tuple[str, ...], reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        redirect(location, *earlier)
    assert caught.value.reason == reason


def test_a_response_that_is_no_redirect_passes() -> None:
    middleware = RedirectMiddleware.from_crawler(OfflineCrawler())
    for response in (Response(URL), Response(URL, status=302), Response(URL, status=304)):
        assert middleware.process_response(Request(URL), response) is response


@pytest.mark.parametrize(
    ("encoding", "body", "reason"),
    [
        ("gzip", gzip.compress(b"a" * 2000), "too_large"),
        ("gzip, gzip, gzip, gzip", b"", "content_encoding"),
    ],
    ids=["large", "four codings"],  # the bytes of gzip hold the time, and workers of xdist must agree on the ids
)
def test_a_body_that_is_not_decompressed_has_a_reason(encoding: str, body: bytes, reason: str) -> None:
    middleware = HttpCompressionMiddleware.from_crawler(OfflineCrawler({"DOWNLOAD_MAXSIZE": 1000}))
    with pytest.raises(RefusedError) as caught:
        middleware.process_response(Request(URL), Response(URL, headers={"Content-Encoding": encoding}, body=body))
    assert caught.value.reason == reason


def test_a_body_is_decompressed() -> None:
    response = Response(URL, headers={"Content-Encoding": "gzip"}, body=gzip.compress(b"Ferries"))
    read = HttpCompressionMiddleware.from_crawler(OfflineCrawler()).process_response(Request(URL), response)
    assert isinstance(read, Response)
    assert read.body == b"Ferries"


def decompress(body: bytes, request: Request | None = None, **headers: str) -> Request | Response:
    request = request or Request(URL)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    status = 206 if "Content-Range" in names else 200
    response = Response(URL, status=status, headers=names, body=body, request=request)
    return HttpCompressionMiddleware.from_crawler(OfflineCrawler()).process_response(request, response)


PARTS: dict[str, tuple[bytes, dict[str, str], str]] = {
    "cut gzip": (gzip.compress(PAGE)[:-9], {"Content_Encoding": "gzip"}, "cut_off"),
    "cut gzip without a header": (gzip.compress(PAGE)[:-9], {}, "cut_off"),
    "head of a gzip": (gzip.compress(PAGE)[:12], {"Content_Encoding": "gzip"}, "cut_off"),
    "damaged gzip": (gzip.compress(PAGE)[:-5] + b"tides", {"Content_Encoding": "gzip"}, "broken_encoding"),
    "a range that was not requested": (PAGE, {"Content_Range": "bytes 0-99/9999"}, "partial_content"),
}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_a_response_is_retried_and_then_fails_with_its_reason(part: str) -> None:
    body, headers, reason = PARTS[part]
    kept = CaptureRef(url=URL, captured_at=datetime(2024, 3, 5, tzinfo=UTC), file="a.warc.gz", offset=0, length=9)
    request = Request(URL, meta={"captures": {URL: kept}})
    for _ in range(2):
        again = decompress(body, request, **headers)
        assert isinstance(again, Request)
        request = again
    with pytest.raises(BrokenResponseError) as caught:
        decompress(body, request, **headers)
    assert caught.value.reason == reason
    assert request.meta["captures"][URL].incomplete_reason == reason
    with pytest.raises(BrokenResponseError):
        decompress(body, Request(URL, meta={"dont_retry": True}), **headers)


def test_a_retried_response_that_is_whole_becomes_a_whole_page() -> None:
    packed = gzip.compress(PAGE)
    request = decompress(packed[:-9], Content_Encoding="gzip")
    assert isinstance(request, Request)
    whole = decompress(packed, request, Content_Encoding="gzip")
    assert isinstance(whole, Response)
    page = make_page(whole)
    assert (page.body, page.complete) == (PAGE, True)


@pytest.mark.parametrize("label", ["", "none", "UTF8,gzip", "br", "deflate"])
def test_a_wrong_label_costs_nothing(label: str) -> None:
    for body in (PAGE, gzip.compress(PAGE)):
        read = decompress(body, Content_Encoding=label, Content_Type="text/html")
        assert isinstance(read, Response)
        assert read.body == PAGE
        assert not label or (isinstance(read, HtmlResponse) and "Content-Encoding" not in read.headers)


def test_what_is_no_page_is_decompressed_by_its_label_only() -> None:
    packed = gzip.compress(PAGE)[:-9]
    for request in (Request(URL, meta={"list": None}), Request(URL, headers={"Range": "bytes=9-99"})):
        read = decompress(packed, request)
        assert isinstance(read, Response)
        assert read.body == packed
    requested = Request(URL, headers={"Range": "bytes=9-99"})
    assert isinstance(decompress(packed, requested, Content_Range="bytes 9-99/9999"), Response)


def test_of_an_archived_page_the_part_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newscrawl.middlewares.find_mode", lambda crawler: RunMode.WEB_ARCHIVE)
    memento = {"Memento_Datetime": "Tue, 05 Mar 2024 10:00:00 GMT"}
    read = decompress(gzip.compress(PAGE)[:-9], None, **memento)
    assert isinstance(read, Response)
    page = make_page(read)
    assert (page.body, page.incomplete_reason) == (PAGE, "cut_off")
    assert isinstance(decompress(gzip.compress(PAGE)[:-9]), Request)  # an answer of the archive itself


def test_a_limit_of_zero_is_none() -> None:
    middleware = HttpCompressionMiddleware.from_crawler(OfflineCrawler({"DOWNLOAD_MAXSIZE": 0}))
    response = Response(URL, headers={"Content-Encoding": "gzip"}, body=gzip.compress(PAGE))
    read = middleware.process_response(Request(URL), response)
    assert isinstance(read, Response)
    assert read.body == PAGE


def test_only_hosts_of_the_run_get_requests() -> None:
    middleware = OffsiteMiddleware.from_crawler(OfflineCrawler())
    for url in (URL, "https://www.quay.example/", "http://M.Quay.Example.:80/", "https://quay.example:8443/"):
        middleware.process_request(Request(url))
    for url in ("https://other.example/", "https://news.quay.example/", "https://www.quay.example.evil.example/"):
        with pytest.raises(RefusedError) as caught:
            middleware.process_request(Request(url, dont_filter=True))
        assert caught.value.reason == "offsite"


def test_a_private_address_is_refused_unless_it_is_allowed() -> None:
    middleware = PrivateAddresses.from_crawler(OfflineCrawler({"NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES": "10.0.0.0/8"}))
    middleware.process_request(Request(URL))
    middleware.process_request(Request("http://10.1.2.3/"))
    with pytest.raises(RefusedError) as caught:
        middleware.process_request(Request("http://2130706433/"))
    assert caught.value.reason == "private_address"
    with pytest.raises(NotConfigured):
        PrivateAddresses.from_crawler(OfflineCrawler(files="*.html"))


def test_a_saved_page_is_a_response_of_the_time_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "ferries.html"
    file.write_text("<html>Ferries</html>")
    middleware = SavedPages.from_crawler(OfflineCrawler(files=str(file)))
    response = asyncio.run(middleware.process_request(Request(file.as_uri())))
    assert response
    assert response.body == b"<html>Ferries</html>"
    saved_at = parsedate_to_datetime((response.headers["Memento-Datetime"] or b"").decode())
    assert saved_at == datetime.fromtimestamp(file.stat().st_mtime, UTC).replace(microsecond=0)
    with pytest.raises(NotConfigured):
        SavedPages.from_crawler(OfflineCrawler())
