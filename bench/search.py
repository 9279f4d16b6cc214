"""What asking costs on a million articles: Store.search against the same question typed into sqlite3.

python -m bench.search [--articles 1000000] [--folder ~/.cache/newscrawl-bench] [--rounds 3]

The database (bench/million.py) is made once and reused. Each kind of question is asked with twelve different words or
names, by turns of Store and of the sqlite3 module: the same MATCH, order and limit, and the columns of a list fetched.
Store besides reads bylines and tickers of what it rows, and marks the words in the texts. Both times are of the second
asking on: what is measured is not the disk.
"""

from __future__ import annotations

import argparse
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.million import CACHE, SECTIONS, YEARS, author, database, ticker, word
from newscrawl.operations.archive import open_archive
from newscrawl.storage import By, Query, Store

ASKED = 12
"""Questions of a kind."""
_COLUMNS = (
    "a.id, a.published_at, a.published_precision, a.headline, a.dek, a.section, a.access, a.revision, "
    "coalesce(a.canonical_url, a.url)"
)
_NEWEST = "a.published_at DESC, a.id DESC"
_LIST = f"SELECT {_COLUMNS} FROM articles a"
_LATEST = f"ORDER BY {_NEWEST} LIMIT 20"
_HITS = "search_words CROSS JOIN articles a ON a.id = search_words.rowid WHERE search_words MATCH ?"
_BEST = (
    f"SELECT {_COLUMNS}, a.body_text FROM (SELECT rowid AS id, bm25(search_words, 10.0, 4.0, 1.0) AS score FROM "
    "search_words WHERE search_words MATCH ? ORDER BY score, id DESC LIMIT 20) h JOIN articles a ON a.id = h.id "
    "ORDER BY h.score, h.id DESC"
)
_BEST_OF_SOME = (
    f"SELECT {_COLUMNS}, a.body_text FROM (SELECT a.id, bm25(search_words, 10.0, 4.0, 1.0) AS score FROM {_HITS} AND "
    "a.published_at >= ? AND a.published_at < ? AND a.section = ? ORDER BY score, a.id DESC LIMIT 20) h "
    "JOIN articles a ON a.id = h.id ORDER BY h.score, h.id DESC"
)
_LATEST_HITS = (
    f"SELECT {_COLUMNS}, a.body_text FROM articles a WHERE a.id IN (SELECT a.id FROM {_HITS} {_LATEST}) "
    f"ORDER BY {_NEWEST}"
)
_OF_TICKER = f"{_LIST} WHERE a.id IN (SELECT article_id FROM tickers WHERE ticker = ?) {_LATEST}"
_OF_AUTHOR = (
    f"{_LIST} WHERE a.id IN (SELECT article_id FROM article_authors WHERE role = 'byline' AND author_id IN "
    f"(SELECT id FROM authors WHERE name LIKE '%' || ? || '%')) {_LATEST}"
)


@dataclass(frozen=True, slots=True)
class Question:
    """One question, for both."""

    kind: str
    query: Query
    typed: str
    values: tuple[str, ...] = ()
    by: By | None = None

    def of_store(self, store: Store) -> int:
        """How many rows newscrawl gives."""
        return len(store.count_by(self.query, self.by) if self.by else store.search(self.query))

    def of_sqlite(self, connection: sqlite3.Connection) -> int:
        """How many rows sqlite3 gives."""
        return len(connection.execute(self.typed, self.values).fetchall())


