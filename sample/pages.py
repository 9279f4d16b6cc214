"""Renditions as the HTML, or text, of their era."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from sample.markup import HtmlBlock, html_blocks
from sample.story import HOST, PUBLISHER, Rendition

NEW_YORK = ZoneInfo("America/New_York")
_TEMPLATES = {"text": "text.txt.j2", "d3": "d2.html.j2"}
"""Layouts whose template has another name than theirs."""
_CONTENT_TYPES = {
    "text": "text/plain; charset=utf-8",
    "a": "text/html",
    "bw2010": "text/html",
    "bw2011": "text/html; charset=windows-1252",
}
"""Old servers sent no charset, or a small one; all others UTF-8."""
_RELATED = 5


def render(story: Rendition, others: Sequence[Rendition]) -> tuple[str, bytes]:
    """Content type and body of a rendition's page; `others` fill its lists of related stories."""
    content_type = _CONTENT_TYPES.get(story.layout, "text/html; charset=utf-8")
    template = _environment().get_template(_TEMPLATES.get(story.layout, f"{story.layout}.html.j2"))
    text = template.render(_context(story, others))
    return content_type, text.encode("cp1252" if "1252" in content_type else "utf-8")


def page(template: str, **context: Any) -> bytes:
    """A page that is no rendition: a front page, a list, a challenge."""
    return _environment().get_template(template).render(context).encode()


def iso(moment: datetime) -> str:
    """UTC with milliseconds, as Bloomberg's own times have them; the milliseconds are made of the minute."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{(moment.minute * 37 + 11) % 1000:03}Z"


def printed(moment: datetime, separator: str) -> str:
    """As a reader in New York sees it: "November 12, 2015 — 7:01 PM EST"."""
    local = moment.astimezone(NEW_YORK)
    clock = f"{local.hour % 12 or 12}:{local:%M %p %Z}"
    return f"{local:%B} {local.day}, {local.year}{separator}{clock}"


def hashed(name: str) -> str:
    """Eight digits as a build puts behind a class name."""
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def names(people: Sequence[str]) -> str:
    """As a reader lists people: "A, B, and C"."""
    if len(people) < 3:
        return " and ".join(people)
    return ", ".join(people[:-1]) + f", and {people[-1]}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=select_autoescape(("html.j2", "xml.j2", "rss.j2"), default_for_string=False),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"printed": printed, "iso": iso, "names": names, "rfc822": rfc822}
    environment.globals |= {"hashed": hashed}
    return environment


def rfc822(moment: datetime) -> str:
    """As a feed has it: "Wed, 06 May 2026 06:00:00 GMT"."""
    return moment.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")


def _context(story: Rendition, others: Sequence[Rendition]) -> dict[str, Any]:
    blocks = html_blocks(story.blocks, story.layout)
    eastern = story.moment.astimezone(NEW_YORK)
    second = next((other for other in others if other.layout == story.layout == "c" and not other.dateline), None)
    return {
        "s": story,
        "blocks": blocks,
        "parts": _parts(blocks),
        "hidden_html": _paragraphs(html_blocks(story.blocks + story.hidden_blocks, story.layout)),
        "first": story.blocks[0].text,
        "related": _related(story, others),
        "second": second,
        "second_blocks": html_blocks(second.blocks, second.layout) if second else [],
        "iso": iso(story.moment),
        "updated_iso": iso(story.updated) if story.updated else "",
        "millis": int(story.moment.timestamp()) * 1000,
        "eastern": eastern,
        "wall_time": f"{eastern:%I:%M:%S}" if story.layout == "bw2010" else f"{eastern:%H:%M:%S}",
        "sid": "".join(parse_qs(urlsplit(story.address).query).get("sid", [f"a{hashed(story.name)}X.w"])),
        "clock": lambda hours: story.captured.astimezone(NEW_YORK).strftime(f"%b %d {(8 + hours) % 24:02}:55"),
        "reporters": [contact for contact in story.contacts if contact.role == "reporter"],
        "editors": [contact for contact in story.contacts if contact.role == "editor"],
        "wrap": story.headline.endswith("Markets Wrap"),
        "brands": [slug for slug in ((story.section or "").lower(), story.extra.get("franchise")) if slug],
        "news_article": _news_article(story),
        "organisation": _organisation(),
    }


def _related(story: Rendition, others: Sequence[Rendition]) -> list[Rendition]:
    """Stories of about the same time, never the decoy, one capture of each."""
    known = {other.name: other for other in others if other.name != story.name and not other.decoy}
    return sorted(known.values(), key=lambda other: abs(other.moment - story.moment))[:_RELATED]


def _parts(blocks: Sequence[HtmlBlock]) -> list[Sequence[HtmlBlock]]:
    """A graphics page sets its text between pictures."""
    return [blocks[:2], blocks[2:6], blocks[6:]]


def _paragraphs(blocks: Sequence[HtmlBlock]) -> str:
    return "".join(f"<p>{block.html}</p>" for block in blocks)


def _news_article(story: Rendition) -> dict[str, Any]:
    return {
        "@context": "http://schema.org",
        "@type": "NewsArticle",
        "author": [{"@type": "Person", "name": name} for name in story.byline],
        "dateCreated": iso(story.moment),
        # Seen in the wild: a story never updated was modified some milliseconds after its publication
        "dateModified": iso(story.updated or story.moment),
        "datePublished": iso(story.moment),
        "description": story.dek or story.blocks[0].text,
        "headline": story.headline,
        "image": [image.url for image in story.images if image.url],
        "mainEntityOfPage": story.url,
        "publisher": {"@type": "Organization", "name": PUBLISHER, "url": f"https://{HOST}"},
        "hasPart": {
            "@type": "WebPageElement",
            "isAccessibleForFree": "False" if story.access == "teaser" or story.layout.startswith("e") else "True",
            "cssSelector": ".paywall",
        },
    }


def _organisation() -> dict[str, Any]:
    return {
        "@context": "http://schema.org",
        "@type": "NewsMediaOrganization",
        "name": PUBLISHER,
        "url": f"https://{HOST}",
        "address": {"@type": "PostalAddress", "addressLocality": "Nowhere", "streetAddress": "1 Example Avenue"},
    }
