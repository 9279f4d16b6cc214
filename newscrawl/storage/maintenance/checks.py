"""All checks of a database, in the order in which they run: a repair may rely on those before it."""

from __future__ import annotations

from newscrawl.storage.database import Database
from newscrawl.storage.maintenance import articles, content, fulltext, orphans, pages, runs, structure
from newscrawl.storage.maintenance.check import Check, CheckResult

CHECKS: tuple[Check, ...] = (
    *structure.CHECKS,
    *content.CHECKS,
    *orphans.CHECKS,
    *articles.CHECKS,
    *pages.CHECKS,
    *runs.CHECKS,
    *fulltext.CHECKS,
)


class CheckStore(Database):
    """The part of Store that checks and repairs the database."""

    def checks(self) -> list[Check]:
        """List the checks for this kind of database, in the order in which they are to be run and repaired."""
        return [check for check in CHECKS if self._engine.dialect.name in check.databases]

    def examine(self, check: Check) -> CheckResult:
        """Run a check. No other process can write meanwhile if the check locks."""
        with self._writing() if check.locks else self._reading() as connection:
            return check.find(connection)

    def repair(self, check: Check) -> None:
        """Repair the violations of a check, where the right values are known, in one transaction."""
        if check.repair:
            with self._writing() as connection:
                check.repair(connection)
