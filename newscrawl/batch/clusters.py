"""Updating the clusters: new and changed articles are compared with all others."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import process_time

from newscrawl.storage import Store

RUN_SHARE = 0.05
"""At the end of a run, the part of its CPU time that the comparison may take."""
_SMALL_BATCH = 25
"""Articles after which a budget is checked."""


def update_clusters(
    store: Store,
    *,
    limit: int | None = None,
    cpu_seconds: float | None = None,
    show: Callable[[int], None] = lambda articles: None,
) -> int:
    """Compare new and changed articles, and return how many were compared. Raises StorageError.

    At most `limit` articles, and no batch begins after `cpu_seconds` of this process: the rest is left to the
    next update. Each batch is one transaction, after which `show` is called with how many were compared.
    """
    batch = 200 if cpu_seconds is None else _SMALL_BATCH
    begun, compared = process_time(), 0
    for articles in store.compare(batch=batch, limit=limit):
        compared += articles
        show(compared)
        if cpu_seconds is not None and process_time() - begun >= cpu_seconds:
            break
    return compared


def update_clusters_after_run(store: Store) -> None:
    """Compare the articles of a run at its end, for RUN_SHARE of the CPU time of this process. Raises StorageError.

    A large run leaves most of them to `scrapy clusters --update`.
    """
    times = os.times()
    spent = times.user + times.system + times.children_user + times.children_system
    update_clusters(store, cpu_seconds=RUN_SHARE * spent)
