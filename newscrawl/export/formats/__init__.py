"""Export formats: one module per format, found by its name (see newscrawl.export.exporter)."""

from __future__ import annotations

import sys

from newscrawl import plugins
from newscrawl.export.exporter import Exporter


def list_formats() -> tuple[str, ...]:
    return plugins.list_names(sys.modules[__name__])


def find_format(name: str) -> type[Exporter]:
    """Return the exporter class of a format. Raises ModuleNotFoundError for an unknown one."""
    return plugins.load_class(sys.modules[__name__], name)


def map_extensions() -> dict[str, str]:
    """Return the format of each file name ending: {".jsonl": "jsonl", …}."""
    return {extension: name for name in list_formats() for extension in find_format(name).extensions}
