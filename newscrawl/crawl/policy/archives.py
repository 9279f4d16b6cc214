"""What is asked of web archives: which parts of an index, in which words, and which captures of a page."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from urllib.parse import urldefrag, urlencode

from newscrawl.article import CaptureRef
from newscrawl.urls import normal_form, without_default_port

_DAY = "{day}"
_TIMESTAMP = "%Y%m%d%H%M%S"


def expand_prefixes(patterns: Sequence[str], since: date, until: date) -> list[str]:
    """What addresses begin with that follow one of the `patterns`, of the days `since` to `until`, both included.

    As few as years, months and days in "{day}" (YYYY-MM-DD) allow; a pattern without it comes as it is. What stands
    behind "{day}" is kept where days are asked for one by one.

    >>> expand_prefixes(["a.example/{day}/"], date(2012, 12, 31), date(2014, 2, 1))
    ['a.example/2012-12-31/', 'a.example/2013-', 'a.example/2014-01-', 'a.example/2014-02-01/']
    """
    spans = list(_spans(since, until))
    return list(dict.fromkeys(prefix for pattern in patterns for prefix in _prefixes_of(pattern, spans)))


def _prefixes_of(pattern: str, spans: Iterable[str]) -> Iterator[str]:
    before, is_dated, after = pattern.partition(_DAY)
    if not is_dated:
        yield pattern
        return
    for span in spans:
        yield before + span + ("" if span.endswith("-") else after)


def _spans(since: date, until: date) -> Iterator[str]:
    """Whole years ("2014-"), whole months ("2014-05-") and days, in order."""
    day = since
    while day <= until:
        span, last = _longest(day, until)
        yield span
        if last >= until:  # also where there is no day after it
            return
        day = last + timedelta(1)


def _longest(day: date, until: date) -> tuple[str, date]:
    """The longest span that begins with `day` and does not end after `until`, and its last day."""
    year_end = date(day.year, 12, 31)
    if (day.month, day.day) == (1, 1) and year_end <= until:
        return f"{day.year:04}-", year_end
    month_end = _month_end(day)
    if day.day == 1 and month_end <= until:
        return f"{day.isoformat()[:7]}-", month_end
    return day.isoformat(), day


def _month_end(day: date) -> date:
    return date(day.year, 12, 31) if day.month == 12 else date(day.year, day.month + 1, 1) - timedelta(1)


def make_wayback_query(
    endpoint: str, prefix: str, *, since: date | None = None, until: date | None = None, limit: int
) -> str:
    """The query for the captures of addresses that begin with `prefix`, made from `since` to `until` (UTC), which read.

    Of captures that follow one another with the same bytes, the first. Without fl=: by default Wayback tells all that
    is wanted, and to the names that it knows a field by (original, statuscode), pywb answers with nothing.

    >>> make_wayback_query("https://archive.example/cdx", "a.example/2013-", since=date(2013, 5, 27), limit=9)[:81]
    'https://archive.example/cdx?url=a.example%2F2013-&matchType=prefix&output=json&fi'
    """
    asked = {
        "url": prefix,
        "matchType": "prefix",
        "output": "json",
        "filter": "statuscode:200",
        "collapse": "digest",
        "showResumeKey": "true",
        "limit": str(limit),
    }
    return _query(endpoint, asked | _within(since, until))


def make_commoncrawl_query(cdx_api: str, prefix: str, *, since: date | None = None, until: date | None = None) -> str:
    """The query for how many pages the index of a crawl has of addresses that begin with `prefix`; see "cdx_pages".

    >>> make_commoncrawl_query("https://index.example/CC-MAIN-2013-20-index", "a.example/2013-")[44:]
    'url=a.example%2F2013-%2A&output=json&filter=%3Dstatus%3A200&showNumPages=true'
    """
    asked = {"url": f"{prefix}*", "output": "json", "filter": "=status:200", "showNumPages": "true"}
    return _query(cdx_api, asked | _within(since, until))


def _query(endpoint: str, asked: dict[str, str]) -> str:
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


def _within(since: date | None, until: date | None) -> dict[str, str]:
    return {name: _digits(moment) for name, moment in (("from", since), ("to", until)) if moment}


def _digits(moment: date) -> str:
    """As a CDX server reads it: a day is meant whole, as the first moment and as the last."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).strftime(_TIMESTAMP)
    return moment.isoformat().replace("-", "")


