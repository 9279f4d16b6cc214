"""Invented captures to store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from newscrawl.article import Article, Block
from newscrawl.storage import PageResult, RecordedPage

BEGIN = datetime(2016, 3, 1, 12, 0, tzinfo=UTC)
HOST = "https://www.bloomberg.example"

Keep = Callable[..., list[RecordedPage]]


def at(hours: float) -> datetime:
    """So many hours after the first capture of all."""
    return BEGIN + timedelta(hours=hours)


def body(*paragraphs: str) -> tuple[Block, ...]:
    return tuple(Block(kind="paragraph", text=text) for text in paragraphs)


def capture(slug: str = "quiet-harbour", hours: float = 0, **fields: Any) -> Article:
    """An article of one paragraph, fetched at BEGIN and some hours."""
    defaults: dict[str, Any] = {
        "url": f"{HOST}/news/articles/2016-03-01/{slug}",
        "publisher": "Sample Edition",
        "layout": "bloomberg_2015",
        "headline": "Harbour Falls Quiet",
        "fetched_at": at(hours),
        "body": body("The cranes stood still on Tuesday."),
    }
    return Article(**(defaults | fields))


def result(article: Article, url: str | None = None) -> PageResult:
    return PageResult(url or article.url, "stored", article=article, status=200, spider="sample")
