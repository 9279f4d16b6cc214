"""The pages and lists of the simulated publisher, as bytes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape

from tests.simulation.story import Story, Version

_SHOWN_MONTHS = 3
"""Older months that the index of sitemaps names, besides those that are lived."""


def page(base: str, story: Story, version: Version, *, redesigned: bool, chrome: str) -> bytes:
    """A page of an article in the shape of 2018, or redesigned in the shape of 2023; `chrome` is no part of it."""
    body = _body_2023(story, version) if redesigned else _body_2018(story, version)
    updated = f'"dateModified":"{_iso(version.at)}",' if version.at > story.published else ""
    return f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(version.headline)}</title>
<link rel="canonical" href="{base}{story.path}"><meta property="og:site_name" content="Tern Post">
<meta name="owner" content="Bloomberg L.P.">
<meta name="parsely-section" content="{story.section}"><meta name="parsely-post-id" content="TERN{story.number:06}">
<script type="application/ld+json">{{"@context":"http://schema.org","@type":"NewsArticle",{updated}
"datePublished":"{_iso(story.published)}"}}</script></head><body>{body}
<footer><ul>{chrome}</ul></footer></body></html>""".encode()


def _body_2018(story: Story, version: Version) -> str:
    text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in _printed(version))
    return f"""<main><div class="lede-text-v2"><h1 class="lede-text-v2__hed">{escape(version.headline)}</h1>
<address class="lede-text-v2__byline">By <a class="author-v2__byline" href="/authors/1">Ada Okafor</a></address>
<div class="lede-text-v2__times"><time itemprop="datePublished" datetime="{_iso(story.published)}">x</time></div></div>
<div class="body-copy-v2">{text}</div></main>"""


def _body_2023(story: Story, version: Version) -> str:
    text = "".join(
        f'<p class="media-ui-Paragraph_text-x paywall" data-component="paragraph">{escape(paragraph)}</p>'
        for paragraph in _printed(version)
    )
    return f"""<main><article><h1 class="media-ui-HedAndDek_headline-x">{escape(version.headline)}</h1>
<div class="media-ui-Byline_bylineAuthors-x">By <a href="/authors/1" rel="author">Ada Okafor</a></div>
<div class="media-ui-Timestamp_x"><time datetime="{_iso(story.published)}">x</time></div>
<div class="body-content">{text}</div></article></main>"""


def _printed(version: Version) -> tuple[str, ...]:
    return (*version.paragraphs, *((version.correction,) if version.correction else ()))


def chrome(day: int, size: int) -> str:
    """What else a page has on a day: `size` characters, about, of links to other pages."""
    item = (
        '<li class="navi__item"><a class="navi__link" href="/section/{0}">Most read on day {1}, number {0}</a></li>\n'
    )
    return "".join(item.format(number, day) for number in range(size // len(item)))


def feed(base: str, stories: Iterable[Story], moment: datetime) -> bytes:
    """A feed, with addresses as campaigns decorate them."""
    items = "".join(
        f"<item><title>{escape(story.version(moment).headline)}</title>"
        f"<link>{base}{story.other_path if story.second_address else story.path}?utm_source=feed</link>"
        f"<pubDate>{format_datetime(story.published)}</pubDate></item>"
        for story in stories
    )
    return _xml(f'<rss version="2.0"><channel><title>Tern Post</title>{items}</channel></rss>')


def news_sitemap(base: str, stories: Iterable[Story], moment: datetime) -> bytes:
    """A news sitemap, with titles and times of publication."""
    entries = "".join(
        f"<url><loc>{base}{story.path}</loc><lastmod>{_iso(story.version(moment).at)}</lastmod>"
        f"<news:news><news:publication_date>{_iso(story.published)}</news:publication_date>"
        f"<news:title>{escape(story.version(moment).headline)}</news:title></news:news></url>"
        for story in stories
    )
    return _urlset(entries)


def month_sitemap(base: str, stories: Iterable[Story], moment: datetime) -> bytes:
    """A month's sitemap: addresses, and when each page last changed."""
    return _urlset(
        "".join(
            f"<url><loc>{base}{story.path}</loc><lastmod>{_iso(story.version(moment).at)}</lastmod></url>"
            for story in stories
        )
    )


def sitemap_index(base: str, folder: str, months: Iterable[tuple[datetime, datetime]]) -> bytes:
    """An index of monthly sitemaps (first moment of the month, lastmod), and of months before them."""
    lived = list(months)
    before = [lived[-1][0]]
    for _ in range(_SHOWN_MONTHS):
        before.append((before[-1] - timedelta(days=1)).replace(day=1))
    entries = "".join(
        f"<sitemap><loc>{base}{folder}{first.year}-{first.month}.xml</loc><lastmod>{_iso(lastmod)}</lastmod></sitemap>"
        for first, lastmod in [*lived, *((first, first + timedelta(days=32)) for first in before[1:])]
    )
    return _xml(f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>')


def front_page(stories: Iterable[Story], moment: datetime) -> bytes:
    """A front page: the newest articles, and links that lead to none."""
    links = "".join(
        f'<article><a href="{story.path}?utm_source=homepage">{escape(story.version(moment).headline)}</a></article>'
        for story in stories
    )
    others = '<a href="/markets">Markets</a><a href="/quote/FRY:LN">Ferry Lines</a>'
    return f"<!DOCTYPE html><html><title>Tern Post</title><body>{others}{links}</body></html>".encode()


def _urlset(entries: str) -> bytes:
    names = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    names += 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return _xml(f"<urlset {names}>{entries}</urlset>")


def _xml(text: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
