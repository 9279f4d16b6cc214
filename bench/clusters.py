"""The cost of finding clusters, for each tenth of a growing archive on SQLite, and the size of the result.

Short bodies of invented words; one article in five is a rewrite of the one before, with half as much added to it.

python -m bench.clusters [ARTICLES]          a growing archive of ARTICLES
python -m bench.clusters beside ARTICLES     some thousands added to ARTICLES
"""

from __future__ import annotations

import os
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import store as storing
from newscrawl.article import Article, Block
from newscrawl.operations.archive import open_archive
from newscrawl.storage import PageResult, Store
from newscrawl.storage.duplicates.similarity import ANY_TIME, SIGNER

_BEGIN = datetime(2006, 1, 1, tzinfo=UTC)
_A_DAY = 300
"""Articles that come out on a day."""
_WORDS = 120
_PHRASES = 400
"""Turns of phrase that all articles have in common, one in each of them or so."""


def articles(count: int) -> Iterator[Article]:
    """Invented articles in the order of publication."""
    chance = random.Random(11)
    vocabulary = ["".join(chance.choices("abcdefghiklmnoprstu", k=chance.randint(2, 11))) for _ in range(20_000)]
    phrases = [" ".join(chance.choices(vocabulary, k=7)) for _ in range(_PHRASES)]

    def words(number: int) -> str:
        return " ".join(vocabulary[int(len(vocabulary) ** chance.random()) - 1] for _ in range(number))

    body, headline = "", ""
    for number in range(count):
        if number % 5 == 4:
            body, mark = f"{words(12)}\n\n{body}\n\n{words(_WORDS // 2)}", " (Update 1)"
        else:
            body, headline, mark = f"{words(_WORDS // 2)} {chance.choice(phrases)} {words(_WORDS // 2)}", words(8), ""
        yield Article(
            url=f"https://www.bloomberg.example/news/articles/2016-03-01/story-{number}",
            publisher="Sample Edition",
            layout="bench",
            headline=headline + mark,
            published_at=_BEGIN + timedelta(days=number / _A_DAY),
            fetched_at=_BEGIN,
            body=(Block(kind="paragraph", text=body),),
        )


def grow(store: Store, made: Iterator[Article], count: int, run_id: int) -> tuple[float, float]:
    """Store so many articles, then compare them; milliseconds of CPU, and of time, that comparing one took."""
    for start in range(0, count, 1000):
        batch = [next(made) for _ in range(min(1000, count - start))]
        store.record([PageResult(each.url, "stored", article=each, spider="bench") for each in batch], run_id=run_id)
    cpu, begun = time.process_time(), time.perf_counter()
    compared = sum(store.compare())
    assert compared >= count
    return (time.process_time() - cpu) * 1000 / count, (time.perf_counter() - begun) * 1000 / count


