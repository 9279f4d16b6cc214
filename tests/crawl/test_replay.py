"""Which capture answers a request."""

from datetime import UTC, datetime, timedelta

import pytest
from scrapy import Request

from newscrawl.archives.capture import Capture
from newscrawl.crawl.replay import MementoFingerprinter, Replay

FIRST = datetime(2024, 3, 5, 12, 0, 0, 500_000, tzinfo=UTC)
SECOND = FIRST + timedelta(days=1)
A = "https://www.bloomberg.example/a"
REPLAY = Replay([Capture(url=A, body=b"2", captured_at=SECOND), Capture(url=A, body=b"1", captured_at=FIRST)])


@pytest.mark.parametrize(
    ("url", "moment", "body"),
    [
        (A, None, b"2"),
        (A, SECOND + timedelta(days=1), b"2"),
        (A, SECOND.replace(microsecond=0), b"2"),
        (A, SECOND - timedelta(seconds=1), b"1"),
        (A, FIRST, b"1"),
        (A, FIRST - timedelta(seconds=1), None),
        (A + "/else", None, None),
    ],
)
def test_the_capture_that_was_current_then(url: str, moment: datetime | None, body: bytes | None) -> None:
    capture = REPLAY.current(url, moment)
    assert (capture and capture.body) == body


def test_one_address_at_two_times_is_two_requests() -> None:
    at = [Request(A, headers={"Accept-Datetime": time} if time else None) for time in (None, "x", "y", "y")]
    prints = [MementoFingerprinter().fingerprint(request) for request in at]
    assert len(set(prints)) == 3
