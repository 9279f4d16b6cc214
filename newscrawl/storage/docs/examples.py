"""Examples of every column and units of numbers, from examples.toml: for the data dictionary."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load_examples() -> dict[str, Any]:
    """Read examples.toml: `tables` and `views`, by column, in the type of the column; and `units`."""
    return tomllib.loads((files("newscrawl.storage.docs") / "examples.toml").read_text(encoding="utf-8"))


def example(table: str, column: str) -> Any:
    """An example of a column of a table or view, in the column's type. Raises KeyError if there is none."""
    examples = load_examples()
    if table in examples["tables"]:
        return examples["tables"][table][column]
    view = examples["views"][table]
    return view[column] if column in view else examples["tables"][view["of"]][column]


def unit(column: str) -> str | None:
    """What a number counts, by the name of its column; None if the column is no count or its name says it."""
    units: dict[str, str] = load_examples()["units"]
    return units.get(column)
