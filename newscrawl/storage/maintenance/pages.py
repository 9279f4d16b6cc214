"""The ledger against the articles, and captures against the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, exists, insert, select, update

from newscrawl.storage.crawl_state.runs import insert_run
from newscrawl.storage.keys import url_hash
from newscrawl.storage.maintenance.check import Check, rows
from newscrawl.storage.tables import ArticleRow, CaptureRow, PageRow, RunRow, table_of

LOST = "article_lost"
"""Reason of a capture that was read as an article which is gone."""
_ARTICLES, _CAPTURES, _PAGES, _RUNS = map(table_of, (ArticleRow, CaptureRow, PageRow, RunRow))
_STORED = ("stored", "unchanged")
_BATCH = 500
_TO_ASK = {"state": "discovered", "reason": None, "failures": 0, "due_at": None, "etag": None, "last_modified": None}
"""A page that is asked for by the next run, without conditions: an answer "unchanged" would bring nothing."""


def _led_nowhere() -> Select[int, str, str]:
    told = select(_PAGES.c.id.label("page"), _PAGES.c.state.label("is"), _PAGES.c.url.label("address"))
    return told.where(_PAGES.c.state.in_(_STORED), _PAGES.c.article_id.is_(None))


def _put_back(connection: Connection) -> None:
    nowhere = (_PAGES.c.state.in_(_STORED), _PAGES.c.article_id.is_(None))
    connection.execute(update(_PAGES).where(*nowhere).values(_TO_ASK))


def _unreached() -> Select[int, str]:
    told = select(_ARTICLES.c.id.label("article"), _ARTICLES.c.url.label("address"))
    return told.where(~exists().where(_PAGES.c.article_id == _ARTICLES.c.id))


def _lead(connection: Connection) -> None:
    """Have the page of an article's own address lead to it; one is entered where there is none."""
    addresses = (_ARTICLES.c.id, _ARTICLES.c.url, _ARTICLES.c.canonical_url, _ARTICLES.c.fetched_at)
    asked = _unreached().with_only_columns(*addresses).order_by(_ARTICLES.c.id).limit(_BATCH)
    last = 0
    while unreached := connection.execute(asked.where(_ARTICLES.c.id > last)).all():
        last = unreached[-1].id
        _lead_some(connection, unreached)


def _lead_some(connection: Connection, articles: Sequence[Any]) -> None:
    own = {url_hash(url): row for row in articles for url in (row.canonical_url, row.url) if url}
    known = select(_PAGES.c.url_hash, _PAGES.c.article_id).where(_PAGES.c.url_hash.in_(own))
    there: dict[str, int | None] = dict(connection.execute(known).all())
    led: set[int] = set()
    for hashed, row in own.items():
        if hashed in there and there[hashed] is None:
            this = update(_PAGES).where(_PAGES.c.url_hash == hashed)
            connection.execute(this.values(article_id=row.id, state="stored", reason=None))
            led.add(row.id)
    new = {row.id: (hashed, row) for hashed, row in own.items() if row.id not in led and hashed not in there}
    if new:
        connection.execute(insert(_PAGES), [_page(hashed, row, *_last_run(connection)) for hashed, row in new.values()])


def _page(hashed: str, row: Any, run_id: int, spider: str) -> dict[str, Any]:
    found = {"url": row.url, "url_hash": hashed, "state": "stored", "article_id": row.id}
    return found | {"spider": spider, "attempts": 0, "discovered_at": row.fetched_at, "run_id": run_id}


def _last_run(connection: Connection) -> tuple[int, str]:
    found = connection.execute(select(_RUNS.c.id, _RUNS.c.spider).order_by(_RUNS.c.id.desc()).limit(1)).first()
    return (found.id, found.spider) if found else _made_run(connection)


def _made_run(connection: Connection) -> tuple[int, str]:
    return insert_run(connection, "unknown", {}, alone=False), "unknown"


def _read_as_nothing() -> Select[int, str]:
    told = select(_CAPTURES.c.id.label("capture"), _PAGES.c.url.label("address"))
    of_pages = told.join(_PAGES, _PAGES.c.id == _CAPTURES.c.page_id)
    return of_pages.where(_CAPTURES.c.state == "stored", _PAGES.c.article_id.is_(None))


def _forget_reading(connection: Connection) -> None:
    """Have `scrapy reextract` read them again."""
    nowhere = select(_PAGES.c.id).where(_PAGES.c.article_id.is_(None))
    these = (_CAPTURES.c.state == "stored", _CAPTURES.c.page_id.in_(nowhere))
    values = {"state": "failed", "reason": LOST, "layout": None, "extractor": None}
    connection.execute(update(_CAPTURES).where(*these).values(values))


CHECKS = (
    Check(
        name="reached",
        holds="to every article leads a page",
        find=lambda connection: rows(connection, _unreached()),
        repair=_lead,
        remedy="their addresses lead to other articles: the same ones, twice",
    ),
    Check(
        name="pages",
        holds="every page that is stored leads to its article",
        find=lambda connection: rows(connection, _led_nowhere()),
        repair=_put_back,
    ),
    Check(
        name="captures",
        holds="every capture that was read as an article is of a page that leads to one",
        find=lambda connection: rows(connection, _read_as_nothing()),
        repair=_forget_reading,
    ),
)
