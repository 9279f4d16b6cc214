"""Databases of every version in the field come up to this one, row for row, on the three databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pkgutil import iter_modules
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, inspect, select, text

from newscrawl.article import CaptureRef, Link
from newscrawl.errors import SchemaVersionError
from newscrawl.storage import KILLED, PageResult, Query, Store, schema, upgrade
from newscrawl.storage.engine import make_engine, parse_url
from newscrawl.storage.migrations import versions
from newscrawl.storage.migrations.env import ours
from newscrawl.storage.tables import ArticleRow, Base
from tests.storage.captures import HOST, at
from tests.storage.released import FIELDS, make

Rows = dict[str, list[Mapping[str, Any]]]
EACH = pytest.mark.parametrize("version", FIELDS)


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
    """A database that a version has made and filled."""
    made = make_engine(parse_url(empty_url))
    make(made, version)
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
    with Store.open(empty_url) as store:
        assert {check.name: store.examine(check) for check in store.checks() if store.examine(check)} == {}
        assert [hit.headline for hit in store.search(Query(words="cranes stood"))] == ["Harbour Falls Quiet"]
    assert views(engine) == {"latest": ("Harbour Falls Quiet", "Ann Bo", "SEA:US"), "versions": (2, 1)}


def views(engine: Engine) -> dict[str, tuple[Any, ...]]:
    """What two views tell of the article."""
    latest = text("SELECT headline, byline, tickers FROM latest")
    readable = text("SELECT number, headline_changed FROM revisions_readable WHERE number = 2")
    with engine.connect() as connection:
        told = {"latest": connection.execute(latest).one(), "versions": connection.execute(readable).one()}
    return {name: tuple(row) for name, row in told.items()}


def test_the_field_is_every_version_but_the_newest() -> None:
    known = {module.name[1:5] for module in iter_modules(versions.__path__)}
    assert {*FIELDS} == known - {schema.head()}, "tests/storage/released.py tells how the rows of a version are added"


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
        past = PageResult(captured.url, "refused", spider="sample", capture=captured, is_archived=True)
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
        assert (page.state, page.article_id, page.published_at, page.link) == ("stored", 1, at(-1), None)
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
