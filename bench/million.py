"""A SQLite database of many invented articles (short ones: 60 to 120 words), made once and reused.

Words are as frequent as Zipf says, in 100,000 of them; the same rows come out each time. It has articles, authors and
tickers with their indexes and the full-text index, and no pages, captures or revisions: enough to query.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import accumulate, islice, product
from pathlib import Path
from typing import Any

from newscrawl.operations.archive import open_archive
from newscrawl.storage.schema import head

CACHE = Path.home() / ".cache" / "newscrawl-bench"
"""Folder of the databases, outside the repository."""
YEARS = range(2010, 2025)
SECTIONS = (
    "Markets",
    "Technology",
    "Politics",
    "Business",
    "Economics",
    "Opinion",
    "Energy",
    "Wealth",
    "Law",
    "Pursuits",
)
_BEGIN = datetime(YEARS[0], 1, 1)  # noqa: DTZ001 - as SQLite holds it, UTC without a mark
_MINUTES = (datetime(YEARS[-1] + 1, 1, 1) - _BEGIN) // timedelta(minutes=1)  # noqa: DTZ001
_SPREAD = 30 * 24 * 60
"""Minutes by which an archive is not read in order."""
_BATCH = 5000
_WORDS = 100_000
_SYLLABLES = [f"{begin}{vowel}" for begin, vowel in product("bdfgklmnprstvz", "aeiou")]
_ARTICLE = (
    "id, headline, dek, published_at, published_precision, section, access, url, canonical_url, publisher, language, "
    "abstract, word_count, revision, fetched_at, changed_at, layout, fingerprint, body_text, body, sources"
)
_Draw = Callable[[int], list[Any]]


def word(rank: int) -> str:
    """The word of a rank, from 0, the most frequent; a frequent one is short."""
    text, rest = "", rank
    while not text or rest:
        rest, at = divmod(rest, len(_SYLLABLES))
        text += _SYLLABLES[at]
    return text + "n"


def author(rank: int) -> str:
    """The name of a rank, from 0, the most frequent of 3,000."""
    return f"{word(rank % 60).title()} {word(1000 + rank).title()}"


def ticker(rank: int) -> str:
    """The ticker of a rank, from 0, the most frequent of 5,000."""
    return f"{word(rank).upper()}:{('US', 'LN', 'JP', 'GR')[rank % 4]}"


def database(count: int, folder: Path = CACHE, report: Callable[[int], None] = lambda _done: None) -> Path:
    """The file with so many articles: made if missing; `report` is called with the number written so far."""
    file = folder / f"news-{head()}-{count}.db"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".part")
        for old in folder.glob(f"{unfinished.name}*"):
            old.unlink()
        open_archive(f"sqlite:///{unfinished}").close()
        with closing(sqlite3.connect(unfinished, isolation_level=None)) as connection:
            _fill(connection, count, report)
        unfinished.rename(file)
    return file


def _fill(connection: sqlite3.Connection, count: int, report: Callable[[int], None]) -> None:
    """Write the rows with neither indexes nor triggers, and then make those: many times quicker than one by one."""
    for pragma in ("synchronous = OFF", "journal_mode = OFF", "cache_size = -1000000", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    later = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND (type = 'trigger' OR type = 'index' AND "
        "tbl_name IN ('articles', 'article_authors', 'tickers'))"
    ).fetchall()
    connection.execute("BEGIN")
    for kind, name, _ in later:
        connection.execute(f"DROP {kind} {name}")
    _write(connection, count, report)
    connection.execute("INSERT INTO search_words (search_words) VALUES ('rebuild')")
    for _, _, made in later:
        connection.execute(made)
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")


def _write(connection: sqlite3.Connection, count: int, report: Callable[[int], None]) -> None:
    chance = random.Random(7)
    words, people, names = (_drawn(chance, name, many) for name, many in ((word, _WORDS), (int, 3000), (ticker, 5000)))
    connection.executemany("INSERT INTO authors VALUES (?, ?)", ((rank + 1, author(rank)) for rank in range(3000)))
    marks = ", ".join("?" * len(_ARTICLE.split(", ")))
    ids = iter(range(1, count + 1))
    while batch := list(islice(ids, _BATCH)):
        rows = [_article(number, number / count, chance, words) for number in batch]
        connection.executemany(f"INSERT INTO articles ({_ARTICLE}) VALUES ({marks})", rows)
        wrote = _several(chance, batch, people, 3)
        connection.executemany(
            "INSERT INTO article_authors VALUES (?, 'byline', ?, ?)", ((at, place, who + 1) for at, place, who in wrote)
        )
        connection.executemany("INSERT INTO tickers VALUES (?, ?, ?)", _several(chance, batch, names, 4))
        report(batch[-1])


def _drawn(chance: random.Random, name: Callable[[int], Any], many: int) -> _Draw:
    """Draws of so many named things, each as often as Zipf says."""
    things = [name(rank) for rank in range(many)]
    weights = list(accumulate(1 / (rank + 3) for rank in range(many)))
    return lambda count: chance.choices(things, cum_weights=weights, k=count)


def _several(chance: random.Random, ids: Sequence[int], drawn: _Draw, most: int) -> Iterator[tuple[int, int, Any]]:
    """(article, position, what) of none to `most` different things for each article."""
    for number in ids:
        for position, thing in enumerate(dict.fromkeys(drawn(chance.randint(0, most))), 1):
            yield number, position, thing


def _article(number: int, part: float, chance: random.Random, words: _Draw) -> tuple[Any, ...]:
    """The row of an article, at this part of the years."""
    minute = min(max(0, int(part * _MINUTES) + chance.randint(-_SPREAD, _SPREAD)), _MINUTES - 1)
    published = None if chance.random() < 0.005 else str(_BEGIN + timedelta(minutes=minute))
    section = SECTIONS[min(int(chance.expovariate(0.4)), len(SECTIONS) - 1)] if chance.random() < 0.98 else None
    paragraphs = [" ".join(words(chance.randint(20, 40))).capitalize() + "." for _ in range(3)]
    url = f"https://www.bloomberg.example/news/articles/{(published or '2010-01-01')[:10]}/story-{number}"
    return (
        number,
        " ".join(words(chance.randint(6, 12))).title(),
        " ".join(words(chance.randint(8, 20))).capitalize() if chance.random() < 0.5 else None,
        published,
        published and "second",
        section,
        "teaser" if chance.random() < 0.05 else "full",
        url,
        url,
        "Sample Edition",
        "en",
        "[]",
        sum(paragraph.count(" ") + 1 for paragraph in paragraphs),
        1,
        str(_BEGIN + timedelta(minutes=_MINUTES)),
        str(_BEGIN + timedelta(minutes=_MINUTES, seconds=number)),
        "bench",
        f"{number:040x}",
        "\n\n".join(paragraphs),
        json.dumps([{"kind": "paragraph", "text": paragraph} for paragraph in paragraphs]),
        "{}",
    )
