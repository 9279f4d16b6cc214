"""Where the pages of a run come from: `-a source=NAME`, one module each, whose name is the source's.

A source says what a run begins with, how its requests are made and how an answer becomes a page. The spider makes the
requests, and everything after the page cannot tell one source from another.
"""

from __future__ import annotations

import sys
from typing import Any

from newscrawl import plugins


def names() -> tuple[str, ...]:
    """The sources that there are, in alphabetical order."""
    return plugins.list_names(sys.modules[__name__])


def of_name(name: str) -> type[Any]:
    """The class of a source. Raises ModuleNotFoundError for one that is not there."""
    return plugins.load_class(sys.modules[__name__], name)
