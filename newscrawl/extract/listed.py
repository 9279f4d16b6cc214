"""What a list tells of an article, as an article: all there is, where its page cannot be had."""

from __future__ import annotations

from datetime import datetime

from newscrawl.article import Article, Image, Link
from newscrawl.extract.fields.tickers import normal
from newscrawl.publisher import GENERAL, UrlRules
from newscrawl.urls import normalize_url

LAYOUT = "listed"
"""The layout of such an article: no page was read."""
_TOLD = ("headline", "dek", "byline", "published_at", "updated_at", "tickers")


def article(link: Link, title: str, seen_at: datetime, rules: UrlRules = GENERAL.url_rules) -> Article | None:
    """A headline-only article, of access "blocked" and without a body; None where the list told no headline.

    `seen_at` is when the list was met. Whatever a page tells later completes it.
    """
    if not link.headline:
        return None
    picture = Image(caption=link.caption, credit=link.credit)
    told = {name: value for name in _TOLD if (value := getattr(link, name))}
    told["tickers"] = tuple(dict.fromkeys(ticker for raw in link.tickers if (ticker := normal(raw))))
    return Article(
        url=link.url,
        canonical_url=normalize_url(link.url, rules),
        publisher=title,
        layout=LAYOUT,
        fetched_at=seen_at,
        access="blocked",
        published_precision="second" if link.published_at else None,
        images=(picture,) if link.caption else (),
        sources=dict.fromkeys(told, link.source),
        **told,
    )
