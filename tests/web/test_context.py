"""What the pages share: the summary of the archive."""

from __future__ import annotations

import pytest

from newscrawl.article import Article
from newscrawl.operations.archive import open_archive
from newscrawl.storage import PageResult, Query
from newscrawl.web.cache import Cache
from newscrawl.web.context import Context
from tests.export.formats.entries import STORY


@pytest.mark.parametrize("spelling", ["Außenhandel", "AUSSENHANDEL"])
def test_a_section_page_has_the_articles_that_a_search_finds(spelling: str) -> None:
    """Names are case-folded: the upper case of ß is two letters."""
    with open_archive("sqlite://") as store:
        run_id = store.start_run("sample", {})
        store.record([_in_section("Außenhandel", 1), _in_section("AUSSENHANDEL", 2)], run_id=run_id)
        names = Context(store, "News", "news.db", Cache(lambda: None)).summarize().list_spellings("section", spelling)
        hits = store.shelf("section", names, limit=10)
        assert {hit.id for hit in hits} == {hit.id for hit in store.search(Query(section=spelling))} == {1, 2}


def _in_section(section: str, number: int) -> PageResult:
    url = f"https://www.bloomberg.example/news/articles/2016-03-01/story-{number}"
    values = STORY.to_json() | {"url": url, "canonical_url": url, "post_id": None, "section": section}
    return PageResult(url, "stored", article=Article.from_json(values), spider="sample")
