"""The publishers that newscrawl knows: a module or package each, which defines a `PUBLISHER`."""

from __future__ import annotations

import sys
from functools import cache

from newscrawl import plugins
from newscrawl.publisher import Publisher


@cache
def load_publishers() -> tuple[Publisher, ...]:
    """Every publisher, in alphabetical order of their modules."""
    return tuple(module.PUBLISHER for module in plugins.load_modules(sys.modules[__name__]).values())
