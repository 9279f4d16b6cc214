"""Parses dates and times as pages print them, to UTC and with their precision.

>>> parse("November 12, 2015 — 7:01 PM EST")
(datetime.datetime(2015, 11, 13, 0, 1, tzinfo=datetime.timezone.utc), 'minute')
>>> parse("Sept. 20, 2011")
(datetime.datetime(2011, 9, 20, 0, 0, tzinfo=datetime.timezone.utc), 'day')
>>> parse("31 minutes ago") is None
True
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from newscrawl.article import Precision

Moment = tuple[datetime, Precision]
"""A time in UTC, and its precision."""

_MAX_LENGTH = 200
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_CLOCK = (
    r"(?P<hour>\d{1,2})(?:(?::|\.(?=\d\d\s?[ap]\.?m))(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d{1,9})?)?)?(?![\d:])"
)
_HALF = r"(?:\s*(?P<half>[ap])\.?\s?m\b\.?)?"
_ZONE = r"(?:\s*\(?(?P<zone>(?:GMT|UTC)\s?[+-]\d{1,2}(?::?\d\d)?|[+-]\d{1,2}(?::?\d\d)?(?!\d)|[A-Z]{1,5}\b))?"
_TIME = rf"{_CLOCK}{_HALF}{_ZONE}"

_CTIME = re.compile(rf"\b{_MONTH}\s+{_DAY}\s+{_TIME}\s+(?P<year>\d{{4}})\b", re.I | re.A)
"""As Unix and Java print it: "Mon Nov 01 22:01:00 GMT 2010"."""
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-][\d:]+)?)?", re.A)
"""The form of most pages. Trying no other form saves a third of the time."""
_DATES = tuple(
    re.compile(rf"(?<![\w/.:-]){shape}(?!\d|[-/]\w)", re.I | re.A)
    for shape in (
        r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)",
        r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})",
        rf"{_MONTH}\s+{_DAY}\s*,?\s+(?P<year>\d{{4}})",
        rf"{_DAY}(?:\s+of)?[\s-]+{_MONTH},?[\s-]+(?P<year>\d{{4}}|\d\d(?=\s+\d\d:))",
        r"(?P<one>\d{1,2})/(?P<other>\d{1,2})/(?P<year>\d{4})",
    )
)
_TIME_AFTER = re.compile(rf"(?:T|[\s,;|·•(—–-]+(?:at\s+)?){_TIME}", re.I | re.A)
_TIME_BEFORE = re.compile(
    rf"(?<![\w:.]){_TIME}\)?[\s,;|·•—–-]+(?:on\s+)?(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?$", re.I | re.A
)
_TIME_ALONE = re.compile(_TIME, re.I | re.A)
_COMPACT = re.compile(r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)", re.A)
_COMPACT_TIME = re.compile(
    rf"T?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?P<half>)(?:\.\d+)?{_ZONE}", re.I | re.A
)
_EPOCH = re.compile(r"(?P<seconds>\d{9,10})(?:\.\d+|\d{3}|\d{6})?", re.A)
_YEARLESS = re.compile(
    rf"(?:{_MONTH}\s+{_DAY}|(?P<day2>\d{{1,2}})\s+(?P<month2>[A-Z]{{3}})[a-z]*\.?)(?:,?\s+(?P<year>\d{{4}}))?",
    re.I | re.A,
)

_WALL_CLOCKS = {"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}
"""Abbreviations for local time, which may be summer time."""
_OFFSETS = {
    name: hours
    for hours, names in (
        *(
            (0.0, "Z UTC GMT UT WET"),
            (1.0, "BST CET MET MEZ WEST"),
            (2.0, "CEST EET MEST MESZ SAST"),
            (3.0, "EEST MSK"),
        ),
        (4.0, "GST"),
        *((5.0, "PKT"), (5.5, "IST"), (7.0, "ICT WIB"), (8.0, "HKT SGT AWST PHT"), (9.0, "JST KST"), (9.5, "ACST")),
        *((10.0, "AEST"), (11.0, "AEDT"), (12.0, "NZST"), (13.0, "NZDT"), (-2.5, "NDT"), (-3.0, "ADT BRT ART")),
        *((-3.5, "NST"), (-4.0, "AST EDT"), (-5.0, "EST CDT"), (-6.0, "CST MDT"), (-7.0, "MST PDT")),
        *((-8.0, "PST AKDT"), (-9.0, "AKST"), (-10.0, "HST")),
    )
    for name in names.split()
}
"""Abbreviations in hours east of UTC, taken literally: "5:00PM EST" in August is UTC-5. Of an ambiguous one, the usual
meaning in English news: BST is British, CST and EST American, IST Indian. An unknown one is ignored."""


def parse(text: str | int, *, zone: str = "America/New_York") -> Moment | None:
    """Return the moment in `text`, in UTC, and its precision; None if there is none, or an impossible one.

    Accepted are ISO 8601, RFC 822 and 850, the form of Unix and Java, epochs, YYYYMMDD with or without a time, and
    English dates with a time before or after them, within short texts. A time without a zone is local time of `zone`
    (an IANA name; raises ZoneInfoNotFoundError for others). A day is midnight UTC. "10/4/2008" is ambiguous: None.
    """
    try:
        line = " ".join(str(text).split()) if not isinstance(text, str) or len(text) <= _MAX_LENGTH else ""
        return _parse_digits(line, zone) or _parse_printed(line, zone)
    except (ValueError, OverflowError):
        return None


def parse_parts(date_text: str, time_text: str | None, *, zone: str = "America/New_York") -> Moment | None:
    """Parse a date and a time that a page has in two places: "20110920" and "18:37:20".

    An invalid time is ignored; None for an invalid date. `zone` as for `parse`.

    >>> parse_parts("20110920", "18:37:20")
    (datetime.datetime(2011, 9, 20, 22, 37, 20, tzinfo=datetime.timezone.utc), 'second')
    """
    day = parse(date_text, zone=zone)
    clock = _TIME_ALONE.fullmatch(" ".join((time_text or "").split()))
    if not day or day[1] != "day" or not clock or not _is_time(clock):
        return day
    try:
        return _moment(day[0].date(), clock, zone)
    except (ValueError, OverflowError):
        return day


def complete_year(date_text: str, near: date) -> date | None:
    """Return the date of a dateline without a year: the one nearest to `near`.

    >>> complete_year("Dec. 31", near=date(2013, 1, 2))
    datetime.date(2012, 12, 31)
    """
    match = _YEARLESS.fullmatch(" ".join(date_text.split()))
    if not match or (month := _month(match["month"] or match["month2"])) is None:
        return None
    day = int(match["day"] or match["day2"])
    years = [int(match["year"])] if match["year"] else [near.year - 1, near.year, near.year + 1]
    dates = [possible for year in years if (possible := _date(year, month, day))]
    return min(dates, key=lambda possible: abs(possible - near), default=None)


def parse_dateline(date_text: str | None, near: date | None) -> date | None:
    """Return the day of a dateline, in its own year or in the one nearest to `near`.

    >>> parse_dateline("Dec. 31", date(2014, 1, 1)), parse_dateline("May 27", None)
    (datetime.date(2013, 12, 31), None)
    """
    moment = parse(date_text) if date_text else None
    if moment:
        return moment[0].date()
    return complete_year(date_text, near) if date_text and near else None


def _parse_digits(text: str, zone: str) -> Moment | None:
    if epoch := _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(epoch["seconds"]), UTC), "second"
    if not (day := _COMPACT.match(text)):
        return None
    rest = text[day.end() :]
    clock = _COMPACT_TIME.fullmatch(rest) or _TIME_AFTER.fullmatch(rest)
    if rest and not clock:
        return None
    # Fourteen digits are the timestamp of a web archive, which is UTC.
    return _moment(_day(day), clock, "UTC" if text.isdecimal() else zone)


def _parse_printed(text: str, zone: str) -> Moment | None:
    is_iso = _ISO.fullmatch(text) is not None
    if not is_iso and (whole := _CTIME.search(text)):
        return _moment(_day(whole), whole, zone)
    days = [day for shape in (_DATES[:1] if is_iso else _DATES) if (day := shape.search(text))]
    if not days:
        return None
    first = min(days, key=re.Match.start)
    after = _TIME_AFTER.match(text, first.end())
    clocks = [clock for clock in (after, _TIME_BEFORE.search(text[: first.start()])) if clock and _is_time(clock)]
    return _moment(_day(first), clocks[0] if clocks else None, zone)


def _is_time(clock: re.Match[str]) -> bool:
    return bool(clock["minute"] or clock["half"])


def _day(match: re.Match[str]) -> date:
    """Return the date of a match. Raises ValueError for an impossible or ambiguous one."""
    parts = match.groupdict()
    year = int(parts["year"])
    if "one" in parts:
        month, day = sorted((int(parts["one"]), int(parts["other"])))
        if day <= 12 and month != day:
            raise ValueError("month or day first")
        return date(year, month, day)
    if len(parts["year"]) == 2:
        year += 1900 if year >= 70 else 2000
    return date(year, _month(parts["month"]) or 0, int(parts["day"]))


def _month(text: str) -> int | None:
    if text.isdecimal():
        return int(text)
    name = text[:3].casefold()
    return _MONTHS.index(name) + 1 if name in _MONTHS else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _moment(day: date, clock: re.Match[str] | None, zone: str) -> Moment:
    """Combine day and time. Raises ValueError for an impossible time, OverflowError for one beyond the calendar."""
    if clock is None:
        return datetime.combine(day, time(), UTC), "day"
    hour = int(clock["hour"])
    if clock["half"]:
        hour = hour % 12 + 12 * (clock["half"] in "pP") if hour <= 12 else hour
    minute, second = int(clock["minute"] or 0), int(clock["second"] or 0)
    if (hour, minute, second) == (24, 0, 0):
        day, hour = day + timedelta(days=1), 0
    clock_time = time(hour, minute, 59 if second == 60 else second)  # a leap second
    moment = datetime.combine(day, clock_time, _zone(clock["zone"], zone)).astimezone(UTC)
    return moment, "second" if clock["second"] else "minute"


def _zone(text: str | None, default: str) -> tzinfo:
    name = (text or "").upper().replace(" ", "")
    if offset := re.search(r"([+-])(\d{1,2}):?(\d\d)?$", name):
        east = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(-east if offset[1] == "-" else east)
    if name in _OFFSETS:
        return timezone(timedelta(hours=_OFFSETS[name]))
    return ZoneInfo(_WALL_CLOCKS.get(name, default))
