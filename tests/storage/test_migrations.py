"""Databases of every version in the field come up to this one, row for row, on the three databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, inspect, text

from newscrawl.article import Link
from newscrawl.errors import SchemaVersionError
from newscrawl.storage import KILLED, PageResult, Query, Store, schema, upgrade
from newscrawl.storage.engine import WRITES, make_engine, parse_url
from newscrawl.storage.migrations.env import ours
from newscrawl.storage.pages import url_hash
from newscrawl.storage.tables import Base
from tests.storage.captures import HOST, at

TEXT = "The cranes stood still on Tuesday."
BODY = [{"kind": "paragraph", "text": TEXT}]
PAGES = (("stored", None, 1), ("refused", "video", 1), ("failed", "timeout", 4), ("failed", "http_500", 5))
"""State, reason and tries, and so on below: page 1 is the article's."""
WAITING = (("blocked", "challenge", 9), ("discovered", None, 0))

Rows = dict[str, list[Mapping[str, Any]]]


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
        | {"dek": None, "correction": None, "access": "full", "body_text": None, "body": None}
        for number, headline in ((1, "Harbour Quiet"), (2, "Harbour Falls Quiet"))
    ],
    "pages": list(_pages()),
}
"""What a database of version 0001 holds."""


def migrate(engine: Engine, version: str) -> None:
    """Run the migrations themselves, up to a version."""
    with engine.connect() as connection:
        connection.execution_options(**WRITES)
        config = Config()
        config.set_main_option("script_location", "newscrawl.storage:migrations")
        config.attributes["connection"] = connection
        with connection.begin():
            command.upgrade(config, version)


def read(engine: Engine) -> Rows:
    """All rows of all tables that version 0001 has, as they are."""
    metadata = MetaData()
    metadata.reflect(engine, only=list(FIELD))
    with engine.connect() as connection:
        return {
            table.name: sorted(map(dict, connection.execute(table.select()).mappings()), key=repr)
            for table in metadata.sorted_tables
        }


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    """A database that version 0001 has made and filled; it had a view, and people may have made others."""
    made = make_engine(parse_url(empty_url))
    migrate(made, "0001")
    tables = {name: Base.metadata.tables[name] for name in FIELD}
    with made.begin() as connection:
        for name, rows in FIELD.items():
            connection.execute(tables[name].insert().inline(), rows)
            if made.dialect.name == "postgresql" and "id" in rows[0]:  # whose sequences do not see what is given
                connection.execute(text(f"SELECT setval('{name}_id_seq', {len(rows)})"))
        connection.execute(text("CREATE VIEW latest AS SELECT id FROM articles"))
    yield made
    made.dispose()


def test_every_row_is_as_it_was(engine: Engine, empty_url: str) -> None:
    before = read(engine)
    assert {name: len(rows) for name, rows in before.items()} == {name: len(rows) for name, rows in FIELD.items()}
    assert upgrade(empty_url) == ("0001", schema.head())
    after = read(engine)
    assert {name: [only(row, known[0]) for row in after[name]] for name, known in before.items()} == before


def only(row: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def test_it_is_the_database_that_is_made_anew(engine: Engine, empty_url: str) -> None:
    upgrade(empty_url)
    options = {"version_table": schema.VERSION_TABLE, "compare_type": True, "include_object": ours}
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []


def test_until_then_it_is_refused(engine: Engine, empty_url: str) -> None:
    with pytest.raises(SchemaVersionError, match=r"has version 0001, .* run `scrapy db upgrade`"):
        Store.open(empty_url)
    assert "lists" not in inspect(engine).get_table_names()


@pytest.mark.usefixtures("engine")
def test_what_was_to_be_tried_again_still_is(empty_url: str) -> None:
    upgrade(empty_url)
    with Store.open(empty_url) as store:
        due = [(page.url[-1], page.state, page.failures, page.due_at) for page in store.due("sample", at(99))]
        assert due == [("6", "discovered", 0, None), ("3", "failed", 4, at(3)), ("5", "blocked", 1, at(5))]
        assert [page.failures for page in store.pages(reason="http_500")] == [5]


@pytest.mark.usefixtures("engine")
def test_it_is_written_to_as_any_other(empty_url: str) -> None:
    upgrade(empty_url)
    with Store.open(empty_url) as store:
        run_id = store.start_run("sample", {}, is_alive=lambda run: run.alive_at is not None)
        killed = store.runs()[1]
        assert (killed.finish_reason, killed.ended_at, killed.versions, killed.alone) == (KILLED, at(2), {}, True)
        url = f"{HOST}/news/articles/2016-03-01/1"
        link = Link(url=url, source="feed", headline="Harbour Falls Quiet", updated_at=at(9))
        (page,) = store.discover([link], run_id=run_id, spider="sample")
        assert page
        assert (page.state, page.article_id, page.published_at, page.told) == ("stored", 1, at(-1), None)
        store.record([PageResult("https://a.example/", "refused", spider="sample")], run_id=run_id)
        assert [known.listed_at for known in store.pages(urls=[url])] == [at(9)]
        found = store.article(1)
        assert found
        assert (found.article.byline, found.revision) == (("Ann Bo",), 2)
        assert [hit.id for hit in store.search(Query(words="cranes"))] == [1]


@pytest.mark.parametrize("kind", ["mariadb"])  # the others take it back; MariaDB commits each of its steps
def test_an_upgrade_that_was_broken_off_is_begun_again(engine: Engine, empty_url: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE pages ADD COLUMN failures INTEGER DEFAULT 0 NOT NULL"))
        connection.execute(text("CREATE INDEX ix_runs_spider_ended_at ON runs (spider, ended_at)"))
    assert upgrade(empty_url) == ("0001", schema.head())
    Store.open(empty_url).close()
