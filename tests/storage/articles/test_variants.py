"""Variants of one page on a site that newscrawl does not know: equal texts are one article, and nothing else is."""

from dataclasses import replace

import pytest

from newscrawl.article import Article, Block
from newscrawl.storage import PageResult, Store
from tests.storage.captures import Keep, at, capture

TEXT = "The ferry to the outer islands leaves at noon on weekdays, the harbour office said on Tuesday. " * 3
STORY = capture(
    url="https://www.tern.example/harbour/ferry-leaves-at-noon",
    canonical_url=None,
    layout="generic",
    publisher="Tern Post",
    headline="Ferry Leaves at Noon",
    body=(Block(kind="paragraph", text=TEXT),),
)


def shown_at(url: str, minutes: int = 5, **changes: object) -> Article:
    return replace(STORY, url=url, fetched_at=at(minutes), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address",
    [
        "https://www.tern.example/print/ferry-leaves-at-noon",
        "https://www.tern.example/harbour/ferry-leaves-at-noon/index.html",
        "https://www.tern.example/Harbour/Ferry-Leaves-At-Noon",
        "http://m.tern.example/a/20471",
        "https://www.tern.example/harbour/ferry-leaves-at-noon.print.html?x=1",
    ],
)
def test_the_same_text_at_another_address_is_the_same_article(store: Store, keep: Keep, address: str) -> None:
    first, other = keep(STORY)[0], keep(shown_at(address))[0]
    assert first.article_id == other.article_id
    found = store.article(address)
    assert found
    assert found.article.headline == STORY.headline


def test_subdomains_of_the_site_belong_to_it(store: Store) -> None:
    run = store.start_run("news", {}, sites=["tern.example"])
    pages = (STORY, shown_at("https://print.tern.example/20471"))
    results = [PageResult(each.url, "stored", article=each, spider="news", site="tern.example") for each in pages]
    assert len({page.article_id for each in results for page in store.record([each], run_id=run)}) == 1


def test_both_in_one_batch_are_one_article(keep: Keep) -> None:
    one, other = keep(STORY, shown_at("https://www.tern.example/amp/20471"))
    assert one.article_id == other.article_id


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(shown_at("https://www.gull.example/ferry"), id="another site"),
        pytest.param(shown_at("https://www.tern.example/b", headline="Ferry Leaves at One"), id="another headline"),
        pytest.param(
            shown_at("https://www.tern.example/b", body=(Block(kind="paragraph", text=TEXT + "Not today."),)),
            id="another sentence",
        ),
        pytest.param(shown_at("https://www.tern.example/b", access="teaser"), id="a teaser"),
        pytest.param(shown_at("https://www.tern.example/b", complete=False), id="a part"),
        pytest.param(shown_at("https://www.tern.example/b", layout="tern_2026"), id="read by a layout"),
    ],
)
def test_anything_else_is_another_article(keep: Keep, other: Article) -> None:
    assert keep(STORY)[0].article_id != keep(other)[0].article_id


def test_a_few_words_identify_no_article(keep: Keep) -> None:
    short = replace(STORY, body=(Block(kind="paragraph", text="This page needs a newer browser."),))
    one, other = keep(short), keep(replace(short, url="https://www.tern.example/b"))
    assert one[0].article_id != other[0].article_id


def test_an_article_that_changes_keeps_its_addresses(keep: Keep) -> None:
    changed = (Block(kind="paragraph", text=TEXT + "It left at one."),)
    kept = [keep(STORY), keep(shown_at(STORY.url, 10, body=changed))]
    kept.append(keep(shown_at("https://www.tern.example/print/1", 15, body=changed)))
    assert len({page.article_id for (page,) in kept}) == 1
