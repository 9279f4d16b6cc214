"""Pages that stand in place of the one asked for: challenges, consent walls, blocks."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from newscrawl.article import Page

_TITLE = re.compile(
    rb"<title[^>]*>\s*(?:Bloomberg\s*-\s*)?(?:are you a robot\?|just a moment|attention required!|access denied"
    rb"|access to this page has been denied|pardon our interruption|please verify you are a human|robot check"
    rb"|human verification|verify(?:ing)? you are human|one more step|security check"
    rb"|(?:403|429)\b|before you continue)",
    re.I,
)
_MARKS = (b"px-captcha", b"captcha-delivery.com", b"cf-challenge", b"/cdn-cgi/challenge-platform/h/", b"g-recaptcha")
_WORDS = b"unusual activity from your computer network"
_SMALL = 60_000
_PATHS = ("/tosv2.html",)


def reason(page: Page) -> str | None:
    """Why `page` is a challenge and no page ("robot_check"), or None.

    Told by the final address, the title, the wording, or, in a page too small to hold a story and a publisher's
    chrome, the mark of a known challenge vendor.
    """
    if urlsplit(page.url).path in _PATHS:
        return "robot_check"
    head = page.body[:_SMALL]
    if _TITLE.search(head) or _WORDS in head.lower():
        return "robot_check"
    if len(page.body) < _SMALL and any(mark in head for mark in _MARKS):
        return "captcha"
    return None
