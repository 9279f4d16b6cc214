"""Captures that many writers store at once, in orders of their own; and a process of one that does so until killed.

python -m tests.storage.overlapping URL SEED

It prints a line for each committed batch.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from newscrawl.article import Article, CaptureRef
from newscrawl.operations.archive import open_archive
from newscrawl.storage import PageResult, Store
from tests.storage.captures import HOST, at, body, capture

STORIES = 8
_TEXTS = ("The cranes stood still on Tuesday.", "The cranes moved again on Wednesday.")


def captures() -> list[PageResult]:
    """Captures of a few stories: edits, addresses that turn out to be the same story, pages without an article."""
    return [result for number in range(STORIES) for result in _captures_of(number)]


def _captures_of(number: int) -> Iterator[PageResult]:
    story, print_view = (f"{HOST}/news/articles/2016-03-01/{name}-{number}" for name in ("story", "print"))
    byline = (f"Ann {number % 3}", f"Bo {number}")
    for hours, text in enumerate((_TEXTS[0], _TEXTS[0], _TEXTS[1], _TEXTS[1])):
        fields: dict[str, Any] = {"body": body(text), "byline": byline, "headline": f"Harbour {number}"}
        read = capture(hours=hours + number, url=story, canonical_url=story, **fields)
        yield _archived(read, story)
        # Its first captures name no canonical address, so that they are an article of their own until one does.
        canonical = story if hours >= 2 else None
        yield _archived(
            capture(hours=hours + number + 0.5, url=print_view, canonical_url=canonical, **fields), print_view
        )
    yield PageResult(
        f"{HOST}/news/videos/{number}",
        "refused",
        reason="video",
        spider="sample",
        is_archived=True,
        capture=CaptureRef(url=f"{HOST}/news/videos/{number}", captured_at=at(number)),
    )


def _archived(article: Article, url: str) -> PageResult:
    reference = CaptureRef(url=url, captured_at=article.fetched_at, status=200)
    return PageResult(url, "stored", article=article, status=200, spider="sample", is_archived=True, capture=reference)


def store_all(store: Store, run_id: int, seed: int, report: Callable[[], object] = lambda: None) -> None:
    """Store all captures, in an order and in batches that the seed decides."""
    chance = random.Random(seed)
    rest = captures()
    chance.shuffle(rest)
    while rest:
        size = chance.randint(1, 6)
        store.record(rest[:size], run_id=run_id)
        rest = rest[size:]
        report()


def main(url: str, seed: int) -> None:
    with open_archive(url) as store:
        store_all(store, store.start_run("sample", {}), seed, partial(print, "stored", flush=True))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
