"""Articles in other forms: a module each, named after its form."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from newscrawl import plugins

if TYPE_CHECKING:
    from newscrawl.export.formats._exporter import Exporter


def names() -> tuple[str, ...]:
    """The forms that there are, in alphabetical order."""
    return plugins.list_names(sys.modules[__name__])


def of_name(name: str) -> type[Exporter]:
    """The class of a form. Raises ModuleNotFoundError for one that is not there."""
    return plugins.load_class(sys.modules[__name__], name)


def extensions() -> dict[str, str]:
    """The form of each ending of names: {".jsonl": "jsonl", …}."""
    return {extension: name for name in names() for extension in of_name(name).extensions}
