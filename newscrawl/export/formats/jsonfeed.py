"""JSON Feed 1.1 (jsonfeed.org)."""

from __future__ import annotations

import json
from typing import Any, ClassVar
from urllib.parse import urlsplit

from newscrawl.export.article_html import render_article
from newscrawl.export.display import format_iso
from newscrawl.export.exporter import ExportedArticle, Exporter, encode_json_line
from newscrawl.export.links import make_identifier, safe_link

_VERSION = "https://jsonfeed.org/version/1.1"


class JsonFeedExporter(Exporter):
    """One item per article, identified by its URL, with its text as HTML; each on a line of its own."""

    extensions: ClassVar = (".jsonfeed",)
    default_limit: ClassVar = 100

    def begin(self) -> None:
        self._is_begun = False

    def write(self, entry: ExportedArticle) -> None:
        if self._is_begun:
            self.file.write(b",\n")
        else:
            self._write_head(entry.article.publisher, entry.url)
        self.file.write(encode_json_line(_make_item(entry)).rstrip(b"\n"))

    def end(self) -> None:
        if not self._is_begun:
            self._write_head("newscrawl", None)
        self.file.write(b"\n]}\n")

    def _write_head(self, publisher: str, url: str | None) -> None:
        self._is_begun = True
        parts = urlsplit(safe_link(url) or "")
        head = {"version": _VERSION, "title": ": ".join(filter(None, (publisher, self.title)))}
        if parts.netloc:
            head["home_page_url"] = f"{parts.scheme}://{parts.netloc}/"
        head["description"] = f"{head['title']}, from the archive of newscrawl"
        self.file.write(json.dumps(head).removesuffix("}").encode() + b', "items": [\n')


def _make_item(entry: ExportedArticle) -> dict[str, Any]:
    article = entry.article
    item = {
        "id": make_identifier(entry.url),
        "url": safe_link(entry.url),
        "title": article.headline,
        "summary": article.dek,
        "content_html": render_article(article),
        "date_published": format_iso(article.published_at),
        "date_modified": format_iso(article.updated_at),
        "authors": [{"name": name} for name in article.byline],
        "tags": list(filter(None, (article.section, *article.topics))),
        "language": article.language,
    }
    return {name: value for name, value in item.items() if value not in (None, [])}
