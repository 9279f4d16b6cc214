"""One article, many captures: in several templates, at several addresses, from several sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import pytest

from newscrawl.archives.capture import Capture
from newscrawl.article import Article
from newscrawl.batch.extraction import extract_page as extract
from newscrawl.operations.archive import open_archive
from newscrawl.storage import PageResult, Query
from sample.pages import render
from sample.story import Rendition, renditions
from sample.warc_file import write_captures
from tests.crawls.archived import articles, past
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import Publisher

STORY = next(one for one in renditions() if one.name == "2013-09-12-sandbank-for-seals")
SLUG = "2013-09-12/dutch-dredger-wins-contract-to-move-a-sandbank-for-seals"
ADDRESSES = (
    ("b1", f"http://www.bloomberg.example/news/{SLUG}.html", 2013),
    ("b1", f"http://bloomberg.example/news/{SLUG}.html", 2014),
    ("c", f"https://www.bloomberg.example/news/articles/{SLUG}", 2015),
    ("c", f"http://mobile.bloomberg.example/news/{SLUG}", 2016),
    ("d1", f"https://www.bloomberg.example/news/articles/{SLUG}?srnd=premium", 2018),
)


def capture(layout: str, url: str, year: int) -> Capture:
    """The story as it was shown in a template, at an address, in a year."""
    moment = datetime(year, 10, 1, tzinfo=UTC)
    shown: Rendition = replace(STORY, layout=layout, captured=moment)
    content_type, body = render(shown, [])
    return Capture(url=url, headers=(("Content-Type", content_type),), body=body, captured_at=moment)


CAPTURES = [capture(*each) for each in ADDRESSES]


def filled_fields(article: Article) -> set[str]:
    """The fields that it has something in."""
    plain = article.to_json()
    return {name for name, value in plain.items() if value and name not in ("url", "fetched_at", "layout", "sources")}


def stored(tmp_path: Path, captures: list[Capture]) -> Article:
    """The one article that a store makes of captures, one after another."""
    with open_archive(f"sqlite:///{tmp_path}/{len(list(tmp_path.iterdir()))}.db") as store:
        run = store.start_run("past", {})
        for one in captures:
            result = PageResult(one.url, "stored", article=extract(one.page()), spider="past", is_archived=True)
            store.record([result], run_id=run)
        [only] = store.articles(Query(limit=None))
        return only.article


def test_the_captures_have_different_layouts_and_fields() -> None:
    layouts = {extract(one.page()).layout for one in CAPTURES}
    assert len(layouts) == 3
    fields = [filled_fields(extract(one.page())) for one in CAPTURES]
    assert len(set(map(frozenset, fields))) > 1


@pytest.mark.parametrize("order", list(permutations(range(len(CAPTURES)), 5))[:: 120 // 12])
def test_the_article_has_every_field_of_any_of_its_captures(tmp_path: Path, order: tuple[int, ...]) -> None:
    article = stored(tmp_path, [CAPTURES[at] for at in order])
    assert filled_fields(article) >= set().union(*(filled_fields(extract(one.page())) for one in CAPTURES))
    latest = extract(CAPTURES[-1].page())
    assert {name: getattr(article, name) for name in ("headline", "body", "access", "byline")} == {
        name: getattr(latest, name) for name in ("headline", "body", "access", "byline")
    }


def test_a_run_over_all_of_them(tmp_path: Path, site: Publisher) -> None:
    crawl = Crawler(tmp_path, site, modules="tests.crawls.past")
    write_captures(tmp_path / "a.warc.gz", CAPTURES[3:])
    write_captures(tmp_path / "b.warc.gz", CAPTURES[:3])
    run = past(crawl, "-a", "warc=?.warc.gz")
    assert run.code == 0, run.err
    [only] = articles(run.store).values()
    assert len(only["body"]) == len(STORY.blocks)
    [hit] = run.store.search(Query(limit=None))
    captures = run.store.captures(hit.id)
    assert [(one.captured_at, one.layout) for one in captures] == [
        (one.captured_at, extract(one.page()).layout) for one in CAPTURES
    ]
    assert {page.article_id for page in run.pages} == {hit.id}
    assert {one.source for one in captures} == {"warc"}
