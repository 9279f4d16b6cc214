"""Databases of every version in the field, invented rows and all, as their newscrawl has left them.

When a version N+1 of the schema is begun, N goes into the field, and tests/storage/test_migrations.py fails until its
rows stand here: write `_of_N()` after the pattern of the last, from what it had, with a row in every table that N has
made and a value in every column that it has added, and put it into FIELDS. What is here is never changed afterwards.
The migrations make the tables; the rows are those of a database in use, and `scrapy db check` finds nothing wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from newscrawl.storage.engine import WRITES
from newscrawl.storage.keys import url_hash
from newscrawl.storage.tables import Base
from tests.storage.captures import HOST, at

TEXT = "The cranes stood still on Tuesday."
BODY = [{"kind": "paragraph", "text": TEXT}]
PAGES = (("stored", None, 1), ("refused", "video", 1), ("failed", "timeout", 4), ("failed", "http_500", 5))
"""State, reason and tries, and so on below: page 1 is the article's."""
WAITING = (("blocked", "challenge", 9), ("discovered", None, 0))


def _pages() -> Iterator[dict[str, Any]]:
    for number, (state, reason, attempts) in enumerate((*PAGES, *WAITING), 1):
        yield {
            "id": number,
            "url": f"{HOST}/news/articles/2016-03-01/{number}",
            "url_hash": url_hash(f"{HOST}/news/articles/2016-03-01/{number}"),
            "state": state,
            "reason": reason,
            "status": 200 if number == 1 else None,
            "article_id": 1 if number == 1 else None,
            "spider": "sample",
            "source": "feed",
            "attempts": attempts,
            "discovered_at": at(0),
            "tried_at": at(number) if attempts else None,
            "run_id": 1,
        }


FIELD: dict[str, Sequence[dict[str, Any]]] = {
    "runs": [
        {"id": 1, "spider": "sample", "arguments": {"limit": "9"}, "started_at": at(0), "ended_at": at(1)}
        | {"finish_reason": "finished", "exit_code": 7, "counts": {"outcome/stored": 1}},
        {"id": 2, "spider": "sample", "arguments": {}, "started_at": at(2), "ended_at": None}
        | {"finish_reason": None, "exit_code": None, "counts": {}},
    ],
    "articles": [
        {"id": 1, "headline": "Harbour Falls Quiet", "dek": "No ships came.", "published_at": at(-1)}
        | {"published_precision": "minute", "updated_at": None, "section": "markets", "access": "full"}
        | {"url": f"{HOST}/news/articles/2016-03-01/1", "canonical_url": None, "publisher": "Sample Edition"}
        | {"post_id": None, "language": "en", "dateline_place": None, "dateline_date_text": None}
        | {"dateline_agency": None, "correction": None, "abstract": ["Gulls"], "word_count": 6, "revision": 2}
        | {"fetched_at": at(1), "layout": "bloomberg_2015", "fingerprint": "f" * 32, "body_text": TEXT}
        | {"body": BODY, "sources": {"headline": "dom h1"}},
    ],
    "authors": [{"id": 1, "name": "Ann Bo"}],
    "article_authors": [{"article_id": 1, "role": "byline", "position": 1, "author_id": 1}],
    "article_keys": [{"key": "dated:bloomberg.example/2016-03-01/1", "article_id": 1}],
    "contacts": [{"article_id": 1, "position": 1, "role": "editor", "name": "Cy Do", "place": None, "email": None}],
    "images": [{"article_id": 1, "position": 1, "url": None, "caption": "A crane", "credit": None}],
    "tickers": [{"article_id": 1, "position": 1, "ticker": "SEA:US"}],
    "topics": [{"article_id": 1, "position": 1, "topic": "Ships"}],
    "revisions": [
        {"article_id": 1, "number": number, "seen_at": at(number), "seen_until": at(number), "headline": headline}
        | {"dek": "No ships came.", "correction": None, "access": "full", "body_text": None, "body": None}
        for number, headline in ((1, "Harbour Quiet"), (2, "Harbour Falls Quiet"))
    ],
    "pages": list(_pages()),
}
"""What a database of version 0001 holds."""

