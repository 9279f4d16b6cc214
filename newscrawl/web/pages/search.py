"""Search: by words and conditions, as a page, as JSON Lines and as CSV."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from typing import get_args

from newscrawl.export import formats, targets
from newscrawl.storage import By, Query, Sort
from newscrawl.web.context import Room
from newscrawl.web.request import Answer, Asked, Shown, Written, midnight

_PAGE = 20
_FURTHEST = 500
"""Pages; who looks further narrows the search."""
_WRITTEN = 1000
"""Articles of a document; `scrapy export` writes all."""
_CONDITIONS = ("section", "author", "ticker", "since", "until")
_SORTS: dict[Sort, str] = {"relevance": "relevance", "newest": "newest first", "oldest": "oldest first"}
_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}
_LONGEST = 12
"""Entries of a list of counts."""

Tally = list[tuple[str, int, str]]
"""Name, number of articles, and the address of those."""


def search(room: Room, asked: Asked) -> Answer:
    """The hits, the best first where words are asked for, and how many there are of each section and year."""
    query, page = _query(asked), min(asked.number("page", 1), _FURTHEST)
    hits = room.store.search(replace(query, limit=_PAGE, offset=(page - 1) * _PAGE))
    total = room.memory.get(("count", query), lambda: room.store.count(query))
    is_more = page * _PAGE < total and page < _FURTHEST
    shown = {
        "asked": asked,
        "glance": room.glance(),
        "hits": hits,
        "total": total,
        "first": (page - 1) * _PAGE + 1,
        "newer": asked.but(page=page - 1 if page > 2 else None) if page > 1 else None,
        "older": asked.but(page=page + 1) if is_more else None,
        "chosen": [(name, asked.text(name), asked.but(**{name: None, "page": None})) for name in _given(asked)],
        "sorts": [(name, says) for name, says in _SORTS.items() if query.words or name != "relevance"],
        "sort": query.sort or ("relevance" if query.words else "newest"),
        "facets": [("Sections", _sections(room, query, asked)), ("Years", _years(room, query, asked))],
    }
    return Shown("search.html", shown)


def written(room: Room, asked: Asked) -> Answer:
    """The first thousand as a document."""
    form, file = asked.named["form"], io.BytesIO()
    exporter = formats.find_format(form)(file)
    exporter.begin()
    for entry in targets.to_exported(room.store.articles(replace(_query(asked), limit=_WRITTEN))):
        exporter.write(entry)
    exporter.end()
    return Written(file.getvalue().decode(), _TYPES[form])


def _query(asked: Asked) -> Query:
    """What q, section, author, ticker, since, until and sort ask for; until is the last day that counts."""
    since, until = asked.day("since"), asked.day("until")
    sort = next((name for name in get_args(Sort) if name == asked.text("sort")), None)
    return Query(
        words=asked.text("q") or None,
        section=asked.text("section") or None,
        author=asked.text("author") or None,
        ticker=asked.text("ticker") or None,
        since=midnight(since) if since else None,
        until=midnight(until, days=1) if until else None,
        sort=sort,
    )


def _given(asked: Asked) -> Iterable[str]:
    return (name for name in _CONDITIONS if asked.text(name))


def _sections(room: Room, query: Query, asked: Asked) -> Tally:
    if query.section:
        return []
    found = _counts(room, query, "section")
    return [(name, number, asked.but(section=name, page=None)) for name, number in found[:_LONGEST]]


def _years(room: Room, query: Query, asked: Asked) -> Tally:
    found = _counts(room, query, "year")
    if len(found) < 2:
        return []
    newest_first = reversed(found[-2 * _LONGEST :])
    return [(name, number, asked.but(**_year(name), page=None)) for name, number in newest_first]


def _year(year: str) -> dict[str, str]:
    return {"since": f"{year}-01-01", "until": f"{year}-12-31"}


def _counts(room: Room, query: Query, by: By) -> list[tuple[str, int]]:
    found = room.memory.get((by, replace(query, sort=None)), lambda: room.store.count_by(query, by))
    return [(count.name, count.articles) for count in found if count.name is not None]
