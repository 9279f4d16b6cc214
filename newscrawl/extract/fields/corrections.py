"""Parses notes of correction and of update: lines that say how the story was changed.

>>> parse("(Corrects the spelling of a name in third paragraph.)")
Correction(kind='correction', text='(Corrects the spelling of a name in third paragraph.)')
>>> parse("(Updates with comment in second paragraph.)").kind
'update'
>>> parse("The company corrected its figures on Monday.") is None
True
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

_MAX_LENGTH = 1200
_STORY = (
    r"(?:story|article|column|report|post|item|editorial|newsletter|piece|headline|chart|graphic|table|photo\s+caption"
    r"|caption|dispatch|transcript|page|interactive|map|review|essay)"
)
_PLACES = (
    r"(?:paragraphs?|pars?|headlines?|sentences?|throughout|leads?|ledes?|decks?|bullets?|charts?|tables?|datelines?"
    r"|bylines?|captions?|subheads?|spellings?|typos?)"
)
_VERSION = re.compile(
    rf"\b(?:an?|the)\s+(?:earlier|previous|prior|original)\s+version\b(?:\s+of\s+(?:this|the)\s+(?:\w+\s+){{0,2}}?{_STORY}\b)?",
    re.I,
)
_VERSION_FIRST = re.compile(
    rf"(?:(?:in\s+)?an?|in\s+the|the)\s+(?:earlier|previous|prior|original)\s+version\s+of\s+(?:this|our)\s+(?:\w+\s+){{0,2}}?{_STORY}\b",
    re.I,
)
_CORRECTED_STORY = re.compile(
    rf"(?:the\s+(?:\w+\s+){{1,4}}?(?:of|in|on|to|with)\s+)?this\s+(?:\w+\s+){{0,2}}?{_STORY}\b.{{0,60}}?\b(?:was|were|has\s+been|have\s+been|is|been)\s+(?:\w+\s+)?"
    r"(?:corrected|amended|clarified|revised\s+to\s+correct|updated\s+to\s+correct|changed\s+to\s+correct)\b",
    re.I,
)
_LABEL = re.compile(r"(?:corrections?|clarifications?|corrected|corrects|clarifies)\s*(?::|[—–-]+\s)", re.I)
_NOTE = re.compile(r"(?:corrects|corrected|clarifies|clarified)\b", re.I)
_UPDATE = re.compile(
    r"(?:updates?|updated|adds|added|recasts|rewrites|releads|refiles|repeats|removes|deletes|inserts|closes|restores|new\s+throughout)\b",
    re.I,
)
_ERROR = re.compile(
    r"\b(?:correct(?:s|ed|ion|ions|ing)?|mis(?:stated|spelled|spelt|identified|attributed|reported|quoted|named|placed|dated)"
    r"|incorrect(?:ly)?|wrong(?:ly)?|erroneous(?:ly)?|inaccurate(?:ly)?|error|mistake(?:nly)?)\b",
    re.I,
)
_GONE = re.compile(r"\b(?:removed|deleted|withdrawn|retracted|updated)\b", re.I)
_ALSO_CORRECTS = re.compile(r"(?:[;,.)\]]|\band)\s+[(\[]?(?:also\s+)?corrects\b", re.I)
_SPEECH = re.compile(r"\b(?:said|says|will|told)\b", re.I)
_MAY_BE_NOTE = re.compile(
    r"\s*(?:[(\[*_–—•-]|an?|in|the|this|updat|add|recast|rewrit|relead|refil|repeat|remov|delet|insert|clos|restor|new|correct|clarif)",
    re.I,
)
"""Begin of every note: a quick test that excludes most lines."""
_BRACKETED = re.compile(r"(?:[(\[](?:[^()\[\]]|\([^()]*\))*[)\]]\.?\s*)+")


@dataclass(frozen=True, slots=True)
class Correction:
    """A note, with its `text` as printed, on one line. "update" means that no error is mentioned."""

    kind: Literal["correction", "update"]
    text: str


def parse(text: str) -> Correction | None:
    """Return the note if all of `text` is one; None for an ordinary paragraph.

    A note is in brackets, or begins with words with which no sentence of a story begins ("An earlier version of this
    story", "Correction:"), or names the changed paragraph. A note that says both is a correction.

    >>> parse("(Updates with comment. A previous version corrected the date.)").kind
    'correction'
    """
    if len(text) > _MAX_LENGTH or not _MAY_BE_NOTE.match(text):
        return None
    printed = " ".join(text.split())
    note = printed.lstrip("([*_-–—• ")
    is_bracketed = bool(_BRACKETED.fullmatch(printed))
    if _is_correction(note, is_bracketed=is_bracketed):
        return Correction("correction", printed)
    if _is_update(note, is_bracketed=is_bracketed):
        return Correction("correction" if _corrects_too(note) else "update", printed)
    return None


def find_correction(texts: Iterable[str]) -> str | None:
    notes = filter(None, map(parse, texts))
    return next((note.text for note in notes if note.kind == "correction"), None)


def _is_correction(note: str, *, is_bracketed: bool) -> bool:
    if _LABEL.match(note) or _CORRECTED_STORY.match(note):
        return True
    if _VERSION_FIRST.match(note) or (is_bracketed and _VERSION.match(note)):
        return bool(_ERROR.search(note)) or not _GONE.search(note)
    return bool(_NOTE.match(note)) and (is_bracketed or _names_place(note))


def _is_update(note: str, *, is_bracketed: bool) -> bool:
    if _VERSION_FIRST.match(note) or (is_bracketed and _VERSION.match(note)):
        return True
    return bool(_UPDATE.match(note)) and (is_bracketed or _names_place(note))


def _names_place(note: str) -> bool:
    """Return whether a line without brackets is a note: short, no speech, and it names a place or "Updates with"."""
    places = re.search(rf"\b{_PLACES}\b", note, re.I) or re.match(r"updates\s+with\b|corrects\s", note, re.I)
    return len(note) <= 300 and bool(places) and not _SPEECH.search(note)


def _corrects_too(note: str) -> bool:
    """Return whether an update note says that it corrects the story, not that somebody else corrected something."""
    if _ALSO_CORRECTS.search(note):
        return True
    version = _VERSION.search(note)
    return bool(version and _ERROR.search(note, version.start())) or bool(_CORRECTED_STORY.search(note))
