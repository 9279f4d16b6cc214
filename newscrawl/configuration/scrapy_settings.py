"""The names and defaults of Scrapy's own settings, without importing Scrapy, which takes a third of a second."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any


@cache
def read_scrapy_settings() -> Mapping[str, Any]:
    """Return Scrapy's settings with their defaults; None for a default that is no literal. Empty without Scrapy."""
    spec = find_spec("scrapy")
    folder = next(iter(spec.submodule_search_locations or ()), None) if spec else None
    try:
        tree = ast.parse(Path(folder or "", "settings", "default_settings.py").read_text("utf-8"))
    except OSError:
        return {}
    values: dict[str, Any] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
            if isinstance(target, ast.Name):
                values[target.id] = _evaluate(statement.value)
    names = values.pop("__all__", None) or values
    return {name: values.get(name) for name in names}


def _evaluate(node: ast.expr | None) -> Any:
    try:
        return ast.literal_eval(node) if node else None
    except ValueError:
        return None
