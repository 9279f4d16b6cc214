"""Captures that were cut stand in until a complete one is known, in whatever order captures come."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from newscrawl.article import Article, CaptureRef, Image
from newscrawl.storage import PageResult, ReextractFilter, Store
from newscrawl.storage.articles.merge import FIELDS, add_version, content_text, is_changed, make_version, merge
from newscrawl.storage.articles.rows import load, load_histories
from tests.storage.captures import HOST, at, body, capture

FIRST, SECOND, THIRD = "The cranes stood still.", "No ship came in.", "Gulls were the only guests."
EARLY = capture(hours=0, body=body(FIRST, SECOND, THIRD), published_at=at(-5), published_precision="day")
LATE = capture(hours=5, headline="Harbour Wakes", body=body(FIRST, SECOND, "Then a tug came."))
CUT = capture(
    hours=2,
    url="https://m.bloomberg.example/news/articles/2016-03-01/quiet-harbour",
    canonical_url=f"{HOST}/news/articles/2016-03-01/quiet-harbour",
    complete=False,
    layout="generic",
    headline="Harbour",
    dek="Cranes idle",
    section="markets",
    topics=("ships",),
    images=(Image(caption="A crane"),),
    published_at=at(-4),
    published_precision="second",
    body=body(FIRST),
    sources={"dek": "meta"},
)
LONGER = replace(CUT, fetched_at=at(8), body=body(FIRST, "No ship came"), dek=None)
TEASER = replace(CUT, fetched_at=at(9), access="teaser", body=body(FIRST, SECOND, THIRD, THIRD))


def result(article: Article) -> PageResult:
    reason = None if article.complete else "truncated_length"
    offset = round(article.fetched_at.timestamp())
    place: dict[str, Any] = {"file": "a.warc.gz", "offset": offset, "length": 9}
    ref = CaptureRef(
        url=article.url, captured_at=article.fetched_at, status=200, incomplete_reason=reason, digest="sha1:A", **place
    )
    return PageResult(
        article.url, "stored", article=article, status=200, spider="sample", capture=ref, is_archived=True
    )


def named(article: Article, slug: str) -> Article:
    canonical_url = article.canonical_url and article.canonical_url.replace("quiet-harbour", slug)
    return replace(article, url=article.url.replace("quiet-harbour", slug), canonical_url=canonical_url)


def record(store: Store, run_id: int, slug: str, *articles: Article, together: bool = False) -> int:
    """Record captures one by one or together; the number of their article."""
    results = [result(named(article, slug)) for article in articles]
    groups = [results] if together else [[each] for each in results]
    numbers = {saved.article_id for group in groups for saved in store.record(group, run_id=run_id, extractor="1")}
    assert len(numbers) == 1
    return numbers.pop() or 0


def shown(store: Store, number: int) -> tuple[Article, list[tuple[Any, ...]]]:
    """An article, and its versions with their times."""
    with store._reading() as connection:
        articles = load(connection, [number])
        versions = load_histories(connection, articles)[number]
    times = [(version.content, version.seen_at, version.seen_until, version.complete) for version in versions]
    return articles[number], times


@pytest.mark.parametrize("together", [False, True])
def test_a_cut_capture_changes_nothing_of_an_article_with_a_complete_one(
    store: Store, run_id: int, together: bool
) -> None:
    orders = [*permutations([EARLY, LATE, CUT]), *permutations([LATE, CUT, LONGER])]
    for place, order in enumerate(orders):
        complete = [article for article in order if article.complete]
        without = shown(store, record(store, run_id, f"whole-{place}", *complete, together=together))
        article, versions = shown(store, record(store, run_id, f"cut-{place}", *order, together=together))
        assert article == replace(without[0], url=without[0].url.replace("whole", "cut"))
        assert versions == without[1]
        assert len(versions) == len(complete)


@pytest.mark.parametrize("together", [False, True])
def test_of_several_cut_captures_the_one_that_shows_most_counts(store: Store, run_id: int, together: bool) -> None:
    for place, order in enumerate(permutations([CUT, LONGER, TEASER])):
        number = record(store, run_id, f"part-{place}", *order, together=together)
        article, versions = shown(store, number)
        assert (article.body, article.access, article.dek, article.complete) == (LONGER.body, "full", None, False)
        assert article.fetched_at == at(8)
        assert [(seen_at, until, complete) for _, seen_at, until, complete in versions] == [(at(2), at(9), False)]


def test_the_outcome_and_the_rows_of_a_cut_capture(store: Store, run_id: int) -> None:
    (first,) = store.record([result(CUT)], run_id=run_id)
    (same,) = store.record([result(replace(CUT, fetched_at=at(3)))], run_id=run_id)
    (whole,) = store.record([result(EARLY)], run_id=run_id)
    (again,) = store.record([result(LONGER)], run_id=run_id)
    assert [each.outcome for each in (first, same, whole, again)] == ["stored", "unchanged", "updated", "unchanged"]
    assert first.article_id is not None
    captures = store.captures(first.article_id)
    assert [(each.captured_at, each.incomplete_reason) for each in captures] == [
        (at(0), None),
        (at(2), "truncated_length"),
        (at(3), "truncated_length"),
        (at(8), "truncated_length"),
    ]
    stored = store.article(first.article_id)
    assert stored is not None
    assert (stored.revision, stored.article.complete) == (1, True)


def test_a_cut_capture_replaces_what_a_list_said_and_text_gives_way_to_neither(store: Store, run_id: int) -> None:
    listed = capture(hours=9, access="blocked", layout="listed", body=(), tickers=("SEA:US",))
    text = capture(hours=9, layout="bloomberg_text", headline="Harbour Falls Quiet, in Text")
    cases = {
        "listed": ([listed, CUT], CUT),
        "text": ([text, CUT], text),
        "cut-text": ([replace(text, complete=False), CUT], CUT),
        "page": ([replace(text, complete=False), text, CUT, EARLY], EARLY),
    }
    for slug, (captures, counts) in cases.items():
        for order in (captures, captures[::-1]):
            number = record(store, run_id, f"{slug}-{order is captures}", *order)
            article, versions = shown(store, number)
            assert (article.headline, article.complete, len(versions)) == (counts.headline, counts.complete, 1), slug


def test_a_cut_copy_of_a_capture_leaves_the_row_of_the_complete_one(store: Store, run_id: int) -> None:
    whole, cut = result(EARLY), result(replace(CUT, url=EARLY.url, fetched_at=EARLY.fetched_at))
    assert cut.capture is not None
    elsewhere = replace(cut.capture, file="b.warc.gz", digest="sha1:B")
    cut = replace(cut, capture=elsewhere)
    for order in ([whole, cut], [cut, whole]):
        for each in order:
            (saved,) = store.record([each], run_id=run_id)
        assert saved.article_id is not None
        (row,) = store.captures(saved.article_id)
        assert (row.file, row.incomplete_reason) == ("a.warc.gz", None)
    assert all(store.captured([elsewhere, replace(elsewhere, incomplete_reason=None)]))


def test_a_complete_copy_of_a_cut_capture_is_not_known(store: Store, run_id: int) -> None:
    cut = result(CUT)
    store.record([cut], run_id=run_id)
    assert cut.capture is not None
    whole = replace(cut.capture, incomplete_reason=None, digest="sha1:B", file="b.warc.gz")
    in_index = replace(whole, file=None)
    assert [bool(known) for known in store.captured([cut.capture, whole, in_index])] == [True, False, True]


def test_a_page_that_waits_for_the_live_crawl_waits_on(store: Store, run_id: int) -> None:
    due = at(48)
    failed = PageResult(CUT.url, "failed", reason="timeout", spider="sample", due_at=due)
    store.record([failed], run_id=run_id)
    store.record([result(CUT)], run_id=run_id)
    (page,) = store.pages(limit=None)
    assert (page.state, page.reason, page.due_at, page.is_partial) == ("failed", "timeout", due, True)
    store.record([result(replace(EARLY, url=CUT.url))], run_id=run_id)
    (page,) = store.pages(limit=None)
    assert page.is_partial is False


def test_the_last_payload_of_a_page_is_a_complete_one(store: Store, run_id: int) -> None:
    store.record([result(EARLY), result(replace(LONGER, url=EARLY.url))], run_id=run_id)
    latest = store.latest_capture(EARLY.url)
    assert latest is not None
    assert latest.captured_at == at(0)


def reread(store: Store, run_id: int, number: int, *readings: Article) -> Article:
    rewritten = store.rewrite(
        {number: readings}, [result(each) for each in readings], lists=(), run_id=run_id, extractor="2"
    )
    assert len(rewritten) == 1
    stored = store.article(number)
    assert stored is not None
    return stored.article


@pytest.mark.parametrize(
    "captures", [[EARLY, CUT], [CUT, EARLY, LATE], [CUT, LONGER, TEASER], [TEASER, CUT], [LATE, LONGER, EARLY]]
)
def test_the_same_reading_again_changes_nothing(store: Store, run_id: int, captures: list[Article]) -> None:
    number = record(store, run_id, "same", *captures)
    before = shown(store, number)
    readings = [named(article, "same") for article in captures]
    assert store.reread({number: readings}, lists=())[0].changes == {}
    reread(store, run_id, number, *readings[::-1])
    assert shown(store, number) == before


def test_reading_again_corrects_what_was_taken_for_complete(store: Store, run_id: int) -> None:
    """As a database of an earlier version has it: the cut capture is the second revision."""
    for slug, order in {"later": [EARLY, LONGER, LATE], "last": [EARLY, LONGER], "first": [CUT, LATE]}.items():
        number = record(store, run_id, slug, *(replace(article, complete=True) for article in order))
        expected = record(store, run_id, f"{slug}-right", *order)
        reread(store, run_id, number, *(named(article, slug) for article in order))
        (article, versions), (right, right_versions) = shown(store, number), shown(store, expected)
        assert (article.body, article.headline, article.dek, article.published_at, article.complete) == (
            *(right.body, right.headline, right.dek, right.published_at),
            True,
        )
        assert versions == right_versions, slug
    number = record(store, run_id, "only", replace(CUT, complete=True))
    article = reread(store, run_id, number, named(CUT, "only"))
    assert not article.complete
    assert [state.url for (state,) in store.to_reread(ReextractFilter(missing="complete"), batch=9)] == [article.url]


def test_reading_again_finds_that_a_capture_is_complete(store: Store, run_id: int) -> None:
    number = record(store, run_id, "now", CUT)
    whole = named(replace(CUT, complete=True, body=EARLY.body), "now")
    article = reread(store, run_id, number, whole)
    assert (article.complete, article.body) == (True, EARLY.body)
    assert len(shown(store, number)[1]) == 1


def test_the_rules_of_the_merge_table() -> None:
    assert FIELDS["complete"].since == "0006"
    assert merge(EARLY, CUT) is merge(CUT, EARLY) is EARLY
    assert is_changed(replace(EARLY, complete=False), EARLY)
    assert content_text(replace(EARLY, complete=False)) != content_text(EARLY)
    one, two = make_version(CUT), make_version(LONGER)
    assert add_version([one], two) == add_version([two], one)
