"""Which layouts claim a page, by their markers alone."""

from newscrawl.article import Page
from newscrawl.extract import load_layouts
from newscrawl.extract.markup import Markup
from newscrawl.html_checks import is_html
from newscrawl.publishers.bloomberg import PUBLISHER

MAX_BYTES = 2**24
LAYOUTS = load_layouts(PUBLISHER.layouts)
ERAS = {layout.name for layout in LAYOUTS}


def claimants(page: Page) -> list[str]:
    """The names of all layouts that claim the page: none of a page of plain text."""
    if not is_html(page):
        return []
    markup = Markup(page, MAX_BYTES)
    return [layout.name for layout in LAYOUTS if layout.claims(markup)]


def owner(layout: str) -> list[str]:
    """Who must claim a page that was read by `layout`: that era alone, or nobody ("generic", plain text)."""
    return [layout] if layout in ERAS else []
