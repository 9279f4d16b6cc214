"""Which validators are sent."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.crawl.policy.validators import check_etag, check_last_modified

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize("etag", ['"tide-1"', 'W/"tide"', "tide", '"caf\xe9"', '"a b"', '"' + "a" * 900 + '"'])
def test_an_etag_is_sent_as_it_came(etag: str) -> None:
    assert check_etag(etag, "gzip") == check_etag(etag) == etag


@pytest.mark.parametrize("etag", [None, "", '"\x85"', '"a\tb"', '"\x00"', '"\ufffd"', '"a\r\nCookie: b"', "a" * 5000])
def test_an_etag_that_cannot_be_sent_as_it_came_is_not_sent(etag: str | None) -> None:
    assert check_etag(etag) is None


@pytest.mark.parametrize(
    ("etag", "coding", "is_sent"),
    [
        ('"a-gzip"', "gzip", True),
        ('W/"a-gzip"', "x-gzip", True),
        ('"a--gzip"', "", False),
        ('W/"a-gzip"', "br", False),
        ('"a-br"', "br", True),
        ('"a;gz"', "GZIP", True),
        ('"a:zstd"', "gzip", False),
        ('"a"', "gzip", True),
        ('"gzip"', "", True),
        ('"a-gzipped"', "", True),
        ('"a-gzip"', None, True),
    ],
)
def test_the_etag_of_another_encoding_is_not_sent(etag: str, coding: str | None, is_sent: bool) -> None:
    assert check_etag(etag, coding) == (etag if is_sent else None)


@pytest.mark.parametrize(
    ("last_modified", "is_sent"),
    [
        ("Sun, 29 Nov 2026 11:59:59 GMT", True),
        ("Sun, 29 Nov 2026 12:04:00 GMT", True),
        ("Sunday, 29-Nov-26 11:00:00 GMT", True),
        ("Sun Nov 29 11:00:00 2026", True),
        ("Sun, 29 Nov 2026 14:00:00 +0300", True),
        ("Sun, 29 Nov 2026 13:00:00 GMT", False),
        ("Sun, 01 Jan 2040 00:00:00 GMT", False),
        ("Thu, 01 Jan 1970 00:00:00 GMT", False),
        ("Fri, 01 Jan 0999 00:00:00 +2300", False),
        ("Fri, 31 Dec 9999 23:59:59 -2300", False),
        ("Sun, 29 Nov 99999 12:00:00 GMT", False),
        ("yesterday", False),
        ("0", False),
        ("", False),
        (None, False),
    ],
)
def test_a_date_is_sent_if_it_is_of_the_past(last_modified: str | None, is_sent: bool) -> None:
    assert check_last_modified(last_modified, NOW) == (last_modified if is_sent else None)


@given(st.text(max_size=50) | st.datetimes().map(lambda at: f"{at:%a, %d %b %Y %H:%M:%S} +9900"))
def test_no_date_raises(text: str) -> None:
    assert check_last_modified(text, NOW + timedelta()) in (text, None)
