"""Updating the clusters after a run: new and changed articles are compared, as far as there is time."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from newscrawl.storage import Store

# A service manager may be waiting for the end of a crawl.
CRAWL_SECONDS = 10.0
INGEST_SECONDS = 60.0


def update_clusters(
    store: Store, *, seconds: float | None = None, show: Callable[[int], None] = lambda articles: None
) -> int:
    """Compare new and changed articles, and return how many were compared. Raises StorageError.

    No batch begins after `seconds`: the rest is left to the next run. `show` is called after each batch with how many
    articles were compared.
    """
    started_at, compared = monotonic(), 0
    for articles in store.compare():
        compared += articles
        show(compared)
        if seconds is not None and monotonic() - started_at > seconds:
            break
    return compared
