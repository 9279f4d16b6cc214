"""The page ledger: one row per discovered URL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, TypedDict, Unpack

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Update,
    and_,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    update,
)

from newscrawl.article import Link
from newscrawl.errors import RejectedRowError
from newscrawl.states import DELETED, PageState, RefusalKind, State
from newscrawl.storage.articles.deletion import allow_again
from newscrawl.storage.crawl_state.runs import check_lock
from newscrawl.storage.database import Database
from newscrawl.storage.keys import url_hash
from newscrawl.storage.query.names import find_sites
from newscrawl.storage.splitting import write_apart
from newscrawl.storage.tables import ArticleRow, PageRow, table_of
from newscrawl.storage.transactions import lock_rows
from newscrawl.storage.types import utc
from newscrawl.storage.values import Values, sanitize, split_sorted, truncate

_RETRYABLE: tuple[State, ...] = ("failed", "blocked", "refused")
RETRY: Values = {
    "state": "discovered",
    "reason": None,
    "failures": 0,
    "refusal": None,
    "extractor": None,
    "published_at": None,
    "due_at": None,
    "etag": None,
    "last_modified": None,
}
"""Values of a page that the next run fetches unconditionally: a 304 answer would bring nothing."""
_PAGES = table_of(PageRow)
_PRIORITY: dict[State, int] = {"discovered": 0, "failed": 1, "stored": 2, "unchanged": 2, "refused": 3, "blocked": 4}
"""States that a run starts with, in their order."""
# Without the capture: an archive has many of a page, and its index keeps them.
_LINK_FIELDS = tuple(field.name for field in fields(Link) if field.name not in ("url", "source", "capture", "anchor"))
_OF_ARTICLE = ("published_at", "is_partial")
_COLUMNS = {field.name: field.name for field in fields(PageState) if field.name not in _OF_ARTICLE} | {"link": "told"}
"""The fields of PageState that are columns of `pages`, and their columns."""


_FETCHED = 1000


class PageConditions(TypedDict, total=False):
    """Conditions on pages; None is none."""

    urls: Collection[str] | None
    state: State | None
    reason: str | None
    spider: str | None
    site: str | None
    publisher: str | None
    """Pages of its sites; as in newscrawl.storage.Query."""


class PageStore(Database):
    """The page ledger: which URLs are known, what became of them, and which are due."""

    def discover(
        self, links: Sequence[Link], *, run_id: int, spider: str, site: str | None = None
    ) -> list[PageState | None]:
        """Save links of lists and return, for each in order, its page as known before (None: unknown).

        A new URL, in any spelling, becomes "discovered", as a page of `site` (None: that of the spider, which has its
        name). For a known one, `listed_at` moves to a later time, `listed_by` gains the kind of list, and what the list
        says is saved if no list has said anything yet. Nothing is written if that changes nothing.
        Of a link that the database rejects only the URL is saved.
        """

        def write(part: Sequence[Link]) -> list[PageState | None]:
            return self._enter(part, run_id=run_id, spider=spider, site=site or spider)

        def write_bare(link: Link, error: RejectedRowError) -> PageState | None:
            (before,) = write([Link(url=link.url, source=link.source)])
            return before

        try:
            return write(links)
        except RejectedRowError as error:
            return write_apart(write, links, write_bare, error)

    def _enter(self, links: Sequence[Link], *, run_id: int, spider: str, site: str) -> list[PageState | None]:
        make_page = partial(_new_page, now=datetime.now(UTC), run_id=run_id, spider=spider, site=site)

        def write(connection: Connection) -> list[PageState | None]:
            check_lock(connection, run_id)
            hashes = [url_hash(connection, link.url) for link in links]
            known = _read_by_hash(connection, hashes)
            before, changed = _add_links(known, zip(hashes, links, strict=True), make_page)
            if lock_rows(connection, _PAGES.c.url_hash, known.keys() & changed.keys()):
                known |= _read_by_hash(connection, known.keys() & changed.keys())
                before, changed = _add_links(known, zip(hashes, links, strict=True), make_page)
            insert_pages(connection, [_page_values(at, page) for at, page in changed.items() if at not in known])
            values = [{"known_hash": at, **_link_values(page)} for at, page in changed.items() if at in known]
            update_pages(connection, values)
            return before

        return self._write_concurrently(write)

    def known(self, links: Sequence[Link]) -> list[PageState | None]:
        """Return, for each link in order, its page (None: unknown), without saving anything."""
        with self._reading() as connection:
            hashes = [url_hash(connection, link.url) for link in links]
            return list(map(_read_by_hash(connection, hashes).get, hashes))

    def due(
        self, site: str, now: datetime, *, limit: int | None = None, but_from: Collection[str] = ()
    ) -> list[PageState]:
        """Return the pages of a site that a run starts with.

        First the discovered ones that were never tried, in order of discovery; then those due by `now`: failed, then
        stored or unchanged, then refused, then blocked ones, the longest due first. Never tried ones without a due
        date, those refused for good, or those first listed by a source in `but_from`.
        """
        priority = case(_PRIORITY, value=_PAGES.c.state)
        since = func.coalesce(_PAGES.c.due_at, _PAGES.c.discovered_at)
        waiting = and_(_PAGES.c.state == "discovered", _PAGES.c.due_at.is_(None))
        is_retried = or_(_PAGES.c.state != "refused", _PAGES.c.refusal != RefusalKind.PERMANENT.value)
        planned = and_(_PAGES.c.due_at <= now, _PAGES.c.state.in_(_PRIORITY), is_retried)
        statement = _select_listed(site, but_from).where(or_(waiting, planned))
        with self._reading() as connection:
            return _read_pages(connection, statement.order_by(priority, since, _PAGES.c.id).limit(limit))

    def unwanted(
        self, site: str, since: datetime | None, until: datetime | None, *, but_from: Collection[str] = ()
    ) -> list[PageState]:
        """Return the pages that only a run over other dates did not want: published from `since` up to `until`."""
        statement = _select_listed(site, but_from)
        statement = statement.where(_PAGES.c.state == "refused", _PAGES.c.refusal == RefusalKind.NOT_WANTED.value)
        if since:
            statement = statement.where(_PAGES.c.published_at >= since)
        if until:
            statement = statement.where(_PAGES.c.published_at < until)
        with self._reading() as connection:
            return _read_pages(connection, statement.order_by(_PAGES.c.id))

    def outdated(self, site: str, extractor: str, *, limit: int, but_from: Collection[str] = ()) -> list[PageState]:
        """Return pages in which another version of the extractor found no article, the last tried first."""
        # Without those of older schema versions, where extractor is NULL.
        statement = _select_listed(site, but_from).where(_PAGES.c.extractor != extractor)
        statement = statement.where(_PAGES.c.state.in_(("refused", "failed")))
        with self._reading() as connection:
            return _read_pages(connection, statement.order_by(_PAGES.c.tried_at.desc(), _PAGES.c.id).limit(limit))

    def pages(self, *, limit: int | None = 100, **wanted: Unpack[PageConditions]) -> list[PageState]:
        """Return the pages that match every given condition, the last tried first."""
        return list(self.iterate_pages(limit=limit, **wanted))

    def iterate_pages(self, *, limit: int | None = None, **wanted: Unpack[PageConditions]) -> Iterator[PageState]:
        """Iterate over what `pages` returns; memory does not grow with their number."""
        tried = func.coalesce(_PAGES.c.tried_at, _PAGES.c.discovered_at)
        with self._reading() as connection:
            matching = _select_pages().where(*_conditions(connection, wanted))
            ordered = matching.order_by(tried.desc(), _PAGES.c.id.desc()).limit(limit)
            yield from map(_page_state, connection.execute(ordered, execution_options={"yield_per": _FETCHED}))

    def count_pages(self, **wanted: Unpack[PageConditions]) -> int:
        """Count the pages that match every given condition."""
        with self._reading() as connection:
            counted = select(func.count()).select_from(_PAGES).where(*_conditions(connection, wanted))
            return connection.scalar(counted) or 0

    def put_back(self, **wanted: Unpack[PageConditions]) -> int:
        """Make failed, blocked and refused pages "discovered" again, if they match every given condition; how many.

        Those of a deleted article may be stored again.
        """
        with self._writing() as connection:
            conditions = (_PAGES.c.state.in_(_RETRYABLE), *_conditions(connection, wanted))
            deleted = select(_PAGES.c.id).where(_PAGES.c.reason == DELETED, *conditions)
            allow_again(connection, list(connection.scalars(deleted)))
            return connection.execute(update(_PAGES).where(*conditions).values(RETRY)).rowcount

    def page_counts(self) -> dict[tuple[str, State, str | None], int]:
        """Count pages by spider, state and reason. Reads every page."""
        by = (_PAGES.c.spider, _PAGES.c.state, _PAGES.c.reason)
        with self._reading() as connection:
            rows = connection.execute(select(*by, func.count()).group_by(*by))
            return {(spider, state, reason): count for spider, state, reason, count in rows}

    def state_counts(self, *, spider: str | None = None, site: str | None = None) -> dict[str, int]:
        """Count the pages of a spider, or of a site, by state; states without a page are left out.

        Reads an index alone.
        """
        with self._reading() as connection:
            conditions = _conditions(connection, {"spider": spider, "site": site})
            counted = select(_PAGES.c.state, func.count()).where(*conditions).group_by(_PAGES.c.state)
            return dict(connection.execute(counted).all())


def new_page_values(url: str, hashed: str, now: datetime, source: str | None) -> Values:
    """Return the values of a new page that every way of finding it shares."""
    page = {"url": sanitize(url), "url_hash": hashed, "discovered_at": now, "attempts": 0}
    return page | {"source": source and truncate(source)}


def insert_pages(connection: Connection, rows: Sequence[Values]) -> None:
    """Insert rows of new pages, all with the same columns."""
    if rows:
        connection.execute(insert(_PAGES), rows)


def update_pages(connection: Connection, rows: Sequence[Values]) -> None:
    """Update the pages whose url_hash is "known_hash"; all rows have the same columns.

    A row with a state is a try and is counted; an article_id of None keeps the known article.
    """
    if rows:
        connection.execute(_make_update(tuple(rows[0])), rows)


@cache
def _make_update(names: tuple[str, ...]) -> Update:
    values: dict[str, Any] = {name: bindparam(name) for name in names if name != "known_hash"}
    if "state" in values:
        values["attempts"] = _PAGES.c.attempts + 1
    if "article_id" in values:
        values["article_id"] = func.coalesce(bindparam("article_id"), _PAGES.c.article_id)
    return update(_PAGES).where(_PAGES.c.url_hash == bindparam("known_hash")).values(values)


def _select_listed(site: str, but_from: Collection[str]) -> Select[*tuple[Any, ...]]:
    """Select the pages of a site, without those that a source in `but_from` listed first."""
    statement = _select_pages().where(_PAGES.c.site == truncate(site))
    return statement.where(func.coalesce(_PAGES.c.source, "").not_in(but_from)) if but_from else statement


def _conditions(connection: Connection, wanted: PageConditions) -> list[ColumnElement[bool]]:
    equal = {name: wanted.get(name) for name in ("state", "reason", "spider", "site")}
    conditions = [_PAGES.c[name] == value for name, value in equal.items() if value is not None]
    if (urls := wanted.get("urls")) is not None:
        conditions.append(_PAGES.c.url_hash.in_({url_hash(connection, url) for url in urls}))
    if publisher := wanted.get("publisher"):
        conditions.append(_PAGES.c.site.in_(find_sites(connection, publisher)))
    return conditions


def _new_page(link: Link, now: datetime, run_id: int, spider: str, site: str) -> PageState:
    url = sanitize(link.url)
    return PageState(
        url=url,
        state="discovered",
        reason=None,
        status=None,
        article_id=None,
        spider=spider,
        site=truncate(site),
        source=truncate(link.source),
        listed_by=truncate(link.source),
        attempts=0,
        discovered_at=now,
        tried_at=None,
        listed_at=link.updated_at,
        link=_from_json(url, _to_json(link)),
        run_id=run_id,
    )


def _add_links(
    known: Mapping[str, PageState], links: Iterable[tuple[str, Link]], make_page: Callable[[Link], PageState]
) -> tuple[list[PageState | None], dict[str, PageState]]:
    """Return, for each link with the hash of its page, the page before it; and the new and changed pages, by hash."""
    pages, pages_before = dict(known), []
    for hashed, link in links:
        before = pages.get(hashed)
        pages_before.append(before)
        pages[hashed] = _add_link(before, link) if before else make_page(link)
    return pages_before, {at: page for at, page in pages.items() if page is not known.get(at)}


def _add_link(page: PageState, link: Link) -> PageState:
    """Return the page with what a link says in addition; the same object if that is nothing."""
    if link.updated_at and (page.listed_at is None or link.updated_at > page.listed_at):
        page = replace(page, listed_at=link.updated_at)
    listed_by = {*(page.listed_by or page.source or link.source).split(","), link.source}
    if page.listed_by is None or len(listed_by) > page.listed_by.count(",") + 1:
        page = replace(page, listed_by=truncate(",".join(sorted(listed_by))))
    if page.link is None and (said := _to_json(link)):
        page = replace(page, link=_from_json(page.url, said))
    return page


def _page_values(hashed: str, page: PageState) -> Values:
    row = new_page_values(page.url, hashed, page.discovered_at, page.source)
    row |= {"state": page.state, "spider": page.spider, "site": page.site, "run_id": page.run_id}
    return row | _link_values(page)


def _link_values(page: PageState) -> Values:
    return {"told": _to_json(page.link), "listed_at": page.listed_at, "listed_by": page.listed_by}


def _to_json(link: Link | None) -> Values | None:
    """Return what a list says of a page as JSON; None if that is only its address and when it changed."""
    if link is None:
        return None
    values: Values = {}
    for name in _LINK_FIELDS:
        if value := getattr(link, name):
            values[name] = utc(value).isoformat() if isinstance(value, datetime) else value
            if isinstance(value, tuple):
                values[name] = list(value)
    sanitized: Values = sanitize({"source": link.source, **values})
    return sanitized if values.keys() - {"updated_at"} else None


def _from_json(url: str, values: Values | None) -> Link | None:
    if values is None:
        return None
    times: Values = {
        name: datetime.fromisoformat(values[name]) for name in ("published_at", "updated_at") if name in values
    }
    tuples = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return Link(url=url, **(values | times | tuples))


def _read_by_hash(connection: Connection, hashes: Iterable[str]) -> dict[str, PageState]:
    pages: dict[str, PageState] = {}
    for part in split_sorted(set(hashes)):
        for row in connection.execute(_BY_HASH, {"hashes": part}):
            pages[row.url_hash] = _page_state(row)
    return pages


def _select_pages(*more: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    published = func.coalesce(ArticleRow.published_at, _PAGES.c.published_at).label("published")
    columns = (*(_PAGES.c[column] for column in _COLUMNS.values()), published, ArticleRow.complete, *more)
    return select(*columns).outerjoin_from(_PAGES, ArticleRow, ArticleRow.id == _PAGES.c.article_id)


_BY_HASH = _select_pages(_PAGES.c.url_hash).where(_PAGES.c.url_hash.in_(bindparam("hashes")))


def _read_pages(connection: Connection, statement: Select[*tuple[Any, ...]]) -> list[PageState]:
    return [_page_state(row) for row in connection.execute(statement)]


def _page_state(row: Row[Any]) -> PageState:
    values = {name: getattr(row, column) for name, column in _COLUMNS.items()}
    values["link"] = _from_json(row.url, row.told)
    values["refusal"] = row.refusal and RefusalKind(row.refusal)
    return PageState(**values, published_at=row.published, is_partial=row.complete is False)
