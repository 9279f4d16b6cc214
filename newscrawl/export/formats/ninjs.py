"""ninjs 3.1, the IPTC's news in JSON: one object per line.

Fields that the standard lacks (layout, sources, precision of times) are left out, and nothing is invented:
organisations have symbols but no names, and there are no media topics, because publishers give neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from newscrawl.article import Article, Contact, Dateline, Image
from newscrawl.export.article_html import render_article
from newscrawl.export.display import format_iso
from newscrawl.export.exporter import ExportedArticle, Exporter, encode_json_line
from newscrawl.export.links import make_identifier, safe_link

_STANDARD: Mapping[str, str] = {
    "name": "ninjs",
    "version": "3.1",
    "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#",
}


class NinjsExporter(Exporter):
    """One news object per line, valid by the standard's JSON Schema."""

    extensions: ClassVar = (".ninjs", ".ninjs.jsonl")
    is_appendable: ClassVar = True

    def write(self, entry: ExportedArticle) -> None:
        self.file.write(encode_json_line(make_news_object(entry)))


def make_news_object(entry: ExportedArticle) -> dict[str, Any]:
    article = entry.article
    dateline = article.dateline or Dateline()
    published = format_iso(article.published_at)
    ids = {"publisher": article.post_id, "fetched": article.url, "newscrawl": entry.id}
    fields = {
        "uri": make_identifier(entry.url),
        "standard": _STANDARD,
        "type": "text",
        "representationType": "full" if article.access == "full" and article.complete else "partial",
        "version": str(entry.revision) if entry.revision else None,
        "firstCreated": published,
        "versionCreated": format_iso(article.updated_at) or published,
        "contentCreated": published,
        "pubStatus": "usable",
        "language": article.language,
        "headlines": _texts("main", article.headline),
        "descriptions": [*_texts("summary", article.dek), *_texts("abstract", *article.abstract)],
        "bodies": list(_bodies(article)),
        "edNote": article.correction,
        "by": ", ".join(article.byline),
        "located": dateline.place,
        "people": [
            *_names("rel", "author", *article.byline),
            *_names("rel", "assistance", *article.assistance),
            *map(_person, article.contacts),
        ],
        "organisations": [{"rel": "mentions", "symbols": [_symbol(ticker)]} for ticker in article.tickers],
        "places": _names("rel", "dateline", dateline.place),
        "subjects": [*_names("rel", "section", article.section), *_names("rel", "topic", *article.topics)],
        "infoSources": [*_names("role", "publisher", article.publisher), *_names("role", "agency", dateline.agency)],
        "associations": [_picture(entry, number, image) for number, image in enumerate(article.images, 1)],
        "altIds": [{"role": role, "value": str(value)} for role, value in ids.items() if value],
    }
    return _drop_empty(fields)


def _drop_empty(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def _texts(role: str, *texts: str | None) -> list[dict[str, str]]:
    return [{"role": role, "contentType": "text/plain", "value": text} for text in texts if text]


def _names(key: str, label: str, *names: str | None) -> list[dict[str, str]]:
    return [{"name": name, key: label} for name in names if name]


def _bodies(article: Article) -> Iterator[dict[str, Any]]:
    text = article.body_text
    if text:
        size = {"charCount": len(text), "wordCount": len(text.split())}
        yield {"role": "main", "contentType": "text/plain", **size, "value": text}
        yield {"role": "main", "contentType": "text/html", "value": render_article(article)}


def _person(contact: Contact) -> dict[str, Any]:
    info: list[dict[str, Any]] = []
    if contact.email:
        info.append({"type": "email", "value": contact.email})
    if contact.place:
        info.append({"type": "address", "address": {"locality": contact.place}})
    return _drop_empty({"name": contact.name, "rel": contact.role, "contactInfo": info})


def _symbol(ticker: str) -> dict[str, str]:
    symbol, _, exchange = ticker.partition(":")
    return _drop_empty({"symbol": symbol, "exchange": exchange})


def _picture(entry: ExportedArticle, number: int, image: Image) -> dict[str, Any]:
    url = safe_link(image.url)
    return _drop_empty(
        {
            "name": f"picture {number}",
            "rel": "picture",
            # Without a URL, a picture is identified by the article and its number.
            "uri": url or f"{make_identifier(entry.url).partition('#')[0]}#picture-{number}",
            "type": "picture",
            "descriptions": _texts("caption", image.caption),
            "by": image.credit,
            "renditions": [{"name": "original", "href": url}] if url else [],
        }
    )
