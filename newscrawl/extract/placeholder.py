"""Pages that stand in for an article: "not found" with status 200, "coming soon", or a page without words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from newscrawl.errors import PlaceholderError, UnknownLayoutError

_FEW_WORDS = 60
_FEW_CHARACTERS = 1_000
"""Of a text of few words; scripts without spaces have long texts of one word."""
_STAND_IN = re.compile(
    r"not found|no longer|(?:not|n['’]t|never) exist|could ?n['’]?t|can['’]t|cannot|not available|unavailable"
    r"|coming soon|more to follow|under construction|maintenance|be (?:right )?back|went wrong|\berror\b|\boops\b"
    r"|\bsorry\b|\bloading\b|please wait|has (?:been )?(?:moved|removed|expired)|\b(?:404|410|50[0234])\b"
    r"|nicht gefunden|nicht verfügbar|in kürze|introuvable|non trouvée?|indisponible|no encontrad[ao]|no disponible"
    r"|não encontrad[ao]|non trovat[ao]|niet gevonden|hittades inte|ikke f[ou]n[dn]et|nie znaleziono|не найден"
    r"|見つかりません|未找到|不存在",
    re.I,
)
"""In headings, or in a page of a few words: only pages without a story are searched for it."""
_ERROR_TITLE = re.compile(
    r"(?:http )?(?:error )?(?:404|410|50[0234])\b.{0,40}|(?:page|article|story|site|file)? ?(?:not found|unavailable)"
    r"|(?:page|article|story|site) (?:is )?(?:not|no longer) (?:found|available)|coming soon|service unavailable",
    re.I,
)


def is_error_title(title: str) -> bool:
    """Whether a title is nothing but an error message, beside the name of the site.

    >>> is_error_title("Page Not Found - The Tern Post"), is_error_title("Page Not Found: How the Tern Post Lost a Day")
    (True, False)
    """
    return any(_ERROR_TITLE.fullmatch(part.strip()) for part in re.split(r"\s[-–—|·]\s", title))


def is_stand_in(heading: str) -> bool:
    """Whether a heading says that something is not there: it may also be that of an article."""
    return bool(_STAND_IN.search(heading))


def make_error(url: str, headings: Iterable[str], text: str, detail: str) -> UnknownLayoutError:
    """Make the error for a page without a story: PlaceholderError if it is there in place of another one."""
    has_few_words = len(text) < _FEW_CHARACTERS and len(text.split()) < _FEW_WORDS
    if any(map(_STAND_IN.search, headings)) or (has_few_words and _STAND_IN.search(text)):
        return PlaceholderError(url, "placeholder", "an error page, or an article that is not there yet")
    return (PlaceholderError if has_few_words else UnknownLayoutError)(url, "unknown_layout", detail)
