"""Store.record on the three databases: one article is one row, and nothing that was known is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from newscrawl.article import Article, Block, Contact, Dateline, Image, Link
from newscrawl.errors import StorageError
from newscrawl.storage import PageResult, Query, RecordedPage, Store
from newscrawl.storage.engine import make_engine, parse_url
from newscrawl.storage.tables import ArticleRow
from tests.storage.captures import HOST, Keep, at, body, capture, result

KeepOne = Callable[[Article], str]

FULL = capture(
    canonical_url=f"{HOST}/news/articles/2016-03-01/quiet-harbour",
    post_id="O3A.b_c",
    headline="Harbour “Falls” Quiet — 港 🚢",
    dek="No ships came.",
    description="Cranes idle as ships stay away.",
    byline=("Ann Bo", "Émile Zoë", "Ann Bo"),
    dateline=Dateline(place="PORT LOW", date_text="March 1", agency="Sample"),
    published_at=datetime(2016, 3, 1, 1, 2, 3, 456789, tzinfo=timezone(timedelta(hours=-5))),
    published_precision="second",
    updated_at=at(-1),
    fetched_at=datetime(2016, 3, 1, 12, 0, 0, 1, tzinfo=UTC),
    section="markets",
    topics=("Ships", "ships", "Ships "),
    tickers=("SEA:US", "SEA"),
    language="en",
    abstract=("Cranes idle", "Gulls busy"),
    correction="Corrects the day.",
    body=(
        Block(kind="paragraph", text="The cranes stood still on Tuesday."),
        Block(kind="subhead", text="Gulls"),
        Block(kind="list_item", text="One\\u0000 two"),
        Block(kind="quote", text="“So still,” said Mr O'Hara; 100% of ships"),
        Block(kind="table", text="a\tb\nc\td"),
    ),
    images=(
        Image(url="https://img.example/1.jpg", caption="A crane", credit="Photographer: Jo Doe"),
        Image(caption="x"),
    ),
    contacts=(Contact(role="reporter", name="Ann Bo", place="Port Low", email="a@news.example"),),
    assistance=("Ed Fo", "Ann Bo"),
    sources={"published_at": "json-ld", "headline": "dom h1", "dek": "json-ld"},
)


def test_an_article_comes_back_as_it_went_in(store: Store, keep: Keep) -> None:
    (saved,) = keep(FULL)
    stored = store.article(saved.article_id or 0)
    assert stored
    assert stored.article == FULL
    assert stored.article.to_json() == FULL.to_json()
    assert list(stored.article.sources) == ["dek", "headline", "published_at"]
    assert (stored.revision, stored.first_seen_at, stored.last_seen_at) == (1, FULL.fetched_at, FULL.fetched_at)


@pytest.mark.parametrize(
    "address", [FULL.url, "http://mobile.bloomberg.example/news/2016-03-01/quiet-harbour.html?x=1"]
)
def test_an_article_is_found_by_any_of_its_addresses(store: Store, keep: Keep, address: str) -> None:
    keep(FULL)
    found = store.article(address)
    assert found
    assert found.article.headline == FULL.headline


def test_an_unknown_article_is_none(store: Store) -> None:
    assert store.article(9) is None
    assert store.article("https://www.bloomberg.example/nothing") is None


def test_the_same_capture_again_is_unchanged(store: Store, keep: Keep) -> None:
    first = keep(FULL, capture("second"))
    before = [store.article(saved.article_id or 0) for saved in first]
    assert [saved.outcome for saved in keep(FULL, capture("second"))] == ["unchanged", "unchanged"]
    assert [store.article(saved.article_id or 0) for saved in first] == before


def test_seen_again_later_moves_only_when_it_was_last_seen(store: Store, keep: Keep) -> None:
    (saved,) = keep(FULL)
    assert keep(replace(FULL, fetched_at=at(5)))[0] == RecordedPage("unchanged", saved.article_id)
    stored = store.article(saved.article_id or 0)
    assert stored
    assert (stored.article, stored.revision, stored.last_seen_at) == (FULL, 1, at(5))


def test_three_addresses_are_one_article(store: Store, keep: Keep) -> None:
    sid = capture(url=f"{HOST}/apps/news?pid=newsarchive&sid=aB.c_D", canonical_url=FULL.url)
    mobile = capture(url="https://mobile.bloomberg.example/news/2016-03-01/quiet-harbour.html")
    saved = keep(sid, mobile, capture(post_id="O3A", canonical_url=FULL.url))
    assert {one.article_id for one in saved} == {saved[0].article_id}
    assert store.totals()["articles"] == 1
    again = keep(capture(url=f"{HOST}/apps/news?pid=20670001&sid=aB.c_D", canonical_url=FULL.url))
    assert again[0].article_id == saved[0].article_id


def test_keys_keep_their_case_and_their_blanks(store: Store, keep: Keep) -> None:
    keep(*(capture(url=f"{HOST}/apps/news?pid=newsarchive&sid={sid}") for sid in ("aBc", "abc", "abc ", "äbc")))
    assert store.totals()["articles"] >= 3


def test_a_changed_article_has_a_revision_more(store: Store, keep_one: KeepOne) -> None:
    assert keep_one(capture(dek="No ships came.")) == "stored"
    assert keep_one(capture(hours=2, headline="Harbour Wakes", body=body("A ship came."))) == "updated"
    stored = store.article(capture().url)
    assert stored
    assert (stored.article.headline, stored.article.body_text, stored.revision) == ("Harbour Wakes", "A ship came.", 2)
    assert stored.article.dek == "No ships came."


def test_all_versions_are_returned_with_their_bodies_oldest_first(store: Store, keep: Keep) -> None:
    saved = keep(capture(), capture(hours=1, headline="Harbour Wakes"), capture(hours=2, body=body("A ship came.")))
    versions = [
        (version.headline, version.body, version.seen_at) for version in store.versions(saved[0].article_id or 0)
    ]
    assert versions == [
        ("Harbour Falls Quiet", capture().body, at(0)),
        ("Harbour Wakes", capture().body, at(1)),
        ("Harbour Falls Quiet", body("A ship came."), at(2)),
    ]
    assert store.versions(2) == ()


def test_a_change_of_another_field_is_no_revision(store: Store, keep_one: KeepOne) -> None:
    keep_one(capture(tickers=("SEA:US",)))
    assert keep_one(capture(hours=1, tickers=("SEA:US", "PORT:LN"), byline=("Ann Bo",))) == "updated"
    stored = store.article(capture().url)
    assert stored
    assert (stored.article.tickers, stored.article.byline, stored.revision) == (("SEA:US", "PORT:LN"), ("Ann Bo",), 1)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("together", [True, False])
def test_the_newest_capture_wins_in_whatever_order(
    store: Store, keep: Keep, order: tuple[int, int], together: bool
) -> None:
    captures = [capture(headline="Old", section="markets"), capture(hours=3, headline="New", dek="Later.")]
    batches = [[captures[at] for at in order]] if together else [[captures[at]] for at in order]
    for batch in batches:
        keep(*batch)
    stored = store.article(capture().url)
    assert stored
    article = stored.article
    assert (article.headline, article.dek, article.section, stored.revision) == ("New", "Later.", "markets", 2)
    assert (stored.first_seen_at, stored.last_seen_at) == (at(0), at(3))
    assert [saved.outcome for saved in keep(*captures)] == ["unchanged", "unchanged"]


def test_a_teaser_is_completed_and_never_comes_back(store: Store, keep_one: KeepOne) -> None:
    teaser = capture(access="teaser", body=body("The cranes"))
    assert keep_one(teaser) == "stored"
    assert keep_one(capture(hours=1)) == "updated"
    assert keep_one(replace(teaser, fetched_at=at(2))) == "unchanged"
    assert keep_one(replace(teaser, fetched_at=at(2))) == "unchanged"
    stored = store.article(teaser.url)
    assert stored
    assert (stored.article.access, stored.article.body, stored.revision) == ("full", capture().body, 2)


def test_a_capture_that_joins_two_articles_makes_them_one(store: Store, keep: Keep, run_id: int) -> None:
    sid, dated = capture(url=f"{HOST}/apps/news?sid=aBc&pid=1", dek="Old."), capture(hours=1, headline="New")
    first, second = keep(sid, dated)
    assert first.article_id != second.article_id
    other = keep(capture("other"))[0]
    (joined,) = keep(capture(hours=2, url=sid.url, canonical_url=dated.url, headline="New", section="markets"))
    assert joined == RecordedPage("updated", first.article_id)
    assert store.totals()["articles"] == 2
    stored = store.article(first.article_id or 0)
    assert stored
    assert stored == store.article(second.article_id or 0) == store.article(dated.url) == store.article(sid.url)
    article = stored.article
    assert (article.headline, article.dek, article.section, stored.revision) == ("New", "Old.", "markets", 2)
    assert {page.article_id for page in store.pages(urls=[sid.url, dated.url])} == {first.article_id}
    assert keep(sid, dated, capture("other"))[2] == RecordedPage("unchanged", other.article_id)
    assert store.totals()["articles"] == 2


def test_a_capture_that_joins_new_articles_of_its_own_batch(store: Store, keep: Keep) -> None:
    sid, dated = capture(url=f"{HOST}/apps/news?sid=aBc&pid=1", dek="Old."), capture(hours=1)
    joining = capture(hours=2, url=sid.url, canonical_url=dated.url)
    saved = keep(sid, dated, joining, capture(hours=3, headline="New"))
    assert len({one.article_id for one in saved}) == 1
    assert store.totals()["articles"] == 1


def test_the_number_of_a_joined_article_is_never_given_again(store: Store, keep: Keep) -> None:
    first, second = keep(capture("a"))[0], keep(capture("b"))[0]
    keep(capture("b", 1, canonical_url=capture("a").url))
    third = keep(capture("c"))[0]
    assert third.article_id not in (first.article_id, second.article_id)
    keep(capture("c", 1, canonical_url=capture("a").url))
    found = {number: store.article(number or 0) for number in (second.article_id, third.article_id)}
    assert {number: article and article.id for number, article in found.items()} == dict.fromkeys(
        found, first.article_id
    )


def test_stored_articles_joined_in_one_batch_with_their_own_captures(store: Store, keep: Keep) -> None:
    sid, dated = capture(url=f"{HOST}/apps/news?sid=aBc&pid=1"), capture(hours=1)
    keep(sid)
    keep(dated)
    joining = capture(hours=2, url=sid.url, canonical_url=dated.url)
    saved = keep(dated, joining, sid)
    assert len({one.article_id for one in saved}) == 1
    assert store.totals()["articles"] == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"headline": "Half \ud83d surrogate \0 and NUL"},
        {"body": body("\0", "\udfff")},
        {"url": f"{HOST}/news/\ud800"},
        {"sources": {"dek": "\0"}},
        {"topics": ("\0",), "byline": ("\ud800",)},
    ],
)
def test_what_no_database_takes_becomes_a_replacement_character(
    store: Store, keep: Keep, fields: dict[str, Any]
) -> None:
    (saved,) = keep(capture(**fields))
    stored = store.article(saved.article_id or 0)
    assert stored
    assert "\ufffd" in str(stored.article.to_json())
    assert keep(capture(**fields))[0].outcome == "unchanged"


def test_what_is_too_long_for_an_index_is_cut_and_long_texts_are_not(store: Store, keep_one: KeepOne) -> None:
    long = capture("s" * 3000, byline=("N" * 900,), section="S" * 900, topics=("T" * 900,), tickers=("A" * 900,))
    long = replace(
        long, language="e" * 90, post_id="p" * 9000, headline="H" * 70_000, body=body("b " * 200_000, "c" * 99)
    )
    assert keep_one(long) == "stored"
    assert keep_one(long) == "unchanged"
    stored = store.article(long.url)
    assert stored
    assert stored.article.headline == long.headline
    assert stored.article.body_text == long.body_text
    assert {len(name) for name in (*stored.article.byline, *stored.article.topics, *stored.article.tickers)} == {500}


def test_a_time_without_a_zone_is_refused(keep: Keep) -> None:
    with pytest.raises(StorageError, match="without a time zone"):
        keep(capture(published_at=datetime(2016, 3, 1)))  # noqa: DTZ001


def test_a_batch_is_stored_whole_or_not_at_all(store: Store, run_id: int, keep: Keep) -> None:
    store.discover([Link(url=capture("a").url, source="feed")], run_id=run_id, spider="sample")
    with pytest.raises(StorageError):
        keep(capture("a"), capture("b", published_at=datetime(2016, 3, 1)))  # noqa: DTZ001
    assert store.totals()["articles"] == 0
    assert [page.url for page in store.due("sample", at(0))] == [capture("a").url]


def test_a_large_batch(store: Store, keep: Keep) -> None:
    captures = [capture(f"story-{number}", byline=(f"Author {number}",), tickers=("SEA:US",)) for number in range(1200)]
    saved = keep(*captures)
    assert len({one.article_id for one in saved}) == 1200
    found = store.article(captures[777].url)
    assert found
    assert found.article == captures[777]
    assert {one.outcome for one in keep(*captures)} == {"unchanged"}
    assert len(store.search(Query(limit=None))) == 1200
    assert [stored.article for stored in store.articles(Query(limit=None))][::-1] == captures


def test_results_of_all_kinds_in_one_batch(store: Store, run_id: int) -> None:
    results = [
        PageResult("https://a.example/video", "refused", reason="video", status=200, spider="sample", source="feed"),
        result(capture()),
        PageResult("https://a.example/gone", "failed", reason="http_404", status=404, spider="sample"),
        PageResult("https://a.example/wall", "blocked", reason="challenge", status=403, spider="sample"),
    ]
    saved = store.record(results, run_id=run_id)
    assert [one.outcome for one in saved] == ["refused", "stored", "failed", "blocked"]
    assert [one.article_id is None for one in saved] == [True, False, True, True]
    stored = {(page.url, page.state, page.reason, page.status, page.source) for page in store.pages()}
    assert stored == {(one.url, one.state, one.reason, one.status, one.source) for one in results}


def test_nothing_to_record(store: Store, run_id: int) -> None:
    assert store.record([], run_id=run_id) == []


def test_a_change_is_after_every_earlier_one_though_the_clock_is_set_back(url: str, store: Store, keep: Keep) -> None:
    engine = make_engine(parse_url(url))
    with time_machine.travel(at(9), tick=False):
        keep(capture("one"), capture("two"))
    with time_machine.travel(at(20), tick=False):
        keep(capture("one", hours=2), capture("two", hours=2, headline="Harbour Wakes"))
    with engine.connect() as connection:
        changed = connection.execute(select(ArticleRow.headline, ArticleRow.changed_at)).all()
    assert dict(changed) == {"Harbour Falls Quiet": at(9), "Harbour Wakes": at(20)}
    with time_machine.travel(at(1), tick=False):
        keep(capture("three"))
    with engine.connect() as connection:
        assert connection.scalar(select(func.max(ArticleRow.changed_at))) == at(20) + timedelta(microseconds=1)
    engine.dispose()


def test_a_field_that_is_new_to_the_schema_is_filled_at_the_next_visit(store: Store, keep: Keep) -> None:
    (first,) = keep(capture(sources={"headline": "dom h1"}))
    later = capture(hours=1, description="Cranes idle.", sources={"headline": "dom h2", "description": "meta"})
    (second,) = keep(later)
    assert second == RecordedPage("unchanged", first.article_id)
    stored = store.article(first.article_id or 0)
    assert stored
    assert (stored.article.description, stored.revision, stored.last_seen_at) == ("Cranes idle.", 1, at(1))
    assert stored.article.sources == {"headline": "dom h1", "description": "meta"}
    (third,) = keep(capture(hours=2, description="Cranes idle."))
    assert third.outcome == "unchanged"
    (fourth,) = keep(capture(hours=3, description="Ships return."))
    assert fourth.outcome == "updated"
    (fifth,) = keep(capture(hours=4))
    assert fifth.outcome == "unchanged"
    stored = store.article(first.article_id or 0)
    assert stored
    assert (stored.article.description, stored.revision) == ("Ships return.", 1)
