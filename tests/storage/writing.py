"""A process that stores batches until it is done or killed: python -m tests.storage.writing URL FIRST COUNT BATCH.

It prints a line for each committed batch.
"""

from __future__ import annotations

import sys

from newscrawl.article import Link
from newscrawl.operations.archive import open_archive
from tests.storage.captures import capture, result


def main(url: str, first: int, count: int, batch: int) -> None:
    """Store articles FIRST to FIRST + COUNT, in batches of BATCH."""
    slugs = [f"story-{number}" for number in range(first, first + count)]
    with open_archive(url) as store:
        run_id = store.start_run("sample", {})
        store.discover([Link(url=capture(slug).url, source="feed") for slug in slugs], run_id=run_id, spider="sample")
        for start in range(0, count, batch):
            captures = [capture(slug, byline=("Ann Bo", f"{slug}'s author")) for slug in slugs[start : start + batch]]
            store.record([result(article) for article in captures], run_id=run_id)
            print(start, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
