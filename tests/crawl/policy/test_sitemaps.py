"""Which sitemaps of an index are requested."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from newscrawl.article import Link
from newscrawl.crawl.policy import lists, sitemaps
from newscrawl.crawl.policy.requests import PlannedRequest
from newscrawl.states import ListState

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AT = "https://www.harbour.example/sitemaps/"
CHECK = PlannedRequest(conditional=False, why="check")
CHANGED = PlannedRequest(conditional=True, why="its index says that it changed")
CHANGED_WHOLE = replace(CHANGED, conditional=False)
FAILED = {"failures": 1, "outcome": "failed", "reason": "dns"}


def link(name: str, lastmod: datetime | None = None) -> Link:
    return Link(url=AT + name, source="sitemap_index", updated_at=lastmod)


def known(name: str, read_at: datetime | None, **more: Any) -> ListState:
    """A sitemap as it was read; its due_at is an interval of an hour later."""
    return ListState(
        url=AT + name,
        source="sitemap",
        **{
            "outcome": "read",
            "etag": '"ebb"',
            "digest": "1-1",
            "asked_at": read_at,
            "read_at": read_at,
            "checked_at": read_at,
            "new_at": read_at,
            "due_at": read_at + HOUR if read_at else None,
            "interval_seconds": 3600,
            **more,
        },
    )


def plan(
    links: list[Link], states: list[ListState] | None = None, now: datetime = NOW, **run: Any
) -> dict[str, PlannedRequest]:
    found = sitemaps.select_sitemaps(links, {state.url: state for state in states or []}, now, **run)
    assert all(link.url == state.url for link, state, _ in found)
    return {link.url.removeprefix(AT): ask for link, _, ask in found}


INDEX = [link("2013_5.xml", NOW), link("2025_12.xml"), link("2026_1.xml"), link("latest.xml"), link("2026_2.xml")]


@pytest.mark.parametrize(
    ("run", "names"),
    [
        ({}, "latest 2026_2 2026_1 2025_12 2013_5"),
        ({"newest": 1}, "latest 2026_2"),
        ({"newest": 0}, "latest"),
        ({"newest": 1, "index_read_at": NOW}, "latest 2026_2"),
        # nobody looked for two months
        ({"newest": 1, "index_read_at": datetime(2026, 1, 6, tzinfo=UTC)}, "latest 2026_2 2026_1"),
        ({"newest": 1, "index_read_at": datetime(2026, 1, 2, tzinfo=UTC)}, "latest 2026_2 2026_1 2025_12"),
        ({"newest": 1, "since": datetime(2025, 12, 31, 23, tzinfo=UTC)}, "latest 2026_2 2026_1 2025_12"),
        ({"newest": 1, "since": datetime(2026, 2, 9, tzinfo=UTC)}, "latest 2026_2"),
        ({"since": datetime(2026, 4, 9, tzinfo=UTC)}, "latest"),
    ],
)
def test_of_those_never_read_the_ones_that_a_run_needs(run: dict[str, Any], names: str) -> None:
    found = plan(INDEX, **run)
    assert [name.removesuffix(".xml") for name in found] == names.split()
    assert set(found.values()) == {PlannedRequest(conditional=False, why="new")}


MONTHS = [f"2026_{month}.xml" for month in range(1, 13)]
DAYS = [f"news-2026-02-{day:02}.xml" for day in range(1, 29)]
COMPACT_DAYS = [f"202602{day:02}/news.xml" for day in range(1, 29)]
YEARS = [f"year-{year}.xml" for year in range(2010, 2027)]
SERIAL = [f"part-{number}.xml" for number in (1, 1999, 2013, 2030)]
PAGES = [f"2026_{page}.xml" for page in range(1, 15)]


@pytest.mark.parametrize(
    ("names", "since", "until", "expected"),
    [
        (MONTHS, "2026-02-05", "2026-02-21", ["2026_2.xml"]),
        (MONTHS, None, "2026-02-21", ["2026_2.xml", "2026_1.xml"]),
        (MONTHS, "2026-02-05", None, MONTHS[:0:-1]),
        # a month begins and ends elsewhere earlier and later than in UTC
        (MONTHS, "2026-02-05", "2026-02-28T11", ["2026_3.xml", "2026_2.xml"]),
        (MONTHS, "2026-03-01T11", "2026-03-05", ["2026_3.xml", "2026_2.xml"]),
        (DAYS, "2026-02-05", "2026-02-07", [DAYS[6], DAYS[5], DAYS[4], DAYS[3]]),
        (COMPACT_DAYS, "2026-02-05", "2026-02-07", COMPACT_DAYS[3:7]),
        (YEARS, "2012-03-01", "2013-03-01", ["year-2012.xml", "year-2013.xml"]),
        # numbers that are no dates, beside some that might be
        (SERIAL, "2012-03-01", "2012-04-01", SERIAL),
        (PAGES, "2026-02-05", "2026-02-21", PAGES),
        ([*DAYS, "news-2026-02-31.xml"], "2026-01-01", "2026-01-20", []),
        (["latest.xml", "2026_2.xml"], None, "2025-01-01", ["latest.xml"]),
    ],
)
def test_a_run_over_some_days_leaves_out_what_lies_outside(
    names: list[str], since: str | None, until: str | None, expected: list[str]
) -> None:
    begin, end = (datetime.fromisoformat(time).replace(tzinfo=UTC) if time else None for time in (since, until))
    assert sorted(plan([link(name) for name in names], since=begin, until=end)) == sorted(expected)


def test_a_late_lastmod_leaves_nothing_out() -> None:
    """An old page that was changed is in a sitemap that changed, and a lastmod without a time may be its day's end."""
    until = datetime(2026, 2, 1, tzinfo=UTC)
    assert list(plan([link("a.xml", NOW), link("2026_1.xml", NOW)], until=until)) == ["a.xml", "2026_1.xml"]
    day = datetime(2026, 2, 5, tzinfo=UTC)
    assert list(plan([link("a.xml", day)], since=day + 20 * HOUR)) == ["a.xml"]
    assert list(plan([link("a.xml", day)], since=day + 40 * HOUR)) == []


