"""Parquet: typed columns, for notebooks and warehouses."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from importlib.util import find_spec
from typing import Any, ClassVar

from newscrawl.article import Article
from newscrawl.errors import ExportError
from newscrawl.export.exporter import ARCHIVE_FIELDS, ExportedArticle, Exporter

_GROUP_SIZE = 32 * 2**20  # characters of text after which a row group is written
_GROUP_ROWS = 20_000
_ROW_SIZE = 1000  # approximate characters of an article besides its body


class ParquetExporter(Exporter):
    """One row per article: ARCHIVE_FIELDS and the fields of Article, as lists and structs where they are such.

    `body_text` is the body as one text.
    """

    extensions: ClassVar = (".parquet",)
    is_text: ClassVar = False

    @classmethod
    def require(cls) -> None:
        if find_spec("pyarrow") is None:
            raise ExportError("Parquet needs pyarrow: pip install 'newscrawl[parquet]', or make extras in a checkout")

    def begin(self) -> None:
        from pyarrow.parquet import ParquetWriter  # noqa: PLC0415 - an extra, and 0.2 s

        self._rows: list[dict[str, Any]] = []
        self._size = 0
        self._writer = ParquetWriter(self.file, _schema(), compression="zstd")

    def write(self, entry: ExportedArticle) -> None:
        row = {name: getattr(entry, name) for name in ARCHIVE_FIELDS}
        row |= {field.name: _to_arrow(getattr(entry.article, field.name)) for field in fields(Article)}
        body_text = entry.article.body_text
        sources = [{"field": name, "place": place} for name, place in entry.article.sources.items()]
        self._rows.append({**row, "sources": sources, "body_text": body_text})
        self._size += _ROW_SIZE + len(body_text)
        if self._size >= _GROUP_SIZE or len(self._rows) >= _GROUP_ROWS:
            self._flush()

    def end(self) -> None:
        if self._rows:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        from pyarrow import Table  # noqa: PLC0415 - as above

        self._writer.write_table(Table.from_pylist(self._rows, schema=_schema()), row_group_size=len(self._rows))
        self._rows, self._size = [], 0


def _to_arrow(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_to_arrow(part) for part in value]
    if names := getattr(value, "__dataclass_fields__", None):
        return {name: getattr(value, name) for name in names}
    return value


@cache
def _schema() -> Any:
    import pyarrow as pa  # noqa: PLC0415 - as above

    text, texts, time = pa.string(), pa.list_(pa.string()), pa.timestamp("us", tz="UTC")

    def struct(*names: str) -> Any:
        return pa.struct([(name, text) for name in names])

    columns = {
        "id": pa.int64(),
        "revision": pa.int32(),
        **dict.fromkeys(("first_seen_at", "last_seen_at"), time),
        **{field.name: text for field in fields(Article)},
        **dict.fromkeys(("published_at", "updated_at", "fetched_at"), time),
        **dict.fromkeys(("byline", "topics", "tickers", "abstract", "assistance"), texts),
        "dateline": struct("place", "date_text", "agency"),
        "body": pa.list_(struct("kind", "text", "url")),
        "images": pa.list_(struct("url", "caption", "credit")),
        "contacts": pa.list_(struct("role", "name", "place", "email")),
        "sources": pa.list_(struct("field", "place")),  # Hugging Face's datasets has no maps
        "complete": pa.bool_(),
        "confidence": pa.float64(),
        "body_text": text,
    }
    return pa.schema(list(columns.items()))
