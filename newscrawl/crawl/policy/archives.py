"""Queries to the index of a web archive, and which captures of a page are fetched."""

from __future__ import annotations

import re
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, takewhile
from typing import Literal
from urllib.parse import urldefrag, urlencode

from newscrawl.article import CaptureRef
from newscrawl.crawl.policy.pages import next_try
from newscrawl.publisher import Publisher
from newscrawl.publishers import normalize_by_publisher
from newscrawl.states import KnownCapture
from newscrawl.urls import server_of, without_default_port

_DAY = "{day}"
_ANY_HOST = "*."
_TIMESTAMP = "%Y%m%d%H%M%S"
NEAREST_CAPTURE = "nearest_capture"
"""Reason of a capture that an index lists, and for which the archive answers with another one."""
_REFUSAL_PAUSE = timedelta(days=30)
_DOMAIN = re.compile(r"(?:[\w-]+\.)+[a-z][\w-]*")
_HTML = "text/html"
_MAX_MONTH = 31
_MAX_SURPLUS = 2
"""A query covers at most a month, or this many times the days that are wanted. An index reads all rows of a prefix and
filters them then; if it reads too many, it ends early and does not say so (seen in the wild)."""


@dataclass(frozen=True, slots=True)
class IndexPrefix:
    """A beginning of addresses to look up in an index."""

    prefix: str
    unwanted: str | None = None
    """A regular expression for the keys (SURT) of addresses of other days that begin so; None: there are none."""
    is_domain: bool = False
    """Whether the prefix is a host, whose pages and those of its subdomains are looked up: of HTML, as it has more."""


def list_patterns(publisher: Publisher) -> tuple[str, ...]:
    """Return the patterns of the addresses under which archives have a publisher's articles.

    Of a publisher without patterns, everything on its hosts; "*.HOST" means a host with its subdomains.

    >>> list_patterns(Publisher(name="tern", title="", home="", hosts=frozenset(("www.tern.example",))))
    ('*.tern.example',)
    """
    if publisher.past_prefixes:
        return publisher.past_prefixes
    servers = sorted({server_of(f"//{host}").removeprefix("www.") for host in publisher.all_hosts})
    domains = [server for server in servers if _DOMAIN.fullmatch(server)]
    others = [server for server in servers if server not in domains]  # IP addresses, and hosts with a port
    outermost = [each for each in domains if not any(each.endswith(f".{other}") for other in domains)]
    return (*(f"{_ANY_HOST}{each}" for each in outermost), *(f"{each}/" for each in others))


def expand_prefixes(patterns: Sequence[str], since: date, until: date) -> list[IndexPrefix]:
    r"""Return URL prefixes for the patterns and the days from `since` to `until`, both included.

    "{day}" in a pattern means YYYY-MM-DD, "*.HOST" a host with its subdomains. One prefix covers as many days as
    possible: years, a year, a month, a part of one. What follows "{day}" is used only in the prefix of a single day.

    >>> found = expand_prefixes(["a.example/{day}/"], date(2012, 12, 31), date(2014, 2, 3))
    >>> [each.prefix for each in found]
    ['a.example/2012-12-31/', 'a.example/2013-', 'a.example/2014-01-', 'a.example/2014-02-0']
    >>> found[-1].unwanted
    '[^)]*\\)/2014-02-0[^123].*'
    """
    days = [(since + timedelta(n)).isoformat() for n in range((until - since).days + 1)]
    spans = list(_spans(days)) if days else []
    prefixes: dict[IndexPrefix, None] = {}
    for pattern in patterns:
        if pattern.startswith(_ANY_HOST):
            prefixes[IndexPrefix(pattern.removeprefix(_ANY_HOST), is_domain=True)] = None
            continue
        before, is_dated, after = pattern.partition(_DAY)
        path = re.sub(r"[^\w/-]", r"\\\g<0>", f"/{before.partition('/')[2]}".lower())
        for span, others in spans if is_dated else [("", None)]:
            unwanted = rf"[^)]*\){path}{span}{others}.*" if others else None
            is_day = len(span) == len("2014-05-27")
            prefixes[IndexPrefix(before + span + (after if is_day else ""), unwanted)] = None
    return list(prefixes)


