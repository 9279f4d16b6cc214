"""Parses datelines: the "LONDON, May 27 (Reuters) -- " that begins the first paragraph of a wire story.

>>> split("LONDON, May 27 (Reuters) -- Rain fell.")
(Dateline(place='LONDON', date_text='May 27', agency='Reuters'), 'Rain fell.')
>>> split("The company -- matched in 1901 (Paris) -- said.")
(None, 'The company -- matched in 1901 (Paris) -- said.')
"""

from __future__ import annotations

import re

from newscrawl.article import Dateline
from newscrawl.extract.fields import agencies

_MAX_LENGTH = 160
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DATE = rf"(?:{_MONTH}\s+\d{{1,2}}|\d{{1,2}}\s+{_MONTH})(?:,?\s+\d{{4}})?"
_PLACE = r"[^\W\d_][^\d()—–:;?!“”\"]{1,60}?"
_AGENCY = rf"{agencies.PATTERN}(?:\s+[A-Z][\w.&]*){{0,3}}"
_DASH = r"(?:-\s?-+|[—–―‐‑‒-])"
_OPENING = re.compile(
    rf"\s*(?:(?P<place>{_PLACE})(?:,\s*(?=\d|{_MONTH}\s+\d)|,?\s+(?=\()))??(?P<date>{_DATE})?\s*"
    rf"\((?:(?i:(?P<agency>{_AGENCY}))|(?P<other>[A-Z][\w.&’' -]{{1,40}}))\)\s*(?P<dash>{_DASH}\s*)?"
)
_PROSE = re.compile(
    r"^(?:The|This|That|In|On|By|At|From|Of|After|Before|Since|A|An|For|To|As|When|While|But|And)\b(?!\.)|[.?!]\s+[A-Z][a-z]+\s+[a-z]"
)
_CAPITALISED = re.compile(
    r"(?:[^\W\d_a-z][\w.’'-]*|(?:de|do|da|dos|del|la|le|of|the|and|upon|sur|am|al|el)\b|D\.C\.)(?:[\s,/&]+|$)"
)


def split(text: str) -> tuple[Dateline | None, str]:
    """Split `text` into its dateline and the rest; (None, text) if there is no dateline.

    A dateline ends with an agency in brackets and a dash. The agency must be a known one unless a date precedes it; the
    dash may be missing after a date and a known agency. Place and date are as printed (see `dates.complete_year`).

    >>> split("Washington (AP) -- Rain fell.")
    (Dateline(place='Washington', date_text=None, agency='AP'), 'Rain fell.')
    """
    match = _OPENING.match(text[:_MAX_LENGTH])
    if not match or not _is_dateline(match):
        return None, text
    agency = match["agency"] or match["other"]
    line = Dateline(place=_squeezed(match["place"]), date_text=_squeezed(match["date"]), agency=_squeezed(agency))
    return line, text[match.end() :].lstrip()


def _is_dateline(match: re.Match[str]) -> bool:
    if match["place"] and not _is_place(match["place"]):
        return False
    other = match["other"]
    if other and (not match["date"] or re.match(r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day$", other)):
        return False
    return bool(match["dash"] or (match["date"] and match["agency"]))


def _is_place(text: str) -> bool:
    """Return whether all words may be part of a place name: capitalised, or a particle."""
    text = text.strip(" ,")
    end = 0
    while end < len(text) and (word := _CAPITALISED.match(text, end)):
        end = word.end()
    return end == len(text) and not _PROSE.search(text)


def _squeezed(text: str | None) -> str | None:
    return " ".join(text.split()).strip(" ,") or None if text else None
