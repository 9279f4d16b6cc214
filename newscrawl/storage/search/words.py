"""What a user asks for, and what every database's module of full-text search gives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, Select

_PIECE = re.compile(r'"([^"]*)"|(\S+)')
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must stand in an article side by side; usually it is one."""

    words: tuple[str, ...]
    text: str
    """As the user wrote it."""
    prefix: bool = False
    """Whether the last word may go on: "tarif*"."""


class FullText(Protocol):
    """What a database's module gives."""

    def create(self, connection: Connection) -> None:
        """Make the index over headline, dek and body_text; it keeps itself in step from then on."""

    def hits(self, phrases: Sequence[Phrase]) -> Select[int, float]:
        """(article id, score) of the articles in which every phrase stands, in any case; a lower score is better."""


def phrases(text: str) -> list[Phrase]:
    """What a user asks for, piece by piece: quotes make a phrase, a final * a prefix; nothing is a syntax error.

    >>> [phrase.words for phrase in phrases('oil "interest rates" AAPL:US')]
    [('oil',), ('interest', 'rates'), ('AAPL', 'US')]
    >>> phrases("( * AND:")
    [Phrase(words=('AND',), text='AND:', prefix=False)]
    """
    pieces = (quoted or bare for quoted, bare in _PIECE.findall(text.replace("\0", " ")))
    found = (Phrase(tuple(_WORD.findall(piece)), piece, piece.endswith("*")) for piece in pieces)
    return [phrase for phrase in found if phrase.words]
