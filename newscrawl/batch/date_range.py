"""A range of publication dates, such as `since` and `until` give it, and how its ends are read from text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from newscrawl.errors import ArgumentError
from newscrawl.urls import date_in


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
        except (ArgumentError, OverflowError) as error:
            raise ArgumentError(f"{name}={text}: {error}") from error
    dates = DateRange(**ends)
    if dates.is_empty:
        raise ArgumentError("since= is later than until=: no article can match")
    return dates


def read_since(text: str) -> datetime:
    """Read an ISO 8601 date or time, as UTC where it has no offset. Raises ArgumentError.

    >>> read_since("2013-05-27").isoformat()
    '2013-05-27T00:00:00+00:00'
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentError("give a date (2013-05-27) or a time (2013-05-27T14:30:00Z), ISO 8601") from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_until(text: str) -> datetime:
    """Read the end of a range as `read_since` does; a date without a time includes that day.

    >>> read_until("2013-05-27").isoformat()
    '2013-05-28T00:00:00+00:00'
    """
    is_day = re.fullmatch(r"[\d-]+|\d{4}-?W[\d-]+", text)
    return read_since(text) + (timedelta(days=1) if is_day else timedelta())
