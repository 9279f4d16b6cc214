"""How many articles an update of the clusters compares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from time import process_time

import pytest

from newscrawl.batch import clusters
from newscrawl.batch.clusters import update_clusters, update_clusters_after_run
from newscrawl.operations.archive import open_archive
from newscrawl.storage import Store
from tests.storage.captures import body, capture, result


@pytest.fixture
def store() -> Iterator[Store]:
    """An archive of 250 articles, two each with the same text; none is compared yet."""
    with open_archive("sqlite://") as store:
        texts = [" ".join(f"n{number // 2}w{at}" for at in range(50)) for number in range(250)]
        pages = [result(capture(f"p{number}", body=body(text))) for number, text in enumerate(texts)]
        store.record(pages, run_id=store.start_run("sample", {}))
        yield store


def test_all_are_compared_in_batches(store: Store) -> None:
    shown: list[int] = []
    assert update_clusters(store, show=shown.append) == 250
    assert (shown, store.cluster_totals()) == ([200, 250], (125, 250))
    assert update_clusters(store) == 0


def test_at_most_as_many_as_the_limit_says(store: Store) -> None:
    assert [update_clusters(store, limit=limit) for limit in (1, 203, 99)] == [1, 203, 46]
    assert store.cluster_totals() == (125, 250)


def test_no_batch_begins_when_the_cpu_time_is_used(store: Store) -> None:
    assert update_clusters(store, cpu_seconds=0) == 25
    assert update_clusters(store, cpu_seconds=60) == 225


def test_a_run_is_followed_by_a_twentieth_of_its_cpu_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of its processes too, which extract pages."""
    spent = os.times_result((0.5, 0.1, 0.3, 0.1, 99.0))
    monkeypatch.setattr(os, "times", lambda: spent)
    seconds = count(process_time(), 0.02)  # each batch takes 20 ms
    monkeypatch.setattr(clusters, "process_time", lambda: next(seconds))
    update_clusters_after_run(store)
    assert store.uncompared() == 250 - 3 * 25  # 20, 40, 60 ms: the third batch begins before 50 ms
