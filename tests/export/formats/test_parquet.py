"""Parquet, read back by pyarrow."""

from __future__ import annotations

from dataclasses import fields, replace
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newscrawl.article import Article, Block, Contact, Dateline, Image
from newscrawl.errors import ExportError
from newscrawl.export.exporter import ExportedArticle
from newscrawl.export.formats import parquet
from tests.export.formats.entries import ENTRIES, ENTRY, exported

pq = pytest.importorskip("pyarrow.parquet", reason="no pyarrow: make extras, or pip install -r requirements-extras.txt")


def entry(row: dict[str, Any]) -> ExportedArticle:
    """The row as what it was written from."""
    values = {field.name: row[field.name] for field in fields(Article)}
    values |= {name: tuple(values[name]) for name in ("byline", "topics", "tickers", "abstract", "assistance")}
    for name, kind in (("body", Block), ("images", Image), ("contacts", Contact)):
        values[name] = tuple(kind(**part) for part in values[name])
    values |= {
        "dateline": Dateline(**values["dateline"]) if values["dateline"] else None,
        "sources": {source["field"]: source["place"] for source in values["sources"]},
    }
    known = {name: row[name] for name in ("id", "revision", "first_seen_at", "last_seen_at")}
    return ExportedArticle(article=Article(**values), **known)


@given(st.lists(ENTRIES, max_size=3))
@settings(max_examples=30)
def test_articles_read_back_are_those_written(entries: list[ExportedArticle]) -> None:
    table = pq.read_table(BytesIO(exported("parquet", entries)))
    assert [entry(row) for row in table.to_pylist()] == entries
    assert table.column("body_text").to_pylist() == [one.article.body_text for one in entries]


def test_the_types() -> None:
    schema = pq.read_schema(BytesIO(exported("parquet", [ENTRY])))
    types = {field.name: str(field.type) for field in schema}
    assert types["id"] == "int64"
    assert types["published_at"] == types["first_seen_at"] == "timestamp[us, tz=UTC]"
    assert types["byline"] == "list<element: string>"
    assert types["body"] == "list<element: struct<kind: string, text: string, url: string>>"
    assert types["dateline"] == "struct<place: string, date_text: string, agency: string>"
    assert types["sources"] == "list<element: struct<field: string, place: string>>"
    assert not any(name.startswith("map") for name in types.values()), "datasets cannot load maps"


def test_row_groups_are_bounded() -> None:
    half = "x" * (parquet._GROUP_SIZE // 2)
    large = replace(ENTRY.article, body=(Block(kind="paragraph", text=half),))
    file = pq.ParquetFile(BytesIO(exported("parquet", [replace(ENTRY, article=large)] * 5)))
    assert [file.metadata.row_group(at).num_rows for at in range(file.metadata.num_row_groups)] == [2, 2, 1]
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


def test_without_pyarrow_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "find_spec", lambda name: None)
    with pytest.raises(ExportError, match="make extras"):
        parquet.ParquetExporter.require()
