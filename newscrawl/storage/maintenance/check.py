"""What a check of the database is, and its result."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

EXAMPLES = 5
"""How many violations are named."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How many violations a check has found, and the names of the first."""

    count: int = 0
    examples: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.count > 0

    @classmethod
    def of(cls, violations: Iterable[str]) -> CheckResult:
        """The result for these violations."""
        names = list(violations)
        return cls(len(names), tuple(names[:EXAMPLES]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something that must hold in a database, and what to do where it does not."""

    name: str
    holds: str
    """What must hold, as a sentence."""
    find: Callable[[Connection], CheckResult]
    repair: Callable[[Connection], None] | None = None
    """Repairs violations without losing data; None: the right values are unknown."""
    remedy: str = ""
    """What a person can do about violations that `repair` leaves."""
    locks: bool = False
    """Whether `find` locks the database against writes."""
    databases: frozenset[str] = frozenset({"sqlite", "postgresql", "mariadb"})


def count_rows(connection: Connection, *violations: Select[*tuple[Any, ...]]) -> CheckResult:
    """Count the rows of queries for violations; examples are written as "COLUMN VALUE COLUMN VALUE"."""
    count, examples = 0, list[str]()
    for violation in violations:
        number = connection.scalar(select(func.count()).select_from(violation.subquery())) or 0
        if number:
            examples += map(_name, connection.execute(violation.limit(EXAMPLES)))
        count += number
    return CheckResult(count, tuple(examples[:EXAMPLES]))


def _name(row: Row[Any]) -> str:
    """Such as: article 12 version 3."""
    return " ".join(f"{name} {value}" for name, value in row._mapping.items())