_KEPT: dict[int, dict[str, Any]] = {
    1: {"due_at": at(9), "etag": '"v1"', "last_modified": "Tue, 01 Mar 2016 12:00:00 GMT", "listed_at": at(0.5)},
    3: {"failures": 4, "due_at": at(3)},
    5: {"failures": 1, "due_at": at(5), "told": {"source": "feed", "headline": "Harbour “Wakes” 🚢"}},
}
_TOLD = {"versions": {"newscrawl": "0.1.0"}, "host": "harbour", "pid": 4711, "process": "boot-1 17.25"}
_ARGUMENTS: tuple[dict[str, str], ...] = (
    {"source": "sample"},
    {"files": "pages/*.html"},
    {"source": "files", "files": "x.html"},
)


def _of_0002() -> dict[str, Sequence[dict[str, Any]]]:
    new_page: dict[str, Any] = {"failures": 0, "due_at": None, "etag": None, "last_modified": None}
    new_page |= {"listed_at": None, "told": None}
    ended = {"spider": "sample", "started_at": at(3), "ended_at": at(4), "finish_reason": "finished", "exit_code": 0}
    more = [{"id": 3 + n, **ended, "counts": {}, "arguments": given} for n, given in enumerate(_ARGUMENTS)]
    new_list = {"id": 1, "spider": "sample", "url": f"{HOST}/feed.rss", "url_hash": "h" * 32, "source": "feed"}
    new_list |= {"outcome": "read", "status": 200, "etag": '"f"', "digest": "d" * 32, "entries": 9, "run_id": 1}
    new_list |= {"asked_at": at(1), "read_at": at(1), "interval_seconds": 3600, "failures": 0, "due_at": at(2)}
    return FIELD | {
        "runs": [{**run, **_TOLD, "alive_at": run["started_at"], "alone": True} for run in (*FIELD["runs"], *more)],
        "pages": [{**page, **new_page, **_KEPT.get(page["id"], {})} for page in FIELD["pages"]],
        "lists": [new_list | {"validators_lie": True, "lastmod_lies": False}],
    }


def _of_0003() -> dict[str, Sequence[dict[str, Any]]]:
    older = _of_0002()
    file = {"id": 1, "path": "/archive/a.warc.gz", "path_hash": "p" * 32, "size": 9000, "modified_at": at(0)}
    file |= {"captures": 1, "broken": 1, "finished_at": None, "run_id": 1}
    kept = {"id": 1, "page_id": 1, "captured_at": at(1), "source": "live", "kind": "response", "status": 200}
    kept |= {"digest": "sha1:QUIET", "file": "a.warc.gz", "file_offset": 0, "file_length": 812, "state": "stored"}
    kept |= {"reason": None, "layout": "bloomberg_2015", "extractor": "0.1.0+abc", "run_id": 1}
    return older | {
        "runs": [{**run, "source": "live"} for run in older["runs"]],
        "articles": [{**article, "extractor": "0.1.0+abc"} for article in older["articles"]],
        "captures": [kept],
        "archive_files": [file],
    }


FIELDS = {"0001": FIELD, "0002": _of_0002(), "0003": _of_0003()}
"""What a database of each version in the field holds; but of the newest, until there is a newer one."""


def make(engine: Engine, version: str) -> None:
    """Make and fill a database of a version; it had a view, and people may have made others."""
    migrate(engine, version)
    tables = {name: Base.metadata.tables[name] for name in FIELDS[version]}
    with engine.begin() as connection:
        for name, rows in FIELDS[version].items():
            connection.execute(tables[name].insert().inline(), rows)
            if engine.dialect.name == "postgresql" and "id" in rows[0]:  # whose sequences do not see what is given
                connection.execute(text(f"SELECT setval('{name}_id_seq', {len(rows)})"))
        connection.execute(text("CREATE VIEW latest AS SELECT id FROM articles"))


def migrate(engine: Engine, version: str) -> None:
    """Run the migrations themselves, up to a version."""
    with engine.connect() as connection:
        connection.execution_options(**WRITES)
        config = Config()
        config.set_main_option("script_location", "newscrawl.storage:migrations")
        config.attributes["connection"] = connection
        with connection.begin():
            command.upgrade(config, version)
