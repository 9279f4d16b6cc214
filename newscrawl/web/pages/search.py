"""Search by words and conditions, as a page, as JSON Lines and as CSV."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, get_args

from newscrawl.date_range import read_since, read_until
from newscrawl.export import formats, targets
from newscrawl.storage import By, Query, Sort
from newscrawl.web.context import Context
from newscrawl.web.request import Document, PageRequest, PageResponse, TemplatePage

_PAGE = 20
_MAX_PAGES = 500
_MAX_DOCUMENT = 1000  # articles of a document; `scrapy export` writes all
CONDITIONS = ("publisher", "section", "author", "ticker", "since", "until")
_SORTS: dict[Sort, str] = {"relevance": "relevance", "newest": "newest first", "oldest": "oldest first"}
_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}
_MAX_COUNTS = 12

FacetCounts = Sequence[tuple[str, int, str]]  # name, number of articles, and the URL of these articles


def show_search(context: Context, request: PageRequest) -> PageResponse:
    query, page = parse_query(request), min(request.get_number("page", 1), _MAX_PAGES)
    hits = context.store.search(replace(query, limit=_PAGE, offset=(page - 1) * _PAGE))
    total = context.cache.get(("count", query), lambda: context.store.count(query))
    rejected = _list_rejected(request)
    given = {name: text for name in CONDITIONS if (text := request.get_text(name)) and name not in rejected}
    variables = {
        "page_request": request,
        "summary": context.summarize(),
        "hits": hits,
        "total": total,
        "first": (page - 1) * _PAGE + 1,
        **request.link_pages(page, has_next=page * _PAGE < total and page < _MAX_PAGES),
        "rejected": rejected.values(),
        "chosen": [(name, text, request.replace_args(**{name: None, "page": None})) for name, text in given.items()],
        "sorts": [(name, label) for name, label in _SORTS.items() if query.words or name != "relevance"],
        "sort": query.sort or ("relevance" if query.words else "newest"),
        "facets": [
            ("Publishers", _count_names(context, query, request, "publisher")),
            ("Sections", _count_names(context, query, request, "section")),
            ("Years", _count_years(context, query, request)),
        ],
    }
    return TemplatePage("search.html", variables)


def write_document(context: Context, request: PageRequest) -> PageResponse:
    format_name, file = request.captured["format"], io.BytesIO()
    exporter = formats.find_format(format_name)(file)
    exporter.begin()
    for entry in targets.to_exported(context.store.articles(replace(parse_query(request), limit=_MAX_DOCUMENT))):
        exporter.write(entry)
    exporter.end()
    return Document(file.getvalue().decode(), _TYPES[format_name])


def parse_query(request: PageRequest) -> Query:
    """Parse q, publisher, section, author, ticker, since, until (inclusive) and sort."""
    sort = next((name for name in get_args(Sort) if name == request.get_text("sort")), None)
    return Query(
        words=request.get_text("q") or None,
        publisher=request.get_text("publisher") or None,
        section=request.get_text("section") or None,
        author=request.get_text("author") or None,
        ticker=request.get_text("ticker") or None,
        since=request.get_time("since", read_since),
        until=request.get_time("until", read_until),
        sort=sort,
    )


def _list_rejected(request: PageRequest) -> dict[str, tuple[str, str]]:
    """Return the conditions whose dates cannot be read: the label of each, and what is valid."""
    rejected = {}
    for name, label, read in (("since", "From", read_since), ("until", "To", read_until)):
        text = request.get_text(name)
        if text and request.get_time(name, read) is None:
            rejected[name] = label, f"{text} is no date, and was ignored; write 2013, 2013-05, 2013-05-27 or 7d"
    return rejected


def _count_names(
    context: Context, query: Query, request: PageRequest, kind: Literal["publisher", "section"]
) -> FacetCounts:
    """Count by publisher or section, unless the query has only one."""
    summary = context.summarize()
    if getattr(query, kind) or (kind == "publisher" and len(summary.publishers) < 2):
        return ()
    counts = [(summary.choose_spelling(kind, name), n) for name, n in _count_by(context, query, kind)[:_MAX_COUNTS]]
    return [(name, number, request.replace_args(**{kind: name, "page": None})) for name, number in counts]


def _count_years(context: Context, query: Query, request: PageRequest) -> FacetCounts:
    counts = _count_by(context, query, "year")
    if len(counts) < 2:
        return ()
    return [
        (year, number, request.replace_args(since=year, until=year, page=None))
        for year, number in reversed(counts[-2 * _MAX_COUNTS :])
    ]


def _count_by(context: Context, query: Query, by: By) -> list[tuple[str, int]]:
    counts = context.cache.get((by, replace(query, sort=None)), lambda: context.store.count_by(query, by))
    return [(count.name, count.articles) for count in counts if count.name is not None]
