"""The archive, to read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from types import TracebackType
from typing import Self

from newscrawl.article import Article
from newscrawl.date_range import read_range
from newscrawl.operations import archive
from newscrawl.storage import Query, Sort, Store


class Archive:
    """An open archive, to read. Articles are read from the database while they are iterated over."""

    def __init__(self, store: Store) -> None:
        self.store = store
        """Everything else that the database knows: its ledger, revisions, runs, clusters, statistics."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.store.close()

    def __len__(self) -> int:
        """Return the number of articles."""
        return self.store.totals()["articles"]

    def __iter__(self) -> Iterator[Article]:
        """Yield every article, the newest first."""
        return self.search()

    def __contains__(self, url: object) -> bool:
        return isinstance(url, str) and self.store.find_id(url) is not None

    def __getitem__(self, url: str) -> Article:
        """Return the article of a URL. Raises KeyError where there is none."""
        article = self.get(url)
        if article is None:
            raise KeyError(url)
        return article

    def get(self, url: str) -> Article | None:
        """Return the article to which a URL leads, in any spelling; None if there is none."""
        stored = self.store.article(url)
        return stored.article if stored else None

    def search(  # noqa: PLR0913 - the conditions of a query
        self,
        words: str | None = None,
        *,
        since: str | date | None = None,
        until: str | date | None = None,
        author: str | None = None,
        ticker: str | None = None,
        section: str | None = None,
        site: str | None = None,
        publisher: str | None = None,
        min_confidence: float | None = None,
        sort: Sort | None = None,
        limit: int | None = None,
    ) -> Iterator[Article]:
        """Yield the articles that match every condition: the best match first if there are words, else the newest.

        The conditions are those of `scrapy articles`: `words` with quotes, OR, -word and the like; `since` and `until`
        (inclusive) as text, date or time. Raises ArgumentError for a date that is none.
        """
        dates = read_range(_date_text(since), _date_text(until))
        query = Query(
            words=words,
            since=dates.since,
            until=dates.until,
            author=author,
            ticker=ticker,
            section=section,
            site=site,
            publisher=publisher,
            min_confidence=min_confidence,
            sort=sort,
            limit=limit,
        )
        return (stored.article for stored in self.store.articles(query))


def open_archive(url_or_path: str | os.PathLike[str]) -> Archive:
    """Open an archive to read it: the path of a SQLite file, or the URL of a database.

    Raises NoDatabaseError where there is none, SchemaVersionError for one of another version, other StorageErrors.
    """
    name = os.fspath(url_or_path)
    url = name if "://" in name else f"sqlite:///{name}"
    return Archive(archive.open_archive(url, create=False, read_only=True))


def _date_text(when: str | date | None) -> str | None:
    return when.isoformat() if isinstance(when, date) else when
