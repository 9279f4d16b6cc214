"""Exports that were made, and what has changed since."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from newscrawl.storage import Export, Query, Store
from tests.storage.captures import Keep, capture

TIDES = Export(target="/srv/news.jsonl", format="jsonl", conditions={"section": "Ports", "limit": None})


def test_last_export_has_the_same_target_format_and_conditions(store: Store) -> None:
    assert store.last_export(TIDES) is None
    bound = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    store.enter_export(TIDES, 7, None)
    store.enter_export(TIDES, 9, bound)
    for other in ({"target": "/srv/x"}, {"format": "csv"}, {"conditions": {"section": "ports", "limit": None}}):
        store.enter_export(replace(TIDES, **other), 1, None)
    last = store.last_export(TIDES)
    assert last is not None
    assert (last.articles, last.changed_through) == (9, bound)
    assert last.exported_at.tzinfo is UTC


def test_selection_of_what_changed_since_the_last_export(store: Store, keep: Keep) -> None:
    assert store.selection(Query()).changed_through is None
    keep(capture("a"), capture("b", headline="Tariffs, Again"))
    all_of_it = store.selection(Query(limit=None))
    assert len(all_of_it.ids) == 2
    since = Query(changed_after=all_of_it.changed_through, limit=None)
    assert not store.selection(since).ids
    keep(capture("b", 5, headline="Tariffs, Once Again"), capture("c"))
    changed = store.selection(since)
    assert {stored.article.url[-1] for stored in store.articles_of(changed.ids)} == {"b", "c"}
    assert not store.selection(Query(changed_after=changed.changed_through)).ids


def test_span_of_publication_dates(store: Store, keep: Keep) -> None:
    assert store.span([]) is None
    times = [datetime(2016, 3, day, tzinfo=UTC) for day in (1, 5, 9)]
    keep(capture("none"), *(capture(f"s{time.day}", published_at=time) for time in times))
    assert store.span(store.ids(Query())) == (times[0], times[-1])
