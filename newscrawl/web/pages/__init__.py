"""The pages: a page is a function of the context and a request.

Pages run in their own threads, and read through the Store; templates escape what they show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from newscrawl.web.context import Context
from newscrawl.web.pages import article, coverage, facets, feeds, front, search
from newscrawl.web.request import PageRequest, PageResponse

Page = Callable[[Context, PageRequest], PageResponse]

PAGES: Sequence[tuple[str, Page]] = (
    (r"/", front.show_front),
    (r"/search", search.show_search),
    (r"/search\.(?P<format>csv|jsonl)", search.write_document),
    (r"/search\.(?P<format>rss|json)", feeds.write_feed),
    (r"/article/(?P<number>[0-9]{1,18})", article.show_article),
    (r"/article/(?P<number>[0-9]{1,18})/changes", article.show_changes),
    (r"/author/(?P<name>[^/]+)", partial(facets.show_facet, kind="author")),
    (r"/ticker/(?P<name>[^/]+)", partial(facets.show_facet, kind="ticker")),
    (r"/section/(?P<name>[^/]+)", partial(facets.show_facet, kind="section")),
    (r"/publisher/(?P<name>[^/]+)", partial(facets.show_facet, kind="publisher")),
    (r"/day/(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})", facets.show_day),
    (r"/day", facets.redirect_to_day),
    (r"/coverage", coverage.show_coverage),
)
"""Patterns of escaped paths, and their pages."""
