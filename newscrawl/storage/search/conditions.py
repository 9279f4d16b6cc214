"""A tree of words as an SQL condition."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import ColumnElement, and_, not_, or_

from newscrawl.storage.search.parser import And, Node, Not, Or


def build_condition(node: Node, build_part: Callable[[Node], ColumnElement[bool] | None]) -> ColumnElement[bool]:
    """Combine the conditions that `build_part` makes into one for the tree; true or false, and never NULL."""
    # It returns None for a node whose parts are to be built one by one.
    condition = build_part(node)
    if condition is not None:
        return condition
    match node:
        case Not(part):
            return not_(build_condition(part, build_part))
        case And(parts):
            return and_(*(build_condition(part, build_part) for part in parts))
        case Or(parts):
            return or_(*(build_condition(part, build_part) for part in parts))
    raise TypeError(f"{node} cannot be searched for here")
