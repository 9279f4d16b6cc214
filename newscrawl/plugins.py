"""A folder's modules as a registry: a plug-in's name is its module's name."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def modules(package: ModuleType) -> dict[str, ModuleType]:
    """Every module of `package`, imported, by name in alphabetical order; names that begin with "_" are left out."""
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    return {name: importlib.import_module(f"{package.__name__}.{name}") for name in names if name[0] != "_"}
