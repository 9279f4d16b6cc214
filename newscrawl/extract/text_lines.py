"""What a line of a plain text is, by its form: a sentence, a headline, a byline, a caption, a closing line."""

from __future__ import annotations

import re

from newscrawl.article import Image
from newscrawl.extract import dump_header
from newscrawl.extract.code_lines import MAX_WRAPPED_LENGTH, SAMPLE, is_code
from newscrawl.extract.fields import (
    boilerplate,
    byline,
    captions,
    contacts,
    corrections,
    dateline,
)
from newscrawl.syntax import dates

SENTENCE = re.compile(r"[.!?…][”’\"')\]]*$|\w{2}[,;:]$")
BULLET = re.compile(r"^\s*(?:[•*·‣▪–-]|\d{1,2}[.)])\s+")
UPDATED = re.compile(r"(?:last )?updated(?: on)?\b[:\s]*", re.I)
_STARTS = re.compile(r"[“‘\"'(\[]*[^\W_a-z]")
BY = re.compile(
    r"(?:(?:commentary|opinion|review|interview|analysis|essay|editorial|column|story|text|written|reported)\s+)?by(?:\s|$)",
    re.I,
)
WORDS = re.compile(r"[^\W_]+")
MIN_SENTENCE_LENGTH = 60
MIN_HEADLINE_LENGTH = 12
_COLUMN = re.compile(r"(?:opinion|quicktake|explainer):\s", re.I)
"""Begins headlines, but below them links to other stories."""
_PHONE = re.compile(r"\+?\d{1,4}(?:[\s().-]{1,2}\d{2,5}){2,5}$")


def is_short_sentence(line: str) -> bool:
    """Return whether a line is a sentence of any length that is no chrome, caption, time or closing line."""
    if not SENTENCE.search(line) or len(WORDS.findall(line)) < 3 or not _STARTS.match(line):
        return False
    return not (
        boilerplate.find_reason(line) or read_image(line) or closes(line) or dates.parse(line) or UPDATED.match(line)
    )


def is_sentence(line: str) -> bool:
    """Return whether a line is a sentence as stories have most."""
    if len(line) < MIN_SENTENCE_LENGTH or is_code(line):
        return False
    if not SENTENCE.search(line) and (len(line) <= MAX_WRAPPED_LENGTH or is_title_case(line)):
        return False
    return boilerplate.find_reason(line) is None and contacts.parse(line) is None


def is_title_case(line: str) -> bool:
    """Return whether most words of a line are capitalised, as in a row of headlines or links."""
    words = [word for word in WORDS.findall(line[:SAMPLE]) if len(word) > 3]
    return len([word for word in words if word[0].isupper()]) * 5 > len(words) * 3


def closes(line: str) -> bool:
    """Return whether a line is a contact line or a note of a correction."""
    return contacts.parse(line) is not None or corrections.parse(line) is not None


def may_be_headline(line: str) -> bool:
    """Return whether a line has the length and the form of a headline."""
    if not MIN_HEADLINE_LENGTH <= len(line) <= 220 or len(WORDS.findall(line)) < 3 or BULLET.match(line):
        return False
    if BY.match(line) or closes(line) or (boilerplate.find_reason(line) and not _COLUMN.match(line)):
        return False
    if dates.parse(line) or captions.split(line)[1] or not _reads_as_headline(line):
        return False
    return not re.search(r"[.:;,。]$", line) or bool(re.search(r"\b(?:[A-Z]\.){2,}$|\b(?:Inc|Co|Corp|Ltd)\.$", line))


def _reads_as_headline(line: str) -> bool:
    """Return whether a line has the form of a headline: no address, no metadata ("date: ..."), no lower case first."""
    if "://" in line or dump_header.is_metadata(line) or _PHONE.search(line):
        return False
    first = re.match(r"[^\W\d_][\w’'-]*", line.lstrip("“‘\"'(["))
    return first is None or not first[0][0].islower() or any(map(str.isupper, first[0]))


def parse_by_line(line: str) -> tuple[str, ...]:
    return byline.parse_names(line) if len(line) < 160 and BY.match(line) else ()


def read_image(line: str) -> Image | None:
    # The caption of a picture ends with a credit; that of a video begins with a dateline.
    caption, credit = captions.split(line)
    if not credit or len(credit) > MAX_WRAPPED_LENGTH or dateline.split(line)[0] or contacts.parse(line):
        return None
    return Image(caption=caption, credit=credit)
