"""What a check of the database is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

EXAMPLES = 5
"""How many of what is wrong are named."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong: how much of it, and the first of it by name."""

    count: int = 0
    examples: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.count > 0

    @classmethod
    def of(cls, examples: Iterable[str]) -> Found:
        """All of what is wrong, named."""
        named = list(examples)
        return cls(len(named), tuple(named[:EXAMPLES]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something that must hold of a database, and what to do where it does not."""

    name: str
    holds: str
    """What is so where all is well."""
    find: Callable[[Connection], Found]
    repair: Callable[[Connection], None] | None = None
    """Makes it so, and loses nothing; None: nobody can tell how it should be."""
    remedy: str = ""
    """What a person can do about what `repair` leaves."""
    locks: bool = False
    """Whether nobody may write while it looks."""
    databases: frozenset[str] = frozenset({"sqlite", "postgresql", "mariadb"})
    """Where it can be asked."""


def rows(connection: Connection, *wrong: Select[*tuple[Any, ...]]) -> Found:
    """What these questions for what is wrong find; their columns are called as people are to be told of them."""
    found = Found()
    for each in wrong:
        count = connection.scalar(select(func.count()).select_from(each.subquery())) or 0
        shown = connection.execute(each.limit(EXAMPLES)).all() if count else ()
        found = Found(found.count + count, (*found.examples, *map(_named, shown))[:EXAMPLES])
    return found


def _named(row: Row[Any]) -> str:
    """Such as: article 12 version 3."""
    return " ".join(f"{name} {value}" for name, value in row._mapping.items())
