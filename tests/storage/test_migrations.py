"""Databases of every older version are upgraded to this one, row for row, on the three databases."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pkgutil import iter_modules
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, Table, inspect, text

from newscrawl.article import CaptureRef, Link
from newscrawl.errors import SchemaVersionError
from newscrawl.operations.archive import find_url_rules, open_archive
from newscrawl.storage import KILLED, PageResult, Query, RecordedPage, Store, schema, upgrade
from newscrawl.storage.engine import make_engine, parse_url
from newscrawl.storage.migrations import versions
from newscrawl.storage.migrations.env import is_ours
from newscrawl.storage.tables import Base
from tests.storage.captures import HOST, at
from tests.storage.released import BASELINE, ROWS, make

Rows = dict[str, list[Mapping[str, Any]]]
EACH = pytest.mark.parametrize("version", ROWS)
COMPUTED_AGAIN = {"article_clusters", "cluster_links", "cluster_marks"}
"""Tables of what is computed from the articles by rules of its version: emptied, or dropped."""


def read(engine: Engine, version: str) -> Rows:
    """Read all rows of all tables that a version has rows for."""
    metadata = MetaData()
    metadata.reflect(engine, only=[name for name in ROWS[version] if inspect(engine).has_table(name)])
    with engine.connect() as connection:
        return {
            table.name: sorted(map(dict, connection.execute(table.select()).mappings()), key=repr)
            for table in metadata.sorted_tables
        }


@pytest.fixture
def version() -> str:
    """The version of the database."""
    return BASELINE


@pytest.fixture
def engine(empty_url: str, version: str) -> Iterator[Engine]:
    """A database of an older version, with rows."""
    made = make_engine(parse_url(empty_url))
    make(made, version)
    yield made
    made.dispose()


def only(row: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in names}


@EACH
def test_every_row_is_as_it_was(engine: Engine, empty_url: str, version: str) -> None:
    before = read(engine, version)
    assert {name: len(rows) for name, rows in before.items()} == {
        name: len(rows) for name, rows in ROWS[version].items()
    }
    assert upgrade(empty_url) == (version, schema.head())
    after = read(engine, version)
    assert {name: rows for name, rows in after.items() if name in COMPUTED_AGAIN and rows} == {}
    kept = {name: rows for name, rows in before.items() if name not in COMPUTED_AGAIN}
    assert {name: [only(row, known[0]) for row in after[name]] for name, known in kept.items()} == kept
    with open_archive(empty_url) as store:
        assert (store.uncompared(), sum(store.compare()), store.cluster_totals()) == (2, 2, (0, 0))
        assert {check.name: store.examine(check) for check in store.checks() if store.examine(check)} == {}
        assert [hit.headline for hit in store.search(Query(words="cranes stood"))] == ["Harbour Falls Quiet"]
    assert views(engine) == {"latest": ("Harbour Falls Quiet", "Ann Bo", "SEA:US"), "versions": (2, 1)}


def views(engine: Engine) -> dict[str, tuple[Any, ...]]:
    """Return what two views show of the article."""
    latest = text("SELECT headline, byline, tickers FROM latest WHERE id = 1")
    readable = text("SELECT number, headline_changed FROM revisions_readable WHERE number = 2")
    with engine.connect() as connection:
        rows = {"latest": connection.execute(latest).one(), "versions": connection.execute(readable).one()}
    return {name: tuple(row) for name, row in rows.items()}


def test_every_version_but_the_newest_has_rows() -> None:
    known = {module.name[1:5] for module in iter_modules(versions.__path__)}
    assert {*ROWS} == known - {schema.head()}, "tests/storage/released.py says how the rows of a version are added"


@EACH
def test_an_upgraded_database_has_the_tables_of_a_new_one(engine: Engine, empty_url: str) -> None:
    upgrade(empty_url)
    options = {"version_table": schema.VERSION_TABLE, "compare_type": True, "include_object": is_ours}
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []


@EACH
def test_until_then_it_is_rejected(engine: Engine, empty_url: str, version: str) -> None:
    before = read(engine, version)
    with pytest.raises(SchemaVersionError, match=rf"has version {version}, .* run `scrapy db upgrade`$"):
        open_archive(empty_url)
    assert "confidence" not in [column["name"] for column in inspect(engine).get_columns("articles")]
    assert read(engine, version) == before


@pytest.mark.parametrize("older", ["0001", "0002", "0003"])
def test_a_version_before_the_baseline_is_rejected_with_what_to_do(
    engine: Engine, empty_url: str, version: str, older: str
) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE newscrawl_version SET version_num = '{older}'"))
    before = read(engine, version)
    for rejecting in (Store.open, upgrade):
        with pytest.raises(SchemaVersionError, match=rf"version {older}, .* db upgrade` with .*commit \w+ first"):
            rejecting(empty_url)
    assert read(engine, version) == before


@pytest.mark.usefixtures("engine")
def test_a_capture_from_an_archive_leaves_the_page_as_it_was(empty_url: str) -> None:
    upgrade(empty_url)
    with open_archive(empty_url) as store:
        run_id = store.start_run("sample", {}, source="wayback")
        captured = CaptureRef(url=f"{HOST}/news/articles/2016-03-01/1", captured_at=at(-5), file="a.warc.gz", offset=0)
        past = PageResult(captured.url, "refused", spider="sample", capture=captured, is_archived=True)
        store.record([past], run_id=run_id, extractor="2")
        (page,) = store.pages(urls=[captured.url])
        assert (page.state, page.etag, page.due_at) == ("stored", '"v1"', at(9))
        assert [(state.source, state.article_id) for state in store.captures(1)] == [("live", 1), ("live", 1)]


@pytest.mark.usefixtures("engine")
def test_what_was_to_be_tried_again_still_is(empty_url: str) -> None:
    upgrade(empty_url)
    with open_archive(empty_url) as store:
        due = [(page.url[-1], page.state, page.failures, page.due_at) for page in store.due("sample", at(99))]
        assert due == [
            ("6", "discovered", 0, None),
            ("3", "failed", 4, at(3)),
            ("1", "stored", 0, at(9)),
            ("5", "blocked", 1, at(5)),
        ]


REFUSED = (
    # reason, status, source, run; kind, failures, whether it becomes due
    ("http_404", 404, "feed", 1, "temporary", 6, True),
    ("http_406", 406, "news_sitemap", 1, "temporary", 6, True),
    ("http_410", 410, "feed", 1, "permanent", 0, False),
    ("robots_txt", None, "feed", 1, "temporary", 6, True),
    ("redirect_loop", None, "feed", 1, "temporary", 6, True),
    ("empty", 200, "feed", 1, "temporary", 6, True),
    ("video", None, "feed", 1, "permanent", 0, False),  # by its address
    ("video", 200, "feed", 1, "by content", 1, True),  # by its markup
    ("malformed", None, "feed", 1, "permanent", 0, False),
    ("section_front", 200, "front_page", 1, "by content", 1, True),
    ("offsite", None, "feed", 1, "by content", 1, True),
    ("too_large", None, "feed", 1, "by content", 1, True),
    ("quiz", 200, "feed", 1, "by content", 1, True),
    ("out_of_dates", 200, "feed", 1, "not wanted", 0, True),
    ("http_404", 404, "cdx", 1, "temporary", 0, False),  # of an archive
    ("unknown_layout", 200, "files", 4, "by content", 0, False),
    ("http_404", 404, "feed", 3, "temporary", 0, False),  # of the sample
)


@pytest.mark.parametrize("version", ["0005"])
def test_pages_that_were_refused_for_good_without_need_become_due_one_by_one(
    engine: Engine, empty_url: str, version: str
) -> None:
    rows = [
        {"id": 100 + n, "url": f"{HOST}/{n}", "url_hash": f"{n:032}", "state": "refused", "reason": reason}
        | {"status": status, "source": source, "run_id": run, "spider": "sample", "attempts": 1}
        | {"discovered_at": at(0), "tried_at": at(100 - n)}
        for n, (reason, status, source, run, *_) in enumerate(REFUSED)
    ]
    pages = Base.metadata.tables["pages"]
    with engine.begin() as connection:
        connection.execute(pages.insert().inline(), rows)
    before = datetime.now(UTC)
    upgrade(empty_url)
    after = datetime.now(UTC)
    with open_archive(empty_url) as store:
        known = {page.url: page for page in store.pages(limit=None)}
        upgraded = [known[f"{HOST}/{n}"] for n in range(len(REFUSED))]
        told = [(page.refusal, page.failures, page.due_at is not None) for page in upgraded]
        assert told == [(kind, failures, is_due) for *_, kind, failures, is_due in REFUSED]
        due = [page.due_at for page in upgraded if page.due_at]
        apart = [later - earlier for earlier, later in pairwise(due)]
        assert apart == [timedelta(days=1) / 1000] * (len(due) - 1)
        assert before < due[0] < after + timedelta(minutes=2)
        assert [page.url for page in store.due("sample", due[1]) if page.state == "refused"] == [
            f"{HOST}/0",
            f"{HOST}/1",
        ]
        kinds = {page.reason: page.refusal for page in known.values() if page.state in ("failed", "blocked")}
        assert kinds == dict.fromkeys(("timeout", "http_500", "challenge"), "temporary")


@pytest.mark.usefixtures("engine")
def test_it_is_written_to_as_any_other(empty_url: str) -> None:
    upgrade(empty_url)
    with open_archive(empty_url) as store:
        run_id = store.start_run("sample", {}, is_alive=lambda run: False)
        killed = next(run for run in store.runs() if run.id == 2)
        assert (killed.finish_reason, killed.ended_at, killed.alone) == (KILLED, at(0.9), True)
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


def test_pages_are_found_by_the_normal_form_that_their_urls_have_now(engine: Engine, empty_url: str) -> None:
    """Version 1 kept default ports and the final dot of a host, and dropped the query of dated addresses."""
    urls = {
        101: "https://harbour.example:443/tide",
        102: "http://www.harbour.example.:80/2016-03-01/view.php?id=1",
        103: "https://twice.example:443/tide",
        104: "https://twice.example/tide",
        105: "https://harbour.example/other",
    }
    hashed = {number: hashlib.blake2b(url.encode(), digest_size=16).hexdigest() for number, url in urls.items()}
    row = {name: value for name, value in ROWS["0004"]["pages"][5].items() if name not in ("id", "url", "url_hash")}
    pages = Table("pages", MetaData(), autoload_with=engine)
    with engine.begin() as connection:
        for number, url in urls.items():
            article = {"article_id": 2, "state": "stored"} if number == 101 else {}
            connection.execute(pages.insert(), {**row, "id": number, "url": url, "url_hash": hashed[number], **article})
    before = read(engine, BASELINE)["pages"]
    upgrade(empty_url, find_url_rules)
    with engine.connect() as connection:
        now = {page.id: page.url_hash for page in connection.execute(text("SELECT id, url_hash FROM pages"))}
    assert {page["id"] for page in before if now[page["id"]] != page["url_hash"]} == {101, 102}
    with open_archive(empty_url) as store:
        spellings = ("https://harbour.example/tide", "https://www.harbour.example/2016-03-01/view.php?id=1")
        assert [page.url for page in store.pages(urls=spellings[:1])] == [urls[101]]
        assert [page.url for page in store.pages(urls=spellings[1:])] == [urls[102]]
        assert [page.url for page in store.pages(urls=[urls[103]])] == [urls[104]]
        due = {page.url for page in store.due("sample", at(99))}
        assert due & set(urls.values()) == {urls[102], urls[104], urls[105]}
        found = store.article("https://harbour.example/tide")
        assert found
        assert found.id == 2
        run_id = store.start_run("sample", {}, is_alive=lambda run: False)
        again = replace(found.article, url="https://harbour.example/tide", access="full")
        result = PageResult("https://harbour.example/tide", "stored", article=again, spider="sample")
        assert [recorded.article_id for recorded in store.record([result], run_id=run_id)] == [2]


@pytest.mark.parametrize("kind", ["mariadb"])  # the others roll back; MariaDB commits each step
def test_an_interrupted_upgrade_is_completed(engine: Engine, empty_url: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE articles ADD COLUMN description LONGTEXT"))
    assert upgrade(empty_url) == (BASELINE, schema.head())
    open_archive(empty_url).close()


@pytest.mark.usefixtures("engine")
def test_an_article_of_an_older_version_is_not_updated_for_its_new_fields(empty_url: str) -> None:
    upgrade(empty_url)
    with open_archive(empty_url) as store:
        run_id = store.start_run("sample", {})
        known = store.article(1)
        assert known
        again = replace(known.article, fetched_at=at(20), description="Cranes idle.")
        (recorded,) = store.record([PageResult(again.url, "stored", article=again, spider="sample")], run_id=run_id)
        assert recorded == RecordedPage("unchanged", 1)
        (hit,) = store.search(Query(words="cranes"))
        filled = store.article(1)
        assert filled
        assert (hit.revision, filled.last_seen_at, filled.article.description) == (2, at(20), "Cranes idle.")
