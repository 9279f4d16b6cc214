"""Rewrites what was stored of URLs when they had another normal form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from newscrawl.states import RefusalKind
from newscrawl.storage.keys import article_keys, url_hash
from newscrawl.storage.tables import ArticleKeyRow, PageRow, table_of
from newscrawl.storage.values import split, split_sorted

_ROWS = 5000
_PAGES, _KEYS = table_of(PageRow), table_of(ArticleKeyRow)


def correct_url_hashes(connection: Connection) -> int:
    """Give each page the hash and its article the keys that its URL has today; return the number of changed pages.

    Without it, a page whose URL has a default port, say, would be fetched and stored a second time. A page that is
    known under today's hash as well is refused under the old one: two rows of one page would be fetched for ever.
    """
    changed = [
        (row, hashed) for row in _read_pages(connection) if (hashed := url_hash(connection, row.url)) != row.url_hash
    ]
    taken: set[str] = set()
    for part in split_sorted({hashed for _, hashed in changed}):
        taken.update(connection.scalars(select(_PAGES.c.url_hash).where(_PAGES.c.url_hash.in_(part))))
    moved: list[dict[str, Any]] = []
    doubles: list[int] = []
    for row, hashed in changed:
        if hashed in taken:
            doubles.append(row.id)
        else:
            taken.add(hashed)
            moved.append({"page_id": row.id, "hashed": hashed})
    _rewrite(connection, moved, doubles)
    _add_keys(connection, [row for row, _ in changed if row.article_id])
    return len(changed)


def _read_pages(connection: Connection) -> Iterator[Row[*tuple[Any, ...]]]:
    columns = select(_PAGES.c.id, _PAGES.c.url, _PAGES.c.url_hash, _PAGES.c.article_id).order_by(_PAGES.c.id)
    last = 0
    while rows := connection.execute(columns.where(_PAGES.c.id > last).limit(_ROWS)).all():
        yield from rows
        last = rows[-1].id


def _rewrite(connection: Connection, moved: Sequence[dict[str, Any]], doubles: Sequence[int]) -> None:
    if moved:
        statement = update(_PAGES).where(_PAGES.c.id == bindparam("page_id")).values(url_hash=bindparam("hashed"))
        connection.execute(statement, moved)
    for part in split(doubles, _ROWS):
        refused = update(_PAGES).where(_PAGES.c.id.in_(part))
        kind = RefusalKind.PERMANENT.value
        connection.execute(refused.values(state="refused", refusal=kind, reason="redirects_to_known", due_at=None))


def _add_keys(connection: Connection, pages: Sequence[Row[*tuple[Any, ...]]]) -> None:
    """Let the keys of these pages' URLs lead to their articles, where they do not lead to one already."""
    wanted = {key: page.article_id for page in reversed(pages) for key in article_keys(connection, page.url)}
    for part in split_sorted(wanted):
        known = set(connection.scalars(select(_KEYS.c.key).where(_KEYS.c.key.in_(part))))
        if new := [{"key": key, "article_id": wanted[key]} for key in part if key not in known]:
            connection.execute(insert(_KEYS), new)
