"""The lists of each site: what the next run needs to fetch them politely."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, fields

from sqlalchemy import Connection, insert, select, update

from newscrawl.errors import RejectedRowError
from newscrawl.states import ListState
from newscrawl.storage.crawl_state.runs import check_lock
from newscrawl.storage.database import Database
from newscrawl.storage.tables import ListRow, RunRow, table_of
from newscrawl.storage.values import Values, sanitize, truncate

_LISTS, _RUNS = map(table_of, (ListRow, RunRow))
_COLUMNS = [_LISTS.c[field.name] for field in fields(ListState)]
_NAMES = ("source", "reason", "digest")
"""Fields whose columns have a length."""


class ListStore(Database):
    """The lists of each site."""

    def lists(self, site: str) -> list[ListState]:
        """Return the site's lists in the order in which they were first fetched."""
        statement = select(*_COLUMNS).where(_LISTS.c.site == truncate(site)).order_by(_LISTS.c.id)
        with self._reading() as connection:
            return [ListState(**row) for row in connection.execute(statement).mappings()]

    def save_list(self, site: str, state: ListState, *, run_id: int) -> None:
        """Insert or update a list; its exact URL, with the query, identifies it.

        Of a list that the database rejects only the outcome and its times are saved: it is read as a new one then.
        """
        try:
            self._write_list(site, state, run_id)
        except RejectedRowError:
            names = ("index_url", "outcome", "asked_at", "due_at", "interval_seconds", "failures")
            kept = {name: getattr(state, name) for name in names}
            self._write_list(site, ListState(url=state.url, source=state.source, **kept), run_id)

    def _write_list(self, site: str, state: ListState, run_id: int) -> None:
        values: Values = sanitize(asdict(state)) | {"run_id": run_id}
        values |= {name: truncate(values[name]) for name in _NAMES if values[name]}
        site = truncate(site)
        # Not the hash of the normalized URL: two lists may differ only in a query that normalization drops.
        url_hash = hashlib.blake2b(values["url"].encode(), digest_size=16).hexdigest()
        known = update(_LISTS).where(_LISTS.c.site == site, _LISTS.c.url_hash == url_hash)

        def write(connection: Connection) -> None:
            check_lock(connection, run_id)
            if connection.execute(known.values(values)).rowcount == 0:
                spider = connection.scalar(select(_RUNS.c.spider).where(_RUNS.c.id == run_id))
                new = {"spider": spider, "site": site, "url_hash": url_hash}
                connection.execute(insert(_LISTS), values | new)

        self._write_concurrently(write)