def make_replay_url(template: str, ref: CaptureRef) -> str:
    """Where an archive replays a capture. `template` has "{timestamp}" and "{url}", and "id_" for the bytes as served.

    >>> ref = CaptureRef(url="http://a.example/?b=1", captured_at=datetime(2013, 5, 27, 12, tzinfo=UTC))
    >>> make_replay_url("https://archive.example/web/{timestamp}id_/{url}", ref)
    'https://archive.example/web/20130527120000id_/http://a.example/?b=1'
    """
    timestamp = ref.captured_at.astimezone(UTC).strftime(_TIMESTAMP)
    return template.replace("{timestamp}", timestamp).replace("{url}", urldefrag(ref.url).url)


def read_capture_time(address: str, template: str) -> datetime | None:
    """When the capture was made that `address` replays; None where it is no address of the `template`'s.

    An archive leads to the capture nearest to the time asked for: the address that answered tells which that was. Its
    scheme may be the other one of http and https.

    >>> template = "https://archive.example/web/{timestamp}id_/{url}"
    >>> read_capture_time("https://archive.example/web/20130527120000id_/http://a.example/", template).isoformat()
    '2013-05-27T12:00:00+00:00'
    """
    found = _replayed(address, template)
    try:
        return datetime.strptime(found["timestamp"], _TIMESTAMP).replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


def read_original_url(address: str, template: str) -> str | None:
    """The address that was captured, of one that replays it, without a default port; None where it replays none.

    >>> template = "https://archive.example/web/{timestamp}id_/{url}"
    >>> read_original_url("https://archive.example/web/20130527120000id_/http://a.example:80/b", template)
    'http://a.example/b'
    """
    found = _replayed(address, template)
    return without_default_port(found["url"]) if found else None


def _replayed(address: str, template: str) -> re.Match[str] | None:
    holes = {re.escape("{timestamp}"): r"(?P<timestamp>\d{14})", re.escape("{url}"): r"(?P<url>https?://.+)"}
    pattern = re.sub(r"^https?", "https?", re.escape(template))
    for hole, group in holes.items():
        pattern = pattern.replace(hole, group, 1)
    return re.fullmatch(pattern, address, re.A)


def select_captures(refs: Iterable[CaptureRef], how: Literal["ends", "all"]) -> list[CaptureRef]:
    """Which captures of each page to fetch: pages in the order in which they come first, captures by their time.

    "ends": the first and the last, or the first alone where both have the same bytes. An archive has some pages a
    hundred times, and from one capture to the next mostly the chrome differs; the first is as the page was published,
    and the fullest where pages were cut later; the last is how it stands now.
    "all": the first of each that differ in their bytes, for whoever wants every correction.
    """
    pages: defaultdict[str, list[CaptureRef]] = defaultdict(list)
    for ref in refs:
        pages[normal_form(ref.url)].append(ref)
    pick = _ends if how == "ends" else _distinct
    return [ref for page in pages.values() for ref in pick(sorted(page, key=lambda ref: ref.captured_at))]


def _ends(page: Sequence[CaptureRef]) -> list[CaptureRef]:
    first, last = page[0], page[-1]
    if first.captured_at == last.captured_at or (first.digest and first.digest == last.digest):
        return [first]
    return [first, last]


def _distinct(page: Sequence[CaptureRef]) -> list[CaptureRef]:
    """A capture of which no digest is known differs from all but those of the same moment."""
    first: dict[str, CaptureRef] = {}
    for ref in page:
        first.setdefault(ref.digest or str(ref.captured_at), ref)
    return list(first.values())
