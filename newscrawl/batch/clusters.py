"""Bringing clusters up to date when a run has ended: what it stored is compared, as far as there is time."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from newscrawl.storage import Store

CRAWL_SECONDS = 10.0
"""At the end of a crawl, which a service manager may be waiting for."""
INGEST_SECONDS = 60.0


def bring_up_to_date(
    store: Store, *, seconds: float | None = None, show: Callable[[int], None] = lambda articles: None
) -> int:
    """Compare what is new or has changed; how many articles were. Raises StorageError.

    Nothing new is begun after so many `seconds`: the rest is left to the next run. `show` is called after each batch
    with how many articles were compared.
    """
    begun, compared = monotonic(), 0
    for articles in store.compare():
        compared += articles
        show(compared)
        if seconds is not None and monotonic() - begun > seconds:
            break
    return compared
