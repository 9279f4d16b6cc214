"""A folder's modules as a registry: a plug-in's name is its module's name."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import Any


def names(package: ModuleType) -> tuple[str, ...]:
    """The modules of `package`, in alphabetical order; names that begin with "_" are left out."""
    return tuple(sorted(info.name for info in pkgutil.iter_modules(package.__path__) if info.name[0] != "_"))


def modules(package: ModuleType) -> dict[str, ModuleType]:
    """Every module of `package`, imported, by name in alphabetical order."""
    return {name: importlib.import_module(f"{package.__name__}.{name}") for name in names(package)}


def only_class(package: ModuleType, name: str) -> type[Any]:
    """The one class that the module `name` of `package` defines for others. Raises ModuleNotFoundError."""
    module = importlib.import_module(f"{package.__name__}.{name}")
    own = (thing for thing in vars(module).values() if isinstance(thing, type))
    (only,) = (thing for thing in own if thing.__module__ == module.__name__ and thing.__name__[0] != "_")
    return only
