"""Pages that stand in place of the requested one: challenges, consent walls, blocks."""

from __future__ import annotations

import html
import re
from typing import Literal
from urllib.parse import urlsplit

from newscrawl.article import Page
from newscrawl.publisher import GENERAL, BlockMarks

_TITLE = re.compile(rb"<title[^>]{0,200}>\s*([^<]{0,200})", re.I)
_USUAL = re.compile(
    rb"(?:[^-|<]{1,40}\s[-|]\s)?are you a robot\?|just a moment|attention required!|access denied"
    rb"|access to this page has been denied|pardon our interruption|please verify you are a human|robot check"
    rb"|human verification|one more step|verify(?:ing)? you are human|security check|(?:403|429)\b|before you continue",
    re.I,
)
_MARKS = {
    b"captcha": (b"px-captcha", b"captcha-delivery.com", b"g-recaptcha"),
    b"challenge": (b"cf-challenge", b"/cdn-cgi/challenge-platform/h/"),
}
"""Marks of known vendors by a word that they share: most pages are searched for the two words, not for five marks."""
_WORDS = b"unusual activity from your computer network"
_HEAD = 30_000
_LARGEST = 100_000
"""Bytes of a challenge page, with the scripts of its vendor."""
_TAG = re.compile(rb"<[^<>]*>")
_FEW_WORDS = 250


def find_block(page: Page, marks: BlockMarks = GENERAL.block_marks) -> str | None:
    """Return why `page` is a challenge in place of the requested page ("robot_check", "captcha"); None if it is not.

    The publisher's own marks decide alone. Usual titles and wordings, and marks of known vendors, count only on a page
    with few words: articles are written about captchas too, and comment forms have them.
    """
    if find_mark(page.url, page.body, marks):
        return "robot_check"
    head = page.body[:_HEAD]
    if _USUAL.match(_read_title(head)):
        reason = "robot_check"
    elif len(page.body) > _LARGEST:
        return None
    elif _WORDS in head.lower():
        reason = "robot_check"
    elif any(word in head and any(mark in head for mark in vendor) for word, vendor in _MARKS.items()):
        reason = "captcha"
    else:
        return None
    return reason if _has_few_words(page.body) else None


def _has_few_words(body: bytes) -> bool:
    text = body.lower()
    for silent in (b"script", b"style"):
        first, *others = text.split(b"<" + silent)
        text = b" ".join((first, *(other.partition(b"</" + silent)[2] for other in others)))
    return len(_TAG.sub(b" ", text).split()) < _FEW_WORDS


def find_mark(url: str, body: bytes, marks: BlockMarks) -> Literal["path", "title"] | None:
    """Return which of a publisher's marks a response has: the path of its URL, or its title."""
    if urlsplit(url).path in marks.paths:
        return "path"
    title = html.unescape(_read_title(body[:_HEAD]).decode("utf-8", "replace")) if marks.titles else ""
    return "title" if " ".join(title.split()) in marks.titles else None


def _read_title(head: bytes) -> bytes:
    title = _TITLE.search(head)
    return title[1] if title else b""
