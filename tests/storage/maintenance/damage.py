"""A small archive, and damage that other programs may do to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, text

from newscrawl.article import CaptureRef, Contact, Image
from newscrawl.storage import PageResult, Store
from newscrawl.storage.engine import make_engine, parse_url
from newscrawl.storage.tables import Base
from tests.storage.captures import HOST, body, capture, result

Rows = dict[str, list[dict[str, Any]]]
_FREE = {
    "sqlite": ("PRAGMA foreign_keys = OFF",),
    "postgresql": ("SET session_replication_role = replica",),
    "mariadb": ("SET FOREIGN_KEY_CHECKS = 0",),
}
"""Allows rows to be deleted that other rows refer to."""
_TIED = {
    "sqlite": (),
    "postgresql": ("SET session_replication_role = DEFAULT",),
    "mariadb": ("SET FOREIGN_KEY_CHECKS = 1",),
}
_FILE = "2016/a.warc.gz"


def fill(store: Store) -> None:
    """Three articles, of which the second has three versions; a page that failed, and captures of the first two."""
    run_id = store.start_run("sample", {})
    parts: dict[str, Any] = {
        "byline": ("Ann Bo",),
        "tickers": ("SEA:US", "OAR:US"),
        "topics": ("Ships",),
        "images": (Image(url=f"{HOST}/crane.jpg", caption="A crane."),),
        "contacts": (Contact(role="editor", name="Cy Do"),),
    }
    first = capture("first", **parts)
    second = [
        capture("second", 0, headline="Harbor Wakes", body=body("One tug left.", "Two came.")),
        capture("second", 1, headline="Harbor Wakes Up", body=body("One tug left.", "Three came.")),
        capture("second", 2, headline="Harbor Wakes Up Early", body=body("One tug left.", "Three came."), **parts),
    ]
    third = capture("third", 3, headline="Harbor Sleeps", body=body("All is dark.\nAll is still."))
    pages = [
        replace(result(page), capture=_ref(page.url, page.fetched_at, n)) for n, page in enumerate((first, *second))
    ]
    for page in pages:
        store.record([page], run_id=run_id, extractor="1")
    store.record(
        [result(third), PageResult(f"{HOST}/lost", "failed", reason="timeout", spider="sample")], run_id=run_id
    )
    counts = {"outcome/stored": 3}
    store.end_run(run_id, finish_reason="finished", exit_code=0, counts=counts)


def _ref(url: str, moment: Any, number: int) -> CaptureRef:
    return CaptureRef(
        url=url, captured_at=moment, status=200, file=_FILE, offset=number * 100, length=100, digest=f"sha1:{number}"
    )


@dataclass(frozen=True)
class Damage:
    """Damage to a database, the checks that find it, and the tables that a repair changes."""

    name: str
    statements: tuple[str, ...]
    finds: frozenset[str]
    """The checks that find something."""
    leaves: frozenset[str] = frozenset()
    """The tables that differ after the repair, because the right values are unknown."""
    kinds: frozenset[str] = frozenset({"sqlite", "postgresql", "mariadb"})
    stays: frozenset[str] = frozenset()
    """The checks that still find something after the repair: without captures, the former values are unknown."""

    def do(self, url: str) -> None:
        with opened(url) as connection:
            kind = connection.dialect.name
            urls = connection.execute(text("SELECT url, id FROM articles"))
            ids = {url.rpartition("/")[2]: number for url, number in urls}
            for statement in (*_FREE[kind], *self.statements, *_TIED[kind]):
                connection.execute(text(statement.format_map(ids)))
            connection.commit()


def _damage(name: str, *statements: str, finds: str, leaves: str = "", kinds: str = "", stays: str = "") -> Damage:
    more = {"kinds": frozenset(kinds.split())} if kinds else {}
    more["stays"] = frozenset(stays.split())
    return Damage(name, statements, frozenset(finds.split()), frozenset(leaves.split()), **more)


DAMAGES = (
    _damage("an index dropped", "DROP INDEX ix_tickers_ticker", finds="indexes", kinds="sqlite postgresql"),
    _damage("an index dropped there", "DROP INDEX ix_tickers_ticker ON tickers", finds="indexes", kinds="mariadb"),
    _damage("a view dropped", "DROP VIEW latest", finds="views"),
    _damage("no dictionary", "DELETE FROM data_dictionary", finds="dictionary"),
    _damage(
        "another meaning",
        "UPDATE data_dictionary SET meaning = 'x' WHERE table_name = 'pages' AND column_name = 'url'",
        finds="dictionary",
    ),
    _damage(
        "parts of an article that is gone",
        *(
            f"UPDATE {table} SET article_id = 999999 WHERE article_id = {{first}}"
            for table in ("topics", "contacts", "images")
        ),
        finds="content orphans",
        leaves="topics contacts images",
        stays="content",
    ),
    _damage("a run gone", "DELETE FROM runs", finds="orphans", leaves="runs"),
    _damage(
        "an author gone",
        "UPDATE article_authors SET author_id = 777777 WHERE article_id = {first}",
        finds="content orphans",
        leaves="article_authors",
        stays="content",
    ),
    _damage(
        "an article gone, and nothing with it",
        "DELETE FROM articles WHERE id = {first}",
        finds="orphans",
        leaves="articles article_keys article_authors images topics tickers contacts revisions pages captures",
    ),
    _damage("keys gone", "DELETE FROM article_keys WHERE article_id <> {first}", finds="keys"),
    _damage(
        "a wrong number of versions", "UPDATE articles SET revision = 7 WHERE id = {third}", finds="content versions"
    ),
    _damage("no version", "DELETE FROM revisions WHERE article_id = {third}", finds="content versions"),
    _damage(
        "the oldest version gone",
        "DELETE FROM revisions WHERE article_id = {second} AND number = 1",
        finds="content versions",
        leaves="revisions articles",
    ),
    _damage(
        "another headline in the newest version",
        "UPDATE revisions SET headline = 'Harbor wakes up early' WHERE article_id = {second} AND number = 3",
        finds="content newest",
    ),
    _damage(
        "a dek and a body in the newest version",
        "UPDATE revisions SET dek = 'x', body_text = 'y' WHERE article_id = {first}",
        finds="content newest",
    ),
    _damage("an article of no site", "UPDATE articles SET site = 'sanple' WHERE id = {second}", finds="sites"),
    _damage("wrong counts of words", "UPDATE articles SET word_count = word_count + 3", finds="content words"),
    _damage(
        "an article that no page leads to",
        "UPDATE pages SET article_id = NULL, state = 'failed', reason = 'timeout' WHERE article_id = {third}",
        finds="reached",
        leaves="pages",
    ),
    _damage(
        "an article without a page", "DELETE FROM pages WHERE article_id = {third}", finds="reached", leaves="pages"
    ),
    _damage(
        "a page that leads nowhere",
        "UPDATE pages SET state = 'stored' WHERE article_id IS NULL",
        finds="pages",
        leaves="pages",
    ),
    _damage(
        "captures of no article",
        "UPDATE pages SET article_id = NULL, state = 'failed' WHERE article_id = {first}",
        "DELETE FROM articles WHERE id = {first}",
        finds="captures orphans",
        leaves="articles article_keys article_authors images topics tickers contacts revisions pages captures",
    ),
    _damage("a trigger dropped", "DROP TRIGGER search_update", finds="search", kinds="sqlite"),
    _damage(
        "another trigger, and an article since",
        "DROP TRIGGER search_update",
        "UPDATE articles SET headline = 'Harbor Sleeps In' WHERE id = {third}",
        "UPDATE revisions SET headline = 'Harbor Sleeps In' WHERE article_id = {third}",
        finds="content search text",
        leaves="articles revisions",
        stays="content",
        kinds="sqlite",
    ),
    _damage("no index of words", "DROP TABLE search_words", finds="search", kinds="sqlite"),
    _damage(
        "an article that is not in it",
        "INSERT INTO search_words (search_words, rowid, headline, dek, body_text) "
        "SELECT 'delete', id, headline, dek, body_text FROM articles WHERE id = {third}",
        finds="step text",
        kinds="sqlite",
    ),
    _damage("no column of words", "ALTER TABLE articles DROP COLUMN search_words", finds="search", kinds="postgresql"),
    _damage("no index over it", "DROP INDEX IF EXISTS search_index", finds="search", kinds="postgresql"),
    _damage("no index of headlines", "DROP INDEX search_headline ON articles", finds="search", kinds="mariadb"),
)


@contextmanager
def opened(url: str) -> Iterator[Connection]:
    """A connection without newscrawl's checks."""
    engine = make_engine(parse_url(url))
    with engine.connect().execution_options(newscrawl_begin=None) as connection:
        yield connection
    engine.dispose()


def contents(url: str) -> Rows:
    """All rows of all tables, without `changed_at` of articles and the checksums, which have that of it."""
    with opened(url) as connection:
        rows = {
            table.name: sorted(map(dict, connection.execute(table.select()).mappings()), key=repr)
            for table in Base.metadata.sorted_tables
        }
    for row in rows["articles"]:
        del row["changed_at"], row["checksums"]
    return rows
