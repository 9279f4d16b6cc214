"""The ledger and the runs, on the three databases."""

from __future__ import annotations

from datetime import UTC, datetime

from newscrawl.article import Link
from newscrawl.storage import PageResult, Store
from tests.storage.captures import HOST, Keep, capture, result


def links(*slugs: str, source: str = "feed") -> list[Link]:
    return [Link(url=f"{HOST}/news/articles/2016-03-01/{slug}", source=source) for slug in slugs]


def test_what_is_discovered_is_unfinished_oldest_first(store: Store, run_id: int) -> None:
    store.discover(links("b", "a", "b"), run_id=run_id, spider="sample")
    store.discover(links("a", "c", source="sitemap"), run_id=run_id, spider="sample")
    store.discover(links("z"), run_id=run_id, spider="other")
    assert [url[-1] for url in store.unfinished("sample")] == ["b", "a", "c"]
    assert [url[-1] for url in store.unfinished("sample", "sitemap")] == ["c"]
    assert store.unfinished("nobody") == []


def test_discovering_nothing(store: Store, run_id: int) -> None:
    store.discover([], run_id=run_id, spider="sample")
    assert store.unfinished("sample") == []


def test_many_links_at_once(store: Store, run_id: int) -> None:
    many = links(*(f"story-{number}" for number in range(3000)))
    store.discover(many, run_id=run_id, spider="sample")
    store.discover(many, run_id=run_id, spider="sample")
    assert store.unfinished("sample") == [link.url for link in many]


def test_discovering_it_again_does_not_undo_what_became_of_it(store: Store, run_id: int, keep: Keep) -> None:
    keep(capture("a"))
    store.discover(links("a"), run_id=run_id, spider="sample")
    assert store.unfinished("sample") == []
    assert [(page.state, page.attempts) for page in store.pages()] == [("stored", 1)]


def test_another_spelling_of_an_address_is_the_same_page(store: Store, run_id: int) -> None:
    store.discover(links("a"), run_id=run_id, spider="sample")
    spelt = "http://m.bloomberg.example/news/articles/2016-03-01/a/?srnd=premium#top"
    store.record([PageResult(spelt, "refused", reason="video", spider="sample")], run_id=run_id)
    (page,) = store.pages(urls=[f"{HOST}/news/articles/2016-03-01/a?cmpid=x"])
    assert (page.url, page.state, page.attempts, page.source) == (links("a")[0].url, "refused", 1, "feed")


def test_every_address_of_an_article_is_stored_and_leads_to_it(store: Store, run_id: int) -> None:
    asked = f"{HOST}/news/2016-03-01/old-name.html"
    saved = store.record([result(capture(), asked), result(capture())], run_id=run_id)
    assert saved[0].article_id == saved[1].article_id
    assert {page.article_id for page in store.pages(urls=[asked, capture().url])} == {saved[0].article_id}
    assert store.article(asked) == store.article(capture().url)


def test_the_last_result_of_an_address_counts(store: Store, run_id: int, keep: Keep) -> None:
    (saved,) = keep(capture("a"))
    results = [PageResult(capture("a").url, "failed", reason=reason, spider="sample") for reason in ("one", "two")]
    store.record(results, run_id=run_id)
    (page,) = store.pages()
    assert (page.state, page.reason, page.attempts) == ("failed", "two", 2)
    assert page.article_id == saved.article_id


def test_pages_by_state_and_reason(store: Store, run_id: int) -> None:
    told = [("a", "video"), ("b", "audio"), ("c", "video")]
    results = [PageResult(f"https://x.example/{at}", "refused", reason=reason, spider="sample") for at, reason in told]
    store.record(results, run_id=run_id)
    store.discover(links("d"), run_id=run_id, spider="sample")
    assert {page.url[-1] for page in store.pages(state="refused", reason="video")} == {"a", "c"}
    assert [page.url[-1] for page in store.pages(state="discovered")] == ["d"]
    assert len(store.pages(limit=2)) == 2


def test_what_else_counts_as_unfinished_is_the_callers_choice(store: Store, run_id: int) -> None:
    store.record([PageResult("https://x.example/a", "blocked", reason="challenge", spider="sample")], run_id=run_id)
    assert store.unfinished("sample") == []
    assert store.unfinished("sample", states=("discovered", "blocked")) == ["https://x.example/a"]


def test_very_long_addresses_are_told_apart(store: Store, run_id: int) -> None:
    many = [Link(url=f"https://x.example/{'p' * 5000}?a={number}", source="feed") for number in range(3)]
    store.discover(many, run_id=run_id, spider="sample")
    assert store.unfinished("sample") == [link.url for link in many]


def test_a_run_from_beginning_to_end(store: Store) -> None:
    before = datetime.now(UTC)
    first = store.start_run("sample", {"source": "sample"})
    second = store.start_run("sample", {})
    store.end_run(first, finish_reason="finished", exit_code=3, counts={"stored": 40})
    killed, ended = store.runs()
    assert (killed.id, killed.ended_at, killed.exit_code, killed.counts) == (second, None, None, {})
    assert (ended.id, ended.spider, ended.arguments) == (first, "sample", {"source": "sample"})
    assert (ended.finish_reason, ended.exit_code, ended.counts) == ("finished", 3, {"stored": 40})
    assert ended.ended_at
    assert before <= ended.started_at <= ended.ended_at <= datetime.now(UTC)
    assert [run.id for run in store.runs(limit=1)] == [second]
