"""Headline-only articles on the three databases: kept where the page cannot be had, completed by it when it can."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from newscrawl.article import Article
from newscrawl.storage import PageResult, Query, RecordedPage, Store
from tests.storage.captures import HOST, at, body, capture, result


def listed(slug: str = "quiet-harbour", hours: float = 0, **fields: Any) -> Article:
    """What a feed says of an article."""
    defaults: dict[str, Any] = {
        "headline": "Harbour Quiet",
        "dek": "No ships.",
        "tickers": ("SEA:US",),
        "layout": "listed",
    }
    return capture(slug, hours, **(defaults | {"access": "blocked", "body": ()} | fields))


def unread(article: Article, state: Any = "failed", url: str | None = None) -> PageResult:
    """A page that could not be had."""
    return PageResult(url or article.url, state, article=article, reason="http_403", status=403, spider="sample")


def stored(store: Store, url: str = capture().url) -> tuple[str, str | None, str, int]:
    found = store.article(url)
    assert found
    return found.article.headline, found.article.dek, found.article.access, found.revision


@pytest.mark.parametrize("state", ["failed", "blocked", "refused", "discovered"])
def test_what_a_list_gave_is_an_article_and_its_page_keeps_its_state(store: Store, run_id: int, state: Any) -> None:
    (saved,) = store.record([unread(listed(), state)], run_id=run_id)
    (page,) = store.pages()
    assert saved == RecordedPage(state, page.article_id)
    assert (page.state, page.reason, page.failures) == (state, "http_403", int(state != "discovered"))
    assert stored(store) == ("Harbour Quiet", "No ships.", "blocked", 1)
    assert [hit.access for hit in store.search(Query(words="ships"))] == ["blocked"]


def test_a_waiting_page_leads_to_what_a_list_gave(store: Store, run_id: int) -> None:
    failed = PageResult(listed().url, "failed", reason="timeout", spider="sample", due_at=at(1))
    store.record([failed], run_id=run_id)
    (saved,) = store.record([unread(listed(), "discovered")], run_id=run_id)
    (page,) = store.pages()
    assert (page.state, page.reason, page.due_at) == ("failed", "timeout", at(1))
    assert page.article_id == saved.article_id is not None


@pytest.mark.parametrize("access", ["teaser", "full"])
@pytest.mark.parametrize("hours", [-1, 0, 1])
def test_the_first_page_completes_it_and_is_no_revision(store: Store, run_id: int, hours: float, access: Any) -> None:
    (from_list,) = store.record([unread(listed())], run_id=run_id)
    page = capture(hours=hours, access=access, headline="Harbour Falls Quiet", section="markets")
    assert store.record([result(page)], run_id=run_id) == [RecordedPage("stored", from_list.article_id)]
    assert stored(store) == ("Harbour Falls Quiet", None, access, 1)
    found = store.article(from_list.article_id or 0)
    assert found
    assert (found.article.tickers, found.article.section, found.article.layout) == (("SEA:US",), "markets", page.layout)
    assert (found.first_seen_at, found.last_seen_at, found.article.body) == (at(hours), at(hours), page.body)
    assert [saved.outcome for saved in store.record([result(page)], run_id=run_id)] == ["unchanged"]


def test_it_never_replaces_anything_of_a_page(store: Store, run_id: int) -> None:
    (first,) = store.record([result(capture(dek="No ships came.", tickers=("PORT:LN",)))], run_id=run_id)
    before = store.article(first.article_id or 0)
    entry = listed(hours=5, byline=("Ann Bo",))
    assert store.record([unread(entry)], run_id=run_id) == [RecordedPage("failed", first.article_id)]
    found = store.article(first.article_id or 0)
    assert found
    assert before
    assert found == replace(before, article=replace(before.article, byline=("Ann Bo",), sources=found.article.sources))
    assert [page.article_id for page in store.pages(state="failed")] == [first.article_id]
    again = result(capture(hours=6, dek="No ships came.", tickers=("PORT:LN",)))
    assert store.record([again], run_id=run_id) == [RecordedPage("unchanged", first.article_id)]


def test_a_listed_headline_that_changes_is_a_revision_until_there_is_a_page(store: Store, run_id: int) -> None:
    batches = [listed(), listed(hours=1), listed(hours=2, headline="Harbour Still Quiet")]
    saved = [store.record([unread(entry)], run_id=run_id)[0] for entry in batches]
    assert len({one.article_id for one in saved}) == 1
    assert stored(store) == ("Harbour Still Quiet", "No ships.", "blocked", 2)
    found = store.article(batches[0].url)
    assert found
    assert (found.first_seen_at, found.last_seen_at) == (at(0), at(2))
    store.record([result(capture())], run_id=run_id)
    assert stored(store) == ("Harbour Falls Quiet", None, "full", 1)


def test_a_page_that_leads_elsewhere_still_completes_it(store: Store, run_id: int) -> None:
    short = "https://short.example/harbour"
    (from_list,) = store.record([unread(listed(url=short))], run_id=run_id)
    page = capture()
    saved = store.record([result(page, short), result(page)], run_id=run_id)
    assert saved == [RecordedPage("stored", from_list.article_id), RecordedPage("unchanged", from_list.article_id)]
    assert store.totals()["articles"] == 1
    assert store.article(short) == store.article(page.url)


def test_a_page_that_leads_to_a_stored_article_joins_it(store: Store, run_id: int) -> None:
    short = "https://short.example/harbour"
    (from_list,) = store.record([unread(listed(url=short))], run_id=run_id)
    (kept,) = store.record([result(capture(section="markets"))], run_id=run_id)
    assert from_list.article_id != kept.article_id
    (joined,) = store.record([result(capture(hours=1, section="markets"), short)], run_id=run_id)
    assert joined == RecordedPage("updated", from_list.article_id)
    assert store.totals()["articles"] == 1
    assert stored(store) == ("Harbour Falls Quiet", None, "full", 1)
    assert store.article(kept.article_id or 0) == store.article(from_list.article_id or 0)


def test_what_a_list_tells_of_an_address_that_led_elsewhere_is_no_other_article(store: Store, run_id: int) -> None:
    short = "https://short.example/harbour"
    saved = store.record([result(capture(), short), result(capture())], run_id=run_id)
    assert store.record([unread(listed(url=short))], run_id=run_id) == [RecordedPage("failed", saved[0].article_id)]
    assert store.totals()["articles"] == 1


def test_a_list_joins_no_articles(store: Store, run_id: int) -> None:
    old, new = f"{HOST}/news/2016-03-01/old-name.html", f"{HOST}/news/2016-03-01/new-name.html"
    store.record([result(capture(url=old)), result(capture(url=new))], run_id=run_id)
    store.record([result(capture(url=new, hours=1), old)], run_id=run_id)
    store.record([unread(listed(url=old, canonical_url=old))], run_id=run_id)
    assert store.totals()["articles"] == 2


def test_a_list_and_its_page_in_one_batch(store: Store, run_id: int) -> None:
    results = [unread(listed()), result(capture(hours=1)), unread(listed("b")), unread(listed("b", hours=1))]
    saved = store.record(results, run_id=run_id)
    assert [one.outcome for one in saved] == ["failed", "stored", "failed", "failed"]
    assert [one.article_id for one in saved[1::2]] == [one.article_id for one in saved[::2]]
    assert stored(store) == ("Harbour Falls Quiet", None, "full", 1)
    assert store.totals()["revisions"] == 2


@pytest.mark.parametrize(
    ("state", "article"),
    [
        ("stored", None),
        ("refused", capture()),
        ("unchanged", capture()),
        ("unchanged", listed()),
        ("failed", capture()),
    ],
)
def test_no_result_brings_what_it_cannot(state: Any, article: Article | None) -> None:
    with pytest.raises(ValueError, match=r"needs its article|cannot have this article"):
        PageResult("https://a.example/", state, article=article, spider="sample")


def test_a_teaser_then_a_full_page_is_a_revision_as_ever(store: Store, run_id: int) -> None:
    for article in (listed(), capture(hours=1, access="teaser", body=body("The cranes")), capture(hours=2)):
        store.record([unread(article) if article.access == "blocked" else result(article)], run_id=run_id)
    assert stored(store)[2:] == ("full", 2)
