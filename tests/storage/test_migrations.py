"""Databases of every version in the field come up to this one, row for row, on the three databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, inspect, select, text

from newscrawl.article import CaptureRef, Link
from newscrawl.errors import SchemaVersionError
from newscrawl.storage import KILLED, PageResult, Query, Store, schema, upgrade
from newscrawl.storage.engine import WRITES, make_engine, parse_url
from newscrawl.storage.migrations.env import ours
from newscrawl.storage.pages import url_hash
from newscrawl.storage.tables import ArticleRow, Base
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
"""What a database of each version in the field holds."""
EACH = pytest.mark.parametrize("version", FIELDS)


def migrate(engine: Engine, version: str) -> None:
    """Run the migrations themselves, up to a version."""
    with engine.connect() as connection:
        connection.execution_options(**WRITES)
        config = Config()
        config.set_main_option("script_location", "newscrawl.storage:migrations")
        config.attributes["connection"] = connection
        with connection.begin():
            command.upgrade(config, version)


def read(engine: Engine, version: str) -> Rows:
    """All rows of all tables that a version has, as they are."""
    metadata = MetaData()
    metadata.reflect(engine, only=list(FIELDS[version]))
    with engine.connect() as connection:
        return {
            table.name: sorted(map(dict, connection.execute(table.select()).mappings()), key=repr)
            for table in metadata.sorted_tables
        }


@pytest.fixture
def version() -> str:
    """The version that a database is of."""
    return "0001"


@pytest.fixture
def engine(empty_url: str, version: str) -> Iterator[Engine]:
    """A database that a version has made and filled; it had a view, and people may have made others."""
    made = make_engine(parse_url(empty_url))
    migrate(made, version)
    tables = {name: Base.metadata.tables[name] for name in FIELDS[version]}
    with made.begin() as connection:
        for name, rows in FIELDS[version].items():
            connection.execute(tables[name].insert().inline(), rows)
            if made.dialect.name == "postgresql" and "id" in rows[0]:  # whose sequences do not see what is given
                connection.execute(text(f"SELECT setval('{name}_id_seq', {len(rows)})"))
        connection.execute(text("CREATE VIEW latest AS SELECT id FROM articles"))
    yield made
    made.dispose()


@EACH
def test_every_row_is_as_it_was(engine: Engine, empty_url: str, version: str) -> None:
    before = read(engine, version)
    assert {name: len(rows) for name, rows in before.items()} == {
        name: len(rows) for name, rows in FIELDS[version].items()
    }
    assert upgrade(empty_url) == (version, schema.head())
    after = read(engine, version)
    assert {name: [only(row, known[0]) for row in after[name]] for name, known in before.items()} == before


def only(row: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in names}


@EACH
def test_it_is_the_database_that_is_made_anew(engine: Engine, empty_url: str) -> None:
    upgrade(empty_url)
    options = {"version_table": schema.VERSION_TABLE, "compare_type": True, "include_object": ours}
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []


@EACH
def test_until_then_it_is_refused(engine: Engine, empty_url: str, version: str) -> None:
    with pytest.raises(SchemaVersionError, match=rf"has version {version}, .* run `scrapy db upgrade`"):
        Store.open(empty_url)
    assert "exports" not in inspect(engine).get_table_names()


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("version", ["0002"])
def test_runs_tell_where_their_pages_came_from(empty_url: str) -> None:
    upgrade(empty_url)
    with Store.open(empty_url) as store:
        assert [run.source for run in reversed(store.runs())] == ["live", "live", "sample", "files", "files"]
        run_id = store.start_run("sample", {}, source="wayback")
        captured = CaptureRef(url=f"{HOST}/news/articles/2016-03-01/1", captured_at=at(-5), file="a.warc.gz", offset=0)
        past = PageResult(captured.url, "refused", spider="sample", capture=captured, is_past=True)
        store.record([past], run_id=run_id, extractor="2")
        (page,) = store.pages(urls=[captured.url])
        assert (page.state, page.etag, page.due_at) == ("stored", '"v1"', at(9))
        assert [(state.source, state.article_id) for state in store.captures(1)] == [("live", 1)]


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


@EACH
def test_articles_changed_when_they_were_fetched(engine: Engine, empty_url: str) -> None:
    upgrade(empty_url)
    with engine.connect() as connection:
        assert connection.scalars(select(ArticleRow.changed_at)).all() == [at(1)]


@pytest.mark.parametrize("kind", ["mariadb"])  # the others take it back; MariaDB commits each of its steps
def test_an_upgrade_that_was_broken_off_is_begun_again(engine: Engine, empty_url: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE pages ADD COLUMN failures INTEGER DEFAULT 0 NOT NULL"))
        connection.execute(text("CREATE INDEX ix_runs_spider_ended_at ON runs (spider, ended_at)"))
    assert upgrade(empty_url) == ("0001", schema.head())
    Store.open(empty_url).close()


@pytest.mark.parametrize("kind", ["mariadb"])
@pytest.mark.parametrize("version", ["0002"])
def test_captures_that_were_half_made_are_made_whole(engine: Engine, empty_url: str) -> None:
    Base.metadata.tables["captures"].create(engine)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE articles ADD COLUMN extractor VARCHAR(500)"))
    assert upgrade(empty_url) == ("0002", schema.head())
    Store.open(empty_url).close()
