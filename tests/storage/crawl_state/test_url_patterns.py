"""URL patterns of sites in the database."""

from datetime import UTC, datetime

import pytest

from newscrawl.errors import LostLockError
from newscrawl.states import UrlPattern
from newscrawl.storage import Store

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SITE = "tern.example"


def pattern(path: str, fetched: int, articles: int) -> UrlPattern:
    return UrlPattern(pattern=path, fetched=fetched, articles=articles, changed_at=NOW)


def test_patterns_come_back_those_with_the_most_pages_first(store: Store) -> None:
    run = store.start_run("news", {})
    few, many = pattern("/tag/{word}", 2, 0), pattern("/{year}/{slug}.html?p={id}", 90, 89)
    store.save_url_patterns(SITE, [few, many], run_id=run)
    store.save_url_patterns("gull.example", [pattern("/{slug}", 1, 1)], run_id=run)
    assert store.url_patterns(SITE) == [many, few]
    assert store.url_patterns("none.example") == []


def test_what_a_person_decided_outlives_new_numbers(store: Store) -> None:
    run = store.start_run("news", {})
    store.set_pattern_rule(SITE, "/ads/{slug}", "deny")
    store.save_url_patterns(SITE, [pattern("/ads/{slug}", 3, 1)], run_id=run)
    [known] = store.url_patterns(SITE)
    assert (known.fetched, known.articles, known.rule) == (3, 1, "deny")
    store.set_pattern_rule(SITE, "/ads/{slug}", None)
    assert store.url_patterns(SITE)[0].rule is None


def test_a_run_that_has_ended_saves_nothing(store: Store) -> None:
    run = store.start_run("news", {})
    store.end_run(run, finish_reason="killed", exit_code=0, counts={})
    with pytest.raises(LostLockError):
        store.save_url_patterns(SITE, [pattern("/{slug}", 1, 1)], run_id=run)
    assert store.url_patterns(SITE) == []
