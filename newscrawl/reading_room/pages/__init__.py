"""The pages of the reading room: one module a kind of page. A page is a function of what the reader asks for.

Pages read through the Store, in a thread of their own; whatever they find goes to a template, which escapes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from newscrawl.reading_room.asking import Answer, Asked
from newscrawl.reading_room.pages import article, coverage, front, searching, shelves
from newscrawl.reading_room.room import Room

Page = Callable[[Room, Asked], Answer]

PAGES: Sequence[tuple[str, Page]] = (
    (r"/", front.front),
    (r"/search", searching.search),
    (r"/search\.(?P<form>csv|jsonl)", searching.written),
    (r"/article/(?P<number>[0-9]{1,18})", article.article),
    (r"/article/(?P<number>[0-9]{1,18})/changes", article.changes),
    (r"/author/(?P<name>[^/]+)", shelves.author),
    (r"/ticker/(?P<name>[^/]+)", shelves.ticker),
    (r"/section/(?P<name>[^/]+)", shelves.section),
    (r"/day/(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})", shelves.day),
    (r"/day", shelves.find_day),
    (r"/coverage", coverage.coverage),
)
"""Patterns of paths as browsers send them, and what is there."""
