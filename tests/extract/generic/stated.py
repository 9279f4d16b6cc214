"""Metadata of invented pages."""

from datetime import UTC, datetime

from newscrawl.article import Page
from newscrawl.extract.generic.metadata import Metadata
from newscrawl.extract.markup import Markup

URL = "https://www.tern-post.example/harbor/rain-falls"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def read(head: str = "", body: str = "", url: str = URL, language: str = "en") -> Metadata:
    markup = f'<!doctype html><html lang="{language}"><head>{head}</head><body>{body}</body></html>'
    return Metadata(Markup(Page(url=url, body=markup.encode(), fetched_at=NOW), 2**24))


def json_ld(*documents: str) -> str:
    return "".join(f'<script type="application/ld+json">{document}</script>' for document in documents)


def meta(**contents: str) -> str:
    """Return meta elements; "__" in a name stands for a colon."""
    names = {name.replace("__", ":"): content for name, content in contents.items()}
    return "".join(f'<meta name="{name}" content="{content}">' for name, content in names.items())
