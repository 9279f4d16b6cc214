"""What storing costs: CPU of Store.record for a new, an unchanged and a changed article, in batches of 50, on SQLite.

python -m bench.store [ARTICLES]
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from newscrawl.article import Article, Block, Contact, Image
from newscrawl.operations.archive import open_archive
from newscrawl.storage import PageResult, Store

BATCH = 50
_BEGIN = datetime(2016, 3, 1, tzinfo=UTC)


def articles(count: int) -> list[Article]:
    """Invented articles of 20 paragraphs (700 words, frequent and rare as Zipf says) and two images."""
    chance = random.Random(7)
    vocabulary = ["".join(chance.choices("abcdefghiklmnoprstu", k=chance.randint(2, 11))) for _ in range(20_000)]
    return [_article(number, chance, vocabulary) for number in range(count)]


def _article(number: int, chance: random.Random, vocabulary: Sequence[str]) -> Article:
    def words(count: int) -> str:
        return " ".join(vocabulary[int(len(vocabulary) ** chance.random()) - 1] for _ in range(count))

    return Article(
        url=f"https://www.bloomberg.example/news/articles/2016-03-01/story-{number}",
        canonical_url=f"https://www.bloomberg.example/news/articles/2016-03-01/story-{number}",
        post_id=f"O3{number:08}",
        publisher="Sample Edition",
        layout="bench",
        headline=words(9),
        dek=words(15),
        byline=(f"Reporter {number % 90}", f"Reporter {number % 70}"),
        published_at=_BEGIN - timedelta(hours=number),
        published_precision="minute",
        fetched_at=_BEGIN,
        section="markets",
        topics=("Bonds", "Rates", f"Topic {number % 50}"),
        tickers=("AAA:US", f"T{number % 99}:US"),
        language="en",
        body=tuple(Block(kind="paragraph", text=words(35)) for _ in range(20)),
        images=tuple(Image(url=f"https://img.example/{number}-{at}.jpg", caption=words(12)) for at in range(2)),
        contacts=(Contact(role="reporter", name=f"Reporter {number % 90}", place="London", email="r@news.example"),),
        assistance=("Someone Else",),
        sources={"headline": "dom h1", "body": "dom .body p", "published_at": "json-ld"},
    )


def record(store: Store, captures: Sequence[Article], run_id: int) -> tuple[float, float, set[str]]:
    """Store them all; milliseconds of CPU and of time an article, and the outcomes."""
    results = [PageResult(capture.url, "stored", article=capture, status=200, spider="bench") for capture in captures]
    outcomes: set[str] = set()
    cpu, begun = time.process_time(), time.perf_counter()
    for start in range(0, len(results), BATCH):
        outcomes |= {saved.outcome for saved in store.record(results[start : start + BATCH], run_id=run_id)}
    each = 1000 / len(results)
    return (time.process_time() - cpu) * each, (time.perf_counter() - begun) * each, outcomes


def main(count: int) -> None:
    """Print a line for each of the three."""
    captures = articles(count)
    later = [replace(capture, fetched_at=_BEGIN + timedelta(days=1)) for capture in captures]
    edited = [replace(capture, headline=f"{capture.headline} now") for capture in later]
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "bench.db"
        with open_archive(f"sqlite:///{file}") as store:
            run_id = store.start_run("bench", {})
            for name, batch in (("new", captures), ("unchanged", captures), ("seen again", later), ("changed", edited)):
                cpu, wall, outcomes = record(store, batch, run_id)
                print(f"{name:11} {cpu:.3f} ms CPU, {wall:.3f} ms in all, an article; {', '.join(sorted(outcomes))}")
        print(f"{file.stat().st_size / count / 1024:.1f} KiB an article on disk")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
