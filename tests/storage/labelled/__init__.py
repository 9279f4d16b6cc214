"""Stories of which it is known which articles tell the same one: `stories` reads the files beside this module.

A story is a label. Its articles are made of its paragraphs, or of those of a form that several stories share, with
words that are filled in, or put in place of others.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Labelled:
    """An article, and the story that it tells."""

    file: str
    story: str
    headline: str
    published_at: datetime
    paragraphs: tuple[str, ...]

    @property
    def body(self) -> str:
        return "\n\n".join(self.paragraphs)


@cache
def articles() -> tuple[Labelled, ...]:
    """All of them, file by file."""
    return tuple(article for file in sorted(Path(__file__).parent.glob("*.toml")) for article in _of_file(file))


def _of_file(file: Path) -> Iterator[Labelled]:
    told = tomllib.loads(file.read_text())
    for story in told["story"]:
        known = told.get("forms", {}).get(story.get("form"), {}) | story.get("paragraphs", {})
        for article in story["article"]:
            paragraphs = tuple(_text(known[name], article) for name in article["body"].split())
            yield Labelled(file.stem, story["name"], article["headline"], article["at"], paragraphs)


def _text(paragraph: str, article: Mapping[str, Any]) -> str:
    text = paragraph.format_map(article["fill"]) if "fill" in article else paragraph
    for old, new in article.get("swap", ()):
        text = text.replace(old, new)
    return text
