"""ninjs 3.1, the IPTC's news in JSON: an object a line.

What the standard has no place for (layout, sources, how a day's time is known) is left out, and nothing is made up:
organisations have symbols and no names, and there are no media topics, as the publisher gives neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from newscrawl.article import Article, Contact, Image
from newscrawl.export.formats._exporter import Entry, Exporter, json_line, stamp
from newscrawl.export.formats._html import story
from newscrawl.export.formats._uri import identifier, link

_STANDARD: Mapping[str, str] = {
    "name": "ninjs",
    "version": "3.1",
    "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#",
}


class Ninjs(Exporter):
    """A news object a line; every one is valid by the standard's JSON Schema."""

    extensions: ClassVar = (".ninjs", ".ninjs.jsonl")
    may_be_added_to: ClassVar = True

    def write(self, entry: Entry) -> None:
        """A line."""
        self.file.write(json_line(news_object(entry)))


def news_object(entry: Entry) -> dict[str, Any]:
    """The article as a ninjs object. Absent is left out."""
    article = entry.article
    published = stamp(article.published_at)
    told = {
        "uri": identifier(entry.url),
        "standard": _STANDARD,
        "type": "text",
        "representationType": "full" if article.access == "full" else "partial",
        "version": str(entry.revision) if entry.revision else None,
        "firstCreated": published,
        "versionCreated": stamp(article.updated_at) or published,
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
        "associations": [_association(entry, at, image) for at, image in enumerate(article.images, 1)],
        "altIds": _alternative_ids(entry),
    }
    return _present(told)


def _present(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value not in (None, "", [])}


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
        yield {"role": "main", "contentType": "text/html", "value": story(article)}


def _people(article: Article) -> list[dict[str, Any]]:
    """Everyone whose name stands in the byline, a line of assistance or one of contacts."""
    people = [{"name": name, "rel": "author"} for name in article.byline]
    people += [{"name": name, "rel": "assistance"} for name in article.assistance]
    return people + [
        _present({"name": contact.name, "rel": contact.role, "contactInfo": list(_contact_info(contact))})
        for contact in article.contacts
    ]


def _contact_info(contact: Contact) -> Iterator[dict[str, Any]]:
    if contact.email:
        yield {"type": "email", "value": contact.email}
    if contact.place:
        yield {"type": "address", "address": {"locality": contact.place}}


def _symbol(ticker: str) -> dict[str, str]:
    symbol, _, exchange = ticker.partition(":")
    return _present({"symbol": symbol, "exchange": exchange})


def _places(article: Article) -> list[dict[str, str]]:
    place = article.dateline.place if article.dateline else None
    return [{"name": place, "rel": "dateline"}] if place else []


def _subjects(article: Article) -> list[dict[str, str]]:
    section = [{"name": article.section, "rel": "section"}] if article.section else []
    return section + [{"name": topic, "rel": "topic"} for topic in article.topics]


def _info_sources(article: Article) -> list[dict[str, str]]:
    agency = article.dateline.agency if article.dateline else None
    return [{"name": article.publisher, "role": "publisher"}, *([{"name": agency, "role": "agency"}] if agency else [])]


def _association(entry: Entry, at: int, image: Image) -> dict[str, Any]:
    """A picture. One whose address is not known is named by the article and its place in it."""
    address = link(image.url)
    return _present(
        {
            "name": f"picture {at}",
            "rel": "picture",
            "uri": address or f"{identifier(entry.url).partition('#')[0]}#picture-{at}",
            "type": "picture",
            "descriptions": [_text(image.caption, "caption")] if image.caption else [],
            "by": image.credit,
            "renditions": [{"name": "original", "href": address}] if address else [],
        }
    )


def _alternative_ids(entry: Entry) -> list[dict[str, str]]:
    ids = {"publisher": entry.article.post_id, "fetched": entry.article.url, "newscrawl": entry.id}
    return [{"role": role, "value": str(value)} for role, value in ids.items() if value]
