"""The lists of a spider as they were met: what the next run needs to ask for them politely."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, fields

from sqlalchemy import Connection, insert, select, update

from newscrawl.states import ListState
from newscrawl.storage.tables import ListRow, table_of
from newscrawl.storage.types import NAME_LENGTH
from newscrawl.storage.values import Values, sanitize, truncate

_LISTS = table_of(ListRow)
_STATE = [_LISTS.c[field.name] for field in fields(ListState)]
_NAMES = ("source", "reason", "digest")
"""Fields whose columns have a length."""


def read(connection: Connection, spider: str) -> list[ListState]:
    """The spider's lists, in the order in which they were first met."""
    asked = select(*_STATE).where(_LISTS.c.spider == spider).order_by(_LISTS.c.id)
    return [ListState(**row) for row in connection.execute(asked).mappings()]


def save(connection: Connection, spider: str, state: ListState, *, run_id: int) -> None:
    """Enter a list, or what it has become."""
    values = _values(state) | {"run_id": run_id}
    key = {"spider": spider, "url_hash": _hash(state.url)}
    known = update(_LISTS).where(*(_LISTS.c[name] == value for name, value in key.items()))
    if connection.execute(known.values(values)).rowcount == 0:
        connection.execute(insert(_LISTS), values | key)


def _values(state: ListState) -> Values:
    values = {name: sanitize(value) if isinstance(value, str) else value for name, value in asdict(state).items()}
    return values | {name: truncate(values[name], NAME_LENGTH) for name in _NAMES if values[name]}


def _hash(url: str) -> str:
    # Not of its normal form: two lists may differ in nothing but a query that an article's address may do without.
    return hashlib.blake2b(sanitize(url).encode(), digest_size=16).hexdigest()
