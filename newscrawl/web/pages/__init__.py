"""The pages of the reading room: one module a kind of page. A page is a function of what the reader asks for.

Pages read through the Store, in a thread of their own; whatever they find goes to a template, which escapes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from newscrawl.web.context import Room
from newscrawl.web.pages import article, coverage, facets, front, search
from newscrawl.web.request import Answer, Asked

Page = Callable[[Room, Asked], Answer]

PAGES: Sequence[tuple[str, Page]] = (
    (r"/", front.front),
    (r"/search", search.search),
    (r"/search\.(?P<form>csv|jsonl)", search.written),
    (r"/article/(?P<number>[0-9]{1,18})", article.article),
    (r"/article/(?P<number>[0-9]{1,18})/changes", article.changes),
    (r"/author/(?P<name>[^/]+)", facets.author),
    (r"/ticker/(?P<name>[^/]+)", facets.ticker),
    (r"/section/(?P<name>[^/]+)", facets.section),
    (r"/day/(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})", facets.day),
    (r"/day", facets.find_day),
    (r"/coverage", coverage.coverage),
)
"""Patterns of paths as browsers send them, and what is there."""
