"""ninjs 3.1, the IPTC's news in JSON: one object per line.

Fields that the standard lacks (layout, sources, precision of times) are left out, and nothing is invented:
organisations have symbols but no names, and there are no media topics, because publishers give neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from newscrawl.article import Article, Contact, Image
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
    """Return the article as a ninjs object, without empty fields."""
    article = entry.article
    published = format_iso(article.published_at)
    fields = {
        "uri": make_identifier(entry.url),
        "standard": _STANDARD,
        "type": "text",
        "representationType": "full" if article.access == "full" else "partial",
        "version": str(entry.revision) if entry.revision else None,
        "firstCreated": published,
        "versionCreated": format_iso(article.updated_at) or published,
        "contentCreated": published,
        "pubStatus": "usable",
        "language": article.language,
        "headlines": [_text(article.headline, "main")],
        "descriptions": _descriptions(article),
        "bodies": list(_bodies(article)),
        "edNote": article.correction,
        "by": ", ".join(article.byline),
        "located": article.dateline.place if article.dateline else None,
        "people": _people(article),
        "organisations": [{"rel": "mentions", "symbols": [_symbol(ticker)]} for ticker in article.tickers],
        "places": _places(article),
        "subjects": _subjects(article),
        "infoSources": _info_sources(article),
        "associations": [_association(entry, number, image) for number, image in enumerate(article.images, 1)],
        "altIds": _alternative_ids(entry),
    }
    return _drop_empty(fields)


def _drop_empty(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def _text(value: str, role: str) -> dict[str, str]:
    return {"role": role, "contentType": "text/plain", "value": value}


def _descriptions(article: Article) -> list[dict[str, str]]:
    summary = [_text(article.dek, "summary")] if article.dek else []
    return summary + [_text(bullet, "abstract") for bullet in article.abstract]


def _bodies(article: Article) -> Iterator[dict[str, Any]]:
    text = article.body_text
    if text:
        size = {"charCount": len(text), "wordCount": len(text.split())}
        yield {"role": "main", "contentType": "text/plain", **size, "value": text}
        yield {"role": "main", "contentType": "text/html", "value": render_article(article)}


def _people(article: Article) -> list[dict[str, Any]]:
    """List everyone named in the byline, the assistance lines and the contacts."""
    people = [{"name": name, "rel": "author"} for name in article.byline]
    people += [{"name": name, "rel": "assistance"} for name in article.assistance]
    return people + [
        _drop_empty({"name": contact.name, "rel": contact.role, "contactInfo": list(_contact_info(contact))})
        for contact in article.contacts
    ]


def _contact_info(contact: Contact) -> Iterator[dict[str, Any]]:
    if contact.email:
        yield {"type": "email", "value": contact.email}
    if contact.place:
        yield {"type": "address", "address": {"locality": contact.place}}


def _symbol(ticker: str) -> dict[str, str]:
    symbol, _, exchange = ticker.partition(":")
    return _drop_empty({"symbol": symbol, "exchange": exchange})


def _places(article: Article) -> list[dict[str, str]]:
    place = article.dateline.place if article.dateline else None
    return [{"name": place, "rel": "dateline"}] if place else []


def _subjects(article: Article) -> list[dict[str, str]]:
    section = [{"name": article.section, "rel": "section"}] if article.section else []
    return section + [{"name": topic, "rel": "topic"} for topic in article.topics]


def _info_sources(article: Article) -> list[dict[str, str]]:
    agency = article.dateline.agency if article.dateline else None
    return [{"name": article.publisher, "role": "publisher"}, *([{"name": agency, "role": "agency"}] if agency else [])]


def _association(entry: ExportedArticle, number: int, image: Image) -> dict[str, Any]:
    """Describe a picture; one without a URL is identified by the article and its number."""
    url = safe_link(image.url)
    return _drop_empty(
        {
            "name": f"picture {number}",
            "rel": "picture",
            "uri": url or f"{make_identifier(entry.url).partition('#')[0]}#picture-{number}",
            "type": "picture",
            "descriptions": [_text(image.caption, "caption")] if image.caption else [],
            "by": image.credit,
            "renditions": [{"name": "original", "href": url}] if url else [],
        }
    )


def _alternative_ids(entry: ExportedArticle) -> list[dict[str, str]]:
    ids = {"publisher": entry.article.post_id, "fetched": entry.article.url, "newscrawl": entry.id}
    return [{"role": role, "value": str(value)} for role, value in ids.items() if value]
