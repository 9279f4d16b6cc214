"""What is remembered of sites, on the three databases."""

from __future__ import annotations

from datetime import timedelta

from newscrawl.storage import SiteResult, Store

HOME = "https://quay.example/"


def test_a_site_has_what_its_last_run_found_out(store: Store) -> None:
    moments = [store.now()]
    run = store.start_run("news", {}, sites=["quay.example", "pier.example"])
    store.start_sites({"quay.example": (HOME, None), "pier.example": ("https://pier.example/", "")}, run_id=run)
    moments.append(store.now())
    results = {
        "quay.example": SiteResult(was_read=True, delay_seconds=1.5, trouble=None),
        "pier.example": SiteResult(was_read=False, delay_seconds=None, trouble="unreachable", pause_seconds=900),
    }
    store.end_sites(results, run_id=run)
    moments.append(store.now())
    later = store.start_run("news", {}, sites=["quay.example"])
    store.start_sites({"quay.example": (HOME, "The Quay")}, run_id=later)
    store.end_sites({"quay.example": SiteResult(was_read=True, delay_seconds=9, trouble="late")}, run_id=run)
    pier, quay = store.sites()
    assert (quay.home, quay.title) == (HOME, "The Quay")
    assert quay.read_at
    assert quay.tried_at
    assert moments[0] <= quay.added_at <= moments[1] <= quay.read_at <= moments[2] <= quay.tried_at
    assert (quay.delay_seconds, quay.trouble, quay.allowed_at) == (1.5, None, quay.read_at), "that of a later run stays"
    assert (pier.title, pier.read_at, pier.trouble) == (None, None, "unreachable")
    assert pier.allowed_at == quay.read_at + timedelta(seconds=900)
    assert store.sites("quay.example") == [quay]
    assert store.sites("ferry.example") == []


def test_the_delay_of_a_site_outlives_a_run_that_was_killed(store: Store) -> None:
    homes = {"quay.example": (HOME, None)}
    for delay in (40.0, None):
        killed = store.start_run("news", {}, sites=["quay.example"])
        store.start_sites(homes, run_id=killed)
        if delay:
            result = SiteResult(was_read=True, delay_seconds=delay, trouble=None)
            store.end_sites({"quay.example": result}, run_id=killed)
            store.end_run(killed, finish_reason="finished", exit_code=0, counts={})
    before = store.now()
    store.start_run("news", {}, sites=["quay.example"], is_alive=lambda run: False)
    (state,) = store.sites()
    assert state.allowed_at
    assert state.allowed_at >= before + timedelta(seconds=40)
