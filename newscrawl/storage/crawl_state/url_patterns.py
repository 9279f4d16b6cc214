"""The URL patterns of each site: how many of their pages were articles, and what people decided about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from newscrawl.states import UrlPattern
from newscrawl.storage.crawl_state.runs import check_lock
from newscrawl.storage.database import Database
from newscrawl.storage.tables import UrlPatternRow, table_of
from newscrawl.storage.values import Values, sanitize, truncate

_PATTERNS = table_of(UrlPatternRow)
_COLUMNS = [_PATTERNS.c[field.name] for field in fields(UrlPattern)]


class UrlPatternStore(Database):
    """The URL patterns of each site."""

    def url_patterns(self, site: str) -> list[UrlPattern]:
        """Return the patterns of a site, those with the most pages first."""
        statement = select(*_COLUMNS).where(_PATTERNS.c.site == truncate(site))
        with self._reading() as connection:
            rows = connection.execute(statement.order_by(_PATTERNS.c.fetched.desc(), _PATTERNS.c.pattern)).mappings()
            return [UrlPattern(**row) for row in rows]

    def save_url_patterns(self, site: str, patterns: Iterable[UrlPattern], *, run_id: int) -> None:
        """Insert or update the numbers of patterns. What a person decided about one stays."""
        counted = list(patterns)

        def write(connection: Connection) -> None:
            check_lock(connection, run_id)
            for each in counted:
                numbers: Values = {"fetched": each.fetched, "articles": each.articles, "changed_at": each.changed_at}
                key = {"site": truncate(site), "pattern": truncate(sanitize(each.pattern))}
                known = update(_PATTERNS).where(*(_PATTERNS.c[name] == value for name, value in key.items()))
                if connection.execute(known.values(numbers)).rowcount == 0:
                    connection.execute(insert(_PATTERNS), key | numbers)

        self._write_concurrently(write)

    def set_pattern_rule(self, site: str, pattern: str, rule: Literal["allow", "deny"] | None) -> None:
        """Decide that the links of a pattern are always followed, or never; None: as its numbers say."""
        key = {"site": truncate(site), "pattern": truncate(sanitize(pattern))}
        with self._writing() as connection:
            known = update(_PATTERNS).where(*(_PATTERNS.c[name] == value for name, value in key.items()))
            if connection.execute(known.values(rule=rule)).rowcount == 0:
                new = {"fetched": 0, "articles": 0, "rule": rule, "changed_at": datetime.now(UTC)}
                connection.execute(insert(_PATTERNS), key | new)