def questions() -> Iterator[Question]:
    """All of them, some of each kind."""
    for at in range(ASKED):
        common, other, middling, rare = (word(rank + 3 * at) for rank in (20, 70, 600, 70_000))
        for kind, words, match in (
            ("a rare word", rare, f'"{rare}"'),
            ("a common word", common, f'"{common}"'),
            ("two words", f"{common} {middling}", f'"{common}" AND "{middling}"'),
            ("a phrase", f'"{common} {other}"', f'"{common} {other}"'),
            ("a prefix", f"{middling[:4]}*", f'"{middling[:4]}"*'),
            ("OR", f"{middling} OR {rare}", f'"{middling}" OR "{rare}"'),
            ("NOT", f"{other} -{common}", f'"{other}" NOT "{common}"'),
            ("headline:", f"headline:{common}", f'headline : "{common}"'),
        ):
            yield Question(kind, Query(words=words), _BEST, (match,))
        year, section = YEARS[at], SECTIONS[at % 4]
        begin, end = (datetime(each, 1, 1, tzinfo=UTC) for each in (year, year + 1))
        within = Query(words=other, since=begin, until=end, section=section)
        values = (f'"{other}"', f"{begin:%Y-%m-%d %H:%M:%S}", f"{end:%Y-%m-%d %H:%M:%S}", section)
        yield Question("a word, a year, a section", within, _BEST_OF_SOME, values)
        yield Question("a word, newest", Query(words=common, sort="newest"), _LATEST_HITS, (f'"{common}"',))
        yield Question("newest", Query(), f"{_LIST} {_LATEST}")
        yield Question("a ticker", Query(ticker=ticker(at**3)), _OF_TICKER, (ticker(at**3),))
        yield Question("an author", Query(author=author(at**3)), _OF_AUTHOR, (author(at**3),))
    monthly, by_section = (
        f"SELECT {value}, count(*) FROM articles GROUP BY 1" for value in ("substr(published_at, 1, 7)", "section")
    )
    for _ in range(ASKED // 4):
        yield Question("count by month", Query(), monthly, by="month")
        yield Question("count by section", Query(), by_section, by="section")


def measured(file: Path, rounds: int) -> dict[str, tuple[list[float], list[float]]]:
    """Seconds of each asking by its kind: of Store, and of sqlite3."""
    times: dict[str, tuple[list[float], list[float]]] = {}
    cases = list(questions())
    with (
        open_archive(f"sqlite:///{file}") as store,
        closing(sqlite3.connect(file)) as connection,
        Progress() as progress,
    ):
        for question in progress.track(cases, description="Searching"):
            ours, theirs = times.setdefault(question.kind, ([], []))
            for at in range(rounds + 1):
                mine, rows = _timed(lambda question=question: question.of_store(store))  # type: ignore[misc]
                typed, expected = _timed(lambda question=question: question.of_sqlite(connection))  # type: ignore[misc]
                if rows != expected:
                    raise SystemExit(f"{question}: {rows} rows, sqlite3 has {expected}")
                if at:
                    ours.append(mine)
                    theirs.append(typed)
    return times


def _timed(run: Callable[[], int]) -> tuple[float, int]:
    begun = time.perf_counter()
    rows = run()
    return time.perf_counter() - begun, rows


def _table(times: dict[str, tuple[list[float], list[float]]]) -> Table:
    table = Table("", "Store p50", "p95", "sqlite3 p50", "p95", "ratio p50", "p95", title="Milliseconds")
    for kind, sides in times.items():
        (ours, ours_most), (theirs, theirs_most) = map(_percentiles, sides)
        shown = (f"{seconds * 1000:.1f}" for seconds in (ours, ours_most, theirs, theirs_most))
        table.add_row(kind, *shown, f"{ours / theirs:.2f}", f"{ours_most / theirs_most:.2f}")
    return table


def _percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    parts = quantiles(seconds, n=20, method="inclusive")
    return parts[9], parts[18]


def main(arguments: Any) -> None:
    """Make the database if it is missing, run the queries, and print a table."""
    with Progress() as progress:
        task = progress.add_task("Articles", total=arguments.articles)
        file = database(arguments.articles, arguments.folder, lambda done: progress.update(task, completed=done))
        progress.update(task, completed=arguments.articles)
    print(f"{file}: {file.stat().st_size / 2**30:.1f} GiB")
    Console().print(_table(measured(file, arguments.rounds)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=CACHE)
    parser.add_argument("--rounds", type=int, default=3)
    main(parser.parse_args())
