"""The place of an article in which what was asked for stands, for a list of hits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TypeAlias

from newscrawl.storage.search.parser import Node, Phrase, fold, wanted

Snippet: TypeAlias = tuple[tuple[str, bool], ...]
"""Pieces of text in their order, each with whether it was asked for."""

_WIDTH = 160
"""Characters."""
_BEFORE = 40
"""Characters that stand before the first hit, where there are so many."""
_LONGEST = 200_000
"""Characters of a text that are looked at."""
_MOST = 400
"""Hits in a text that are looked at."""
_BLANK = re.compile(r"\s+")
_LATIN = (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))
_Span: TypeAlias = "tuple[int, int, int]"
"""From, to, and which phrase."""


def snippet(asked: Node, dek: str | None, body: str) -> Snippet | None:
    """About 160 characters of dek or body with the most different phrases in them, else their opening.

    White space is one blank. Where text is left out, there is an ellipsis. None where nothing is asked for that could
    stand there, or there is no text.
    """
    phrases = [phrase for phrase in dict.fromkeys(wanted(asked)) if phrase.field != "headline"]
    texts = [(text.strip()[:_LONGEST], field) for text, field in ((dek or "", "dek"), (body, "body")) if text.strip()]
    if not texts or not any(wanted(asked)):
        return None
    found = [(text, _spans(text, [each for each in phrases if each.field in (None, field)])) for text, field in texts]
    text, spans = max(found, key=lambda each: len({which for _, _, which in each[1]}))
    return tuple(_pieces(text, spans))


def _spans(text: str, phrases: Sequence[Phrase]) -> list[_Span]:
    """Those of the best window: the most different phrases, and then the first."""
    spans = _found(text, phrases)
    best: list[_Span] = []
    for at, (start, _, _) in enumerate(spans):
        window = [span for span in spans[at : at + 20] if span[1] <= start + _WIDTH - _BEFORE] or [spans[at]]
        if len({which for _, _, which in window}) > len({which for _, _, which in best}):
            best = window
    return best


def _found(text: str, phrases: Sequence[Phrase]) -> list[_Span]:
    if not phrases:
        return []
    spans: list[_Span] = []
    for place in _pattern(tuple(phrases)).finditer(_comparable(text)):
        spans.append((place.start(), place.end(), (place.lastindex or 1) - 1))
        if len(spans) == _MOST:
            break
    return spans


@cache
def _accents() -> dict[int, str]:
    """Latin letters with accents, and those without: one character for one, so that places stay."""
    plain = {code: fold(chr(code)) for code in _LATIN}
    return {code: letter for code, letter in plain.items() if len(letter) == 1}


def _comparable(text: str) -> str:
    """A text as long as it was, without case and accents."""
    lower = text.lower()
    if len(lower) != len(text):  # one letter may become two, such as the Turkish I with a dot
        lower = "".join(letter.lower()[0] for letter in text)
    return lower if lower.isascii() else lower.translate(_accents())


def _pattern(phrases: tuple[Phrase, ...]) -> re.Pattern[str]:
    """Any of the phrases, the longest first, each a group of its number."""
    forms = (rf"({_form(phrase)})" for phrase in sorted(phrases, key=lambda phrase: -len(phrase.words)))
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(forms)})")


def _form(phrase: Phrase) -> str:
    words = r"[\W_]+".join(re.escape(_comparable(unicodedata.normalize("NFC", word))) for word in phrase.words)
    return words + (r"[^\W_]*" if phrase.prefix else r"(?![^\W_])")


def _pieces(text: str, spans: Sequence[_Span]) -> Iterator[tuple[str, bool]]:
    """What stands between hits, by turns with them, in a window of the text."""
    begin, end = _window(text, spans)
    between, place = "… " if begin else "", begin
    for start, stop, _ in spans:
        if between := between + text[place:start]:
            yield _in_a_line(between), False
        yield _in_a_line(text[start:stop]), True
        between, place = "", stop
    if between := between + text[place:end] + (" …" if end < len(text) else ""):
        yield _in_a_line(between), False


def _window(text: str, spans: Sequence[_Span]) -> tuple[int, int]:
    """From and to where, between words, with all of the hits in it."""
    first, last = (spans[0][0], spans[-1][1]) if spans else (0, 0)
    begin = max(0, min(first - _BEFORE, len(text) - _WIDTH))
    end = max(last, begin + _WIDTH)
    if begin:
        blank = _BLANK.search(text, begin, first)
        begin = blank.end() if blank else first
    if end < len(text):
        end = max((blank.start() for blank in _BLANK.finditer(text, last + 1, end + 1)), default=end)
    return begin, end


def _in_a_line(text: str) -> str:
    return _BLANK.sub(" ", text)
