"""Whether a page is an empty frame that scripts fill: then its article may be there in a browser."""

from __future__ import annotations

from newscrawl.article import Page
from newscrawl.errors import UnreadablePageError
from newscrawl.extract.markup import Markup, select
from newscrawl.extract.text import read_text

_MAX_TEXT = 600
"""Characters of a frame: a title, and a note to switch scripts on."""


def is_script_shell(page: Page, max_bytes: int) -> bool:
    """Whether a page has scripts and hardly any text of its own."""
    try:
        root = Markup(page, max_bytes).root
    except UnreadablePageError:
        return False
    chrome = set(select(root, "script, style, noscript, template, nav, header, footer"))
    return any(element.tag == "script" for element in chrome) and len(read_text(root, chrome)) < _MAX_TEXT
