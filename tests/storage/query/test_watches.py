"""Saved searches: what is new, what was reported, and what a failed report leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from newscrawl.errors import StorageError
from newscrawl.storage import Query, Report, Store, Watch, WatchTarget
from tests.storage.captures import HOST, Keep, capture

HOOK = WatchTarget(kind="webhook", address="https://hooks.example/x", secret="whsec_abc")


def cranes(slug: str, hours: float = 0, **fields: Any) -> Any:
    return capture(slug, hours, headline=f"Cranes of {slug}", **fields)


def read(store: Store, name: str = "cranes") -> Watch:
    [watch] = store.watches(name)
    return watch


def slugs(store: Store, ids: Any) -> list[str]:
    return [stored.article.url.rpartition("/")[2] for stored in store.articles_of(ids)]


def claim(store: Store, watch: Watch, limit: int = 100) -> Report:
    report = store.claim_report(watch, "webhook", limit)
    assert report is not None
    return report


def test_a_watch_reports_what_is_stored_after_it_once(store: Store, keep: Keep) -> None:
    keep(cranes("old"), capture("other"))
    since = datetime(2016, 1, 1, tzinfo=UTC)
    watch = store.add_watch("cranes", Query(words="headline:cranes", since=None), [HOOK])
    store.add_watch("dated", Query(words="cranes", since=since, section="Ports"))
    assert (watch.name, watch.matches, watch.targets) == ("cranes", 1, (HOOK,))
    assert watch.query == Query(words="headline:cranes", limit=None, sort="oldest")
    assert read(store, "dated").query == Query(words="cranes", since=since, section="Ports", limit=None, sort="oldest")
    assert [each.name for each in store.watches()] == ["cranes", "dated"]
    assert store.claim_report(watch, "webhook", 100) is None
    assert not store.match_watch(watch)

    keep(cranes("b", published_at=datetime(2016, 3, 2, tzinfo=UTC)), cranes("a", published_at=since), capture("c"))
    assert slugs(store, store.find_new_matches(watch)) == ["a", "b"]
    assert slugs(store, store.match_watch(watch)) == ["a", "b"]
    assert not store.match_watch(watch)
    assert slugs(store, store.newest_matches(watch, 2)) == ["b", "a"]
    assert read(store).targets[0].waiting == 2
    report = claim(store, watch)
    assert slugs(store, report.ids) == ["a", "b"]
    store.end_report(watch, "webhook", report)
    [target] = read(store).targets
    assert (target.waiting, target.failures, target.trouble) == (0, 0, None)
    assert target.delivered_at is not None


def test_a_revision_that_matches_first_is_new_and_one_that_matches_again_is_not(store: Store, keep: Keep) -> None:
    keep(cranes("old"), capture("later"))
    watch = store.add_watch("cranes", Query(words="headline:cranes"), [HOOK])
    keep(cranes("old", 5, dek="Now with a dek."), cranes("later", 5))
    assert slugs(store, store.match_watch(watch)) == ["later"]


def test_stored_articles_are_reported_only_on_request(store: Store, keep: Keep) -> None:
    keep(cranes("old"), cranes("older", published_at=datetime(2010, 1, 1, tzinfo=UTC)))
    watch = store.add_watch("cranes", Query(words="cranes"), [HOOK], reports_stored=True)
    assert slugs(store, claim(store, watch).ids) == ["older", "old"]


def test_a_failed_report_is_the_next_one_again_whatever_was_found_meanwhile(store: Store, keep: Keep) -> None:
    watch = store.add_watch("cranes", Query(words="cranes"), [HOOK])
    keep(cranes("a"), cranes("b"), cranes("c"))
    store.match_watch(watch)
    first = claim(store, watch, 2)
    assert store.claim_report(watch, "webhook", 2) is None, "another process reports it"
    store.end_report(watch, "webhook", first, "hooks.example: HTTP 503")
    store.end_report(watch, "webhook", first, "hooks.example: HTTP 503")
    [target] = read(store).targets
    assert (target.failures, target.trouble, target.waiting) == (2, "hooks.example: HTTP 503", 3)
    keep(cranes("d"))
    store.match_watch(watch)
    assert claim(store, watch, 100) == first
    store.end_report(watch, "webhook", first)
    rest = claim(store, watch, 100)
    assert slugs(store, rest.ids) == ["c", "d"]
    assert rest.through == 4


def test_the_claim_of_a_killed_process_expires(store: Store, keep: Keep) -> None:
    watch = store.add_watch("cranes", Query(words="cranes"), [HOOK])
    keep(cranes("a"))
    store.match_watch(watch)
    first = claim(store, watch)
    with store._writing() as connection:
        past = datetime.now(UTC) - timedelta(seconds=1)
        connection.execute(text("UPDATE watch_targets SET claimed_until = :past"), {"past": past.replace(tzinfo=None)})
    assert claim(store, watch) == first


def test_a_merged_article_is_not_reported_again(store: Store, keep: Keep) -> None:
    watch = store.add_watch("cranes", Query(words="cranes"), [HOOK])
    url = f"{HOST}/news/articles/2016-03-01"
    keep(capture("one", canonical_url=f"{url}/one"))  # only the one that will be retired has matched
    keep(cranes("two", canonical_url=f"{url}/two", post_id="77"))
    store.match_watch(watch)
    store.end_report(watch, "webhook", claim(store, watch))
    keep(cranes("one", 5, canonical_url=f"{url}/one", post_id="77"))
    assert store.totals()["articles"] == 1
    assert not store.match_watch(watch)
    assert read(store).matches == 1


def test_numbers_of_deleted_articles_are_not_used_again(store: Store, keep: Keep) -> None:
    watch = store.add_watch("cranes", Query(words="cranes"), [HOOK])
    keep(cranes("a"), cranes("b"))
    store.match_watch(watch)
    store.end_report(watch, "webhook", claim(store, watch))
    with store._writing() as connection:
        connection.execute(text("DELETE FROM watch_matches"))  # as deleting their articles does
    keep(cranes("c"))
    store.match_watch(watch)
    assert slugs(store, claim(store, watch).ids) == ["c"]


def test_names_are_unique_and_removing_a_watch_removes_all_of_it(store: Store, keep: Keep) -> None:
    keep(cranes("a"))
    watch = store.add_watch("cranes", Query(words="cranes"), [HOOK], reports_stored=True)
    with pytest.raises(StorageError, match="a watch cranes already"):
        store.add_watch("cranes", Query(words="tide"))
    store.remove_watch(watch.id)
    assert store.watches() == []
    assert store.claim_report(watch, "webhook", 100) is None
    assert store.add_watch("cranes", Query(words="cranes")).key != watch.key


def test_a_condition_of_another_version_is_named() -> None:
    now = datetime.now(UTC)
    watch = Watch(id=1, name="x", key="k", conditions={"mood": 1}, added_at=now, checked_at=now, matches=0, targets=())
    with pytest.raises(StorageError, match="watch x: unknown condition mood"):
        _ = watch.query


def test_a_secret_is_in_no_representation() -> None:
    assert "whsec" not in repr(HOOK)
