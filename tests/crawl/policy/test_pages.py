"""Whether a page is requested, and when it is next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.article import Link
from newscrawl.crawl.policy import pages
from newscrawl.crawl.policy.requests import PlannedRequest
from newscrawl.date_range import DateRange
from newscrawl.states import PageState, RefusalKind, State

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
URL = "https://www.harbour.example/2026-03-10/ferry"
CHANGES, CHANGES_WHOLE = (
    PlannedRequest(conditional=True, why="for changes"),
    PlannedRequest(conditional=False, why="for changes"),
)
CHANGED = PlannedRequest(conditional=True, why="the list says that it changed")
CHANGED_WHOLE = replace(CHANGED, conditional=False)


WITHOUT_CHANGE: dict[str, Any] = {
    "state": "unchanged",
    "discovered_at": NOW - 20 * HOUR,
    "published_at": NOW - 20 * HOUR,
    "attempts": 5,
}


def page(**known: Any) -> PageState:
    """A page that was stored an hour after its publication, two hours ago."""
    remembered: dict[str, Any] = {
        "url": URL,
        "state": "stored",
        "reason": None,
        "status": 200,
        "article_id": 7,
        "spider": "harbour",
        "source": "feed",
        "attempts": 1,
        "discovered_at": NOW - 2 * HOUR,
        "tried_at": NOW - 2 * HOUR,
        "published_at": NOW - 3 * HOUR,
        "due_at": NOW + 3 * HOUR,
        "etag": '"quay"',
        "run_id": 1,
    }
    return PageState(**(remembered | known))


def link(updated_at: datetime | None) -> Link:
    return Link(url=URL, source="news_sitemap", updated_at=updated_at)


@pytest.mark.parametrize(
    ("state", "planned"),
    [
        (None, PlannedRequest(conditional=False, why="new")),
        (page(state="discovered", tried_at=None, due_at=None), PlannedRequest(conditional=False, why="unfinished")),
        (page(state="discovered", due_at=NOW + HOUR), None),
        (page(state="refused", reason="video"), None),
        (page(state="refused", reason="video", due_at=NOW - DAY, listed_at=NOW), None),
        (
            page(state="failed", reason="timeout", due_at=NOW - MINUTE),
            PlannedRequest(conditional=False, why="failed before: timeout"),
        ),
        (page(state="failed", reason="timeout", due_at=NOW + HOUR), None),
        (page(state="failed", reason="timeout", due_at=None), None),
        (page(state="failed", reason="timeout", due_at=None, listed_at=NOW), None),
        (page(state="blocked", reason=None, due_at=NOW), PlannedRequest(conditional=False, why="blocked before")),
        (page(state="blocked", due_at=None), None),
        (page(), None),
        (page(due_at=None), None),
        (page(due_at=NOW), CHANGES),
        (page(due_at=NOW, state="unchanged"), CHANGES),
        (page(due_at=NOW, etag=None), CHANGES_WHOLE),
        (page(due_at=NOW, etag=None, last_modified="Tue, 10 Mar 2026 11:00:00 GMT"), CHANGES),
        (page(due_at=NOW + 10 * MINUTE), CHANGES),  # a tenth of the pause, nearly
        (page(due_at=NOW + 15 * MINUTE), None),
        # at a day and at thirty, whatever its validators say
        (page(due_at=NOW, published_at=NOW - DAY), CHANGES_WHOLE),
        (page(due_at=NOW - DAY, published_at=NOW - 2 * DAY), CHANGES_WHOLE),
        (page(due_at=NOW, published_at=NOW - 3 * DAY), CHANGES),
        (page(due_at=NOW, published_at=NOW - 30 * DAY), CHANGES_WHOLE),
        (page(due_at=NOW, published_at=None, discovered_at=NOW - DAY), CHANGES_WHOLE),
        # the clock was put back since
        (page(tried_at=NOW + DAY, due_at=NOW + 2 * DAY), CHANGES),
    ],
)
def test_what_is_requested_without_a_list_entry(state: PageState | None, planned: PlannedRequest | None) -> None:
    assert pages.plan_request(state, None, NOW) == planned
    assert pages.plan_request(state, link(None), NOW) == planned


def test_a_page_of_which_an_archive_gave_a_part_is_requested_when_a_list_names_it() -> None:
    for state in (page(is_partial=True), page(is_partial=True, state="unchanged", due_at=None)):
        planned = pages.plan_request(state, link(None), NOW)
        assert planned == PlannedRequest(conditional=False, why="only a part of it is known")
        assert pages.plan_request(state, None, NOW) is None
    refused = page(is_partial=True, state="refused", reason="video")
    assert pages.plan_request(refused, link(None), NOW) is None


@pytest.mark.parametrize(
    ("known", "updated_at", "planned"),
    [
        ({}, NOW - HOUR, CHANGED_WHOLE),
        ({"state": "unchanged", "discovered_at": NOW - 3 * HOUR}, NOW - HOUR, CHANGED),
        ({"state": "unchanged", "etag": None}, NOW - HOUR, CHANGED_WHOLE),
        ({"due_at": None}, NOW - HOUR, CHANGED_WHOLE),
        ({"due_at": NOW}, NOW - HOUR, CHANGED_WHOLE),
        ({}, NOW - 2 * HOUR, None),
        ({}, NOW - 3 * HOUR, None),
        ({"listed_at": NOW - HOUR}, None, CHANGED_WHOLE),
        ({"listed_at": NOW - HOUR}, NOW - 3 * HOUR, CHANGED_WHOLE),
        ({"listed_at": NOW - 3 * HOUR}, NOW - HOUR, CHANGED_WHOLE),
        ({"tried_at": NOW - MINUTE}, NOW, CHANGED_WHOLE),  # it was right each time
        ({"state": "unchanged", "tried_at": NOW - 50 * MINUTE, "discovered_at": NOW - DAY}, NOW, None),
        ({"state": "unchanged", "tried_at": NOW - HOUR, "discovered_at": NOW - HOUR}, NOW, CHANGED),
        ({}, NOW + DAY, None),  # of the future, it is heard when that has come
        ({}, NOW + MINUTE, CHANGED_WHOLE),
        # visited twice without a change, beyond the planned visits at one hour and six
        ({**WITHOUT_CHANGE, "tried_at": NOW - 3 * HOUR}, NOW, None),
        ({**WITHOUT_CHANGE, "tried_at": NOW - 4 * HOUR}, NOW, CHANGED),
        ({**WITHOUT_CHANGE, "tried_at": NOW - 3 * HOUR, "state": "stored"}, NOW, CHANGED_WHOLE),
        # as often as a list may say so, never for longer than it has been known
        ({**WITHOUT_CHANGE, "tried_at": NOW - 9 * HOUR, "attempts": 900}, NOW, None),
        ({**WITHOUT_CHANGE, "tried_at": NOW - 10 * HOUR, "attempts": 900}, NOW, CHANGED),
        ({"state": "stored", "discovered_at": NOW - 20 * DAY, "tried_at": NOW - DAY}, NOW, CHANGED_WHOLE),
    ],
)
def test_what_is_requested_because_of_a_list_entry(
    known: dict[str, Any], updated_at: datetime | None, planned: PlannedRequest | None
) -> None:
    assert pages.plan_request(page(**known), link(updated_at), NOW) == planned


@pytest.mark.parametrize(
    ("published", "discovered", "hours"),
    [
        (timedelta(), timedelta(), 1),
        (MINUTE, timedelta(), 1 - 1 / 60),
        (50 * MINUTE, timedelta(), 6 - 50 / 60),
        (HOUR, HOUR, 5),
        (5 * HOUR, HOUR, 19),
        (DAY, DAY, 48),
        (3 * DAY, timedelta(), 7 * 24),
        (10 * DAY, timedelta(), 20 * 24),
        (25 * DAY, timedelta(), None),
        (30 * DAY, timedelta(), None),
        (8000 * DAY, timedelta(), None),
        (None, timedelta(), 1),
        (None, 2 * HOUR, 4),
        (-DAY, 2 * HOUR, 4),
    ],
)
def test_visits_thin_out(published: timedelta | None, discovered: timedelta, hours: float | None) -> None:
    published_at = None if published is None else NOW - published
    due_at = pages.next_visit(published_at, NOW - discovered, NOW)
    assert (due_at and (due_at - NOW) / HOUR) == pytest.approx(hours)


def test_failures_are_tried_again_after_pauses_that_grow_and_then_given_up() -> None:
    pauses = [pages.next_try(n, NOW) for n in range(1, 9)]
    assert [at and (at - NOW) / HOUR for at in pauses] == [0.25, 1, 6, 24, 72, 168, None, None]
    pauses = [pages.next_try(n, NOW, blocked=True) for n in range(1, 9)]
    assert [at and (at - NOW) / HOUR for at in pauses] == [1, 6, 24, 72, 168, 336, None, None]


PERMANENT, BY_CONTENT, TEMPORARY, NOT_WANTED = RefusalKind


def refused(refusal: RefusalKind, **known: Any) -> PageState:
    """A page that was refused two hours ago, and is due in an hour."""
    without: dict[str, Any] = {"state": "refused", "reason": "fog", "article_id": None, "published_at": None}
    return page(**without | {"refusal": refusal, "failures": 1, "due_at": NOW + HOUR} | known)


def why(state: PageState, listed: Link | None = None, **run: Any) -> str | None:
    planned = pages.plan_request(state, listed, NOW, **run)
    assert planned is None or not planned.conditional
    return planned.why if planned else None


REPORTED = "the list says that it is new or changed"


@pytest.mark.parametrize("refusal", [BY_CONTENT, TEMPORARY])
def test_a_refused_page_is_requested_when_it_is_due_or_a_list_reports_it(refusal: RefusalKind) -> None:
    state = refused(refusal)
    assert why(state) is None
    assert why(replace(state, due_at=NOW)) == "refused before: fog"
    assert why(state, link(NOW - HOUR)) == REPORTED
    assert why(state, Link(url=URL, source="feed", published_at=NOW - HOUR)) == REPORTED
    assert why(replace(state, listed_at=NOW - HOUR)) == REPORTED
    assert why(replace(state, due_at=None, failures=9), link(NOW - HOUR)) == REPORTED
    assert why(state, link(NOW - 3 * HOUR)) is None
    assert why(state, link(NOW + DAY)) is None


def test_a_page_that_failed_or_was_given_up_is_requested_when_a_list_reports_it() -> None:
    state = page(state="failed", reason="partial_content", refusal=TEMPORARY, due_at=None, failures=7)
    assert why(state) is None
    assert why(state, link(NOW - HOUR)) == REPORTED
    assert why(replace(state, state="blocked", reason="http_403"), link(NOW - HOUR)) is None


def test_a_page_refused_for_good_is_never_requested() -> None:
    assert why(refused(PERMANENT, due_at=NOW - DAY, extractor="1"), link(NOW), extractor="2") is None


def test_a_page_that_a_run_did_not_want_is_requested_by_one_that_does() -> None:
    state = refused(NOT_WANTED, due_at=None, published_at=NOW - 9 * DAY)
    assert why(state) == "refused before: fog"
    assert why(state, dates=DateRange(since=NOW - 10 * DAY)) == "refused before: fog"
    assert why(state, dates=DateRange(since=NOW - 8 * DAY)) is None
    assert why(state, link(NOW), dates=DateRange(until=NOW - 9 * DAY)) is None


def test_another_extractor_reads_again_what_was_refused_by_content() -> None:
    state = refused(BY_CONTENT, due_at=None, extractor="1")
    assert why(state, extractor="1") is None
    assert why(state, extractor="2") == "refused before: fog, by another version of the extractor"


def test_pauses_after_refusals() -> None:
    def hours(refusal: RefusalKind) -> list[float | None]:
        pauses = [pages.next_try(n, NOW, refusal=refusal) for n in range(1, 9)]
        return [(at - NOW) / HOUR if at else None for at in pauses]

    assert hours(TEMPORARY) == [1, 6, 24, 72, 168, 336, None, None]
    assert hours(BY_CONTENT) == [720] + [None] * 7
    assert hours(PERMANENT) == hours(NOT_WANTED) == [None] * 8


@pytest.mark.parametrize("refusal", [BY_CONTENT, TEMPORARY])
@pytest.mark.parametrize("cron", [HOUR, 6 * HOUR])
def test_a_refused_page_costs_little_though_a_list_reports_it_at_each_run(
    refusal: RefusalKind, cron: timedelta
) -> None:
    known, now, tries = refused(refusal, discovered_at=NOW, tried_at=NOW, due_at=NOW + HOUR), NOW, 1
    while now < NOW + 60 * DAY:
        now += cron
        if pages.plan_request(known, link(now), now):
            tries += 1
            failures = known.failures + 1
            due_at = pages.next_try(failures, now, refusal=refusal)
            known = replace(known, tried_at=now, attempts=tries, failures=failures, due_at=due_at)
    assert 8 <= tries <= 24


def lived(days: int, *, cron: timedelta, edits: list[timedelta], lastmod: str | None = None, lies: bool = False) -> Any:
    """What becomes of an article: the ages at which it is requested, and at which its edits are found.

    `lastmod` is what a list tells: nothing, "honest" or always "now"; `lies`: its page has one ETag for ever.
    """
    known, ages, found, seen = page(discovered_at=NOW, published_at=NOW, tried_at=NOW, due_at=NOW + HOUR), [], [], 0
    now = NOW
    while now < NOW + days * DAY:
        now += cron
        there = sum(NOW + age <= now for age in edits)
        updated_at = {"honest": NOW + edits[there - 1] if there else NOW, "now": now}.get(lastmod or "")
        ask = pages.plan_request(known, link(updated_at), now)
        if ask is None:
            continue
        ages.append(now - NOW)
        changed = there > seen and not (lies and ask.conditional)
        if changed:
            found.append(now - NOW)
            seen = there
        due_at = pages.next_visit(NOW, NOW, now)
        state: State = "stored" if changed else "unchanged"
        known = replace(known, state=state, tried_at=now, due_at=due_at, attempts=known.attempts + 1)
    return ages, found


def test_an_article_is_looked_at_six_times() -> None:
    ages, _ = lived(100, cron=10 * MINUTE, edits=[])
    assert [round(age / HOUR) for age in ages] == [1, 6, 23, 71, 239, 719]


def test_under_a_daily_cron_it_is_looked_at_less() -> None:
    ages, _ = lived(100, cron=DAY, edits=[])
    assert [age // DAY for age in ages] == [1, 3, 10, 30]


def test_edits_are_found_by_visits_and_sooner_by_an_honest_list() -> None:
    edits = [2 * HOUR, 9 * HOUR, 40 * HOUR]
    assert lived(50, cron=HOUR, edits=edits)[1] == [6 * HOUR, 23 * HOUR, 71 * HOUR]
    assert lived(50, cron=HOUR, edits=edits, lastmod="honest")[1] == edits


def test_an_edit_is_found_though_the_page_says_that_there_is_none() -> None:
    assert lived(50, cron=HOUR, edits=[2 * HOUR], lies=True)[1] == [23 * HOUR]
    assert lived(50, cron=HOUR, edits=[5 * DAY], lies=True)[1] == [719 * HOUR]


def test_a_list_that_says_changed_at_each_run_costs_little() -> None:
    ages, _ = lived(365, cron=HOUR, edits=[], lastmod="now")
    assert len(ages) <= 22


STATES = st.builds(
    page,
    state=st.sampled_from(["discovered", "stored", "unchanged", "refused", "failed", "blocked"]),
    tried_at=st.none() | st.just(NOW - 2 * HOUR) | st.just(NOW + 2 * DAY),
    due_at=st.none() | st.sampled_from([NOW - DAY, NOW, NOW + DAY]),
    listed_at=st.none() | st.sampled_from([NOW - DAY, NOW, NOW + DAY]),
    published_at=st.none() | st.sampled_from([NOW - 40 * DAY, NOW - DAY, NOW + DAY]),
    etag=st.none() | st.just('"quay"'),
)


@given(STATES, st.none() | st.builds(link, st.none() | st.sampled_from([NOW - DAY, NOW - HOUR, NOW, NOW + DAY])))
def test_only_stored_pages_are_requested_with_conditions(state: PageState, updated_at: Link | None) -> None:
    ask = pages.plan_request(state, updated_at, NOW)
    if ask and ask.conditional:
        assert state.state in ("stored", "unchanged")
        assert state.etag


@given(st.none() | st.timedeltas(-DAY, 60 * DAY), st.timedeltas(timedelta(0), 60 * DAY), st.integers(0, 9))
def test_what_is_planned_is_in_the_future(published: timedelta | None, discovered: timedelta, failures: int) -> None:
    published_at = None if published is None else NOW - published
    for at in (pages.next_visit(published_at, NOW - discovered, NOW), pages.next_try(failures, NOW)):
        assert at is None or at > NOW
