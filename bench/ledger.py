"""What counting the pages of the ledger costs: once by state, as each run does, and by reason, as `scrapy pages` does.

python -m bench.ledger [PAGES] [URL]

URL is that of an empty database on a server; without it, the pages are in a SQLite file. Prints the median of nine.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime

from newscrawl.operations.archive import open_archive
from newscrawl.storage import Store
from newscrawl.storage.crawl_state.pages import insert_pages, new_page_values

_BATCH = 5000
_KINDS = (
    [("stored", None)] * 60
    + [("unchanged", None)] * 20
    + [("discovered", None)] * 8
    + [("refused", "video")] * 6
    + [("failed", f"http_{status}") for status in (404, 500, 503)]
    + [("blocked", "challenge")] * 3
)
_SITES = 40


def fill(store: Store, count: int) -> None:
    """Insert pages of forty sites, in all states."""
    chance, now = random.Random(7), datetime.now(UTC)
    run_id = store.start_run("bench", {})
    for start in range(0, count, _BATCH):
        rows = []
        for number in range(start, min(start + _BATCH, count)):
            state, reason = chance.choice(_KINDS)
            site = f"news-{chance.randrange(_SITES)}.example"
            url = f"https://www.{site}/2016/03/01/a-story-about-something-{number}"
            row = new_page_values(url, f"{number:032x}", now, "feed")
            rows.append(row | {"state": state, "reason": reason, "spider": "news", "site": site, "run_id": run_id})
        with store._writing() as connection:
            insert_pages(connection, rows)


def measure(call: Callable[[], object]) -> float:
    """Return the median time of a call, in milliseconds: a server computes outside of this process."""
    times = []
    for _ in range(9):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return 1000 * statistics.median(times)


def main(count: int, url: str | None) -> None:
    """Print a line for each way of counting."""
    with (
        tempfile.TemporaryDirectory() as directory,
        open_archive(url or f"sqlite:///{directory}/bench.db") as store,
    ):
        fill(store, count)
        by_reason = measure(store.page_counts)
        print(f"{count:,} pages; by spider, state and reason: {by_reason:.1f} ms")
        for name, call in (
            ("of a spider", lambda: store.state_counts(spider="news")),
            ("of a site", lambda: store.state_counts(site="news-7.example")),
            ("of all", store.state_counts),
        ):
            took = measure(call)
            print(f"by state, {name}: {took:.1f} ms, {took / by_reason:.2f} of that")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500_000, sys.argv[2] if len(sys.argv) > 2 else None)
