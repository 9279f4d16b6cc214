"""Queries to web archives, and which captures of a page are fetched."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.article import CaptureRef
from newscrawl.crawl.policy import archives
from newscrawl.crawl.policy.archives import IndexPrefix
from newscrawl.publisher import Publisher
from newscrawl.states import KnownCapture

PAGE = "http://www.bloomberg.example/news/2013-05-27/harbour.html"
TEMPLATE = "https://archive.example/web/{timestamp}id_/{url}"


def ref(day: int, digest: str | None = "sha1:A", url: str = PAGE, **more: Any) -> CaptureRef:
    return CaptureRef(url=url, captured_at=datetime(2013, 5, day, 12, tzinfo=UTC), digest=digest, **more)


KNOWN = KnownCapture(
    state="stored",
    reason=None,
    is_stored=True,
    is_complete=False,
    read_at=datetime(2026, 3, 1, tzinfo=UTC),
    page_state="stored",
    page_attempts=1,
    page_failures=0,
    page_tried_at=None,
)


@pytest.mark.parametrize(
    ("is_complete", "day", "planned"),
    [(False, 29, "read"), (False, 30, "fetch"), (True, 30, "read"), (True, 900, "read")],
)
def test_a_capture_that_came_in_part_is_fetched_again_after_a_month(is_complete: bool, day: int, planned: str) -> None:
    now = KNOWN.read_at + timedelta(days=day)
    assert archives.plan_capture(replace(KNOWN, is_complete=is_complete), now) == planned


def days(first: str, last: str, *patterns: str) -> str:
    patterns = patterns or ("a/{day}",)
    found = archives.expand_prefixes(patterns, date.fromisoformat(first), date.fromisoformat(last))
    return " ".join(each.prefix.removeprefix("a/") + ("*" if each.unwanted else "") for each in found)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2013-05-27", "2013-05-27", "2013-05-27"),
        ("2013-05-27", "2013-05-28", "2013-05-2*"),
        ("2013-05-09", "2013-05-10", "2013-05-*"),
        ("2013-05-10", "2013-05-19", "2013-05-1"),
        ("2013-05-30", "2013-06-01", "2013-05-3 2013-06-01"),
        ("2013-05-01", "2013-05-31", "2013-05-"),
        ("2013-05-31", "2013-07-01", "2013-05-31 2013-06- 2013-07-01"),
        ("2013-12-01", "2014-12-31", "2013-12- 2014-"),
        ("2012-02-01", "2012-02-29", "2012-02-"),
        ("2012-02-01", "2012-02-02", "2012-02-0*"),
        ("2011-01-01", "2013-01-31", "2011- 2012- 2013-01-"),
        ("2013-03-01", "2013-08-31", "2013-0*"),
        ("2013-03-01", "2013-05-31", "2013-03- 2013-04- 2013-05-"),
        ("2009-12-31", "2020-01-01", "2009-12-31 201 2020-01-01"),
        ("9999-12-30", "9999-12-31", "9999-12-3"),
        ("9999-01-01", "9999-12-31", "9999-"),
        ("2013-05-28", "2013-05-27", ""),
    ],
)
def test_one_prefix_covers_as_many_days_as_it_can(first: str, last: str, expected: str) -> None:
    assert days(first, last) == expected


def test_each_pattern_has_its_prefixes_once() -> None:
    found = days("2013-05-31", "2013-06-30", "a/{day}/", "a/undated", "a/{day}/", "a/undated")
    assert found == "2013-05-31/ 2013-06- undated"


DAYS = st.dates(date(2005, 1, 1), date(2016, 12, 31))


def key(url: str) -> str:
    """The key (SURT) of an address in an index."""
    host, _, path = url.partition("/")
    return f"{','.join(reversed(host.split('.')))})/{path}".lower()


@given(DAYS, DAYS, DAYS)
def test_what_an_index_returns_is_of_those_days_and_no_others(first: date, last: date, day: date) -> None:
    found = archives.expand_prefixes(["a.example/News/{day}"], first, last)
    url = f"a.example/News/{day}/slug-of-2005-01-01"
    returned = [
        each
        for each in found
        if url.startswith(each.prefix) and not (each.unwanted and re.fullmatch(each.unwanted, key(url)))
    ]
    assert len(returned) == (first <= day <= last)


@pytest.mark.parametrize(
    ("first", "last", "before", "after"),
    [
        ("2013-05-26", "2013-05-28", 3, 1),  # a day, and one before and after it
        ("2013-05-12", "2013-05-20", 9, 1),  # a week
        ("2013-05-28", "2013-06-05", 9, 2),
        ("2013-04-30", "2013-06-01", 3, 3),  # a month: an index would read nine for one prefix
        ("2012-12-31", "2014-01-01", 3, 3),
        ("2009-12-31", "2020-01-01", 12, 3),  # ten years
    ],
)
def test_how_many_queries_a_pattern_needs(first: str, last: str, before: int, after: int) -> None:
    """`before`: of the version that made one of each day outside whole months and years."""
    assert after <= before
    assert len(days(first, last).split()) == after


def parameters_of(url: str) -> dict[str, str]:
    pairs = parse_qsl(urlsplit(url).query)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def wanted(prefix: str) -> IndexPrefix:
    return IndexPrefix(prefix)


WAYBACK = {
    "url": "a.example/news?pid=1&sid=",
    "matchType": "prefix",
    "output": "json",
    "filter": "statuscode:200",
    "collapse": "digest",
    "showResumeKey": "true",
    "limit": "500",
}


def test_a_query_of_wayback() -> None:
    prefix = WAYBACK["url"]
    assert parameters_of(archives.make_wayback_query("https://x.example/cdx", wanted(prefix), limit=500)) == WAYBACK
    since, until = date(2013, 5, 27), datetime(2013, 5, 28, 1, 2, 3, tzinfo=timezone(timedelta(hours=1)))
    within = archives.make_wayback_query(
        "https://x.example/cdx?k=1", wanted(prefix), since=since, until=until, limit=500
    )
    assert parameters_of(within) == {"k": "1", **WAYBACK, "from": "20130527", "to": "20130528000203"}


def test_a_query_of_common_crawl() -> None:
    api = "https://x.example/CC-MAIN-2013-20-index"
    expected = {"url": "a.example/b*", "output": "json", "filter": "=status:200", "showNumPages": "true"}
    assert parameters_of(archives.make_commoncrawl_query(api, wanted("a.example/b"))) == expected
    within = archives.make_commoncrawl_query(
        api, wanted("a.example/b"), since=date(2013, 5, 27), until=date(2013, 5, 28)
    )
    assert parameters_of(within) == {**expected, "from": "20130527", "to": "20130528"}


def test_other_days_are_excluded_in_the_terms_of_each_index() -> None:
    [two_days] = archives.expand_prefixes(["a.example/b.c/{day}/"], date(2013, 5, 27), date(2013, 5, 28))
    wayback = archives.make_wayback_query("https://x.example/cdx", two_days, limit=5)
    common_crawl = archives.make_commoncrawl_query("https://x.example/index", two_days)
    expression = r"urlkey:[^)]*\)/b\.c/2013-05-2[^78].*"
    filters = [
        [value for name, value in parse_qsl(urlsplit(url).query) if name == "filter"] for url in (wayback, common_crawl)
    ]
    assert filters == [["statuscode:200", f"!{expression}"], ["=status:200", f"!~{expression}"]]
    assert "url=a.example%2Fb.c%2F2013-05-2&" in wayback


def test_a_host_with_its_subdomains_is_looked_up_in_the_terms_of_each_index() -> None:
    day = date(2013, 5, 27)
    found = archives.expand_prefixes(["*.a.example", "127.0.0.1/"], day, day)
    assert found == [IndexPrefix("a.example", is_domain=True), IndexPrefix("127.0.0.1/")]
    wayback = parse_qsl(urlsplit(archives.make_wayback_query("https://x.example/cdx", found[0], limit=5)).query)
    assert {("url", "a.example"), ("matchType", "domain"), ("filter", "mimetype:text/html")} <= set(wayback)
    common_crawl = parse_qsl(urlsplit(archives.make_commoncrawl_query("https://x.example/index", found[0])).query)
    assert {("url", "*.a.example"), ("filter", "mime:text/html")} <= set(common_crawl)


def test_a_publisher_without_patterns_is_looked_up_by_its_hosts() -> None:
    hosts = frozenset(("www.tern.example", "m.tern.example", "127.0.0.1"))
    publisher = Publisher(name="tern", title="", home="", hosts=hosts)
    assert archives.list_patterns(publisher) == ("*.tern.example", "127.0.0.1/")
    dated = replace(publisher, past_prefixes=("tern.example/{day}/",))
    assert archives.list_patterns(dated) == ("tern.example/{day}/",)


@pytest.mark.parametrize("url", [PAGE, "http://a.example/?u={timestamp}&v=http://b.example/", "https://a.example/%7B"])
@pytest.mark.parametrize("template", [TEMPLATE, "http://127.0.0.1:8080/w+x/{timestamp}id_/{url}"])
def test_the_original_url_is_read_from_a_replay_url(url: str, template: str) -> None:
    at = archives.make_replay_url(template, ref(27, url=url))
    assert archives.read_capture_time(at, template) == ref(27).captured_at
    assert archives.read_original_url(at, template) == url


def test_a_fragment_is_not_sent() -> None:
    assert archives.make_replay_url(TEMPLATE, ref(27, url=f"{PAGE}#top")).endswith("harbour.html")


@pytest.mark.parametrize(
    ("address", "moment", "original"),
    [
        ("https://archive.example/web/20130527120000id_/http://a.example:80/", (2013, 5, 27, 12), "http://a.example/"),
        ("http://archive.example/web/20130527120000id_/http://a.example/", (2013, 5, 27, 12), "http://a.example/"),
        ("https://archive.example/web/20131327120000id_/http://a.example/", None, "http://a.example/"),
        # the page as the archive rewrites it, another host, no replay at all
        ("https://archive.example/web/20130527120000/http://a.example/", None, None),
        ("https://archivesexample/web/20130527120000id_/http://a.example/", None, None),
        ("https://other.example/web/20130527120000id_/http://a.example/", None, None),
        ("https://archive.example/web/20130527120000id_/", None, None),
        ("https://archive.example/web/2013id_/http://a.example/", None, None),
        ("http://a.example/", None, None),
    ],
)
def test_where_an_archive_led(address: str, moment: tuple[int, int, int, int] | None, original: str | None) -> None:
    assert archives.read_capture_time(address, TEMPLATE) == (datetime(*moment, tzinfo=UTC) if moment else None)
    assert archives.read_original_url(address, TEMPLATE) == original


def picked(how: Any, *refs: CaptureRef) -> list[tuple[int, str | None]]:
    return [(one.captured_at.day, one.digest) for one in archives.select_captures(refs, how)]


@pytest.mark.parametrize(
    ("captures", "ends", "every"),
    [
        ([(1, "A")], [1], [1]),
        ([(1, "A"), (2, "B"), (3, "C")], [1, 3], [1, 2, 3]),
        ([(3, "C"), (1, "A"), (2, "B")], [1, 3], [1, 2, 3]),
        ([(1, "A"), (2, "A")], [1], [1]),
        ([(1, "A"), (2, "B"), (3, "A")], [1], [1, 2]),
        ([(2, "B"), (4, "B"), (3, "A"), (1, "A")], [1, 4], [1, 2]),
        ([(1, None), (2, None)], [1, 2], [1, 2]),
        ([(1, None), (1, None)], [1], [1]),
    ],
)
def test_which_captures_of_a_page(captures: list[tuple[int, str | None]], ends: list[int], every: list[int]) -> None:
    refs = [ref(day, digest) for day, digest in captures]
    assert [day for day, _ in picked("ends", *refs)] == ends
    assert [day for day, _ in picked("all", *refs)] == every


def test_spellings_of_an_address_are_one_page_and_pages_keep_their_order() -> None:
    other = "http://www.bloomberg.example/news/2013-05-28/tern.html"
    refs = [ref(3, "B", other), ref(1, "A"), ref(2, "B", PAGE.replace("http://www", "https://mobile") + "?x=1")]
    found = archives.select_captures([*refs, ref(3, "C"), ref(1, "A", other)], "ends")
    assert [(one.captured_at.day, one.url.endswith("tern.html")) for one in found] == [
        (1, True),
        (3, True),
        (1, False),
        (3, False),
    ]
    assert len(archives.select_captures(refs, "all")) == 3


NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def known(days: float = 0.0, **fields: Any) -> KnownCapture:
    """A capture that was requested so many days ago, and the page of which was tried then."""
    at = NOW - timedelta(days=days)
    values: dict[str, Any] = {"state": "stored", "reason": None, "is_stored": True, "page_state": "stored"}
    values["is_complete"] = True
    tries = {"page_attempts": 1, "page_failures": 0, "page_tried_at": at}
    return KnownCapture(read_at=at, **values | tries | fields)


FAILED: dict[str, Any] = {"state": "failed", "reason": "timeout", "page_state": "failed"}
EXCLUDED: dict[str, Any] = {
    "state": "refused",
    "reason": "archive_excluded",
    "is_stored": False,
    "page_state": "refused",
}
NEAREST: dict[str, Any] = {"state": "discovered", "reason": archives.NEAREST_CAPTURE, "is_stored": False}


@pytest.mark.parametrize(
    ("capture", "planned"),
    [
        (None, "fetch"),
        (known(900), "read"),
        (known(900, state="refused", reason="video", page_state="refused"), "read"),
        (known(0.001, **FAILED, page_failures=1), "waiting"),
        (known(0.1, **FAILED, page_failures=1), "fetch"),
        (known(0.1, **FAILED, page_failures=3), "waiting"),
        (known(0.3, **FAILED, page_failures=3), "fetch"),
        (known(900, **FAILED, page_failures=7), "waiting"),
        (known(0.001, **FAILED | {"page_state": "discovered"}), "fetch"),
        (known(29, **FAILED | {"page_state": "stored"}), "waiting"),
        (known(31, **FAILED | {"page_state": "stored"}), "fetch"),
        (known(29, **EXCLUDED), "read"),
        (known(31, **EXCLUDED), "fetch"),
        (known(0.1, **EXCLUDED | {"page_state": "discovered"}), "fetch"),
        (known(0.1, **EXCLUDED | {"page_state": "discovered"}, page_attempts=0), "read"),
        (known(900, **NEAREST), "read"),
        (known(0.1, **NEAREST, page_failures=1), "read"),
        (known(0.1, **NEAREST | {"page_state": "failed"}, page_failures=1), "fetch"),
    ],
)
def test_when_a_capture_is_fetched_again(capture: KnownCapture | None, planned: str) -> None:
    assert archives.plan_capture(capture, NOW) == planned
