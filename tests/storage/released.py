"""Databases of older schema versions, filled with invented rows as their newscrawl would have left them.

When version N+1 of the schema is begun, tests/storage/test_migrations.py fails until the rows of N stand here: write
`_rows_of_N()` from what it had, with a row in each of its new tables and a value in each of its new columns, and add it
to ROWS. What is here is never changed afterwards. schemas/0004.*.sql are the statements that the migrations before the
baseline ran; the tables of later versions are made by their migrations.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, MetaData, Table, text

from newscrawl.storage import views
from newscrawl.storage.engine import WRITES
from newscrawl.storage.tables import Base
from tests.storage.captures import HOST, at

BASELINE = "0004"
SCHEMAS = Path(__file__).parent / "schemas"
_TEXT = "The cranes stood still on Tuesday."
_RUNS: tuple[tuple[dict[str, str], str, dict[str, Any]], ...] = (
    ({"limit": "9"}, "live", {"finish_reason": "finished", "exit_code": 7, "counts": {"outcome/stored": 1}}),
    ({}, "live", {"ended_at": None, "finish_reason": None, "exit_code": None}),
    ({"source": "sample"}, "sample", {}),
    ({"files": "pages/*.html"}, "files", {}),
)
"""Arguments, source, and how each run ended."""
_PAGES: tuple[tuple[str, str | None, int, dict[str, Any]], ...] = (
    (
        "stored",
        None,
        1,
        {"article_id": 1, "status": 200, "due_at": at(9), "etag": '"v1"', "listed_at": at(0.5)}
        | {"last_modified": "Tue, 01 Mar 2016 12:00:00 GMT"},
    ),
    ("refused", "video", 1, {}),
    ("failed", "timeout", 4, {"failures": 4, "due_at": at(3)}),
    ("failed", "http_500", 5, {"failures": 5}),
    (
        "blocked",
        "challenge",
        9,
        {"failures": 1, "due_at": at(5), "told": {"source": "feed", "headline": "Harbour “Wakes” 🚢"}},
    ),
    ("discovered", None, 0, {}),
)
"""State, reason, tries, and what else differs."""

_DIGESTS_0006: dict[tuple[str, int, int], dict[str, str]] = {
    ("article", 1, 0): {
        "content_digest": "1e841bd731b7031665cd75055a8eb7ba2e4ade161f30939ec62ae2a8b6b50f22",
        "checksums": (
            "c5249d9bc86e2c4455034c70d5d0051cff1a4efd25cbfc4f0a5b0a4aecd080d67356639325cbfc4f66e00858"
            "25cbfc4f4b7db6af25cbfc4f25cbfc4f25cbfc4f25cbfc4fbef3163c1db87a141ad5be0dfb262d9a9f474053"
            "3fd989a0a040a2c154c72a700a06e7317329b377fd730462fdfc4c8d03067ccb0d4cbb29378ea47e4005d8f3"
            "cc376ce9f0a0193e"
        ),
    },
    ("article", 2, 0): {
        "content_digest": "96323261de75969f52263d2f8b122abfcc7f29252398216809c74236d2ee2b0d",
        "checksums": (
            "eb5c54da25cbfc4f25cbfc4f25cbfc4f25cbfc4f25cbfc4f0a5b0a4ac52c1940173aa69725cbfc4f66e00858"
            "25cbfc4f4b7db6af25cbfc4f25cbfc4f25cbfc4f25cbfc4f0d4cbb29f4dbdf2183dcefb7fb262d9a9f474053"
            "3fd989a0a040a2c11b95947c330b153b0d4cbb29a3a6bf43fdfc4c8d0d4cbb290d4cbb290d4cbb290d4cbb29"
            "0d4cbb290d4cbb29"
        ),
    },
    ("revision", 1, 1): {
        "content_digest": "313672e656decb99ddfdab2dd3142bf370a572c83f56886363c6dcb8c47ce8f4",
        "checksums": "83dcefb7fb262d9a4d2dd8c9c86e2c4425cbfc4fecd080d625cbfc4f25cbfc4ffb262d9a",
    },
    ("revision", 1, 2): {
        "content_digest": "64f20f3c8c9dc0a7a0bb704ae812019f1ed92722ff7df3abb69193d927acceea",
        "checksums": "1ad5be0d9f474053c5249d9bc86e2c4425cbfc4fecd080d625cbfc4f25cbfc4f9f474053",
    },
    ("revision", 2, 1): {
        "content_digest": "f200cde1927ec018098f28a08b1984d604155ff0d3dc23a3ab986e9c29e239c7",
        "checksums": "83dcefb7fb262d9aeb5c54da25cbfc4f25cbfc4fc52c194025cbfc4f25cbfc4ffb262d9a",
    },
}
"""What newscrawl 0.1.0 computed, of an article or revision: by article and number."""
_ROOT_0006 = "92ad264246c9a9e5902cb86930b50d9ce5ccb794f45c19a0a22905dd38ec64aa"


def _runs() -> Iterator[dict[str, Any]]:
    for number, (arguments, source, end) in enumerate(_RUNS, 1):
        run: dict[str, Any] = {
            "id": number,
            "spider": "sample",
            "arguments": arguments,
            "source": source,
            "alone": True,
        }
        run |= {"started_at": at(0), "ended_at": at(1), "alive_at": at(0.9), "finish_reason": "finished"}
        run |= {"exit_code": 0, "counts": {}, "versions": {"newscrawl": "0.1.0"}}
        yield run | {"host": "harbour", "pid": 4711, "process": "boot-1 17.25"} | end


def _pages() -> Iterator[dict[str, Any]]:
    for number, (state, reason, attempts, more) in enumerate(_PAGES, 1):
        url = f"{HOST}/news/articles/2016-03-01/{number}"
        page: dict[str, Any] = {
            "id": number,
            "url": url,
            "url_hash": hashlib.blake2b(url.encode(), digest_size=16).hexdigest(),
            "state": state,
            "reason": reason,
            "status": None,
        }
        page |= {"article_id": None, "spider": "sample", "source": "feed", "attempts": attempts, "run_id": 1}
        page |= {"discovered_at": at(0), "tried_at": at(number) if attempts else None, "failures": 0, "due_at": None}
        yield page | {"etag": None, "last_modified": None, "listed_at": None, "told": None} | more


def _rows_of_0004() -> dict[str, Sequence[dict[str, Any]]]:
    article = {"id": 1, "headline": "Harbour Falls Quiet", "dek": "No ships came.", "published_at": at(-1)}
    article |= {"published_precision": "minute", "updated_at": None, "section": "markets", "access": "full"}
    article |= {"url": f"{HOST}/news/articles/2016-03-01/1", "canonical_url": None, "publisher": "Sample Edition"}
    article |= {"post_id": None, "language": "en", "dateline_place": None, "dateline_date_text": None}
    article |= {"dateline_agency": None, "correction": None, "abstract": ["Gulls"], "word_count": 6, "revision": 2}
    article |= {"fetched_at": at(1), "changed_at": at(2), "layout": "bloomberg_2015", "extractor": "0.1.0+abc"}
    article |= {"fingerprint": "f" * 32, "body_text": _TEXT, "body": [{"kind": "paragraph", "text": _TEXT}]}
    article |= {"sources": {"headline": "dom h1"}}
    listed = {"id": 2, "headline": "Harbour Wakes", "dek": None, "published_at": None, "access": "blocked"}
    listed |= {"published_precision": None, "url": f"{HOST}/news/articles/2016-03-01/5", "abstract": []}
    listed |= {"word_count": 0, "revision": 1, "fingerprint": "e" * 32, "body_text": "", "body": [], "sources": {}}
    contact = {"article_id": 1, "position": 1, "role": "editor", "name": "Cy Do", "place": None, "email": None}
    revision = {"article_id": 1, "dek": "No ships came.", "correction": None, "access": "full"}
    revision |= {"body_text": None, "body": None}
    capture = {"id": 1, "page_id": 1, "captured_at": at(1), "source": "live", "kind": "response", "status": 200}
    capture |= {"digest": "sha1:QUIET", "file": "a.warc.gz", "file_offset": 0, "file_length": 812, "state": "stored"}
    capture |= {"reason": None, "layout": "bloomberg_2015", "extractor": "0.1.0+abc", "run_id": 1}
    file = {"id": 1, "path": "/archive/a.warc.gz", "path_hash": "p" * 32, "size": 9000, "modified_at": at(0)}
    file |= {"captures": 1, "broken": 1, "finished_at": None, "run_id": 1}
    feed = {"id": 1, "spider": "sample", "url": f"{HOST}/feed.rss", "url_hash": "h" * 32, "source": "feed"}
    feed |= {"outcome": "read", "status": 200, "etag": '"f"', "digest": "d" * 32, "entries": 9, "run_id": 1}
    feed |= {"asked_at": at(1), "read_at": at(1), "interval_seconds": 3600, "failures": 0, "due_at": at(2)}
    export = {"id": 1, "target": "/srv/articles.jsonl", "format": "jsonl", "conditions": {"section": "markets"}}
    return {
        "runs": list(_runs()),
        "articles": [article, {**article, **listed}],
        "authors": [{"id": 1, "name": "Ann Bo"}],
        "article_authors": [{"article_id": 1, "role": "byline", "position": 1, "author_id": 1}],
        "article_keys": [
            {"key": "dated:bloomberg.example/2016-03-01/1", "article_id": 1},
            {"key": "dated:bloomberg.example/2016-03-01/5", "article_id": 2},
        ],
        "contacts": [contact],
        "images": [{"article_id": 1, "position": 1, "url": None, "caption": "A crane", "credit": None}],
        "tickers": [{"article_id": 1, "position": 1, "ticker": "SEA:US"}],
        "topics": [{"article_id": 1, "position": 1, "topic": "Ships"}],
        "revisions": [
            revision | {"number": 1, "seen_at": at(1), "seen_until": at(1), "headline": "Harbour Quiet"},
            revision | {"number": 2, "seen_at": at(2), "seen_until": at(2), "headline": "Harbour Falls Quiet"},
            {**revision, "article_id": 2, "number": 1, "seen_at": at(1), "seen_until": at(1)}
            | {"headline": "Harbour Wakes", "dek": None, "access": "blocked"},
        ],
        "pages": [{**page, "article_id": 2} if page["id"] == 5 else page for page in _pages()],
        "lists": [feed | {"validators_lie": True, "lastmod_lies": False}],
        "captures": [capture],
        "archive_files": [file],
        "exports": [export | {"articles": 1, "changed_through": at(2), "exported_at": at(3)}],
        "article_clusters": [{"article_id": 1, "cluster_id": 1, "changed_at": at(2), "signer": "rensa1.1"}],
        "cluster_marks": [{"period": 5621, "mark": -4611700321987442311, "article_id": 1}],
        "cluster_links": [
            {"article_id": 1, "other_id": 2, "alike": 412, "shared": 968},
            {"article_id": 2, "other_id": 1, "alike": 412, "shared": 968},
        ],
    }


def _rows_of_0005() -> dict[str, Sequence[dict[str, Any]]]:
    rows = _rows_of_0004()
    described = {"description": "Cranes and gulls, on a Tuesday."}
    return rows | {"articles": [rows["articles"][0] | described, rows["articles"][1] | {"description": None}]}


def _rows_of_0006() -> dict[str, Sequence[dict[str, Any]]]:
    rows = _rows_of_0005()
    pages = [{**page, "extractor": None, "refusal": None, "published_at": None} for page in rows["pages"]]
    pages[1] |= {"refusal": "permanent"}
    pages[2] |= {"refusal": "temporary"}
    pages[4] |= {"refusal": "by content", "extractor": "0.1.0+abc", "published_at": at(-1)}
    articles = [
        {**article, "complete": True} | _DIGESTS_0006["article", article["id"], 0] for article in rows["articles"]
    ]
    revisions = [
        {**revision, "capture_id": 1 if (article, number) == (1, 1) else None}
        | _DIGESTS_0006["revision", article, number]
        for revision in rows["revisions"]
        for article, number in [(revision["article_id"], revision["number"])]
    ]
    captures = [{**rows["captures"][0], "complete": False, "incomplete_reason": "cut_off"}]
    runs = [{**run, "root": _ROOT_0006 if run["id"] == 1 else None} for run in rows["runs"]]
    leaves = [
        {"run_id": 1, "kind": "article", "item_id": 1, "digest": _DIGESTS_0006["article", 1, 0]["content_digest"]}
    ]
    changed = rows | {"runs": runs, "articles": articles, "pages": pages, "captures": captures}
    # a revision refers to its capture
    return {name: changed[name] for name in changed if name != "revisions"} | {
        "revisions": revisions,
        "run_leaves": leaves,
    }


ROWS = {"0004": _rows_of_0004(), "0005": _rows_of_0005(), "0006": _rows_of_0006()}
"""The rows of a database of each older version."""


def make(engine: Engine, version: str) -> None:
    """Make and fill a database of an older version."""
    with engine.begin() as connection:
        for statement in (SCHEMAS / f"{BASELINE}.{engine.dialect.name}.sql").read_text("utf-8").split(";\n\n")[:-1]:
            connection.exec_driver_sql(statement)
    if version != BASELINE:
        migrate(engine, version)
    with engine.begin() as connection:
        for name, rows in ROWS[version].items():
            connection.execute(_table(connection, name, rows[0]).insert().inline(), rows)
            if engine.dialect.name == "postgresql" and "id" in rows[0]:  # whose sequences do not see what is given
                connection.execute(text(f"SELECT setval('{name}_id_seq', {len(rows)})"))


def _table(connection: Connection, name: str, row: dict[str, Any]) -> Table:
    """The table of the models, whose types take the rows; if it was replaced since, that of the database."""
    table = Base.metadata.tables.get(name)
    if table is not None and row.keys() <= {*table.columns.keys()}:
        return table
    return Table(name, MetaData(), autoload_with=connection)


def migrate(engine: Engine, version: str) -> None:
    """Bring an empty database, or one of an older version, to a version; without views and full text."""
    with engine.connect() as connection:
        connection.execution_options(**WRITES)
        config = Config()
        config.set_main_option("script_location", "newscrawl.storage:migrations")
        config.attributes["connection"] = connection
        with connection.begin():
            views.drop(connection)  # SQLite cannot rename a table that a view reads
            command.upgrade(config, version)
