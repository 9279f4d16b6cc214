"""A range of publication dates, such as `since` and `until` give it, and how its ends are read from text."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from newscrawl.errors import ArgumentError
from newscrawl.urls import date_in

_FORMS = (
    "give a year (2013), a month (2013-05), a day (2013-05-27) or a time (2013-05-27T14:30Z); today or yesterday; "
    "or how long ago, in hours to years: 12h, 7d, 2w, 3m, 1y"
)
_RECENT = re.compile(r"(?P<word>today|yesterday)|(?P<number>\d{1,6})(?P<unit>[hdwmy])", re.IGNORECASE | re.ASCII)
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRange:
    """The moments from `since` up to, but without, `until`; both UTC, None is open."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_empty(self) -> bool:
        return self.since is not None and self.until is not None and self.since >= self.until

    def contains(self, moment: datetime | None) -> bool:
        """Whether a moment is in the range; an unknown one (None) is."""
        if moment is None:
            return True
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)

    def may_contain(self, url: str) -> bool:
        """Whether the article of an address may be in the range, by the date in the address, if it has one."""
        day = date_in(url)
        if not day or not (self.since or self.until):
            return True
        try:
            noon = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
        except ValueError:
            return True
        # The date in an address may be one day off the printed one.
        return any(self.contains(noon + timedelta(hours=hours)) for hours in (-36, 0, 36))


def read_range(since: str | None, until: str | None) -> DateRange:
    """Read a range from the text of its ends. Raises ArgumentError."""
    ends: dict[str, datetime] = {}
    for name, text, read in (("since", since, read_since), ("until", until, read_until)):
        try:
            ends |= {name: read(text)} if text else {}
        except ArgumentError as error:
            raise ArgumentError(f"{name}={text}: {error}") from error
    dates = DateRange(**ends)
    if dates.is_empty:
        raise ArgumentError("since= is later than until=: no article can match")
    return dates


def read_since(text: str, now: datetime | None = None) -> datetime:
    """Read when a period begins, in UTC: a year, month, week or day, or a time. Raises ArgumentError.

    >>> read_since("2013").isoformat(), read_since("2013-05-27T14:30:00+02:00").isoformat()
    ('2013-01-01T00:00:00+00:00', '2013-05-27T12:30:00+00:00')
    """
    return _read_period(text, now)[0]


def read_until(text: str, now: datetime | None = None) -> datetime:
    """Read when a period ends, as `read_since` reads its begin; a time ends where it begins. Raises ArgumentError.

    >>> read_until("2013").isoformat(), read_until("2013-05").isoformat(), read_until("2013-05-27").isoformat()
    ('2014-01-01T00:00:00+00:00', '2013-06-01T00:00:00+00:00', '2013-05-28T00:00:00+00:00')
    """
    return _read_period(text, now)[1]


def _read_period(text: str, now: datetime | None) -> tuple[datetime, datetime]:
    """Return the begin and the end of the period, relative to `now` or the current time."""
    text = text.strip()
    try:
        if not text.isascii():
            raise ArgumentError(_FORMS)
        if recent := _RECENT.fullmatch(text):
            return _read_recent(recent, (now or datetime.now(UTC)).astimezone(UTC))
        if re.fullmatch(r"\d{4}", text):
            return _span_months(date(int(text), 1, 1), 12)
        if re.fullmatch(r"\d{4}-\d{2}", text):
            return _span_months(date.fromisoformat(f"{text}-01"), 1)
        if re.fullmatch(r"[\d-]+|\d{4}-?W[\d-]+", text):
            return _span_days(date.fromisoformat(text), 7 if re.fullmatch(r"\d{4}-?W\d\d", text) else 1)
        moment = datetime.fromisoformat(text)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise ArgumentError(_FORMS) from error
    return moment, moment


def _read_recent(recent: re.Match[str], now: datetime) -> tuple[datetime, datetime]:
    """Return the day of a match of `_RECENT`; an age in hours is a time."""
    today = now.date()
    number, unit = int(recent["number"] or recent["word"].lower() == "yesterday"), (recent["unit"] or "d").lower()
    if unit == "h":
        return (moment := now - timedelta(hours=number)), moment
    if unit in "my":
        first = _shift_months(today.replace(day=1), -number * (12 if unit == "y" else 1))
        # of a shorter month, its last day: a month before 31 May is 30 April
        return _span_days(first.replace(day=min(today.day, monthrange(first.year, first.month)[1])), 1)
    return _span_days(today - timedelta(days=number * (7 if unit == "w" else 1)), 1)


def _span_months(first: date, months: int) -> tuple[datetime, datetime]:
    try:
        return _begin(first), _begin(_shift_months(first, months))
    except ValueError:  # the last year or month that has a date
        return _begin(first), _LAST


def _span_days(first: date, days: int) -> tuple[datetime, datetime]:
    try:
        return _begin(first), _begin(first + timedelta(days=days))
    except OverflowError:
        return _begin(first), _LAST


def _shift_months(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
