"""Checks of pages against articles, and of captures against pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, exists, func, insert, select, update

from newscrawl.storage.crawl_state.pages import RETRY
from newscrawl.storage.crawl_state.runs import insert_run
from newscrawl.storage.keys import url_hash
from newscrawl.storage.maintenance.check import Check, count_rows
from newscrawl.storage.tables import ArticleRow, CaptureRow, PageRow, RunRow, RunSiteRow, table_of

_ARTICLES, _CAPTURES, _PAGES, _RUNS, _RUN_SITES = map(table_of, (ArticleRow, CaptureRow, PageRow, RunRow, RunSiteRow))
_BATCH = 500
_WITHOUT_ARTICLE = (_PAGES.c.state.in_(("stored", "unchanged")), _PAGES.c.article_id.is_(None))
_ARTICLES_WITHOUT_PAGE = select(_ARTICLES.c.id.label("article"), _ARTICLES.c.url.label("address")).where(
    ~exists().where(_PAGES.c.article_id == _ARTICLES.c.id)
)
_PAGES_WITHOUT_ARTICLE = select(
    _PAGES.c.id.label("page"), _PAGES.c.state.label("is"), _PAGES.c.url.label("address")
).where(*_WITHOUT_ARTICLE)
# No checksum covers the site of an article, which a run only sets once.
_HAS_UNKNOWN_SITE = and_(
    ~exists().where(_PAGES.c.site == _ARTICLES.c.site), ~exists().where(_RUN_SITES.c.site == _ARTICLES.c.site)
)
_ARTICLES_OF_UNKNOWN_SITE = select(_ARTICLES.c.id.label("article"), _ARTICLES.c.site.label("site")).where(
    _HAS_UNKNOWN_SITE
)
_CAPTURES_WITHOUT_ARTICLE = (
    select(_CAPTURES.c.id.label("capture"), _PAGES.c.url.label("address"))
    .join(_PAGES, _PAGES.c.id == _CAPTURES.c.page_id)
    .where(_CAPTURES.c.state == "stored", _PAGES.c.article_id.is_(None))
)


def _give_pages(connection: Connection) -> None:
    """Make the page of an article's own URL refer to it; insert the page if there is none."""
    columns = (_ARTICLES.c.id, _ARTICLES.c.url, _ARTICLES.c.canonical_url, _ARTICLES.c.fetched_at, _ARTICLES.c.site)
    batch = _ARTICLES_WITHOUT_PAGE.with_only_columns(*columns).order_by(_ARTICLES.c.id).limit(_BATCH)
    last = 0
    while articles := connection.execute(batch.where(_ARTICLES.c.id > last)).all():
        last = articles[-1].id
        _give_pages_to(connection, articles)


def _give_pages_to(connection: Connection, articles: Sequence[Any]) -> None:
    by_hash = {url_hash(connection, url): row for row in articles for url in (row.canonical_url, row.url) if url}
    pages = select(_PAGES.c.url_hash, _PAGES.c.article_id).where(_PAGES.c.url_hash.in_(by_hash))
    known: dict[str, int | None] = dict(connection.execute(pages).all())
    have_page: set[int] = set()
    for hashed, row in by_hash.items():
        if hashed in known and known[hashed] is None:
            page = update(_PAGES).where(_PAGES.c.url_hash == hashed)
            connection.execute(page.values(article_id=row.id, state="stored", reason=None))
            have_page.add(row.id)
    new = {row.id: (hashed, row) for hashed, row in by_hash.items() if row.id not in have_page and hashed not in known}
    if not new:
        return
    # A page refers to a run: the last one, or a new one if there is none.
    last_run = connection.execute(select(_RUNS.c.id, _RUNS.c.spider).order_by(_RUNS.c.id.desc()).limit(1)).first()
    run_id, spider = last_run or (insert_run(connection, "unknown", {}, alone=False), "unknown")
    common = {"state": "stored", "spider": spider, "attempts": 0, "run_id": run_id}
    rows = [
        {"url": row.url, "url_hash": hashed, "article_id": row.id, "discovered_at": row.fetched_at, "site": row.site}
        | common
        for hashed, row in new.values()
    ]
    connection.execute(insert(_PAGES), rows)


def _mark_captures_lost(connection: Connection) -> None:
    """Let `scrapy reextract` read them again."""
    pages = select(_PAGES.c.id).where(_PAGES.c.article_id.is_(None))
    captures = update(_CAPTURES).where(_CAPTURES.c.state == "stored", _CAPTURES.c.page_id.in_(pages))
    connection.execute(captures.values(state="failed", reason="article_lost", layout=None, extractor=None))


def _correct_sites(connection: Connection) -> None:
    """Take the site of a page that leads to the article."""
    of_page = select(func.min(_PAGES.c.site)).where(_PAGES.c.article_id == _ARTICLES.c.id).scalar_subquery()
    wrong = update(_ARTICLES).where(_HAS_UNKNOWN_SITE, of_page.is_not(None))
    connection.execute(wrong.values(site=of_page))


CHECKS = (
    Check(
        name="sites",
        holds="every article is of a site that was crawled",
        find=lambda connection: count_rows(connection, _ARTICLES_OF_UNKNOWN_SITE),
        repair=_correct_sites,
    ),
    Check(
        name="reached",
        holds="every article has a page",
        find=lambda connection: count_rows(connection, _ARTICLES_WITHOUT_PAGE),
        repair=_give_pages,
        remedy="the pages of their URLs belong to other articles: these articles are duplicates",
    ),
    Check(
        name="pages",
        holds="every stored page has an article",
        find=lambda connection: count_rows(connection, _PAGES_WITHOUT_ARTICLE),
        repair=lambda connection: connection.execute(update(_PAGES).where(*_WITHOUT_ARTICLE).values(RETRY)),
    ),
    Check(
        name="captures",
        holds="every capture that was stored as an article has a page with an article",
        find=lambda connection: count_rows(connection, _CAPTURES_WITHOUT_ARTICLE),
        repair=_mark_captures_lost,
    ),
)
