"""JSON Lines: an article a line."""

from __future__ import annotations

from typing import ClassVar

from newscrawl.export.formats._exporter import Entry, Exporter, json_line


class JsonLines(Exporter):
    """Each article as Article.to_json, behind its id, revision, first_seen_at and last_seen_at; UTF-8."""

    extensions: ClassVar = (".jsonl", ".ndjson")
    may_be_added_to: ClassVar = True

    def write(self, entry: Entry) -> None:
        """A line."""
        self.file.write(json_line(entry.to_json()))
