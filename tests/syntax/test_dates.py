from datetime import UTC, date, datetime
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.syntax import dates
from tests.cpu_time import at_most

MOMENTS: dict[str | int, str] = {
    # ISO 8601
    "2013-05-27T10:15:00Z": "2013-05-27 10:15:00",
    "2013-05-27t10:15:00z": "2013-05-27 10:15:00",
    "2013-05-27 10:15:00 +0000": "2013-05-27 10:15:00",
    "2013-05-27 10:15:00+00:00": "2013-05-27 10:15:00",
    "2013-05-27T10:15:00.999999-05:00": "2013-05-27 15:15:00",
    "2013-05-27T10:15:00.9-0500": "2013-05-27 15:15:00",
    "2013-05-27T10:15:00,900-05": "2013-05-27 15:15:00",
    "2013-05-27T10:15-05": "2013-05-27 15:15",
    "2013-05-27T10:15+05:30": "2013-05-27 04:45",
    "2013-05-27T10:15:00": "2013-05-27 14:15:00",
    "2013-01-27T10:15:00": "2013-01-27 15:15:00",
    "2013-05-27": "2013-05-27",
    "20130527T101500Z": "2013-05-27 10:15:00",
    "20130527T1015Z": "2013-05-27 10:15",
    "20130527101500": "2013-05-27 10:15:00",
    # digits
    "20110920": "2011-09-20",
    20110920: "2011-09-20",
    1288648860: "2010-11-01 22:01:00",
    1288648860000: "2010-11-01 22:01:00",
    "1288648860999": "2010-11-01 22:01:00",
    "1288648860000000": "2010-11-01 22:01:00",
    "1288648860.75": "2010-11-01 22:01:00",
    # RFC 822, RFC 850, Unix, Java, JavaScript
    "Thu, 09 Jul 2026 08:36:04 GMT": "2026-07-09 08:36:04",
    "Thu, 9 Jul 2026 08:36:04 +0200": "2026-07-09 06:36:04",
    "09 Jul 2026 08:36 EDT": "2026-07-09 12:36",
    "Sunday, 06-Nov-94 08:49:37 GMT": "1994-11-06 08:49:37",
    "Mon Nov 01 22:01:00 GMT 2010": "2010-11-01 22:01:00",
    "Mon Nov 01 22:01:00 EDT 2010": "2010-11-02 02:01:00",
    "Mon Nov  1 22:01:00 2010": "2010-11-02 02:01:00",
    "Mon Nov 01 2010 22:01:00 GMT+0000 (UTC)": "2010-11-01 22:01:00",
    # as printed
    "October  4, 2008  00:00 EDT": "2008-10-04 04:00",
    "Last Updated: October  4, 2008  00:00 EDT": "2008-10-04 04:00",
    "November 12, 2015 — 7:01 PM EST": "2015-11-13 00:01",
    "August 12, 2010, 5:00PM EST": "2010-08-12 22:00",
    "September 20, 2011, 6:37 PM EDT": "2011-09-20 22:37",
    "Nov 1, 2010 10:01 PM ET": "2010-11-02 02:01",
    "Jan 1, 2010 10:01 PM ET": "2010-01-02 03:01",
    "Feb. 4, 2013 8:29 PM EST |": "2013-02-05 01:29",
    "Jo Doe - Nov 1, 2010 10:01 PM ET": "2010-11-02 02:01",
    "May 24, 2016, 8:00 PM GMT+2": "2016-05-24 18:00",
    "May 24, 2016, 8:00 PM UTC+05:30": "2016-05-24 14:30",
    "December 7, 2016 at 4:00 AM CST": "2016-12-07 10:00",
    "Jan. 3, 2012 10:15 a.m. HKT": "2012-01-03 02:15",
    "5:00 p.m. JST, 27 May 2013": "2013-05-27 08:00",
    "27 May 2013 10:00 BST": "2013-05-27 09:00",
    "27 May 2013 10:00 CET": "2013-05-27 09:00",
    "27 May 2013 10:00 (UTC)": "2013-05-27 10:00",
    "7:01 PM EST on November 12, 2015": "2015-11-13 00:01",
    "12:30 AM ET, Thursday, Nov. 12, 2015": "2015-11-12 05:30",
    "June 11, 2020, 4:21 PM EDT\n Updated on\n June 11, 2020, 7:12 PM EDT": "2020-06-11 20:21",
    "Friday, 3 January 2014 9.30am GMT": "2014-01-03 09:30",
    "1 May 2013 12:00 am": "2013-05-01 04:00",
    "1 May 2013 12:00 pm": "2013-05-01 16:00",
    "May 1, 2013 9 PM ET": "2013-05-02 01:00",
    "2010/5/3 4:00": "2010-05-03 08:00",
    "11/24/2025 03:47:54": "2025-11-24 08:47:54",
    "13/05/2010": "2010-05-13",
    "Sept. 20, 2011": "2011-09-20",
    "May 1st, 2013": "2013-05-01",
    "27 May 2013": "2013-05-27",
    "27-May-2013": "2013-05-27",
    "Updated Aug. 29, 2014": "2014-08-29",
    "December 7, 2016": "2016-12-07",
}

