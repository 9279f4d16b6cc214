"""Reads pages without a layout: fields from all that the page says, the body by a model of what bodies look like."""

from __future__ import annotations

import re
from dataclasses import replace

from newscrawl.article import Image
from newscrawl.errors import NotAnArticleError, PlaceholderError, UnknownLayoutError
from newscrawl.extract.body import Line
from newscrawl.extract.generic.body import FoundBody, find_body
from newscrawl.extract.generic.metadata_layout import MetadataLayout
from newscrawl.extract.generic.pictures import read_images
from newscrawl.extract.layout import Extraction
from newscrawl.extract.markup import Markup, select
from newscrawl.extract.placeholder import is_error_title, make_error
from newscrawl.extract.selectors import PageView, find_outermost
from newscrawl.extract.text import read_text
from newscrawl.publisher import GENERAL, Publisher

_MIN_MARKED_LENGTH = 250
_MIN_UNMARKED_LENGTH = 800
_FRONT = re.compile(r"website$|CollectionPage|ItemList|SearchResults|NewsMediaOrganization", re.I)
_MAX_ELEMENTS = 30_000
"""Larger pages are not articles, and would keep the generic extractor busy for minutes."""


class Generic(MetadataLayout):
    """The layout of pages that no other layout matches."""

    name = "generic"
    needs_sign = True
    body = ('[itemprop="articleBody"]',)
    found: FoundBody

    def lines(self, view: PageView) -> list[Line]:
        """Read the segments of the page that the model takes for the article."""
        self.found = find_body(view.markup)
        return self.found.lines()

    def images(self, view: PageView) -> tuple[Image, ...]:
        """Return the pictures of the article, else the one that the metadata name."""
        lead = self.metadata.lead_image
        return read_images(self.found, view.absolute) or ((Image(url=view.absolute(lead.value)),) if lead else ())


def read(markup: Markup, publisher: Publisher = GENERAL) -> Extraction:
    """Read a page that no layout matches. Raises NotAnArticleError or UnknownLayoutError if it has no article."""
    layout = Generic(publisher)
    view = layout.view(markup)
    if kind := _other_kind(view):
        raise NotAnArticleError(markup.page.url, kind)
    if sum(1 for _ in markup.root.iter()) > _MAX_ELEMENTS:
        raise UnknownLayoutError(
            markup.page.url, "unknown_layout", "no layout claims the page, and it is too large for one article"
        )
    story = layout.lines(view)
    is_marked = bool(
        view.data.article
        or "article" in view.data.meta.get("og:type", [])
        or view.body
        or len(select(markup.root, "article")) == 1
    )
    if is_error_title(markup.title) and not view.data.article:
        raise PlaceholderError(markup.page.url, "placeholder", f"an error page: {markup.title}")
    if not _is_story(story, marked=is_marked):
        headings = [markup.title, *map(read_text, find_outermost(select(markup.root, "h1, h2")))]
        detail = "no layout claims the page, and it has no article"
        error = make_error(markup.page.url, headings, read_text(markup.root), detail)
        # Articles whose metadata say that they are a front were seen in the wild: it counts only without a story.
        if not isinstance(error, PlaceholderError) and any(map(_FRONT.match, _kinds(view))):
            raise NotAnArticleError(markup.page.url, "section_front")
        raise error
    return layout.read_lines(replace(view, body_name="model"), story)


def _kinds(view: PageView) -> list[str]:
    return [*view.data.meta.get("og:type", []), *(str(thing.get("@type")) for thing in view.data.things)]


def _other_kind(view: PageView) -> str | None:
    """Return the kind of page according to its metadata ("video"); None for articles and unknown kinds."""
    if view.data.article:
        return None
    kinds = _kinds(view)
    for pattern, kind in ((r"video", "video"), (r"audio|podcast|radio|music", "audio"), (r"profile", "profile")):
        if any(re.match(pattern, each, re.I) for each in kinds):
            return kind
    return None


def _is_story(lines: list[Line], *, marked: bool) -> bool:
    sentences = [line.text for line in lines if line.kind in ("paragraph", "quote") and not line.is_link]
    sentences = [text for text in sentences if len(text) > 80 or re.search(r"[.!?”\"]$", text)]
    return sum(map(len, sentences)) >= (_MIN_MARKED_LENGTH if marked else _MIN_UNMARKED_LENGTH)