def test_without_a_month_the_lastmod_is_its_time() -> None:
    index = [link("a.xml", NOW - 30 * DAY), link("b.xml", NOW), link("c.xml", NOW - 9 * DAY)]
    assert list(plan(index, newest=2)) == ["b.xml", "c.xml"]
    assert list(plan(index, newest=1, index_read_at=NOW - 10 * DAY)) == ["b.xml", "c.xml"]
    assert list(plan(index, since=NOW - 9 * DAY)) == ["b.xml", "c.xml"]


def test_a_sitemap_that_an_index_names_twice_is_requested_once() -> None:
    found = sitemaps.select_sitemaps([link("a.xml", NOW), link("a.xml", NOW)], {}, NOW)
    assert [link.url for link, _, _ in found] == [AT + "a.xml"]


def test_one_that_a_run_wanted_and_did_not_get_is_wanted_still() -> None:
    """Though the month has passed since, and it is among the newest no more."""
    wanted = ListState(url=AT + "2025_12.xml", source="sitemap")
    assert list(plan(INDEX, [wanted], newest=1)) == ["latest.xml", "2026_2.xml", "2025_12.xml"]
    failed = lists.after_failure(wanted, NOW - 20 * MINUTE, outcome="failed", reason="timeout")
    again = plan(INDEX, [failed], newest=1)["2025_12.xml"]
    assert again == PlannedRequest(conditional=False, why="failed before: timeout")
    assert "2025_12.xml" not in plan(INDEX, [failed], now=NOW - 15 * MINUTE, newest=1)


def test_since_leaves_out_what_ended_before_though_it_was_read_and_changed() -> None:
    february = known("2026_2.xml", NOW - 9 * DAY, lastmod=NOW - 9 * DAY)
    assert plan([link("2026_2.xml", NOW)], [february], since=datetime(2026, 3, 2, tzinfo=UTC)) == {}
    assert plan([link("2026_2.xml", NOW)], [february], since=datetime(2026, 2, 2, tzinfo=UTC)) != {}


YESTERDAY = NOW - DAY


