"""An example of every column, all of one invented article, and the units of numbers: for the data dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_URL = "https://www.bloomberg.example/news/articles/2024-03-05/night-train-returns"
_OUT = datetime(2024, 3, 5, 6, 30, tzinfo=UTC)
_SEEN = datetime(2024, 3, 5, 6, 41, 9, tzinfo=UTC)
_CHANGED = datetime(2024, 3, 5, 12, 2, 30, tzinfo=UTC)
_LAST = datetime(2024, 3, 8, 6, 41, 12, tzinfo=UTC)
_OPENING = "The first night train in nine years left the harbor on Monday."
_BODY = [{"kind": "paragraph", "text": _OPENING}]
_HEADLINE, _DEK = "Night Train Returns to the Harbor Line", "Sleepers are sold out until May."
_DIGEST = "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
_HASH = "9b74c9897bac770ffc029102a200c5de"
_VERSION = "0.1.0+5f2a9c1e"
_PLACE = {"article_id": 1204, "position": 1}

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "articles": {
        "id": 1204,
        "headline": _HEADLINE,
        "dek": _DEK,
        "description": "After nine years, a sleeper leaves the harbor again. Tickets for March are gone.",
        "published_at": _OUT,
        "published_precision": "minute",
        "updated_at": _CHANGED,
        "section": "Business",
        "access": "full",
        "url": f"{_URL}?srnd=homepage",
        "canonical_url": _URL,
        "publisher": "Bloomberg",
        "post_id": "SA1B2C3D4E5F",
        "language": "en",
        "dateline_place": "Lisbon",
        "dateline_date_text": "March 5",
        "dateline_agency": "Bloomberg",
        "correction": "(Corrects the year of the last train in the first paragraph.)",
        "abstract": ["Sleepers are sold out until May", "Two more lines may follow"],
        "word_count": 12,
        "revision": 2,
        "fetched_at": _CHANGED,
        "changed_at": _CHANGED,
        "layout": "bloomberg_2022",
        "extractor": _VERSION,
        "fingerprint": _HASH,
        "body_text": _OPENING,
        "body": _BODY,
        "sources": {"headline": "dom h1", "published_at": "json-ld datePublished"},
    },
    "article_keys": {"key": "dated:bloomberg.example/2024-03-05/night-train-returns", "article_id": 1204},
    "authors": {"id": 31, "name": "Ana Luísa Figueiredo"},
    "article_authors": {**_PLACE, "role": "byline", "author_id": 31},
    "images": {
        **_PLACE,
        "url": "https://assets.bwbx.example/images/night-train/-1x-1.webp",
        "caption": "The 21:40 on the harbor line.",
        "credit": "Photographer: Rui Brandão/Sample Edition",
    },
    "topics": {**_PLACE, "topic": "Railways"},
    "tickers": {**_PLACE, "ticker": "NTLN:SX"},
    "contacts": {
        **_PLACE,
        "role": "reporter",
        "name": "Ana Luísa Figueiredo",
        "place": "Lisbon",
        "email": "afigueiredo@sample.example",
    },
    "revisions": {
        "article_id": 1204,
        "number": 1,
        "seen_at": _SEEN,
        "seen_until": _SEEN,
        "headline": "Night Train Returns to Harbor",
        "dek": _DEK,
        "correction": "(Corrects the year of the last train in the first paragraph.)",
        "access": "full",
        "body_text": "The first night train in eight years left the harbor on Monday.",
        "body": [{"kind": "paragraph", "text": "The first night train in eight years left the harbor on Monday."}],
    },
    "pages": {
        "id": 5310,
        "url": _URL,
        "url_hash": _HASH,
        "state": "stored",
        "reason": "http_503",
        "status": 200,
        "article_id": 1204,
        "spider": "bloomberg",
        "source": "news_sitemap",
        "attempts": 3,
        "discovered_at": _SEEN,
        "tried_at": _LAST,
        "run_id": 88,
        "failures": 0,
        "due_at": datetime(2024, 3, 15, 6, 30, tzinfo=UTC),
        "etag": 'W/"5d2-18e0"',
        "last_modified": "Tue, 05 Mar 2024 12:02:00 GMT",
        "listed_at": _CHANGED,
        "told": {"headline": _HEADLINE, "source": "news_sitemap"},
    },
    "captures": {
        "id": 9021,
        "page_id": 5310,
        "captured_at": _SEEN,
        "source": "live",
        "kind": "response",
        "status": 200,
        "digest": _DIGEST,
        "file": "2024/bloomberg-20240305T064100Z.warc.gz",
        "file_offset": 48113,
        "file_length": 21960,
        "state": "stored",
        "reason": "video",
        "layout": "bloomberg_2022",
        "extractor": _VERSION,
        "run_id": 88,
    },
    "archive_files": {
        "id": 3,
        "path": "/archive/CC-NEWS-20240305062144-00007.warc.gz",
        "path_hash": _HASH,
        "size": 1073744112,
        "modified_at": datetime(2024, 3, 6, tzinfo=UTC),
        "captures": 214,
        "broken": 0,
        "finished_at": datetime(2024, 4, 1, 9, 12, 44, tzinfo=UTC),
        "run_id": 88,
    },
    "lists": {
        "id": 2,
        "spider": "bloomberg",
        "url": "https://www.bloomberg.example/feeds/news_sitemap.xml",
        "url_hash": _HASH,
        "source": "news_sitemap",
        "index_url": "https://www.bloomberg.example/feeds/sitemap_index.xml",
        "outcome": "read",
        "reason": "http_503",
        "status": 200,
        "etag": 'W/"a1-77"',
        "last_modified": "Tue, 05 Mar 2024 06:35:00 GMT",
        "digest": _HASH,
        "lastmod": datetime(2024, 3, 5, 6, 35, tzinfo=UTC),
        "entries": 120,
        "span_seconds": 172800,
        "asked_at": _SEEN,
        "read_at": _SEEN,
        "checked_at": _SEEN,
        "new_at": _SEEN,
        "due_at": datetime(2024, 3, 5, 7, 11, 9, tzinfo=UTC),
        "interval_seconds": 1800,
        "failures": 0,
        "validators_lie": False,
        "lastmod_lies": False,
        "run_id": 88,
    },
    "runs": {
        "id": 88,
        "spider": "bloomberg",
        "arguments": {"since": "2024-03-01"},
        "started_at": datetime(2024, 3, 5, 6, 40, tzinfo=UTC),
        "ended_at": datetime(2024, 3, 5, 6, 58, 21, tzinfo=UTC),
        "finish_reason": "finished",
        "exit_code": 0,
        "counts": {"outcome/stored": 37, "outcome/updated": 4, "outcome/failed": 1},
        "versions": {"newscrawl": "0.1.0", "python": "3.12.3"},
        "host": "archive-1",
        "pid": 4711,
        "process": "b421aa22-9fae-42dd-86c2-b69ba12ea0a8 867.70",
        "alive_at": datetime(2024, 3, 5, 6, 58, 10, tzinfo=UTC),
        "alone": True,
        "source": "live",
    },
    "exports": {
        "id": 12,
        "target": "/srv/news/articles.jsonl",
        "format": "jsonl",
        "conditions": {"section": "Business"},
        "articles": 37,
        "changed_through": _CHANGED,
        "exported_at": datetime(2024, 3, 5, 7, tzinfo=UTC),
    },
    "article_clusters": {"article_id": 1204, "cluster_id": 1198, "changed_at": _CHANGED, "signer": "rensa1.1"},
    "cluster_marks": {"period": 6595, "mark": -4611700321987442311, "article_id": 1204},
    "cluster_links": {"article_id": 1204, "other_id": 1198, "alike": 412, "shared": 968},
    "data_dictionary": {
        "table_name": "articles",
        "column_name": "word_count",
        "position": 19,
        "meaning": "Words of body_text, parted by white space.",
        "unit": "words",
        "example": "12",
    },
}
"""By table and column, in the type of the column."""

_OF_VIEWS: Mapping[str, Mapping[str, Any]] = {
    "latest": {
        "cluster_id": 1198,
        "byline": "Ana Luísa Figueiredo, Rashid al-Khatib",
        "tickers": "NTLN:SX HALV:SX",
        "url": _URL,
    },
    "clusters": {
        "cluster_id": 1198,
        "articles": 3,
        "first_published_at": _OUT,
        "last_published_at": _CHANGED,
        "headline": _HEADLINE,
    },
    "articles_by_day": {
        "day": "2024-03-05",
        "articles": 186,
        "teasers": 12,
        "headlines": 1,
        "words": 94310,
    },
    "articles_by_author": {
        "author": "Ana Luísa Figueiredo",
        "articles": 64,
        "assisted": 9,
        "first_published_at": datetime(2016, 5, 24, 18, 0, 3, tzinfo=UTC),
        "last_published_at": _OUT,
    },
    "articles_by_section": {
        "articles": 8123,
        "first_published_at": datetime(2010, 8, 12, 22, tzinfo=UTC),
        "last_published_at": _OUT,
    },
    "ticker_mentions": {"ticker": "NTLN:SX", "article_id": 1204, "url": _URL},
    "revisions_readable": {
        "headline_changed": 1,
        "dek_changed": 0,
        "correction_changed": 0,
        "body_changed": 1,
        "url": _URL,
    },
    "pages_by_reason": {"state": "failed", "pages": 5, "last_tried_at": _LAST},
    "pages_due": {"state": "failed", "failures": 2},
    "captures_readable": {"url": _URL, "article_id": 1204},
    "runs_readable": {
        "seconds": 1101,
        "stored": 37,
        "updated": 4,
        "unchanged": 16,
        "refused": 3,
        "failed": 1,
        "blocked": 0,
    },
}
"""Of what a view shows otherwise than the table that it is of."""
_VIEWS_OF = {
    "revisions_readable": "revisions",
    "pages_by_reason": "pages",
    "pages_due": "pages",
    "captures_readable": "captures",
    "runs_readable": "runs",
}
"""The table that a view is of; the others are of articles."""
_UNITS = {
    "word_count": "words",
    "words": "words",
    "size": "bytes",
    "file_offset": "bytes",
    "file_length": "bytes",
    "span_seconds": "seconds",
    "interval_seconds": "seconds",
    "seconds": "seconds",
}


def example(table: str, column: str) -> Any:
    """An example of a column of a table or view, in the column's type. Raises KeyError where there is none."""
    if table in EXAMPLES:
        return EXAMPLES[table][column]
    return {**EXAMPLES[_VIEWS_OF.get(table, "articles")], **_OF_VIEWS[table]}[column]


def unit(column: str) -> str | None:
    """What a number counts, by the name of its column; None where the column says it."""
    return _UNITS.get(column)
