"""Finding the article that a person names, or saying why there is none."""

from __future__ import annotations

import re

from newscrawl.errors import StorageError
from newscrawl.storage import Store, StoredArticle

NO_ARTICLE_YET = "the database holds no article yet; `scrapy crawl bloomberg -a source=sample` brings some"


def article_of(store: Store, asked: str) -> StoredArticle:
    """The article of a number or an address (ID|URL). Raises StorageError where there is none."""
    stored = store.article(int(asked) if re.fullmatch("[0-9]{1,18}", asked) else asked)
    if stored is None:
        raise StorageError(f"{asked}: there is no such article; `scrapy articles` lists those that are there")
    return stored


def is_empty(store: Store) -> bool:
    """Whether the archive has no article at all."""
    return not store.totals()["articles"]
