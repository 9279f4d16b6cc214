"""When sites are due, on the three databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from newscrawl.storage import Schedule, SiteResult, Store
from newscrawl.storage.crawl_state.schedules import find_next_due
from newscrawl.storage.transactions import write_transaction

HOUR = 3600
MOMENT = datetime(2026, 3, 5, 12, tzinfo=UTC)


def schedule(site: str, every: int = HOUR) -> Schedule:
    return Schedule(site=site, spider="news", entries=[{"url": f"https://{site}/"}], every_seconds=every)


def test_a_site_is_due_at_once_and_then_after_its_interval(store: Store) -> None:
    store.save_schedules([schedule("quay.example"), schedule("pier.example")])
    due = store.due_sites(within=timedelta(), limit=10)
    assert [site for site, _ in due] == ["pier.example", "quay.example"]
    assert store.due_sites(within=timedelta(), limit=1) == due[:1]
    store.advance_schedules(["pier.example"])
    assert [site for site, _ in store.due_sites(within=timedelta(), limit=10)] == ["quay.example"]
    assert [site for site, _ in store.due_sites(within=timedelta(hours=2), limit=10)] == [
        "quay.example",
        "pier.example",
    ]
    started = store.start_schedule("quay.example", due[1][1] - timedelta(seconds=90))
    assert started
    assert started.entries == [{"url": "https://quay.example/"}]
    assert 90 <= (started.late_seconds or 0) < 600
    store.end_schedule("quay.example", 7, is_blocked=False)
    pier, quay = store.schedules()
    assert (quay.exit_code, quay.blocks, pier.exit_code) == (7, 0, None)
    assert quay.ended_at
    assert quay.started_at
    assert quay.ended_at >= quay.started_at


def test_a_new_pace_keeps_what_is_known_and_is_never_later_than_its_interval(store: Store) -> None:
    store.save_schedules([schedule("quay.example", 86400)])
    store.advance_schedules(["quay.example"])
    store.end_schedule("quay.example", 0, is_blocked=False)
    store.save_schedules([schedule("quay.example", 60)])
    (changed,) = store.schedules("quay.example")
    assert (changed.every_seconds, changed.exit_code) == (60, 0)
    assert changed.due_at
    assert changed.due_at <= store.now() + timedelta(seconds=60)
    assert store.remove_schedules(["quay.example", "ferry.example"]) == 1
    assert store.start_schedule("quay.example", MOMENT) is None


def test_a_site_is_not_due_before_it_allows_requests(store: Store) -> None:
    store.save_schedules([schedule("quay.example")])
    run = store.start_run("news", {}, sites=["quay.example"])
    store.start_sites({"quay.example": ("https://quay.example/", None)}, run_id=run)
    result = SiteResult(was_read=False, delay_seconds=1, trouble="blocked", pause_seconds=7200)
    store.end_sites({"quay.example": result}, run_id=run)
    (state,) = store.sites()
    assert store.due_sites(within=timedelta(hours=1), limit=10) == []
    assert store.due_sites(within=timedelta(hours=3), limit=10) == [("quay.example", state.allowed_at)]


def test_each_block_doubles_the_pause_up_to_a_day(store: Store) -> None:
    store.save_schedules([schedule("quay.example", 60)])
    pauses = []
    for _ in range(7):
        now = store.end_schedule("quay.example", 4, is_blocked=True)
        (blocked,) = store.schedules()
        assert blocked.due_at
        pauses.append(round((blocked.due_at - now).total_seconds() / HOUR))
    assert pauses == [1, 2, 4, 8, 16, 24, 24]
    store.end_schedule("quay.example", 0, is_blocked=False)
    assert [each.blocks for each in store.schedules()] == [0]


def test_a_crawl_starts_and_ends_beside_a_writer_of_pages(store: Store, url: str) -> None:
    if not url.startswith("sqlite"):  # which has one writer at a time
        store.save_schedules([schedule("quay.example")])
        with write_transaction(store._engine, is_concurrent=True):
            assert store.start_schedule("quay.example", MOMENT)
            store.end_schedule("quay.example", 4, is_blocked=True)
        assert [each.blocks for each in store.schedules()] == [1]


@given(st.integers(1, 40 * 86400), st.integers(-90 * 86400, 3 * 86400), st.text(min_size=1, max_size=20))
def test_the_next_time_is_in_the_future_and_half_an_interval_away(seconds: int, age: int, site: str) -> None:
    every, due_at = timedelta(seconds=seconds), MOMENT + timedelta(seconds=age)
    following = find_next_due(site, due_at, every, MOMENT)
    tolerance = timedelta(milliseconds=1)
    assert following >= max(MOMENT, due_at + every / 2) - tolerance
    assert following <= max(MOMENT, due_at + every / 2) + every + tolerance
    again = find_next_due(site, following, every, following)
    assert abs(again - following - every) < tolerance, "its own point of the interval"


def test_sites_spread_over_the_interval() -> None:
    moments = [find_next_due(f"{n}.example", MOMENT, timedelta(hours=10), MOMENT) for n in range(1000)]
    counts = [sum(int((each - MOMENT) / timedelta(hours=1)) == hour for each in moments) for hour in range(5, 15)]
    assert min(counts) > 60
