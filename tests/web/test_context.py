"""What the pages of the reading room share."""

from __future__ import annotations

import pytest

from newscrawl.article import Article
from newscrawl.storage import PageResult, Query, Store
from newscrawl.web.cache import Cache
from newscrawl.web.context import Context
from tests.export.formats.writing import STORY


@pytest.mark.parametrize("asked", ["Außenhandel", "AUSSENHANDEL"])
def test_a_section_has_on_its_shelf_what_a_search_finds(asked: str) -> None:
    """A capital may be two letters, so that lower case does not do."""
    with Store.open("sqlite://") as store:
        run_id = store.start_run("sample", {})
        store.record([_in_section("Außenhandel", 1), _in_section("AUSSENHANDEL", 2)], run_id=run_id)
        names = Context(store, "news.db", Cache(lambda: None)).summarize().list_spellings(asked)
        shelf = store.shelf("section", names, limit=10)
        assert {hit.id for hit in shelf} == {hit.id for hit in store.search(Query(section=asked))} == {1, 2}


def _in_section(section: str, number: int) -> PageResult:
    url = f"https://www.bloomberg.example/news/articles/2016-03-01/story-{number}"
    told = STORY.to_json() | {"url": url, "canonical_url": url, "post_id": None, "section": section}
    return PageResult(url, "stored", article=Article.from_json(told), spider="sample")
