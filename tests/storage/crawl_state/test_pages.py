"""The ledger on the three databases: what is remembered of a page, and what a run begins with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from newscrawl.article import CaptureRef, Link
from newscrawl.operations.archive import open_archive
from newscrawl.states import RefusalKind
from newscrawl.storage import PageResult, PageState, RecordedPage, Store
from newscrawl.storage.engine import make_engine, parse_url
from tests.storage.captures import HOST, Keep, at, capture, result

Settle = Callable[..., PageState]


def links(*slugs: str, source: str = "feed", **told: Any) -> list[Link]:
    return [Link(url=f"{HOST}/news/articles/2016-03-01/{slug}", source=source, **told) for slug in slugs]


def due(store: Store, hours: float = 0, **options: Any) -> list[str]:
    """The last letters of the addresses that are due at a time."""
    return [page.url[-1] for page in store.due("sample", at(hours), **options)]


@pytest.fixture
def settle(store: Store, run_id: int) -> Settle:
    """Record what became of a page, by its slug; its row."""

    def settled(slug: str, state: Any, **told: Any) -> PageState:
        (link,) = links(slug)
        store.record([PageResult(link.url, state, spider="sample", **told)], run_id=run_id)
        (page,) = store.pages(urls=[link.url])
        return page

    return settled


FULL = Link(
    url=f"{HOST}/news/articles/2016-03-01/a",
    source="news_sitemap",
    headline="Harbour “Falls” Quiet 🚢",
    dek="No ships came.",
    byline=("Ann Bo", "Émile Zoë"),
    published_at=at(-1.5),
    updated_at=at(-1),
    tickers=("SEA:US",),
    caption="A crane",
    credit="Photographer: Jo Doe",
)


def test_what_a_list_says_of_a_new_page_is_saved(store: Store, run_id: int) -> None:
    before = datetime.now(UTC)
    assert store.discover([FULL], run_id=run_id, spider="sample") == [None]
    (page,) = store.pages()
    assert before <= page.discovered_at <= datetime.now(UTC)
    assert page == PageState(
        url=FULL.url,
        state="discovered",
        reason=None,
        status=None,
        article_id=None,
        spider="sample",
        site="sample",
        source="news_sitemap",
        listed_by="news_sitemap",
        attempts=0,
        discovered_at=page.discovered_at,
        tried_at=None,
        listed_at=at(-1),
        link=FULL,
        run_id=run_id,
    )


def test_a_link_that_is_known_is_answered_with_what_was_known_before(store: Store, run_id: int, keep: Keep) -> None:
    (saved,) = keep(capture("a", published_at=at(-9)))
    new, known, again = store.discover(links("b", "a", "b"), run_id=run_id, spider="sample")
    assert new is None
    assert known
    assert (known.state, known.attempts, known.article_id, known.published_at) == (
        "stored",
        1,
        saved.article_id,
        at(-9),
    )
    assert [replace(known, listed_by="feed"), again] == store.discover(links("a", "b"), run_id=run_id, spider="other")
    assert again
    assert (again.state, again.spider, again.attempts) == ("discovered", "sample", 0)


def test_asking_enters_nothing(store: Store, run_id: int) -> None:
    assert store.known(links("a", "b", "a")) == [None, None, None]
    assert store.pages() == []
    store.discover(links("a"), run_id=run_id, spider="sample")
    page, nothing = store.known([replace(FULL, url=f"{FULL.url}?srnd=premium#top"), *links("b")])
    assert page
    assert (page.url, nothing) == (FULL.url, None)


def test_a_later_list_moves_listed_at_only_forward(store: Store, run_id: int) -> None:
    for hours in (None, 2, 5, 3, None):
        updated_at = at(hours) if hours else None
        store.discover(links("a", updated_at=updated_at), run_id=run_id, spider="sample")
    (page,) = store.pages()
    assert (page.listed_at, page.link) == (at(5), None)
    store.discover([*links("b", updated_at=at(1)), *links("b", updated_at=at(4))], run_id=run_id, spider="sample")
    assert [page.listed_at for page in store.pages(urls=[links("b")[0].url])] == [at(4)]


def test_the_capture_of_a_link_says_nothing_of_its_article(store: Store, run_id: int) -> None:
    ref = CaptureRef(url=f"{HOST}/a", captured_at=at(5), digest="sha1:A")
    entries = [*links("a", source="cdx", capture=ref), *links("b", source="cdx", capture=ref, headline="Harbour Quiet")]
    store.discover(entries, run_id=run_id, spider="sample")
    kept = {page.url: page.link for page in store.pages()}
    assert kept == {entries[0].url: None, entries[1].url: replace(entries[1], capture=None)}


def test_the_first_entry_of_a_list_stays(store: Store, run_id: int) -> None:
    store.discover(links("a", source="front_page"), run_id=run_id, spider="sample")
    store.discover([FULL], run_id=run_id, spider="sample")
    store.discover([replace(FULL, headline="Another", source="feed")], run_id=run_id, spider="sample")
    (page,) = store.pages()
    assert (page.source, page.link) == ("front_page", FULL)


def test_nothing_is_written_where_a_list_tells_nothing_new(store: Store, run_id: int, url: str) -> None:
    store.discover([FULL], run_id=run_id, spider="sample")
    written: list[str] = []
    event.listen(
        store._engine, "before_cursor_execute", lambda _c, _cursor, sql, *_rest: written.append(sql.split()[0])
    )
    store.discover([FULL, *links("a", source=FULL.source, updated_at=at(-3))], run_id=run_id, spider="sample")
    assert "SELECT" in written
    assert not {"INSERT", "UPDATE", "DELETE"} & set(written)


def test_what_no_database_takes_is_replaced_in_the_entry_of_a_list(store: Store, run_id: int) -> None:
    store.discover(links("a", headline="Half \ud83d and \0", byline=("\udfff",)), run_id=run_id, spider="sample")
    (page,) = store.pages()
    assert page.link == links("a", headline="Half \ufffd and \ufffd", byline=("\ufffd",))[0]


LIES = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)]
"""What programs write where they know no time."""


@pytest.mark.parametrize("told", LIES)
def test_the_first_and_the_last_of_times_come_back(store: Store, run_id: int, told: datetime) -> None:
    store.discover(links("a", updated_at=told, published_at=told), run_id=run_id, spider="sample")
    (page,) = store.pages()
    assert page.link
    assert (page.listed_at, page.link.published_at) == (told, told)


@pytest.mark.parametrize("kind", ["postgresql"])
@pytest.mark.parametrize("setting", ["timezone = 'America/New_York'", "datestyle = 'German'"])
def test_a_server_that_writes_times_in_its_own_way_tells_the_same(empty_url: str, setting: str) -> None:
    open_archive(empty_url).close()
    engine = make_engine(parse_url(empty_url))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {engine.url.database} SET {setting}")
    engine.dispose()
    with open_archive(empty_url) as store:
        run_id = store.start_run("sample", {})
        store.discover(links("a", updated_at=LIES[0]), run_id=run_id, spider="sample")
        assert [page.listed_at for page in store.pages()] == [LIES[0]]


def test_discovering_nothing(store: Store, run_id: int) -> None:
    assert store.discover([], run_id=run_id, spider="sample") == []
    assert store.due("sample", at(0)) == []


def test_many_links_at_once(store: Store, run_id: int) -> None:
    many = links(*(f"story-{number}" for number in range(5100)))
    assert set(store.discover(many, run_id=run_id, spider="sample")) == {None}
    assert store.discover(many, run_id=run_id, spider="sample") == store.due("sample", at(0))
    assert [page.url for page in store.due("sample", at(0))] == [link.url for link in many]


def test_another_spelling_of_an_address_is_the_same_page(store: Store, run_id: int) -> None:
    store.discover(links("a"), run_id=run_id, spider="sample")
    spelt = "http://m.bloomberg.example/news/articles/2016-03-01/a/?srnd=premium#top"
    store.record([PageResult(spelt, "refused", reason="video", spider="sample")], run_id=run_id)
    (page,) = store.pages(urls=[f"{HOST}/news/articles/2016-03-01/a?cmpid=x"])
    assert (page.url, page.state, page.attempts, page.source) == (links("a")[0].url, "refused", 1, "feed")


def test_very_long_urls_are_distinguished(store: Store, run_id: int) -> None:
    many = [Link(url=f"https://x.example/{'p' * 5000}?a={number}", source="feed") for number in range(3)]
    store.discover(many, run_id=run_id, spider="sample")
    assert [page.url for page in store.due("sample", at(0))] == [link.url for link in many]


def test_a_run_begins_with_what_is_due(store: Store, run_id: int, settle: Settle) -> None:
    for slug, state, hours in (
        ("a", "blocked", 1),
        ("b", "blocked", None),
        ("c", "unchanged", 2),
        ("d", "failed", 3),
        ("e", "failed", 1),
        ("f", "failed", 9),
        ("g", "failed", None),
        ("h", "refused", 1),
    ):
        store.record([result(capture(slug))], run_id=run_id)
        settle(slug, state, due_at=at(hours) if hours else None)
    store.record([replace(result(capture("i")), due_at=at(1)), result(capture("j"))], run_id=run_id)
    store.discover(links("y", "x"), run_id=run_id, spider="sample")
    store.discover(links("z"), run_id=run_id, spider="other")
    assert due(store, 3) == ["y", "x", "e", "d", "i", "c", "h", "a"]
    assert due(store, 3, limit=3) == ["y", "x", "e"]
    assert due(store, 0) == ["y", "x"]
    assert store.due("nobody", at(3)) == []


def refuse(store: Store, run_id: int, slug: str, reason: str, **fields: Any) -> PageState:
    (link,) = links(slug)
    refused = PageResult(link.url, "refused", reason=reason, spider="sample", source="feed", **fields)
    store.record([refused], run_id=run_id, extractor="1.0+a")
    (page,) = store.pages(urls=[link.url])
    return page


def test_a_refused_page_has_its_kind_and_is_counted(store: Store, run_id: int) -> None:
    tries = [
        ("http_404", None),
        ("robots_txt", None),
        ("section_front", None),
        ("unknown_layout", None),
        ("unknown_layout", RefusalKind.TEMPORARY),
        ("http_410", None),
        ("a_reason_of_a_plug_in", None),
        ("out_of_dates", None),
    ]
    pages = [refuse(store, run_id, "a", reason, refusal=kind) for reason, kind in tries]
    assert [(page.refusal, page.failures, page.extractor) for page in pages] == [
        ("temporary", 1, None),
        ("temporary", 2, None),
        ("by content", 1, "1.0+a"),
        ("by content", 2, "1.0+a"),
        ("temporary", 1, None),
        ("permanent", 0, None),
        ("by content", 1, "1.0+a"),
        ("not wanted", 0, None),
    ]


def test_pages_that_a_run_did_not_want_are_found_by_the_date_of_their_article(store: Store, run_id: int) -> None:
    for slug, hours in (("a", 1), ("b", 2), ("c", 3)):
        page = refuse(store, run_id, slug, "out_of_dates", published_at=at(hours))
        assert page.published_at == at(hours)
    refuse(store, run_id, "d", "http_404")

    def unwanted(since: datetime | None, until: datetime | None, **options: Any) -> list[str]:
        return [page.url[-1] for page in store.unwanted("sample", since, until, **options)]

    assert unwanted(None, None) == ["a", "b", "c"]
    assert unwanted(at(2), None) == ["b", "c"]
    assert unwanted(None, at(2)) == ["a"]
    assert unwanted(at(2), at(3)) == ["b"]
    assert unwanted(None, None, but_from=["feed"]) == []
    store.record([result(capture("b"))], run_id=run_id)
    assert unwanted(None, None) == ["a", "c"]


def test_pages_that_another_extractor_refused(store: Store, run_id: int) -> None:
    for slug, reason in (("a", "section_front"), ("b", "http_404"), ("c", "not_html")):
        refuse(store, run_id, slug, reason)

    def outdated(extractor: str, limit: int) -> list[str]:
        return [page.url[-1] for page in store.outdated("sample", extractor, limit=limit)]

    assert outdated("1.0+a", 9) == []
    assert outdated("1.0+b", 9) == ["c", "a"]
    assert outdated("1.0+b", 1) == ["c"]


def test_an_archive_does_not_refuse_what_another_run_may_want(store: Store, run_id: int) -> None:
    refuse(store, run_id, "a", "out_of_dates", published_at=at(1))
    page = refuse(store, run_id, "a", "section_front", is_archived=True)
    assert (page.reason, page.refusal, page.published_at) == ("out_of_dates", "not wanted", at(1))


def test_a_page_that_fails_is_counted_until_it_does_not(settle: Settle) -> None:
    pages = [
        settle("a", state, reason=reason, article=article, status=status, due_at=due_at, etag=etag, last_modified=etag)
        for state, reason, article, status, due_at, etag in (
            ("failed", "timeout", None, None, at(1), None),
            ("blocked", "challenge", None, 403, at(2), None),
            ("stored", None, capture("a"), 200, at(3), 'W/"1"'),
            ("failed", "http_500", None, 500, at(4), None),
            ("unchanged", None, None, 304, at(5), 'W/"2"'),
            ("refused", "video", None, 200, None, None),
        )
    ]
    told = [(page.state, page.reason, page.status, page.attempts, page.failures, page.etag) for page in pages]
    assert told == [
        ("failed", "timeout", None, 1, 1, None),
        ("blocked", "challenge", 403, 2, 2, None),
        ("stored", None, 200, 3, 0, 'W/"1"'),
        ("failed", "http_500", 500, 4, 1, None),
        ("unchanged", None, 304, 5, 0, 'W/"2"'),
        ("refused", "video", 200, 6, 1, None),
    ]
    assert [page.due_at for page in pages] == [at(1), at(2), at(3), at(4), at(5), None]
    assert [page.last_modified for page in pages] == [page.etag for page in pages]
    assert len({page.article_id for page in pages[2:]}) == 1


def test_a_page_that_was_not_fetched_keeps_waiting(store: Store, settle: Settle) -> None:
    new = settle("a", "discovered", reason="robots_unreachable", source="urls")
    assert (new.state, new.attempts, new.tried_at, new.source) == ("discovered", 0, None, "urls")
    failed = settle("b", "failed", reason="timeout", due_at=at(1), etag="x")
    assert settle("b", "discovered", reason="limit") == failed
    assert due(store, 1) == ["a", "b"]


def test_a_page_that_reads_as_before_is_unchanged(store: Store, run_id: int) -> None:
    other = f"{HOST}/news/2016-03-01/old-name.html"
    first, door = result(capture()), result(capture(), other)
    assert [saved.outcome for saved in store.record([first, door], run_id=run_id)] == ["stored", "unchanged"]
    assert {page.state for page in store.pages()} == {"stored"}
    store.record([first], run_id=run_id)
    assert [page.url for page in store.pages(state="unchanged")] == [first.url]
    store.record([result(capture(hours=1, headline="Harbour Wakes"))], run_id=run_id)
    assert store.pages(state="unchanged") == []


def test_an_answer_without_a_body_says_that_the_article_was_seen_again(
    store: Store, run_id: int, settle: Settle
) -> None:
    store.record([result(capture("a")), result(capture("b"))], run_id=run_id)
    before = datetime.now(UTC)
    told = [PageResult(link.url, "unchanged", status=304, spider="sample") for link in links("a", "b")]
    ids = [page.article_id for link in links("a", "b") for page in store.pages(urls=[link.url])]
    assert store.record(told, run_id=run_id) == [RecordedPage("unchanged", article_id) for article_id in ids]
    stored = store.article(links("a")[0].url)
    assert stored
    assert (stored.revision, stored.first_seen_at) == (1, at(0))
    assert before <= stored.last_seen_at <= datetime.now(UTC)
    assert settle("a", "unchanged").state == "unchanged"


def test_an_answer_without_a_body_moves_the_newest_revision_alone(store: Store, run_id: int, settle: Settle) -> None:
    store.record([result(capture("a")), result(capture("a", hours=1, headline="Wakes"))], run_id=run_id)
    settle("a", "unchanged")
    engine = make_engine(parse_url(str(store._engine.url.render_as_string(hide_password=False))))
    with engine.connect() as connection:
        seen = connection.exec_driver_sql("SELECT number, seen_at, seen_until FROM revisions ORDER BY number").all()
    engine.dispose()
    assert [(number, first == last) for number, first, last in seen] == [(1, True), (2, False)]


def test_a_page_without_an_article_cannot_be_unchanged(store: Store, run_id: int, settle: Settle) -> None:
    settle("a", "failed", reason="no_body", due_at=at(1), etag="x")
    (saved,) = store.record(
        [PageResult(links("a")[0].url, "unchanged", spider="sample", etag="x", due_at=at(99))], run_id=run_id
    )
    (page,) = store.due("sample", at(0))
    assert saved == RecordedPage("discovered")
    assert (page.state, page.attempts, page.failures, page.etag, page.due_at) == ("discovered", 2, 0, None, None)


def test_every_address_of_an_article_is_stored_and_leads_to_it(store: Store, run_id: int) -> None:
    asked = f"{HOST}/news/2016-03-01/old-name.html"
    saved = store.record([result(capture(), asked), result(capture())], run_id=run_id)
    assert saved[0].article_id == saved[1].article_id
    assert {page.article_id for page in store.pages(urls=[asked, capture().url])} == {saved[0].article_id}
    assert store.article(asked) == store.article(capture().url)


@pytest.mark.parametrize("known", [True, False])
def test_the_last_try_of_an_address_counts(store: Store, run_id: int, keep: Keep, known: bool) -> None:
    article_id = keep(capture("a"))[0].article_id if known else None
    url = capture("a").url
    results = [PageResult(url, "failed", reason=reason, spider="sample") for reason in ("one", "two")]
    store.record([*results, PageResult(url, "discovered", spider="sample")], run_id=run_id)
    (page,) = store.pages()
    assert (page.state, page.reason, page.attempts) == ("failed", "two", 1 + known)
    assert page.article_id == article_id


def test_a_page_that_is_not_fetched_again_still_leads_to_its_article(store: Store, run_id: int, keep: Keep) -> None:
    keep(capture())
    waiting = PageResult(capture().url, "discovered", spider="sample")
    store.record([waiting, result(capture()), waiting], run_id=run_id)
    assert [(page.state, page.attempts) for page in store.pages()] == [("unchanged", 2)]


def test_an_article_of_a_batch_is_not_lost_by_a_later_result_of_its_page(store: Store, run_id: int) -> None:
    failed = PageResult(capture().url, "failed", reason="timeout", spider="sample")
    (saved, _) = store.record([result(capture()), failed], run_id=run_id)
    assert [page.article_id for page in store.pages(state="failed")] == [saved.article_id]


@pytest.fixture
def several(store: Store, run_id: int, settle: Settle) -> None:
    """Pages in all states."""
    settle("a", "refused", reason="video", etag="x")
    settle("b", "failed", reason="timeout", due_at=at(9))
    settle("c", "failed", reason="http_500", due_at=at(9))
    settle("d", "blocked", reason="challenge", due_at=at(9))
    store.record([replace(result(capture("e")), due_at=at(9))], run_id=run_id)
    store.discover(links("f"), run_id=run_id, spider="sample")


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize(
    ("asked", "back"),
    [
        ({}, "abcd"),
        ({"state": "failed"}, "bc"),
        ({"state": "failed", "reason": "timeout"}, "b"),
        ({"reason": "challenge"}, "d"),
        ({"urls": [link.url for link in links("a", "e")]}, "a"),
        ({"urls": []}, ""),
        ({"spider": "other"}, ""),
        ({"spider": "sample", "state": "refused"}, "a"),
        ({"state": "stored"}, ""),
    ],
)
def test_a_page_that_is_put_back_is_due_again(store: Store, asked: Any, back: str) -> None:
    assert store.put_back(**asked) == len(back)
    assert due(store) == sorted([*back, "f"])
    for page in store.pages(state="discovered"):
        assert (page.reason, page.failures, page.due_at, page.etag) == (None, 0, None, None)


@pytest.mark.usefixtures("several")
def test_pages_by_state_reason_and_spider(store: Store) -> None:
    assert [page.url[-1] for page in store.pages(state="failed")] == ["c", "b"]
    assert [page.url[-1] for page in store.pages(reason="http_500", spider="sample")] == ["c"]
    assert store.pages(reason="http_500", spider="other") == []
    assert len(store.pages(limit=2)) == 2
    assert store.pages(urls=[]) == []


@pytest.mark.usefixtures("several")
def test_how_many_pages_there_are_of_each_kind(store: Store) -> None:
    counts = {
        ("sample", "refused", "video"): 1,
        ("sample", "failed", "timeout"): 1,
        ("sample", "failed", "http_500"): 1,
        ("sample", "blocked", "challenge"): 1,
        ("sample", "stored", None): 1,
        ("sample", "discovered", None): 1,
    }
    assert store.page_counts() == counts
    states = {"refused": 1, "failed": 2, "blocked": 1, "stored": 1, "discovered": 1}
    assert store.state_counts() == store.state_counts(spider="sample") == store.state_counts(site="sample") == states
    assert store.state_counts(spider="other") == store.state_counts(site="other") == {}


@pytest.mark.parametrize("by", ["spider", "site"])
def test_states_are_counted_in_an_index_alone(tmp_path: Path, by: Any) -> None:
    statements: list[Any] = []
    with open_archive(f"sqlite:///{tmp_path / 'news.db'}") as store:
        event.listen(
            store._engine, "before_cursor_execute", lambda _c, _k, sql, values, *_: statements.append((sql, values))
        )
        store.state_counts(**{by: "sample"})
        [(counted, values)] = [statement for statement in statements if "pages" in statement[0]]
        with store._reading() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {counted}", values).all()
    assert f"COVERING INDEX ix_pages_{by}_state" in plan[0][3]
