"""Clusters: precision and recall on labelled articles, and the cost of finding them on SQLite.

python -m bench.clusters labelled [FOLDER]   precision and recall on the invented stories of the tests, and on a public
                                             set: FOLDER is a copy of fatih-gedikli/news_story_chains-2021-06 on GitHub
python -m bench.clusters [ARTICLES]          the cost for each tenth of a growing archive, and the size of the result
python -m bench.clusters beside ARTICLES     the cost of some thousands added to ARTICLES

The archive has short bodies of invented words; one article in five is a rewrite of the one before, with half as much
added to it, one in fifty a stub, and one in ten ends with one notice of a hundred words.
"""

from __future__ import annotations

import csv
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

from bench import store as storing
from newscrawl.article import Article, Block
from newscrawl.operations.archive import open_archive
from newscrawl.storage import PageResult, Store
from tests.storage.labelled import articles as invented_articles

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

    notice = words(100)
    body, headline = "", ""
    for number in range(count):
        if number % 5 == 4:
            body, mark = f"{words(12)}\n\n{body}\n\n{words(_WORDS // 2)}", " (Update 1)"
        else:
            body, headline, mark = f"{words(_WORDS // 2)} {chance.choice(phrases)} {words(_WORDS // 2)}", words(8), ""
        if number % 10 == 6:
            body += f"\n\n{notice}"
        if number % 50 == 7:
            body = "This is a developing story. Check back for updates."
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
        for table in ("article_clusters", "cluster_marks"):
            connection.execute(f"DELETE FROM {table}")
        freed = connection.execute("PRAGMA freelist_count").fetchone()[0] - free
        page = connection.execute("PRAGMA page_size").fetchone()[0]
        assert freed <= whole
        connection.rollback()
    return int(freed * page)


def fill(file: Path, count: int) -> None:
    """Rows of so many articles that were compared, older than those of `articles`, with marks that nobody shares."""
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
            "INSERT INTO article_clusters (article_id, cluster_id, changed_at) SELECT id, id, changed_at FROM articles"
        )
        [index] = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'ix_cluster_marks_article_id'"
        ).fetchone()
        connection.execute("DROP INDEX ix_cluster_marks_article_id")
        connection.execute(
            "WITH RECURSIVE n (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM n WHERE number < 14) "
            "INSERT OR IGNORE INTO cluster_marks SELECT random(), id FROM articles, n ORDER BY 1"
        )
        connection.execute(index)
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


Pairs = Set[tuple[int, int]]


def join(given: Sequence[tuple[str, str, datetime]]) -> Pairs:
    """The pairs of these articles (headline, text, time of publication) that are in one cluster."""
    results = [
        PageResult(url, "stored", spider="bench", article=_make_article(url, *article))
        for number, article in enumerate(given)
        for url in [f"https://x.example/news/articles/2016-03-01/{number}"]
    ]
    with open_archive("sqlite://") as store:
        ids = [page.article_id for page in store.record(results, run_id=store.start_run("bench", {}))]
        begun, compared = time.process_time(), sum(store.compare())
        print(f"{(time.process_time() - begun) * 1000 / compared:.3f} ms CPU an article")
        place = {article_id: number for number, article_id in enumerate(ids)}
        members = [sorted(place[hit.id] for hit in store.cluster_members(article_id or 0)) for article_id in ids]
    return {pair for cluster in members for pair in combinations(cluster, 2)}


def _make_article(url: str, headline: str, text: str, published_at: datetime) -> Article:
    body = tuple(Block(kind="paragraph", text=part) for part in text.split("\n\n") if part)
    return Article(
        url=url,
        publisher="Sample Edition",
        layout="bench",
        headline=headline,
        published_at=published_at,
        fetched_at=_BEGIN,
        access="full" if body else "blocked",
        body=body,
    )


def rate(name: str, joined: Pairs, same: Pairs, unsure: Pairs = frozenset()) -> None:
    """Print precision and recall; pairs that are `unsure` count for neither."""
    sure = joined - unsure
    precision, recall = len(sure & same) / len(sure) if sure else 1.0, len(sure & same) / len(same) if same else 1.0
    print(f"{name}: {len(same)} pairs: precision {precision:.2f}, recall {recall:.2f}")


def rate_invented() -> None:
    """Print how the invented stories of the tests are clustered, in all and for each file."""
    given = invented_articles()
    joined = join([(each.headline, each.body, each.published_at) for each in given])
    same = {pair for pair in combinations(range(len(given)), 2) if given[pair[0]].story == given[pair[1]].story}
    rate("invented stories", joined, same)
    for file in sorted({each.file for each in given}):
        rate(f"  {file}", *({pair for pair in each if given[pair[0]].file == file} for each in (joined, same)))


def rate_public(folder: Path) -> None:
    """Print how articles are clustered that two people labelled: each pair tells one story, or does not."""
    csv.field_size_limit(10_000_000)
    [texts] = folder.glob("*-article_texts.csv")
    with texts.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    votes: Counter[tuple[str, str]] = Counter()
    for coder in sorted((folder / "hand_coded").glob("story_pairs-*.csv")):
        for line in coder.read_text(encoding="utf-8-sig").splitlines():
            one, other, vote = line.split(";")
            votes[min(one, other), max(one, other)] += int(vote)
    voted = _read_votes([row["url"] for row in rows], votes)
    joined = join(
        [(row["title"], row["text"], datetime.fromisoformat(row["date"]).replace(tzinfo=UTC)) for row in rows]
    )
    same, unsure = ({pair for pair, vote in voted.items() if vote == number} for number in (2, 1))
    rate(f"public set, {len(rows)} articles", joined, same, unsure)


def _read_votes(urls: Sequence[str], votes: Mapping[tuple[str, str], int]) -> dict[tuple[int, int], int]:
    return {
        (at, to): votes[min(urls[at], urls[to]), max(urls[at], urls[to])]
        for at, to in combinations(range(len(urls)), 2)
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["labelled"]:
        rate_invented()
        if sys.argv[2:]:
            rate_public(Path(sys.argv[2]))
    elif sys.argv[1:2] == ["beside"]:
        beside(int(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
