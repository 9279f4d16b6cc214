"""What must hold of a database, one check after the other; what one repairs, the next may build on."""

from newscrawl.storage.maintenance import articles, fulltext, orphans, pages, structure
from newscrawl.storage.maintenance.check import Check, Found

__all__ = ["CHECKS", "Check", "Found"]

CHECKS: tuple[Check, ...] = (
    *structure.CHECKS,
    *orphans.CHECKS,
    *articles.CHECKS,
    *pages.CHECKS,
    *fulltext.CHECKS,
)
