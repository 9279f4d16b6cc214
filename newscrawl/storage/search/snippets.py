"""The passage of an article that matches a query, for a list of hits. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TypeAlias

from newscrawl.storage.search.parser import Node, Phrase, find_phrases, unaccented_letters

Snippet: TypeAlias = tuple[tuple[str, bool], ...]
"""Pieces of text in order, each with whether it matches."""

_WIDTH = 160  # characters
_CONTEXT = 40  # characters before the first match
_WINDOW_MATCHES = 20
# Bounds on hostile input: characters and matches of a text that are looked at.
_MAX_LENGTH = 200_000
_MAX_MATCHES = 400
_BLANK = re.compile(r"\s+")
_WITHOUT_ACCENTS = str.maketrans(unaccented_letters())
_Match: TypeAlias = "tuple[int, int, int]"  # start, end, and the number of the phrase


def snippet(node: Node, dek: str | None, body: str) -> Snippet | None:
    """About 160 characters of dek or body, with as many different phrases of the query as possible, else their opening.

    White space becomes one blank, and an ellipsis marks omitted text. None if the query has no phrase to look for, or
    there is no text.
    """
    phrases = list(dict.fromkeys(find_phrases(node)))
    texts = {"dek": (dek or "").strip()[:_MAX_LENGTH], "body": body.strip()[:_MAX_LENGTH]}
    windows = [
        (text, _best_window(text, [phrase for phrase in phrases if phrase.field in (None, field)]))
        for field, text in texts.items()
        if text
    ]
    if not windows or not phrases:
        return None
    text, matches = max(windows, key=lambda each: _count_phrases(each[1]))
    return tuple(_pieces(text, matches))


def _best_window(text: str, phrases: Sequence[Phrase]) -> list[_Match]:
    """The matches of the window with the most different phrases, the first of such windows."""
    matches = _find_matches(text, phrases)
    best: list[_Match] = []
    for at, first in enumerate(matches):
        end = first[0] + _WIDTH - _CONTEXT
        window = [match for match in matches[at : at + _WINDOW_MATCHES] if match[1] <= end] or [first]
        if _count_phrases(window) > _count_phrases(best):
            best = window
    return best


def _count_phrases(matches: Sequence[_Match]) -> int:
    return len({phrase for _, _, phrase in matches})


def _find_matches(text: str, phrases: Sequence[Phrase]) -> list[_Match]:
    if not phrases:
        return []
    by_length = sorted(phrases, key=lambda phrase: -len(phrase.words))
    pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(rf'({_phrase_pattern(phrase)})' for phrase in by_length)})")
    matches = islice(pattern.finditer(_normalize(text)), _MAX_MATCHES)
    return [(match.start(), match.end(), (match.lastindex or 1) - 1) for match in matches]


def _phrase_pattern(phrase: Phrase) -> str:
    words = r"[\W_]+".join(re.escape(_normalize(unicodedata.normalize("NFC", word))) for word in phrase.words)
    return words + (r"[^\W_]*" if phrase.prefix else r"(?![^\W_])")


def _normalize(text: str) -> str:
    """Remove case and accents, but keep the length, so that positions stay the same."""
    lower = text.lower()
    if len(lower) != len(text):  # one letter may become two, such as the Turkish I with a dot
        lower = "".join(letter.lower()[0] for letter in text)
    return lower if lower.isascii() else lower.translate(_WITHOUT_ACCENTS)


def _pieces(text: str, matches: Sequence[_Match]) -> Iterator[tuple[str, bool]]:
    """The text of the window, alternately between matches and of matches."""
    begin, end = _bounds(text, matches)
    between, place = "… " if begin else "", begin
    for start, stop, _ in matches:
        if between := between + text[place:start]:
            yield _BLANK.sub(" ", between), False
        yield _BLANK.sub(" ", text[start:stop]), True
        between, place = "", stop
    if between := between + text[place:end] + (" …" if end < len(text) else ""):
        yield _BLANK.sub(" ", between), False


def _bounds(text: str, matches: Sequence[_Match]) -> tuple[int, int]:
    """Start and end of the window, both between words, with all matches in it."""
    first, last = (matches[0][0], matches[-1][1]) if matches else (0, 0)
    begin = max(0, min(first - _CONTEXT, len(text) - _WIDTH))
    end = max(last, begin + _WIDTH)
    if begin:
        blank = _BLANK.search(text, begin, first)
        begin = blank.end() if blank else first
    if end < len(text):
        end = max((blank.start() for blank in _BLANK.finditer(text, last + 1, end + 1)), default=end)
    return begin, end
