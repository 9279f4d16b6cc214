"""JSON Lines: one article per line."""

from __future__ import annotations

from typing import ClassVar

from newscrawl.export.exporter import ExportedArticle, Exporter, encode_json_line


class JsonLinesExporter(Exporter):
    """Each article as ExportedArticle.to_json, in UTF-8."""

    extensions: ClassVar = (".jsonl", ".ndjson")
    is_appendable: ClassVar = True

    def write(self, entry: ExportedArticle) -> None:
        self.file.write(encode_json_line(entry.to_json()))