NO_MOMENT: list[str | int] = [
    "",
    "2 hours ago",
    "Updated 31 minutes ago",
    "yesterday",
    "Oct. 4",
    "October 2008",
    "2008",
    "10:15 PM ET",
    "Last update: 2:06 AM ET, Feb 16",
    "2013-02-30",
    "2013-13-01",
    "Feb 30, 2013",
    "2013-05-27T25:00:00Z",
    "2013-05-27T10:61:00Z",
    "2013-05-27T10:15:00+99:00",
    "10/04/2008",
    "20131340",
    "12345678",
    "9999-12-31T23:59:59-05:00",
    "0001-01-01T00:00+10:00",
    "/news/2013-05-27/rain",
    "1.2.2013-05-27",
    "٢٠١٣-٠٥-٢٧",
    "Jo Doe",
    "May 27",
    -5,
    0,
    True,
    10**40,
    "rain " * 100 + "May 27, 2013",
]


@pytest.mark.parametrize(("printed", "told"), MOMENTS.items())
def test_a_moment_and_its_precision(printed: str | int, told: str) -> None:
    precision = {10: "day", 16: "minute", 19: "second"}[len(told)]
    assert dates.parse(printed) == (datetime.fromisoformat(told).replace(tzinfo=UTC), precision)


@pytest.mark.parametrize("printed", NO_MOMENT)
def test_no_moment(printed: str | int) -> None:
    assert dates.parse(printed) is None


def test_a_number_of_thousands_of_digits_is_no_moment() -> None:
    assert dates.parse(10**5000) is None


def test_a_zone_for_times_printed_without_one() -> None:
    told = dates.parse("May 27, 2013 10:00", zone="Asia/Tokyo")
    assert told == (datetime(2013, 5, 27, 1, 0, tzinfo=UTC), "minute")
    assert dates.parse("May 27, 2013", zone="Asia/Tokyo") == (datetime(2013, 5, 27, tzinfo=UTC), "day")


def test_an_unknown_zone_is_the_callers_error() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        dates.parse("May 27, 2013 10:00", zone="Peru/Rain")


@pytest.mark.parametrize(
    ("date_text", "time_text", "told"),
    [
        ("20110920", "18:37:20", (datetime(2011, 9, 20, 22, 37, 20, tzinfo=UTC), "second")),
        ("20110920", "6:37 PM EST", (datetime(2011, 9, 20, 23, 37, tzinfo=UTC), "minute")),
        ("September 20, 2011", "18:37", (datetime(2011, 9, 20, 22, 37, tzinfo=UTC), "minute")),
        ("20110920", None, (datetime(2011, 9, 20, tzinfo=UTC), "day")),
        ("20110920", "", (datetime(2011, 9, 20, tzinfo=UTC), "day")),
        ("20110920", "soon", (datetime(2011, 9, 20, tzinfo=UTC), "day")),
        ("20110920", "18", (datetime(2011, 9, 20, tzinfo=UTC), "day")),
        ("20110920", "25:00:00", (datetime(2011, 9, 20, tzinfo=UTC), "day")),
        ("2011-09-20T10:00Z", "18:37", (datetime(2011, 9, 20, 10, 0, tzinfo=UTC), "minute")),
        ("", "18:37:20", None),
        ("soon", "18:37:20", None),
    ],
)
def test_date_and_time_in_two_places(date_text: str, time_text: str | None, told: tuple[datetime, str] | None) -> None:
    assert dates.parse_parts(date_text, time_text) == told


@pytest.mark.parametrize(
    ("date_text", "near", "told"),
    [
        ("Oct. 4", date(2008, 10, 6), date(2008, 10, 4)),
        ("Dec. 31", date(2013, 1, 2), date(2012, 12, 31)),
        ("Jan. 1", date(2012, 12, 30), date(2013, 1, 1)),
        ("27 May", date(2013, 5, 27), date(2013, 5, 27)),
        ("Sept. 30, 2011", date(2013, 5, 27), date(2011, 9, 30)),
        ("Feb. 29", date(2012, 2, 27), date(2012, 2, 29)),
        ("Feb. 29", date(2014, 2, 27), None),
        ("Oct. 44", date(2008, 10, 6), None),
        ("Saturday", date(2008, 10, 6), None),
        ("27 rain", date(2008, 10, 6), None),
        ("", date(2008, 10, 6), None),
        ("Jan. 1", date.min, date.min),
        ("Dec. 31", date.max, date.max),
    ],
)
def test_the_year_of_a_dateline_is_the_nearest(date_text: str, near: date, told: date | None) -> None:
    assert dates.complete_year(date_text, near) == told


@given(st.text() | st.integers() | st.from_regex(r"[0-9TZ:+., /-]{1,30}", fullmatch=True))
def test_anything_is_a_moment_in_utc_or_nothing(printed: str | int) -> None:
    told = dates.parse(printed)
    assert told is None or (told[0].tzinfo is UTC and told[0].microsecond == 0)


@given(st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_every_iso_moment_comes_back(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    assert dates.parse(moment.isoformat()) == (moment, "second")
    assert dates.parse(moment.strftime("%a, %d %b %Y %H:%M:%S GMT")) == (moment, "second")
    assert dates.parse(moment.strftime("%b %d, %Y %I:%M %p UTC")) == (moment.replace(second=0), "minute")


@pytest.mark.parametrize("unit", ["2013-05-27T", "1", "May ", " ", "1:", "GMT+"])
def test_a_line_of_a_megabyte_takes_no_time(unit: str) -> None:
    with at_most(5):
        dates.parse(unit * (2**20 // len(unit)))
        dates.parse((unit * 200)[:200])
