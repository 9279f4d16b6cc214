"""A tree of words as a condition in SQL, made of those of its parts."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import ColumnElement, and_, not_, or_

from newscrawl.storage.search.parser import And, Node, Not, Or


def combined(asked: Node, known: Callable[[Node], ColumnElement[bool] | None]) -> ColumnElement[bool]:
    """The condition for a tree, from those of the parts that are `known`: true or false, and never NULL.

    Raises TypeError for a leaf that is not.
    """
    condition = known(asked)
    if condition is not None:
        return condition
    match asked:
        case Not(part):
            return not_(combined(part, known))
        case And(parts):
            return and_(*(combined(part, known) for part in parts))
        case Or(parts):
            return or_(*(combined(part, known) for part in parts))
    raise TypeError(f"{asked}: nothing here can search for it")
