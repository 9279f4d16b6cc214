"""Makes an article from a list entry, for pages that cannot be fetched."""

from __future__ import annotations

from datetime import datetime

from newscrawl.article import Article, Image, Link
from newscrawl.extract.fields.tickers import normalize
from newscrawl.publisher import GENERAL, UrlRules
from newscrawl.urls import normalize_url

LAYOUT = "listed"
"""The layout of such an article."""
_FIELDS = ("headline", "dek", "byline", "published_at", "updated_at", "tickers")


def make_article(link: Link, title: str, seen_at: datetime, rules: UrlRules = GENERAL.url_rules) -> Article | None:
    """Make a headline-only article (access "blocked", no body); None if the entry has no headline.

    `seen_at` is when the list was read. A page that is fetched later completes the article.
    """
    if not link.headline:
        return None
    picture = Image(caption=link.caption, credit=link.credit)
    values = {name: value for name in _FIELDS if (value := getattr(link, name))}
    values["tickers"] = tuple(dict.fromkeys(ticker for raw in link.tickers if (ticker := normalize(raw))))
    return Article(
        url=link.url,
        canonical_url=normalize_url(link.url, rules),
        publisher=title,
        layout=LAYOUT,
        fetched_at=seen_at,
        access="blocked",
        published_precision="second" if link.published_at else None,
        images=(picture,) if link.caption else (),
        sources=dict.fromkeys(values, link.source),
        **values,
    )
