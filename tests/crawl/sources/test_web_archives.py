"""What is asked of the indexes of web archives."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy.settings import Settings

from newscrawl.crawl.arguments import read_arguments
from newscrawl.crawl.sources.wayback import Wayback
from newscrawl.publisher import Publisher
from newscrawl.publishers import Sites, make_site
from newscrawl.publishers.bloomberg import PUBLISHER


def find_queries(since: str, until: str, site: Publisher = PUBLISHER) -> list[str]:
    """The queries that a run over these days begins with."""
    settings = Settings()
    settings.setmodule("newscrawl.settings")
    source = Wayback(Sites([site]), read_arguments({"source": "wayback", "since": since, "until": until}))
    source.attach(cast("Any", SimpleNamespace(settings=settings, stats=SimpleNamespace(get_stats=dict))))

    async def start() -> list[str]:
        return [each.url async for each in source.start()]

    return asyncio.run(start())


@pytest.mark.parametrize(
    ("since", "until", "before", "queries"),
    [
        ("2013-05-27", "2013-05-27", 34, 14),
        ("2013-05-31", "2013-05-31", 34, 24),
        ("2013-05-13", "2013-05-19", 94, 14),
        ("2013-05-27", "2013-06-02", 94, 24),
        ("2013-05-01", "2013-05-31", 34, 34),
        ("2013-01-01", "2013-12-31", 34, 34),
        ("2010-01-01", "2019-12-31", 124, 34),
    ],
)
def test_how_many_queries_a_run_needs(since: str, until: str, before: int, queries: int) -> None:
    """`before`: with a query for each day outside whole months and years."""
    found = find_queries(since, until)
    assert len(found) == len(set(found)) == queries <= before


def test_a_site_that_newscrawl_does_not_know_is_looked_up_as_a_whole() -> None:
    (query,) = find_queries("2013-05-27", "2013-05-28", make_site("https://www.tern.example/news/"))
    assert "url=tern.example&matchType=domain&" in query
    assert "&from=20130527&to=20130727" in query
