"""The part of Store that searches: it takes a third of the time to import."""

from __future__ import annotations

from newscrawl.storage.query.articles import ArticleStore
from newscrawl.storage.query.counts import CountStore


class SearchStore(ArticleStore, CountStore):
    """An open database, to search, count and read its articles."""
