"""Which responses of a web archive are about one address, and which about the whole service."""

from __future__ import annotations

import pytest
from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from newscrawl.crawl.network.archive_service import ArchiveService, find_refusal
from newscrawl.crawl.network.failures import BrokenResponseError, RefusedError
from newscrawl.crawl.network.hosts import HostGuard
from newscrawl.crawl.network.pace import Slowdown
from tests.crawl.offline import HOST, SITE, OfflineCrawler, slot

ERROR = "X-Archive-Wayback-Runtime-Error"
MEMENTO = {"Memento-Datetime": "Fri, 20 Nov 2026 10:00:00 GMT"}


def answer(status: int = 200, body: bytes = b"", headers: dict[str, str] | None = None, number: int = 1) -> Response:
    return Response(f"{SITE}/web/{number}", status=status, body=body, headers=headers or {})


def begin() -> tuple[OfflineCrawler, ArchiveService, HostGuard]:
    crawler = OfflineCrawler(source="wayback", since="2026-11-01")
    crawler.components.append(guard := HostGuard.from_crawler(crawler))
    return crawler, ArchiveService.from_crawler(crawler), guard


def receive(service: ArchiveService, response: Response) -> Response:
    return service.process_response(Request(response.url), response)


@pytest.mark.parametrize("status", [200, 403, 404, 503])
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("AdministrativeAccessControlException: Blocked Site Error", "archive_excluded"),
        ("org.archive.wayback.exception.RobotAccessControlException: Blocked By Robots", "archive_robots"),
        ("ResourceNotInArchiveException: the Resource you requested is not here", "not_in_archive"),
        ("LiveDocumentNotAvailableException: not live", "not_in_archive"),
    ],
)
def test_a_refusal_is_named_by_a_header_whatever_the_status(status: int, error: str, reason: str) -> None:
    _, service, guard = begin()
    for number in range(20):
        with pytest.raises(RefusedError) as caught:
            receive(service, answer(status, headers={ERROR: error}, number=number))
        assert caught.value.reason == reason
    assert not guard.is_stopped(SITE)
    assert find_refusal(answer(status, headers={ERROR: error, **MEMENTO})) is None


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (answer(403, b"org.archive.util.io.RuntimeIOException: RobotAccessControlException"), "archive_robots"),
        (answer(200, b"org.archive.util.io.RuntimeIOException: AccessControlException"), "archive_excluded"),
        (answer(200, b"\n<html><p>This URL has been excluded from the Wayback Machine."), "archive_excluded"),
        (answer(200, b"<html>The Wayback Machine has not archived that URL.</html>"), "not_in_archive"),
        (answer(404, b"<Error><Code>NoSuchKey</Code></Error>"), "not_in_archive"),
        (answer(404), "not_in_archive"),
        (answer(451), "archive_excluded"),
        (answer(403, b"<title>403 Forbidden</title>"), None),
        (answer(503, b"<title>Service Unavailable</title>"), None),
        (answer(200, b"<html>Down for maintenance</html>"), None),
        (answer(200, b'[["original"],["http://a.example/RobotAccessControlException"]]'), None),
    ],
)
def test_a_refusal_is_named_by_a_page_of_the_archive(response: Response, reason: str | None) -> None:
    assert find_refusal(response) == reason


def test_an_index_without_captures_is_no_refusal() -> None:
    assert find_refusal(answer(404, b'{"message": "No Captures found"}'), is_list=True) is None


def test_another_error_of_its_software_fails_for_now() -> None:
    _, service, _ = begin()
    with pytest.raises(BrokenResponseError) as caught:
        receive(service, answer(404, headers={ERROR: "WaybackException: Unexpected Error"}))
    assert caught.value.reason == "archive_error"


def test_addresses_that_are_forbidden_without_a_reason_stop_the_archive() -> None:
    crawler, service, guard = begin()
    for number in (1, 1, 2, 2):
        receive(service, answer(403, number=number))
    receive(service, answer(200, number=3))
    for number in (4, 5):
        receive(service, answer(403, number=number))
    assert not guard.is_stopped(SITE)
    receive(service, answer(403, number=6))
    assert guard.is_stopped(SITE)
    assert crawler.counts("hosts/") == {"blocked": 1}
    assert crawler.counts()["trouble"] == f"{HOST}: 3 addresses in a row failed, the last one with HTTP 403"


def test_addresses_that_fail_one_after_the_other_stop_the_archive() -> None:
    crawler, service, guard = begin()
    for number in range(5):
        receive(service, answer(502, number=number))
        receive(service, answer(502, number=number))
    receive(service, answer(500, headers=MEMENTO))
    for number in range(5):
        service.process_exception(Request(f"{SITE}/web/{number}"), BrokenResponseError("connection_reset", ""))
    assert not guard.is_stopped(SITE)
    receive(service, answer(504, number=6))
    assert guard.is_stopped(SITE)
    assert crawler.counts("hosts/") == {"unreachable": 1}


def test_a_refusal_of_one_address_asks_for_no_slowdown() -> None:
    crawler, _, _ = begin()
    crawler.fake_engine.downloader.slots[HOST] = slot(delay=1.0)
    slowdown = Slowdown.from_crawler(crawler)
    refused = answer(503, headers={ERROR: "LiveDocumentNotAvailableException"})
    slowdown.response_downloaded(Request(refused.url), refused)
    assert crawler.fake_engine.downloader.slots[HOST].delay == 1.0


def test_a_service_that_asks_for_fewer_requests_with_a_403_is_overloaded() -> None:
    crawler, service, guard = begin()
    crawler.fake_engine.downloader.slots[HOST] = slot(delay=1.0)
    slow = answer(403, b"<?xml version='1.0'?><Error><Code>SlowDown</Code></Error>")
    Slowdown.from_crawler(crawler).response_downloaded(Request(slow.url), slow)
    assert crawler.fake_engine.downloader.slots[HOST].delay == 2.0
    assert [receive(service, slow.replace(url=f"{SITE}/{number}")).status for number in range(4)] == [503] * 4
    assert not guard.is_stopped(SITE)


def test_it_is_for_web_archives_only() -> None:
    with pytest.raises(NotConfigured):
        ArchiveService.from_crawler(OfflineCrawler())
