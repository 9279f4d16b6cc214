"""What Datasette is told of the archive: what tables and columns hold, how they are sorted, which questions to ask."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from urllib.parse import urlencode

from newscrawl.storage.docs import dictionary
from newscrawl.storage.docs.sample_queries import QUESTIONS, Question

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
"""How tables are shown, where Datasette would not know."""


def describe(database: str) -> dict[str, Any]:
    """Metadata in Datasette's form for an archive that is called `database` in addresses."""
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
    queries = {question.name: _question(question) for question in QUESTIONS}
    hidden = {name: told for name, told in _TABLES.items() if name not in meanings}
    about = "Every table, view and column of the archive, as pages, JSON and CSV; and any question in SQL."
    return {
        "title": "The Reading Room",
        "databases": {database: {"description": about, "tables": {**hidden, **tables}, "queries": queries}},
    }


def _question(question: Question) -> dict[str, Any]:
    """A question in Datasette's form, with the parameters under which it has an answer in the sample edition."""
    told = {"title": question.title, "description": question.note, "sql": question.sql}
    return {**told, "params": list(question.parameters), "example": urlencode(question.parameters)}