def _spans(days: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """Yield what days, in order and without gaps, begin with, and a regular expression for how other days go on."""
    common = "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(days[0], days[-1], strict=True)))
    total = _count_days(common)
    if total == len(days):
        yield common, None
    elif total <= max(_MAX_MONTH, _MAX_SURPLUS * len(days)):
        yield common, _exclude(days, len(common))
    else:
        for _, part in groupby(days, lambda day: day[: len(common) + 1]):
            yield from _spans(list(part))


def _exclude(days: Sequence[str], at: int) -> str:
    """Return a regular expression for the characters from `at` on of all days but these, which are the same before."""
    alternatives, known = [], ""
    for begin, group in groupby(days, lambda day: day[: at + 1]):
        known += begin[-1]
        part = list(group)
        if len(part) < _count_days(begin):
            alternatives.append(begin[-1] + _exclude(part, at + 1))
    if known != "-":
        alternatives.append(f"[^{known}]")
    return alternatives[0] if len(alternatives) == 1 else f"({'|'.join(alternatives)})"


def _count_days(begin: str) -> int:
    """Count the days whose ISO date begins with `begin`."""
    year, month, day = begin[:4], begin[5:7], begin[8:]
    if len(year) < 4:
        return (date(int(year.ljust(4, "9")), 12, 31) - date(int(year.ljust(4, "0")) or 1, 1, 1)).days + 1
    months = [n for n in range(1, 13) if f"{n:02}".startswith(month)]
    return sum(f"{n:02}".startswith(day) for m in months for n in range(1, monthrange(int(year), m)[1] + 1))


def make_wayback_query(
    endpoint: str, wanted: IndexPrefix, *, since: date | None = None, until: date | None = None, limit: int
) -> str:
    """Make the query for captures with status 200 of URLs that begin with a prefix, from `since` to `until` (UTC).

    Of consecutive captures with the same bytes, only the first.

    >>> wanted = IndexPrefix("a.example/2013-")
    >>> make_wayback_query("https://archive.example/cdx", wanted, since=date(2013, 5, 27), limit=9)[:81]
    'https://archive.example/cdx?url=a.example%2F2013-&matchType=prefix&output=json&fi'
    """
    # no fl=: the default fields suffice, and pywb has other names for them than Wayback
    parameters = [
        ("url", wanted.prefix),
        ("matchType", "domain" if wanted.is_domain else "prefix"),
        ("output", "json"),
        ("filter", "statuscode:200"),
        ("collapse", "digest"),
        ("showResumeKey", "true"),
        ("limit", str(limit)),
    ]
    if wanted.unwanted:
        # Excluded, not selected: pywb takes this for a text and not an expression, and then excludes nothing.
        parameters.append(("filter", f"!urlkey:{wanted.unwanted}"))
    if wanted.is_domain:
        parameters.append(("filter", f"mimetype:{_HTML}"))
    return _make_query(endpoint, parameters, since, until)


def make_commoncrawl_query(
    cdx_api: str, wanted: IndexPrefix, *, since: date | None = None, until: date | None = None
) -> str:
    """Make the query for the number of result pages of a prefix of URLs in a crawl's index ("cdx_pages").

    >>> make_commoncrawl_query("https://index.example/CC-MAIN-2013-20-index", IndexPrefix("a.example/2013-"))[44:]
    'url=a.example%2F2013-%2A&output=json&filter=%3Dstatus%3A200&showNumPages=true'
    """
    parameters = [
        ("url", f"{_ANY_HOST}{wanted.prefix}" if wanted.is_domain else f"{wanted.prefix}*"),
        ("output", "json"),
        ("filter", "=status:200"),
        ("showNumPages", "true"),
    ]
    if wanted.unwanted:
        parameters.append(("filter", f"!~urlkey:{wanted.unwanted}"))
    if wanted.is_domain:
        parameters.append(("filter", f"mime:{_HTML}"))
    return _make_query(cdx_api, parameters, since, until)


def _make_query(endpoint: str, parameters: list[tuple[str, str]], since: date | None, until: date | None) -> str:
    for name, moment in (("from", since), ("to", until)):
        if isinstance(moment, datetime):
            parameters.append((name, moment.astimezone(UTC).strftime(_TIMESTAMP)))
        elif moment:  # a CDX server takes a day as its first moment in from=, and as its last in to=
            parameters.append((name, moment.isoformat().replace("-", "")))
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"


def make_replay_url(template: str, ref: CaptureRef) -> str:
    """Make the URL of a capture from a template with "{timestamp}", "{url}", and "id_" for the bytes as served.

    >>> ref = CaptureRef(url="http://a.example/?b=1", captured_at=datetime(2013, 5, 27, 12, tzinfo=UTC))
    >>> make_replay_url("https://archive.example/web/{timestamp}id_/{url}", ref)
    'https://archive.example/web/20130527120000id_/http://a.example/?b=1'
    """
    timestamp = ref.captured_at.astimezone(UTC).strftime(_TIMESTAMP)
    return template.replace("{timestamp}", timestamp).replace("{url}", urldefrag(ref.url).url)


def read_capture_time(url: str, template: str) -> datetime | None:
    """Return the time of the capture in a replay URL, http or https; None where it does not match the template.

    An archive redirects to the capture nearest to the requested time, so the URL of the response says which it is.

    >>> template = "https://archive.example/web/{timestamp}id_/{url}"
    >>> read_capture_time("https://archive.example/web/20130527120000id_/http://a.example/", template).isoformat()
    '2013-05-27T12:00:00+00:00'
    """
    match = _match_replay_url(url, template)
    try:
        return datetime.strptime(match["timestamp"], _TIMESTAMP).replace(tzinfo=UTC) if match else None
    except ValueError:
        return None


def read_original_url(url: str, template: str) -> str | None:
    """Return the captured URL in a replay URL, without a default port; None where it does not match the template.

    >>> template = "https://archive.example/web/{timestamp}id_/{url}"
    >>> read_original_url("https://archive.example/web/20130527120000id_/http://a.example:80/b", template)
    'http://a.example/b'
    """
    match = _match_replay_url(url, template)
    return without_default_port(match["url"]) if match else None


def _match_replay_url(url: str, template: str) -> re.Match[str] | None:
    groups = {re.escape("{timestamp}"): r"(?P<timestamp>\d{14})", re.escape("{url}"): r"(?P<url>https?://.+)"}
    pattern = re.sub(r"^https?", "https?", re.escape(template))
    for placeholder, group in groups.items():
        pattern = pattern.replace(placeholder, group, 1)
    return re.fullmatch(pattern, url, re.A)


def plan_capture(known: KnownCapture | None, now: datetime) -> Literal["fetch", "read", "waiting"]:
    """Decide about a capture that an index lists: fetch it; it was read before; it failed, and is not due again yet.

    One that failed is fetched again after growing pauses; one that the archive refused, does not have, or sent only a
    part of, after 30 days.
    """
    if known is None or (known.page_state == "discovered" and known.page_attempts):  # put back by a person
        return "fetch"
    later = known.read_at + _REFUSAL_PAUSE
    if known.state == "failed" or (known.reason == NEAREST_CAPTURE and known.page_state == "failed"):
        tried_at = known.page_tried_at if known.page_state == "failed" else None
        due_at = next_try(known.page_failures, tried_at) if tried_at else later
        return "fetch" if due_at and due_at <= now else "waiting"
    is_refusal = known.state == "refused" and not known.is_stored
    return "fetch" if (is_refusal or not known.is_complete) and later <= now else "read"


def select_captures(refs: Iterable[CaptureRef], how: Literal["ends", "all"]) -> list[CaptureRef]:
    """Select the captures of each page to fetch: pages in the order of their first capture, captures by time.

    "ends": the first and the last, or only the first where both have the same bytes.
    "all": each that differs from the earlier ones in its bytes, to find every correction.
    """
    # An archive has some pages a hundred times, mostly with the same article. The first capture shows it as it was
    # published, and in full where pages were cut later; the last one shows its final state.
    pages: defaultdict[str, list[CaptureRef]] = defaultdict(list)
    for ref in refs:
        pages[normalize_by_publisher(ref.url)].append(ref)
    selected: list[CaptureRef] = []
    for page in pages.values():
        page.sort(key=lambda ref: ref.captured_at)
        candidates = page
        if how == "ends":
            candidates = page[:1] if page[0].captured_at == page[-1].captured_at else [page[0], page[-1]]
        by_content: dict[str, CaptureRef] = {}
        for ref in candidates:
            by_content.setdefault(ref.digest or str(ref.captured_at), ref)
        selected += by_content.values()
    return selected
