"""The lists that lead to the edition's articles, as they were at a moment, and its pages that are no articles."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from newscrawl.article import Image
from sample.pages import page
from sample.story import HOST, Rendition

OTHERS: dict[str, list[dict[str, Any]]] = tomllib.loads(
    Path(__file__).with_name("others.toml").read_text(encoding="utf-8")
)
_NEWS_DAYS = 3
"""A news sitemap lists the last days only; the protocol says two, publishers round up."""
_FEED_ITEMS = 20
_FRONT_ITEMS = 8
_ARCHIVE_ITEMS = 4
TRACKED = "?srnd=homepage-archive"
"""What the front page adds to the addresses of its archive, to learn who clicks there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a list says about a page."""

    path: str
    headline: str
    published: datetime
    changed: datetime
    host: str = HOST
    dek: str = ""
    byline: tuple[str, ...] = ()
    tickers: tuple[str, ...] = ()
    image: Image | None = None
    is_article: bool = True

    @property
    def url(self) -> str:
        """Absolute."""
        return f"https://{self.host}{self.path}"


def known_at(moment: datetime, stories: Sequence[Rendition]) -> list[Item]:
    """Everything that the site has at `moment`, the newest first; of a story at one address, its latest version."""
    current: dict[tuple[str, str], Rendition] = {}
    for story in stories:
        if story.captured <= moment:
            current[story.host, story.address] = story
    items = [*map(_story_item, current.values()), *_other_items()]
    return sorted((item for item in items if item.published <= moment), key=lambda item: item.published, reverse=True)


def robots_txt(stories: Iterable[Rendition]) -> bytes:
    """All is allowed but the decoy."""
    decoy = next(story for story in stories if story.decoy)
    return page("robots.txt.j2", host=HOST, refused=decoy.address.rpartition("-do-")[0])


def feed(moment: datetime, items: Sequence[Item]) -> bytes:
    """The newest articles and videos, as RSS."""
    listed = [item for item in items if "/audio/" not in item.path and item.host == HOST]
    return page("news.rss.j2", host=HOST, now=moment, items=listed[:_FEED_ITEMS])


def news_sitemap(moment: datetime, items: Sequence[Item]) -> bytes:
    """What was published in the last days."""
    recent = [item for item in items if item.published >= moment - timedelta(days=_NEWS_DAYS)]
    return page("sitemap.xml.j2", items=recent, news=True)


def sitemap_index(items: Sequence[Item]) -> bytes:
    """The monthly sitemaps, each with the time of its latest change."""
    children = [
        {"url": f"https://{HOST}{path}", "changed": max(item.changed for item in listed)}
        for path, listed in months(items)
    ]
    return page("sitemap_index.xml.j2", children=children)


def months(items: Sequence[Item]) -> Iterator[tuple[str, list[Item]]]:
    """Path and items of each monthly sitemap, the newest first."""
    for (year, month), listed in groupby(items, key=lambda item: (item.published.year, item.published.month)):
        yield f"/sitemaps/news/sitemap_{year}_{month}.xml", list(listed)


def month_sitemap(items: Sequence[Item]) -> bytes:
    """One month's pages."""
    return page("sitemap.xml.j2", items=items, news=False)


def front_page(moment: datetime, items: Sequence[Item], section: str | None = None) -> bytes:
    """The site's front page, or a section's."""
    articles = [item for item in items if item.is_article and item.host == HOST]
    title = f"{section} - Sample Edition" if section else "Sample Edition - News That Did Not Happen"
    return page(
        "front.html.j2",
        host=HOST,
        path=f"/{section.lower()}" if section else "/",
        title=title,
        now=moment,
        items=articles[:_FRONT_ITEMS],
        archive=archive(items),
        tracked=TRACKED,
    )


def archive(items: Iterable[Item]) -> list[Item]:
    """The old articles that the front page recalls."""
    old = (item for item in items if item.is_article and item.path.startswith(("/news/articles/201", "/graphics/")))
    return list(old)[:_ARCHIVE_ITEMS]


def _story_item(story: Rendition) -> Item:
    moved = {other["story"]: other["address"] for other in OTHERS["moved"]}
    return Item(
        path=moved.get(story.name, story.address),
        host=story.host,
        headline=story.headline,
        published=story.moment,
        changed=story.updated or (story.captured if story.chrome > 1 else story.moment),
        dek=story.dek or "",
        byline=story.byline,
        tickers=tuple(":".join(reversed(ticker.split(":"))) for ticker in story.tickers),
        image=next(iter(story.images), None),
    )


def _other_items() -> Iterator[Item]:
    for entry in OTHERS["media"]:
        yield _item(entry, dek=entry["dek"], is_article=False)
    for entry in OTHERS["challenged"]:
        yield _item(entry)
    for entry in OTHERS["gone"]:
        moment = datetime(2019, 3, 29, 9, tzinfo=UTC)
        yield Item(path=entry["address"], headline="Withdrawn", published=moment, changed=moment, is_article=False)
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    yield Item(path="/technology", headline="Technology", published=moment, changed=moment, is_article=False)


def _item(entry: dict[str, Any], **more: Any) -> Item:
    moment = entry["published"]
    return Item(path=entry["address"], headline=entry["headline"], published=moment, changed=moment, **more)
