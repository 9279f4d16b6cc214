"""Datasette's metadata of the archive: meaning and order of tables and columns, and the sample queries."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from urllib.parse import urlencode

from newscrawl.storage.docs import dictionary
from newscrawl.storage.docs.sample_queries import QUESTIONS

_TABLES: dict[str, dict[str, Any]] = {
    "articles": {
        "sort_desc": "published_at",
        "label_column": "headline",
        "facets": ["section", "access"],
        "fts_table": "search_words",
        "fts_pk": "id",
    },
    "authors": {"sort": "name", "label_column": "name"},
    "captures": {"sort_desc": "id"},
    "exports": {"sort_desc": "id"},
    "pages": {"sort_desc": "id", "label_column": "url", "facets": ["state"]},
    "revisions": {"sort_desc": "seen_at"},
    "runs": {"sort_desc": "id", "label_column": "id"},
    "lists": {"label_column": "url", "facets": ["outcome"]},
    "newscrawl_version": {"hidden": True},
}
"""Display options that Datasette cannot derive."""


def make_metadata(database: str) -> dict[str, Any]:
    columns: defaultdict[str, dict[str, str]] = defaultdict(dict)
    meanings = {}
    for row in dictionary.rows():
        if row["column_name"]:
            columns[row["table_name"]][row["column_name"]] = row["meaning"]
        else:
            meanings[row["table_name"]] = row["meaning"]
    tables = {
        name: {"description": meaning, "columns": columns[name], **_TABLES.get(name, {})}
        for name, meaning in meanings.items()
    }
    queries = {
        question.name: {
            "title": question.title,
            "description": question.note,
            "sql": question.sql,
            "params": list(question.parameters),
            "example": urlencode(question.parameters),
        }
        for question in QUESTIONS
    }
    undocumented = {name: options for name, options in _TABLES.items() if name not in meanings}
    about = "All tables and views of the archive, to browse or to download as JSON and CSV, and SQL queries."
    return {
        "title": "News archive",
        "databases": {database: {"description": about, "tables": {**undocumented, **tables}, "queries": queries}},
    }