@pytest.mark.parametrize(
    ("name", "lastmod", "read_ago", "more", "expected"),
    [
        # the current month's
        ("2026_3.xml", None, 2 * HOUR, {}, PlannedRequest(conditional=True, why="due")),
        ("2026_3.xml", None, HOUR / 2, {}, None),
        ("2026_3.xml", NOW, HOUR / 2, {}, CHANGED),
        ("2026_3.xml", NOW, 5 * MINUTE, {}, CHANGED),
        ("2026_3.xml", YESTERDAY, 2 * HOUR, {}, None),
        ("2026_3.xml", YESTERDAY, DAY, {}, CHECK),
        ("2026_3.xml", YESTERDAY, 2 * HOUR, {"lastmod_lies": True}, PlannedRequest(conditional=True, why="due")),
        ("2026_3.xml", NOW, HOUR / 2, {"lastmod_lies": True}, None),
        # one of the last 60 days
        ("2026_1.xml", None, 6 * DAY, {}, None),
        ("2026_1.xml", None, 7 * DAY, {}, CHECK),
        ("2026_1.xml", YESTERDAY, 6 * DAY, {}, None),
        ("2026_1.xml", YESTERDAY, 7 * DAY, {}, CHECK),
        ("2026_1.xml", YESTERDAY, 6 * DAY, {"lastmod_lies": True}, None),
        ("2026_1.xml", NOW, 2 * HOUR, {}, CHANGED),
        # an older one
        ("2013_5.xml", None, 900 * DAY, {}, None),
        ("2013_5.xml", YESTERDAY, 900 * DAY, {}, None),
        ("2013_5.xml", NOW, 900 * DAY, {"lastmod_lies": True}, None),
        ("2013_5.xml", NOW, 2 * HOUR, {}, CHANGED),
        ("2013_5.xml", NOW, 900 * DAY, {}, CHANGED_WHOLE),  # a "304" would not be believed any more
        # it brought nothing new for ten days
        ("2013_5.xml", NOW, 9 * DAY, {"new_at": NOW - 19 * DAY}, None),
        ("2013_5.xml", NOW, 10 * DAY, {"new_at": NOW - 20 * DAY}, CHANGED_WHOLE),
        ("2013_5.xml", NOW, 31 * DAY, {"new_at": NOW - 900 * DAY}, CHANGED_WHOLE),
        ("2013_5.xml", NOW, 29 * DAY, {"new_at": None}, None),
        ("2013_5.xml", NOW, 31 * DAY, {"new_at": None}, CHANGED_WHOLE),
        # neither month nor lastmod, and a lastmod alone
        ("latest.xml", None, 2 * HOUR, {}, PlannedRequest(conditional=True, why="due")),
        ("part-7.xml", NOW - 70 * DAY, 30 * DAY, {"lastmod": NOW - 70 * DAY}, None),
        ("part-7.xml", NOW - 50 * DAY, 30 * DAY, {"lastmod": NOW - 50 * DAY}, CHECK),
        # one that did not come
        ("2013_5.xml", None, DAY, FAILED, PlannedRequest(conditional=False, why="failed before: dns")),
    ],
)
def test_those_read_before(
    name: str, lastmod: datetime | None, read_ago: timedelta, more: dict[str, Any], expected: PlannedRequest | None
) -> None:
    state = known(name, NOW - read_ago, **({"lastmod": YESTERDAY} | more))
    newest = link("2026_12.xml") if name != "2026_3.xml" else link("2026_3.xml", lastmod)
    assert plan([link(name, lastmod), newest], [state], newest=0, index_read_at=NOW).get(name) == expected


def test_the_newest_of_an_index_is_current_though_its_month_is_long_past() -> None:
    last = known("2013_5.xml", NOW - DAY)
    assert plan([link("2013_5.xml"), link("2013_4.xml")], [last], newest=1)["2013_5.xml"] == CHECK


@pytest.mark.parametrize(("honest", "most"), [(True, 8), (False, 11)])
def test_half_a_year_of_an_index(honest: bool, most: int) -> None:
    """All that its months list is found, whether it tells when they changed, or at each run that all of them did."""
    harbour = Harbour(honest=honest)
    runs = [NOW + n * 18 * HOUR for n in range(300)]
    for now in runs:
        harbour.visit(now)
    assert harbour.found == set(range(FIRST_DAY, runs[-1].toordinal() + 1))
    assert max(harbour.asked_when_past.values()) <= most


FIRST_DAY = datetime(2026, 3, 1).toordinal()  # noqa: DTZ001 - a day


class Harbour:
    """A notice each day, in the sitemap of its month, in an index of the last half year."""

    def __init__(self, *, honest: bool) -> None:
        self._honest = honest
        self._states: dict[str, ListState] = {}
        self._read_at: datetime | None = None
        self.found: set[int] = set()
        """Days."""
        self.asked_when_past: Counter[str] = Counter()

    def visit(self, now: datetime) -> None:
        months: dict[str, list[int]] = {}
        for day in range(now.toordinal() - 180, now.toordinal() + 1):
            months.setdefault(f"{date.fromordinal(day):%Y-%m}.xml", []).append(day)
        index = [link(name, told_of(days[-1]) if self._honest else now) for name, days in months.items()]
        due = sitemaps.select_sitemaps(index, self._states, now, newest=1, index_read_at=self._read_at)
        for child, state, ask in due:
            self.asked_when_past[child.url] += child.url != index[-1].url
            self._states[child.url] = self._read(state, months[child.url.removeprefix(AT)], now, child, ask)
        self._read_at = now

    def _read(self, state: ListState, days: list[int], now: datetime, child: Link, ask: PlannedRequest) -> ListState:
        links = [Link(url=f"{AT}{day}", source="news_sitemap", updated_at=told_of(day)) for day in days]
        new = len(set(days) - self.found)
        self.found.update(days)
        return lists.after_read(
            state, now, links=links, new=new, etag=None, last_modified=None, planned=ask, lastmod=child.updated_at
        )


def told_of(day: int) -> datetime:
    return datetime.fromordinal(day).replace(tzinfo=UTC)
