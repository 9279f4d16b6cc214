"""What is remembered of sites, on the three databases."""

from __future__ import annotations

import time_machine

from newscrawl.storage import SiteResult, Store
from tests.storage.captures import at

HOME = "https://quay.example/"


def test_a_site_has_what_its_last_run_found_out(store: Store) -> None:
    with time_machine.travel(at(0), tick=False):
        run = store.start_run("news", {}, sites=["quay.example", "pier.example"])
        store.start_sites({"quay.example": (HOME, None), "pier.example": ("https://pier.example/", "")}, run_id=run)
    with time_machine.travel(at(1), tick=False):
        results = {
            "quay.example": SiteResult(was_read=True, delay_seconds=1.5, trouble=None),
            "pier.example": SiteResult(was_read=False, delay_seconds=None, trouble="unreachable"),
        }
        store.end_sites(results, run_id=run)
    with time_machine.travel(at(2), tick=False):
        later = store.start_run("news", {}, sites=["quay.example"])
        store.start_sites({"quay.example": (HOME, "The Quay")}, run_id=later)
        store.end_sites({"quay.example": SiteResult(was_read=True, delay_seconds=9, trouble="late")}, run_id=run)
    pier, quay = store.sites()
    assert (quay.home, quay.title, quay.added_at, quay.tried_at) == (HOME, "The Quay", at(0), at(2))
    assert (quay.read_at, quay.delay_seconds, quay.trouble) == (at(1), 1.5, None), "that of a later run stays"
    assert (pier.title, pier.tried_at, pier.read_at, pier.trouble) == (None, at(0), None, "unreachable")
    assert store.sites("quay.example") == [quay]
    assert store.sites("ferry.example") == []
