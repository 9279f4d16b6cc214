"""Plug-in folders: each module of a package is a plug-in, named after its file."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import Any


def list_names(package: ModuleType) -> tuple[str, ...]:
    """Return the module names of `package`, sorted; names that begin with "_" are skipped."""
    return tuple(sorted(info.name for info in pkgutil.iter_modules(package.__path__) if info.name[0] != "_"))


def load_modules(package: ModuleType) -> dict[str, ModuleType]:
    """Import every module of `package`; name to module, sorted by name."""
    return {name: importlib.import_module(f"{package.__name__}.{name}") for name in list_names(package)}


def load_class(package: ModuleType, name: str) -> type[Any]:
    """Return the one public class that module `name` of `package` defines. Raises ModuleNotFoundError."""
    module = importlib.import_module(f"{package.__name__}.{name}")
    classes = (value for value in vars(module).values() if isinstance(value, type))
    (public,) = (cls for cls in classes if cls.__module__ == module.__name__ and not cls.__name__.startswith("_"))
    return public
