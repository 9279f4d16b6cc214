"""Sources of pages, one module each: `-a source=NAME` names the module. See newscrawl.crawl.source."""

from __future__ import annotations

import sys
from typing import Any

from newscrawl import plugins


def list_names() -> tuple[str, ...]:
    return plugins.list_names(sys.modules[__name__])


def load_source(name: str) -> type[Any]:
    return plugins.load_class(sys.modules[__name__], name)
