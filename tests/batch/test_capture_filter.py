"""Which captures of an archive are pages of a publisher."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newscrawl.archives.capture import Capture
from newscrawl.batch.capture_filter import CaptureFilter
from newscrawl.date_range import DateRange
from newscrawl.publishers import Sites
from tests.crawls.past import PastSpider

HTML = (("Content-Type", "text/html; charset=utf-8"),)
PAGE = b"<!DOCTYPE html><html><body><p>Quiet.</p></body></html>"
STORY = "http://www.bloomberg.example/news/2013-05-27/quay.html"
SCREEN = CaptureFilter(
    sites=Sites([PastSpider.publisher]),
    dates=DateRange(since=datetime(2013, 5, 27, tzinfo=UTC), until=datetime(2013, 5, 29, tzinfo=UTC)),
)


def capture(url: str = STORY, **changes: object) -> Capture:
    moment = datetime(2013, 5, 28, tzinfo=UTC)
    values: dict[str, object] = {"url": url, "headers": HTML, "body": PAGE, "captured_at": moment}
    return Capture(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (capture(), None),
        (capture(headers=()), None),
        (capture("https://www.bloomberg.example/2013/a-page-of-any-address"), None),
        (capture("https://www.bloomberg.example/news/2013-05-26/a-day-off.html"), None),
        (capture("https://www.bloomberg.example/news/2013-05-29/a-day-off.html"), None),
        (capture("https://www.bloomberg.example/news/2013-05-24/early.html"), "out_of_dates"),
        (capture("https://www.bloomberg.example/news/2013-06-01/late.html"), "out_of_dates"),
        (capture(status=404), "status_404"),
        (capture(status=301, body=b""), "status_301"),
        (capture("https://www.bloomberg.example/news/videos/2013-05-27/v"), "video"),
        (capture("https://www.bloomberg.example/news/videos/2013-05-27/v", status=404), "status_404"),
        (
            capture("https://www.bloomberg.example/a.png", headers=(("Content-Type", "image/png"),), body=b"\x89P"),
            "not_html",
        ),
        (capture(headers=(("Content-Type", "application/json"),), body=b"{}"), "not_html"),
        (capture("https://www.bloomberg.example/robots.txt", headers=(), body=b"User-agent: *\n"), "not_html"),
        (capture(headers=(("Content-Type", "text/plain"),), body=b"The ferry leaves at noon.\n"), None),
        (capture("https://www.bloomberg.example/x", headers=(), body=b"Words.\n", kind="conversion"), None),
    ],
)
def test_skip_reasons(one: Capture, reason: str | None) -> None:
    assert SCREEN.find_skip_reason(one) == reason


@pytest.mark.parametrize(
    ("url", "own"),
    [
        (STORY, True),
        ("https://WWW.Bloomberg.example:443/news", True),
        ("http://bloomberg.example/news", True),
        ("https://mobile.bloomberg.example/news", True),
        ("https://www.bloomberg.example.org/news", False),
        ("https://images.bloomberg.example/a.png", False),
        ("urn:uuid:8f9b1c7e", False),
        ("dns:www.bloomberg.example", False),
        ("http://[::1", False),
    ],
)
def test_hosts(url: str, own: bool) -> None:
    assert SCREEN.accepts_host(url) is own
