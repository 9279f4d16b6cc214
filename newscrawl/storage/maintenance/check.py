"""What a check of the database is, and its result."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

CONTENT = "content"
"""The check of articles against their digests. What its repair leaves, no other repair may build on."""
EXAMPLES = 5
"""How many violations are named."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How many violations of a check there are, and the names of the first."""

    count: int = 0
    examples: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.count > 0

    @classmethod
    def of(cls, violations: Iterable[str]) -> CheckResult:
        names = list(violations)
        return cls(len(names), tuple(names[:EXAMPLES]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something that must hold in a database, and what to do where it does not."""

    name: str
    holds: str
    """What must hold, as a sentence."""
    find: Callable[[Connection], CheckResult]
    repair: Callable[[Connection], object] | None = None
    """Repairs violations without losing data; None: the right values are unknown."""
    remedy: str = ""
    """What a person can do about violations that `repair` leaves."""
    locks: bool = False
    """Whether `find` locks the database against writes."""
    indexes_articles: bool = False
    """Whether `repair` computes something from the texts of all articles."""
    databases: frozenset[str] = frozenset({"sqlite", "postgresql", "mariadb"})


def count_rows(connection: Connection, *violations: Select[*tuple[Any, ...]]) -> CheckResult:
    """Count the rows of queries for violations; examples are written like "article 12 version 3"."""
    count, examples = 0, list[str]()
    for violation in violations:
        number = connection.scalar(select(func.count()).select_from(violation.subquery())) or 0
        if number:
            for row in connection.execute(violation.limit(EXAMPLES)).mappings():
                examples.append(" ".join(f"{name} {value}" for name, value in row.items()))
        count += number
    return CheckResult(count, tuple(examples[:EXAMPLES]))