def size(file: Path) -> int:
    """Bytes of the database, all of them written to its file."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages, each = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return int(pages) * int(each)


def bytes_of_clusters(file: Path) -> int:
    """Bytes of the tables of clusters and their indexes: what the file is smaller by without them."""
    with closing(sqlite3.connect(file)) as connection:
        whole = connection.execute("PRAGMA page_count").fetchone()[0]
        free = connection.execute("PRAGMA freelist_count").fetchone()[0]
        for table in ("article_clusters", "cluster_marks", "cluster_links"):
            connection.execute(f"DELETE FROM {table}")
        freed = connection.execute("PRAGMA freelist_count").fetchone()[0] - free
        page = connection.execute("PRAGMA page_size").fetchone()[0]
        assert freed <= whole
        connection.rollback()
    return int(freed * page)


def fill(file: Path, count: int) -> None:
    """Rows of so many articles that were compared, older than those of `articles`, with marks that nobody shares."""
    chance = random.Random(13)
    newest = (_BEGIN - datetime(1970, 1, 1, tzinfo=UTC)).days // 3
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(
            "WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ?) INSERT INTO articles "
            "(id, headline, published_at, access, url, publisher, abstract, word_count, revision, fetched_at, "
            "changed_at, layout, fingerprint, body_text, body, sources) SELECT id, 'Story ' || id, "
            "'2005-01-01 00:00:00', 'full', 'https://x.example/' || id, "
            "'x', '[]', 0, 1, '2005-01-01 00:00:00', '2005-01-01 00:00:00', 'bench', id, "
            "'', '[]', '{}' FROM n",
            (count,),
        )
        connection.execute(
            "INSERT INTO article_clusters (article_id, cluster_id, changed_at, signer) "
            "SELECT id, id, changed_at, ? FROM articles",
            (SIGNER,),
        )
        rows = (
            (newest - (count - at) // (3 * _A_DAY), chance.getrandbits(38), at)
            for at in range(1, count + 1)
            for _ in range(17)
        )
        connection.executemany("INSERT OR IGNORE INTO cluster_marks VALUES (?, ?, ?)", rows)
        copies = sorted((chance.getrandbits(63), at) for at in range(1, count + 1) for _ in range(6))
        connection.executemany(f"INSERT OR IGNORE INTO cluster_marks VALUES ({ANY_TIME}, ?, ?)", copies)
        connection.commit()


def beside(count: int, new: int = 5000) -> None:
    """Print what comparing new articles costs in an empty archive, and in one of so many."""
    costs = []
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as directory:
        for there in (0, count):
            file = Path(directory) / f"{there}.db"
            with open_archive(f"sqlite:///{file}") as store:
                if there:
                    fill(file, there)
                costs.append(grow(store, articles(new), new, store.start_run("bench", {})))
            print(
                f"in {there:,} articles: {costs[-1][0]:.3f} ms CPU, {costs[-1][1]:.3f} ms in all, an article",
                flush=True,
            )
    print("{:.2f} in CPU, {:.2f} in time".format(*(last / first for first, last in zip(*costs, strict=True))))


def main(count: int) -> None:
    """Print a line for each tenth, how the last compares with the first, and what an article takes."""
    costs = []
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as directory:
        file = Path(directory) / "bench.db"
        with open_archive(f"sqlite:///{file}") as store:
            run_id = store.start_run("bench", {})
            made = articles(count)
            for tenth in range(1, 11):
                costs.append(grow(store, made, count // 10, run_id))
                cpu, wall = costs[-1]
                print(
                    f"{count * tenth // 10:>9,} articles: {cpu:.3f} ms CPU, {wall:.3f} ms in all, an article",
                    flush=True,
                )
            print("{} clusters of {} articles".format(*store.cluster_totals()))
        of_them = bytes_of_clusters(file)
        print(f"{of_them / count:.0f} bytes an article, of {size(file) / count:.0f}")
        cpu, wall = (last / first for last, first in zip(costs[-1], costs[0], strict=True))
        print(f"the last tenth cost {cpu:.2f} of the first in CPU, {wall:.2f} in time")
        _compare_with_storing(Path(directory))


def _compare_with_storing(directory: Path) -> None:
    """By the articles of bench.store, which are as long as most: 700 words."""
    captures = [replace(each, headline=f"{each.headline} {at}") for at, each in enumerate(storing.articles(2000))]
    with open_archive(f"sqlite:///{directory / 'store.db'}") as store:
        stored, _, _ = storing.record(store, captures, store.start_run("bench", {}))
        begun = time.process_time()
        compared = sum(store.compare())
        cpu = (time.process_time() - begun) * 1000 / compared
    of_them = bytes_of_clusters(directory / "store.db") / compared
    each = size(directory / "store.db") / compared
    print(f"of 700 words: {cpu:.3f} ms CPU, {cpu / stored:.2f} of storing it; {of_them:.0f} bytes of {each:.0f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["beside"]:
        beside(int(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
