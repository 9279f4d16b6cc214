"""Reading the ledger: what is remembered of pages."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, or_, select

from newscrawl.article import Link
from newscrawl.states import PageState, State
from newscrawl.storage.tables import ArticleRow, PageRow, table_of
from newscrawl.storage.types import utc
from newscrawl.storage.values import Values, sanitize, split_sorted
from newscrawl.urls import normal_form

_PAGES = table_of(PageRow)
_TURNS: dict[State, int] = {"discovered": 0, "failed": 1, "stored": 2, "unchanged": 2, "blocked": 3}
"""States that a run begins with, and in which order."""
_TOLD = tuple(field.name for field in fields(Link) if field.name not in ("url", "source", "capture"))
"""What a list tells of an article. A capture is none of it: an archive has many of a page, and its index keeps them."""
_TIMES, _SEVERAL = ("published_at", "updated_at"), ("byline", "tickers")
_OWN = tuple(field.name for field in fields(PageState) if field.name not in ("published_at", "link"))
"""Fields that are columns of `pages`."""


def url_hash(url: str) -> str:
    """32 hex digits, the same for all spellings of an address."""
    return hashlib.blake2b(normal_form(sanitize(url)).encode(), digest_size=16).hexdigest()


def known(connection: Connection, hashes: Iterable[str]) -> dict[str, PageState]:
    """The pages of these hashes that have a row, by hash."""
    asked = (_states(_PAGES.c.url_hash).where(_PAGES.c.url_hash.in_(part)) for part in split_sorted(set(hashes)))
    return {row.url_hash: _state(row) for part in asked for row in connection.execute(part)}


def due(
    connection: Connection, spider: str, now: datetime, limit: int | None, but_from: Collection[str]
) -> list[PageState]:
    """What a run of the spider begins with; see Store.due."""
    turn = case(_TURNS, value=_PAGES.c.state)
    since = func.coalesce(_PAGES.c.due_at, _PAGES.c.discovered_at)
    waiting = and_(_PAGES.c.spider == spider, _PAGES.c.state == "discovered", _PAGES.c.due_at.is_(None))
    planned = and_(_PAGES.c.spider == spider, _PAGES.c.due_at <= now, _PAGES.c.state.in_(_TURNS))
    asked = _states().where(or_(waiting, planned)).order_by(turn, since, _PAGES.c.id).limit(limit)
    if but_from:
        asked = asked.where(func.coalesce(_PAGES.c.source, "").not_in(but_from))
    return [_state(row) for row in connection.execute(asked)]


def find(connection: Connection, holds: Iterable[ColumnElement[bool]], limit: int | None) -> list[PageState]:
    """Pages of which all of these conditions hold, the one last tried first."""
    tried = func.coalesce(_PAGES.c.tried_at, _PAGES.c.discovered_at)
    asked = _states().where(*holds)
    return [_state(row) for row in connection.execute(asked.order_by(tried.desc(), _PAGES.c.id.desc()).limit(limit))]


def conditions(
    *, urls: Collection[str] | None, state: State | None, reason: str | None, spider: str | None
) -> list[ColumnElement[bool]]:
    """What rows of `pages` must fulfil; None: no matter."""
    equal = {"state": state, "reason": reason, "spider": spider}
    holds = [_PAGES.c[name] == value for name, value in equal.items() if value is not None]
    if urls is not None:
        holds.append(_PAGES.c.url_hash.in_({url_hash(url) for url in urls}))
    return holds


def counts(connection: Connection, spider: str | None) -> dict[tuple[str, State, str | None], int]:
    """How many pages there are of a spider (None: of any), in a state, for a reason."""
    kinds = (_PAGES.c.spider, _PAGES.c.state, _PAGES.c.reason)
    asked = select(*kinds, func.count()).group_by(*kinds)
    if spider is not None:
        asked = asked.where(_PAGES.c.spider == spider)
    return {(of, state, reason): count for of, state, reason, count in connection.execute(asked)}


def told_values(link: Link | None) -> Values | None:
    """What a list told of a page, as JSON; None where that is nothing but its address and when it changed."""
    values: Values = {name: _plain(value) for name in _TOLD if link and (value := getattr(link, name))}
    return sanitize({"source": link.source, **values}) if link and values.keys() - {"updated_at"} else None


def told_link(url: str, told: Values | None) -> Link | None:
    """The Link of what `told_values` returns."""
    if told is None:
        return None
    times = {name: datetime.fromisoformat(told[name]) for name in _TIMES if name in told}
    several = {name: tuple(told[name]) for name in _SEVERAL if name in told}
    return Link(url=url, **{**told, **times, **several})


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return utc(value).isoformat() if isinstance(value, datetime) else value


def _states(*more: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    asked = (*(_PAGES.c[name] for name in _OWN), _PAGES.c.told, ArticleRow.published_at, *more)
    return select(*asked).outerjoin_from(_PAGES, ArticleRow, ArticleRow.id == _PAGES.c.article_id)


def _state(row: Row[Any]) -> PageState:
    own = {name: getattr(row, name) for name in _OWN}
    return PageState(**own, link=told_link(row.url, row.told), published_at=row.published_at)
