"""The feed of a search, as RSS and as JSON Feed."""

from __future__ import annotations

import io
from dataclasses import replace

from newscrawl.export import formats, targets
from newscrawl.web.context import Context
from newscrawl.web.pages.search import CONDITIONS, parse_query
from newscrawl.web.request import Document, PageRequest, PageResponse

_FORMATS = {
    "rss": ("rss", "application/rss+xml; charset=utf-8"),
    "json": ("jsonfeed", "application/feed+json; charset=utf-8"),
}


def write_feed(context: Context, request: PageRequest) -> PageResponse:
    """Write the newest hundred articles of a search, whatever its order."""
    format_name, content_type = _FORMATS[request.captured["format"]]
    exporter_class, file = formats.find_format(format_name), io.BytesIO()
    query = replace(parse_query(request), sort="newest", limit=exporter_class.default_limit)
    # The newest change of all articles is read before these: what changes meanwhile is newer.
    modified_at = context.store.selection(replace(query, limit=1)).changed_through
    exporter = exporter_class(file, _describe(request))
    exporter.begin()
    for entry in targets.to_exported(context.store.articles_of(context.store.ids(query), lambda error: None)):
        exporter.write(entry)
    exporter.end()
    return Document(file.getvalue().decode(), content_type, modified_at=modified_at)


def _describe(request: PageRequest) -> str | None:
    words = request.get_text("q")
    given = [f"{name} {text}" for name in CONDITIONS if (text := request.get_text(name))]
    return ", ".join(filter(None, (words, *given))) or None
