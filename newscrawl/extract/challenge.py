"""Pages that stand in place of the one asked for: challenges, consent walls, blocks."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from newscrawl.article import Page

_PATHS = ("/tosv2.html",)
_TITLE = re.compile(rb"<title[^>]{0,200}>\s*([^<]{0,200})", re.I)
_OWN = re.compile(rb"Bloomberg\s*-\s*Are you a robot\?\s*$", re.I)
_USUAL = re.compile(
    rb"are you a robot\?|just a moment|attention required!|access denied|access to this page has been denied"
    rb"|pardon our interruption|please verify you are a human|robot check|human verification|one more step"
    rb"|verify(?:ing)? you are human|security check|(?:403|429)\b|before you continue",
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


def reason(page: Page) -> str | None:
    """Why `page` is a challenge and no page ("robot_check", "captcha"), or None.

    Told by the final address or the publisher's own title for it; else by a usual title, wording or the mark of a
    known vendor, if the page says little besides: articles are written about captchas too, and comment forms have them.
    """
    head = page.body[:_HEAD]
    found = _TITLE.search(head)
    title = found[1] if found else b""
    if urlsplit(page.url).path in _PATHS or _OWN.match(title):
        return "robot_check"
    if _USUAL.match(title):
        return "robot_check" if _says_little(page) else None
    if len(page.body) > _LARGEST:
        return None
    if _WORDS in head.lower():
        return "robot_check" if _says_little(page) else None
    if any(word in head and any(mark in head for mark in marks) for word, marks in _MARKS.items()):
        return "captcha" if _says_little(page) else None
    return None


def _says_little(page: Page) -> bool:
    text = page.body.lower()
    for silent in (b"script", b"style"):
        first, *others = text.split(b"<" + silent)
        text = b" ".join((first, *(other.partition(b"</" + silent)[2] for other in others)))
    return len(_TAG.sub(b" ", text).split()) < _FEW_WORDS
