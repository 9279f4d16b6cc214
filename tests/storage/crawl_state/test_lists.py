"""What is remembered of lists, on the three databases."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from newscrawl.errors import StorageError
from newscrawl.storage import ListState, Store
from tests.storage.captures import HOST, at

FEED = ListState(
    url=f"{HOST}/feeds/harbour.xml?page=1",
    source="feed",
    outcome="read",
    reason="late",
    status=200,
    etag='W/"π"',
    last_modified="Tue, 01 Mar 2016 12:00:00 GMT",
    digest="d" * 32,
    lastmod=at(-3),
    entries=30,
    span_seconds=4_000_000_000,
    asked_at=at(1),
    read_at=at(0),
    checked_at=at(-2),
    new_at=at(-1),
    due_at=at(2),
    interval_seconds=3600,
    failures=2,
    validators_lie=True,
    lastmod_lies=True,
)


def test_a_list_comes_back_as_it_went_in(store: Store, run_id: int) -> None:
    bare = ListState(url=f"{HOST}/", source="front_page")
    store.save_list("sample", FEED, run_id=run_id)
    store.save_list("sample", bare, run_id=run_id)
    assert store.lists("sample") == [FEED, bare]


def test_what_a_list_has_become_takes_the_place_of_what_it_was(store: Store, run_id: int) -> None:
    store.save_list("sample", FEED, run_id=run_id)
    store.save_list("sample", ListState(url=f"{HOST}/", source="front_page"), run_id=run_id)
    gone = replace(FEED, outcome="gone", reason="http_404", etag=None, due_at=None, validators_lie=False)
    store.save_list("sample", gone, run_id=run_id)
    store.save_list("sample", gone, run_id=run_id)
    assert [known.url for known in store.lists("sample")] == [FEED.url, f"{HOST}/"]
    assert store.lists("sample")[0] == gone


def test_lists_of_one_address_but_for_its_query_or_spider_are_two(store: Store, run_id: int) -> None:
    second = replace(FEED, url=FEED.url.replace("page=1", "page=2"), etag=None)
    for spider, known in (("sample", FEED), ("sample", second), ("other", replace(FEED, entries=1))):
        store.save_list(spider, known, run_id=run_id)
    assert store.lists("sample") == [FEED, second]
    assert [known.entries for known in store.lists("other")] == [1]
    assert store.lists("nobody") == []


def test_what_no_database_takes_is_replaced_or_cut(store: Store, run_id: int) -> None:
    odd = replace(FEED, url=f"{HOST}/{'l' * 5000}\ud800", etag='"\0"' * 900, reason="r" * 900)
    for _ in range(2):
        store.save_list("sample", odd, run_id=run_id)
    (known,) = store.lists("sample")
    assert (known.url, known.etag) == (f"{HOST}/{'l' * 5000}\ufffd", '"\ufffd"' * 900)
    assert known.reason == "r" * 499 + "…"


def test_lists_written_together_are_all_written_or_none(store: Store, run_id: int) -> None:
    second = replace(FEED, url=f"{HOST}/feeds/second.xml")
    rejected = replace(FEED, url=f"{HOST}/feeds/third.xml", entries=2**70)
    save = partial(store.save_list, "sample", run_id=run_id)
    with pytest.raises(StorageError):  # `save_list` alone would do without what is rejected
        store.write_together([partial(save, FEED), partial(save, rejected), partial(save, second)])
    assert store.lists("sample") == []
    assert store.write_together([partial(save, FEED), partial(save, second)]) == [None, None]
    assert store.lists("sample") == [FEED, second]
    save(rejected)
    assert [known.entries for known in store.lists("sample")] == [30, 30, 0]
