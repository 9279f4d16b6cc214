"""Invented stories: what a site publishes, in the languages of languages.toml."""

from __future__ import annotations

import random
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

Kind = Literal["paragraph", "subhead", "quote", "list_item"]


class Block(NamedTuple):
    """A piece of the body."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The truth about an article."""

    number: int
    headline: str
    dek: str
    blocks: tuple[Block, ...]
    authors: tuple[str, ...]
    published: datetime
    section: str
    tag: str
    caption: str
    credit: str
    words: str
    """The headline in ASCII, as addresses have it: "bridge-opens"; "" in languages without Latin letters."""

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(block.text for block in self.blocks)


@cache
def language(code: str) -> dict[str, Any]:
    """Return the words and sentences of a language."""
    text = Path(__file__).with_name("languages.toml").read_text("utf-8")
    return _languages(text)[code]


@cache
def _languages(text: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for code, table in tomllib.loads(text).items():
        found[code] = {name: _split(value) if isinstance(value, str) else value for name, value in table.items()}
    return found


def _split(value: str) -> list[str]:
    separator = "\n" if "\n" in value else "|" if "|" in value else " "
    return value.strip().split(separator)


class Writer:
    """Writes text in one language; the same text for the same seed."""

    def __init__(self, code: str, seed: int) -> None:
        self.code, self.words, self.random = code, language(code), random.Random(seed)

    def name(self) -> str:
        given, surname = self.random.choice(self.words["given"]), self.random.choice(self.words["surnames"])
        return f"{surname}{given}" if self.code in ("zh", "ja") else f"{given} {surname}"

    def fill(self, template: str, **given: str) -> str:
        pick = self.random.choice
        values = {
            "p": self.name(),
            "s": pick(self.words["surnames"]),
            "o": pick(self.words["organisations"]),
            "c": pick(self.words["places"]),
            "t": pick(self.words["topics"]),
            "d": pick(self.words["days"]),
            "n": str(self.random.randint(3, 96)),
        }
        text = template.format(**values | given)
        return text[0].upper() + text[1:]

    def sentences(self, count: int, **given: str) -> str:
        picked = self.random.sample(self.words["sentences"], min(count, len(self.words["sentences"])))
        return ("" if self.code in ("zh", "ja") else " ").join(self.fill(each, **given) for each in picked)

    def prose(self, paragraphs: int) -> list[str]:
        return [self.sentences(self.random.randint(1, 3)) for _ in range(paragraphs)]

    def blocks(self, paragraphs: int, **given: str) -> tuple[Block, ...]:
        """A body: paragraphs, of which one may be a quotation; with subheads and a list if it is long."""
        body = [Block("paragraph", self.sentences(self.random.randint(1, 3), **given)) for _ in range(paragraphs)]
        if paragraphs > 3:
            body[2] = Block(
                self.random.choice(["paragraph", "quote"]), self.fill(self.random.choice(self.words["quotes"]), **given)
            )
        if paragraphs > 6:
            first, second = self.random.sample(self.words["subheads"], 2)
            items = [Block("list_item", self.sentences(1)) for _ in range(3)] if self.random.random() < 0.3 else []
            body[3:3] = [Block("subhead", first)]
            body[6:6] = [Block("subhead", second), Block("paragraph", self.sentences(2, **given)), *items]
        return tuple(body)

    def story(self, number: int, newest: datetime, *, brief: bool = False) -> Story:
        """Write story `number`, the first of which is the newest; each is some hours older than the one before it."""
        given = {"c": self.random.choice(self.words["places"]), "s": self.random.choice(self.words["surnames"])}
        headline = self.fill(self.random.choice(self.words["headlines"]), **given)
        age = timedelta(hours=number * 7 + self.random.randint(0, 5), minutes=self.random.randint(0, 59))
        chrome = self.words["chrome"]
        return Story(
            number=number,
            headline=headline,
            dek=self.sentences(1, **given),
            blocks=self.blocks(2 if brief else self.random.randint(4, 10), **given),
            authors=tuple(dict.fromkeys(self.name() for _ in range(self.random.choice([1, 1, 1, 2])))),
            published=newest - age,
            section=self.random.choice(self.words["sections"]),
            tag=self.random.choice(self.words["topics"]),
            caption=self.fill(chrome["caption"], **given),
            credit=f"{chrome['photo']}: {self.name()}",
            words=ascii_slug(headline),
        )


def ascii_slug(text: str) -> str:
    """Return a text as an address has it: "À Port-Gris, le phare" is "a-port-gris-le-phare"."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")
    return slug if sum(letter.isalpha() for letter in slug) > 8 else ""


def newest_moment() -> datetime:
    """The hour of the newest story: this one, so that lists of the last two days have some."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
