"""Reads pages without a layout: fields from all that the page says, the body by a model of what bodies look like."""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from newscrawl.article import Article, Image
from newscrawl.errors import UnknownLayoutError
from newscrawl.extract.body import Line
from newscrawl.extract.generic import confidence, page_kind
from newscrawl.extract.generic.body import FoundBody, find_body
from newscrawl.extract.generic.metadata_layout import MetadataLayout
from newscrawl.extract.generic.pictures import read_images
from newscrawl.extract.layout import Extraction
from newscrawl.extract.markup import Markup
from newscrawl.extract.selectors import PageView
from newscrawl.publisher import GENERAL, Publisher

_count_elements = etree.XPath("count(descendant-or-self::*)")
_MAX_ELEMENTS = 30_000
"""Larger pages are not articles, and would keep the generic extractor busy for minutes."""


class Generic(MetadataLayout):
    """The layout of pages that no other layout matches."""

    name = "generic"
    body = ('[itemprop="articleBody"]',)
    found: FoundBody

    def lines(self, view: PageView) -> list[Line]:
        """Read the segments of the page that the model takes for the article."""
        self.found = find_body(view.markup)
        return self.found.lines()

    def check_kind(self, markup: Markup, article: Article) -> None:
        """Do nothing: the kind of the page is known before it is read (see page_kind)."""

    def images(self, view: PageView) -> tuple[Image, ...]:
        """Return the pictures of the article, else the one that the metadata name."""
        lead = self.metadata.lead_image
        return read_images(self.found, view.absolute) or ((Image(url=view.absolute(lead.value)),) if lead else ())


def read(markup: Markup, publisher: Publisher = GENERAL) -> Extraction:
    """Read a page that no layout matches. Raises NotAnArticleError or UnknownLayoutError if it has no article."""
    if markup.utf8.count(b"<") > _MAX_ELEMENTS and _count_elements(markup.root) > _MAX_ELEMENTS:
        raise UnknownLayoutError(
            markup.page.url, "unknown_layout", "no layout claims the page, and it is too large for one article"
        )
    layout = Generic(publisher)
    view = layout.view(markup)
    lines = layout.lines(view)
    kind = page_kind.check(layout.found, markup)
    reading = layout.read_lines(replace(view, body_name="model"), lines)
    return replace(reading, article=replace(reading.article, confidence=confidence.estimate(layout.found, kind)))
