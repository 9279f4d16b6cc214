"""When a list is requested: one decision at a time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.article import Link
from newscrawl.crawl.policy import lists
from newscrawl.crawl.policy.requests import PlannedRequest
from newscrawl.states import ListState

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FERRIES = "https://www.harbour.example/ferries.rss"
MARCH = "https://www.harbour.example/sitemap_2026_3.xml"
WHOLE = PlannedRequest(conditional=False, why="new")
CONDITIONAL = PlannedRequest(conditional=True, why="due")


def entries(*names: str, at: datetime = NOW - HOUR, apart: timedelta = 4 * HOUR) -> list[Link]:
    """Entries of a list, newest first, so far apart."""
    numbered = enumerate(names)
    return [Link(url=f"{FERRIES}/{name}", source="feed", published_at=at - n * apart) for n, name in numbered]


def undated(*names: str, headline: str | None = None) -> list[Link]:
    return [Link(url=f"{FERRIES}/{name}", source="feed", headline=headline) for name in names]


PINNED = entries("pinned", at=NOW - 900 * DAY)
NIGHT = entries(*"bcdefg", at=NOW - 10 * HOUR, apart=6 * MINUTE)


def state(**known: Any) -> ListState:
    """A list that was read an hour ago, and is due now."""
    before = NOW - HOUR
    remembered: dict[str, Any] = {
        "url": FERRIES,
        "source": "feed",
        "outcome": "read",
        "etag": '"tide-1"',
        "digest": lists.make_digest(undated("a", "b")),
        "entries": 10,
        "span_seconds": 2 * 86400,
        "asked_at": before,
        "read_at": before,
        "checked_at": before,
        "new_at": before,
        "due_at": NOW,
        "interval_seconds": 3600,
    }
    return ListState(**(remembered | known))


def read(before: ListState, links: list[Link], now: datetime = NOW, **answer: Any) -> ListState:
    response: dict[str, Any] = {"new": 0, "etag": '"tide-2"', "last_modified": None, "planned": CONDITIONAL} | answer
    return lists.after_read(before, now, links=links, **response)


@pytest.mark.parametrize(
    ("known", "planned"),
    [
        ({}, PlannedRequest(conditional=True, why="due")),
        ({"etag": None, "last_modified": "Tue, 10 Mar 2026 11:00:00 GMT"}, PlannedRequest(conditional=True, why="due")),
        ({"etag": None}, PlannedRequest(conditional=False, why="due")),
        ({"validators_lie": True}, PlannedRequest(conditional=False, why="due")),
        ({"read_at": NOW - DAY}, PlannedRequest(conditional=False, why="check")),
        ({"read_at": NOW - DAY, "outcome": "unchanged"}, PlannedRequest(conditional=False, why="check")),
        # entries that stay for five hours: a lying "304" may hide them for half of that
        ({"read_at": NOW - 3 * HOUR, "span_seconds": 5 * 3600}, PlannedRequest(conditional=False, why="check")),
        ({"read_at": NOW - 3 * HOUR, "span_seconds": None}, PlannedRequest(conditional=False, why="check")),
        (
            {"read_at": NOW - 3 * HOUR, "span_seconds": 5 * 3600, "url": MARCH},
            PlannedRequest(conditional=True, why="due"),
        ),
        (
            {"outcome": None, "asked_at": None, "read_at": None, "due_at": None},
            PlannedRequest(conditional=False, why="new"),
        ),
        (
            {"outcome": "gone", "reason": "http_404", "failures": 1},
            PlannedRequest(conditional=True, why="gone before: http_404"),
        ),
        ({"outcome": "blocked", "reason": None, "failures": 1}, PlannedRequest(conditional=True, why="blocked before")),
        ({"due_at": NOW + 5 * MINUTE}, PlannedRequest(conditional=True, why="due")),  # a tenth of the pause, nearly
        ({"due_at": NOW + 8 * MINUTE}, None),
        ({"asked_at": NOW - 9 * MINUTE, "due_at": NOW + MINUTE}, PlannedRequest(conditional=True, why="due")),
        ({"asked_at": NOW - 9 * MINUTE, "due_at": NOW + 2 * MINUTE}, None),
        # the clock was put back, by more than clocks are apart
        ({"asked_at": NOW + DAY, "due_at": NOW + 2 * DAY}, PlannedRequest(conditional=True, why="due")),
        ({"asked_at": NOW + MINUTE, "due_at": NOW + HOUR}, None),
        ({"due_at": NOW + DAY, "outcome": "failed", "failures": 3}, None),
        ({"due_at": NOW + DAY, "etag": None, "read_at": NOW - 2 * DAY}, None),
    ],
)
def test_a_list_is_requested_when_it_is_due_with_the_validators_that_are_believed(
    known: dict[str, Any], planned: PlannedRequest | None
) -> None:
    assert lists.plan_request(state(**known), NOW) == planned


@pytest.mark.parametrize(
    ("known", "lastmod", "planned"),
    [
        ({}, NOW, PlannedRequest(conditional=True, why="its index says that it changed")),
        ({"due_at": NOW + 5 * HOUR}, NOW, PlannedRequest(conditional=True, why="its index says that it changed")),
        (
            {"asked_at": NOW - 5 * MINUTE, "new_at": NOW - 5 * MINUTE, "due_at": NOW + HOUR},
            NOW,
            PlannedRequest(conditional=True, why="its index says that it changed"),
        ),
        # it said so before, and there was nothing new: once an interval is enough
        ({"new_at": NOW - DAY, "due_at": NOW + HOUR}, NOW, None),
        ({"new_at": NOW - DAY}, NOW, PlannedRequest(conditional=True, why="its index says that it changed")),
        ({}, NOW - DAY, None),
        ({}, NOW - 2 * DAY, None),
        ({"read_at": NOW - DAY}, NOW - DAY, PlannedRequest(conditional=False, why="check")),
        ({"lastmod_lies": True}, NOW - DAY, PlannedRequest(conditional=True, why="due")),
        ({"lastmod_lies": True, "due_at": NOW + HOUR}, NOW, None),
        ({"lastmod": None}, NOW - DAY, PlannedRequest(conditional=True, why="due")),
        ({"outcome": "failed", "reason": "timeout", "failures": 2, "due_at": NOW + HOUR}, NOW, None),
    ],
)
def test_an_index_that_is_believed_decides(
    known: dict[str, Any], lastmod: datetime, planned: PlannedRequest | None
) -> None:
    assert lists.plan_request(state(**({"lastmod": NOW - DAY} | known)), NOW, lastmod=lastmod) == planned


@pytest.mark.parametrize(
    ("before", "links", "etag", "last_modified", "lies"),
    [
        ({}, undated("a", "b", "c"), '"tide-1"', None, True),
        ({}, undated("b", "c"), '"tide-1"', "Tue, 10 Mar 2026 11:30:00 GMT", True),  # If-None-Match goes first
        ({"etag": None, "last_modified": "Tue, 10 Mar 2026 11:00:00 GMT"}, undated("c"), None, None, False),
        (
            {"etag": None, "last_modified": "Tue, 10 Mar 2026 11:00:00 GMT"},
            undated("c"),
            None,
            "Tue, 10 Mar 2026 11:00:00 GMT",
            True,
        ),
        ({}, undated("a", "b", "c"), '"tide-2"', None, False),
        ({}, undated("a", "b", "c"), None, None, False),
        ({}, undated("a", "b"), '"tide-2"', None, False),  # an ETag of each answer's own is of no use, and no harm
        ({}, undated("b", "a"), '"tide-1"', None, False),
        (
            {},
            [Link(url=link.url, source="feed", headline="Late") for link in undated("a", "b")],
            '"tide-1"',
            None,
            False,
        ),
        ({"digest": None}, undated("c"), '"tide-1"', None, False),
        ({"etag": None}, undated("c"), None, None, False),
    ],
)
def test_validators_lie_when_they_stay_and_the_addresses_do_not(
    before: dict[str, Any], links: list[Link], etag: str | None, last_modified: str | None, lies: bool
) -> None:
    planned = PlannedRequest(conditional=False, why="check")
    answer: dict[str, Any] = {"etag": etag, "last_modified": last_modified, "planned": planned}
    after = read(state(**before), links, new=1, **answer)
    assert after.validators_lie is lies
    # a list that only drops what is old, or names what others named first, hides nothing by its "304"
    assert not read(state(**before), links, new=0, **answer).validators_lie
    later = lists.plan_request(after, NOW + 7 * HOUR)
    assert later is not None
    assert later.conditional is False or not lies


def test_a_lie_is_remembered() -> None:
    after = read(state(validators_lie=True), undated("x"), etag='"tide-9"')
    assert read(after, undated("x"), etag='"tide-9"').validators_lie


@pytest.mark.parametrize(
    ("lastmod", "links", "new", "lies"),
    [
        (NOW - DAY, undated("a", "b", "c"), 1, True),
        (NOW - DAY, entries("a", "b", "c"), 1, True),
        (NOW - DAY, undated("a", "b"), 0, False),
        (NOW - DAY, undated("a", "b", "c"), 0, False),
        # listed while the index was being read, the next index lists it
        (NOW - DAY, entries("c", "a", "b", at=NOW - MINUTE), 1, False),
        (NOW - DAY, entries("d", "c", "a", "b", at=NOW - MINUTE), 2, True),
        (NOW - HOUR, undated("a", "b", "c"), 1, False),
        (None, undated("a", "b", "c"), 1, False),
    ],
)
def test_an_index_that_says_unchanged_is_wrong_where_something_is_new(
    lastmod: datetime | None, links: list[Link], new: int, lies: bool
) -> None:
    assert read(state(lastmod=NOW - DAY), links, new=new, lastmod=lastmod).lastmod_lies is lies


@pytest.mark.parametrize(
    ("last_modified", "is_stored"),
    [
        ("Tue, 10 Mar 2026 11:59:00 GMT", True),
        ("Tue, 10 Mar 2026 12:01:00 GMT", True),
        ("Wed, 11 Mar 2026 12:00:00 GMT", False),  # seen in the wild: the time at which a cache is to expire
        ("at high tide", False),
        ("", False),
        ("-1", False),
    ],
)
def test_a_change_in_the_future_is_no_validator(last_modified: str, is_stored: bool) -> None:
    assert read(state(), undated("a"), last_modified=last_modified).last_modified == (
        last_modified if is_stored else None
    )


UNREAD: dict[str, Any] = {"interval_seconds": 0, "read_at": None, "outcome": None, "asked_at": None}
READ_ONCE = {"interval_seconds": 60}


@pytest.mark.parametrize(
    ("known", "links", "answer", "minutes"),
    [
        # one came in an hour, and one was waited for an hour: it stays so
        ({}, entries("a", "b", "c"), {"new": 1}, 60),
        ({}, entries("a", "b", "c"), {"new": 4}, 30),
        ({}, entries("a", "b", "c"), {"new": 0}, 81),
        ({"interval_seconds": 6 * 3600}, entries("a", "b", "c"), {"new": 0}, 160),  # eight hours of entries
        ({"interval_seconds": 6 * 3600}, entries("a", "b", "c", apart=DAY), {"new": 0}, 360),
        ({"interval_seconds": 600}, entries("a", "b", "c"), {"new": 60}, 3),
        ({}, entries("a", "b", "c", apart=MINUTE), {"new": 0}, 1),
        ({"url": MARCH}, entries("a", "b", "c", apart=MINUTE), {"new": 0}, 81),
        # ten entries, five of them new in an hour: all are, in two hours
        ({"interval_seconds": 6 * 3600}, entries("a", "b", apart=DAY), {"new": 5}, 40),
        ({"interval_seconds": 3 * 3600}, [*entries(*"abcdefgh", apart=HOUR), *PINNED], {"new": 0}, 160),
        ({"interval_seconds": 6 * 3600}, [*entries("a"), *NIGHT], {"new": 0}, 190),  # nine and a half hours
        ({}, [*entries(*"ab", apart=HOUR), *entries("to come", at=NOW + 900 * DAY)], {"new": 0}, 20),
        ({"interval_seconds": 3 * 3600}, undated("a", "b"), {"new": 0}, 120),
        ({"interval_seconds": 3 * 3600}, [], {"new": 0}, 120),
        # the first time its pace is not known, whatever its entries say: the next run looks
        (UNREAD, entries(*"abcdefgh"), {"new": 8}, 1),
        (UNREAD, undated(*"abcdefgh"), {"new": 8}, 1),
        # then by what the time since then has brought, which after five seconds is not known either
        (READ_ONCE | {"asked_at": NOW - 5 * SECOND}, undated("a", "b"), {"new": 0}, 1),
        (READ_ONCE | {"asked_at": NOW - 5 * SECOND}, undated("a", "b"), {"new": 1}, 1),
        (READ_ONCE | {"asked_at": NOW - 30 * MINUTE}, undated("a", "b"), {"new": 0}, 30),
        (READ_ONCE | {"asked_at": NOW - DAY}, undated("a", "b"), {"new": 0}, 60),
        # a look before its time tells no more than the time
        ({"asked_at": NOW - 5 * MINUTE}, undated("a", "b"), {"new": 0}, 60),
        # four in the six hours since it was last read
        (
            {"outcome": "failed", "failures": 3, "read_at": NOW - 6 * HOUR, "asked_at": NOW - HOUR},
            entries("a", "b", "c"),
            {"new": 4},
            73,
        ),
    ],
)
def test_the_interval_follows_what_a_list_brings_within_what_it_holds(
    known: dict[str, Any], links: list[Link], answer: dict[str, Any], minutes: float
) -> None:
    after = read(state(**known), links, **answer)
    assert after.due_at is not None
    assert round((after.due_at - NOW) / MINUTE) == minutes
    assert after.interval_seconds == (after.due_at - NOW).total_seconds()


def test_what_is_remembered_of_an_answer() -> None:
    links = entries("a", "b")
    trouble = state(outcome="failed", reason="timeout", failures=2, status=None)
    after = read(trouble, links, new=2, lastmod=NOW - MINUTE, status=203)
    assert after == ListState(
        url=FERRIES,
        source="feed",
        outcome="read",
        status=203,
        etag='"tide-2"',
        digest=lists.make_digest(links),
        lastmod=NOW - MINUTE,
        entries=2,
        span_seconds=4 * 3600,
        asked_at=NOW,
        read_at=NOW,
        checked_at=NOW - HOUR,
        new_at=NOW,
        due_at=after.due_at,
        interval_seconds=after.interval_seconds,
    )
    assert read(trouble, links, planned=WHOLE).checked_at == NOW


def test_a_304_is_remembered_and_makes_the_interval_longer() -> None:
    after = lists.after_not_modified(state(lastmod=NOW - DAY, failures=1, reason="timeout"), NOW, lastmod=NOW)
    assert (after.outcome, after.status, after.reason, after.failures) == ("unchanged", 304, None, 0)
    assert (after.lastmod, after.read_at, after.asked_at) == (NOW, NOW - HOUR, NOW)
    assert after.due_at == NOW + 81 * MINUTE


def test_an_index_that_always_says_changed_leads_to_one_request_an_interval() -> None:
    unchanged = state(lastmod=NOW - DAY, interval_seconds=6 * 3600)
    after = lists.after_not_modified(unchanged, NOW, lastmod=NOW)
    assert lists.plan_request(after, NOW + HOUR, lastmod=NOW + HOUR) is None
    assert lists.plan_request(after, NOW + 6 * HOUR, lastmod=NOW + 6 * HOUR) is not None


@pytest.mark.parametrize(
    ("known", "apart", "new", "minutes"),
    [
        (UNREAD, 30 * DAY, 3, 1),
        ({}, 30 * DAY, 1, 44),
        ({}, 30 * DAY, 9, 44),
        ({}, 30 * DAY, 0, 81),
        ({}, MINUTE, 0, 81),  # all were regenerated this morning: that is no window
        ({"interval_seconds": 5 * 3600}, 30 * DAY, 0, 300),  # after one hour of silence
    ],
)
def test_an_index_is_requested_about_as_often_as_its_lists_change(
    known: dict[str, Any], apart: timedelta, new: int, minutes: int
) -> None:
    months = [Link(url=f"{MARCH}?{n}", source="sitemap_index", updated_at=NOW - n * apart) for n in range(5)]
    after = read(state(**known), months, new=new)
    assert round(after.interval_seconds / 60) == minutes


@pytest.mark.parametrize(
    ("outcome", "hours"),
    [
        ("gone", [24, 24, 24]),
        ("failed", [0.25, 0.5, 1, 2, 4, 6, 6]),
        ("blocked", [1, 2, 4, 8, 16, 24, 24]),
    ],
)
def test_a_list_that_cannot_be_read_is_requested_after_growing_pauses(outcome: Any, hours: list[float]) -> None:
    troubled, pauses = state(), []
    for _ in hours:
        troubled = lists.after_failure(troubled, NOW, outcome=outcome, reason="http_410", status=410)
        assert troubled.due_at is not None
        pauses.append((troubled.due_at - NOW) / HOUR)
    assert pauses == hours
    assert (troubled.outcome, troubled.reason, troubled.status, troubled.failures) == (
        outcome,
        "http_410",
        410,
        len(hours),
    )
    assert (troubled.etag, troubled.digest, troubled.interval_seconds) == ('"tide-1"', state().digest, 3600)


def test_the_digest_separates_urls_from_their_data_and_ignores_their_order() -> None:
    whole = lists.make_digest(entries("a", "b"))
    assert whole == lists.make_digest(reversed(entries("a", "b")))
    late = [Link(url=link.url, source="feed", headline="Ferry late \ud83d") for link in entries("a", "b")]
    assert lists.make_digest(late) != whole
    assert lists.make_digest(late).partition("-")[0] == whole.partition("-")[0]
    assert lists.make_digest(entries("a")).partition("-")[0] != whole.partition("-")[0]


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
LINKS = st.lists(
    st.builds(
        Link,
        url=st.sampled_from([f"{FERRIES}/{n}" for n in range(20)]),
        source=st.just("feed"),
        published_at=st.none() | MOMENTS,
        updated_at=st.none() | MOMENTS,
    ),
    max_size=12,
)
ANSWERS = st.tuples(
    st.sampled_from(["read", "not modified", "gone", "failed", "blocked"]),
    st.timedeltas(timedelta(0), timedelta(days=400)),
    LINKS,
    st.sampled_from([None, '"a"', '"b"', 'W/"a"']),
    st.sampled_from([None, "Tue, 10 Mar 2026 11:00:00 GMT", "Fri, 10 Mar 2090 11:00:00 GMT", "soon"]),
    st.none() | MOMENTS,
    st.integers(0, 12),
)


@given(st.lists(ANSWERS, min_size=1, max_size=8), st.sampled_from([FERRIES, MARCH]), st.none() | MOMENTS)
def test_whatever_a_list_answers(answers: list[Any], url: str, lastmod: datetime | None) -> None:
    """It is due later, its interval is in bounds, and wrong validators are never sent."""
    now, known = NOW, ListState(url=url, source="feed")
    for kind, pause, links, etag, last_modified, index, new in answers:
        now += pause
        planned = lists.plan_request(known, now, lastmod=lastmod) or WHOLE
        assert not (planned.conditional and known.validators_lie)
        assert not planned.conditional or known.etag or known.last_modified
        if kind == "read":
            known = read(
                known, links, now, new=new, etag=etag, last_modified=last_modified, planned=planned, lastmod=index
            )
        elif kind == "not modified":
            known = lists.after_not_modified(known, now, lastmod=index)
        else:
            known = lists.after_failure(known, now, outcome=kind, reason="http_410")
        assert known.due_at is not None
        assert known.due_at > now
        assert lists.plan_request(known, now) is None or known.interval_seconds == 60
        assert lists.plan_request(known, known.due_at) is not None
        assert kind not in ("read", "not modified") or 60 <= known.interval_seconds <= 6 * 3600
