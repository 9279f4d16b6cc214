"""Pages of no known era: read from their structured data, and their body by a generic extractor (trafilatura)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

import lxml.html
from lxml import etree

from newscrawl.errors import NotAnArticleError, UnknownLayoutError
from newscrawl.extract.body import Line, lines
from newscrawl.extract.layout import Figure, Layout, Reading
from newscrawl.extract.markup import Element, Markup, select
from newscrawl.extract.selectors import Dom, JsonLd, Meta, Places, Title, View
from newscrawl.publisher import GENERAL, Publisher

_SHORTEST_STORY = 250
_SHORTEST_UNMARKED = 800
_MOST_ELEMENTS = 30_000
"""A page of more is no article, and would keep a generic extractor busy for minutes."""


class Generic(Layout):
    """The layout of last resort. Its articles say `layout: generic`."""

    name = "generic"
    language = "und"
    body = ('[itemprop="articleBody"]',)
    skip = "aside, nav, figure, header, footer, form"

    headline: ClassVar[Places] = (
        JsonLd("headline"),
        Dom('h1[itemprop="headline"], [itemprop="headline"]'),
        Meta("og:title"),
        Dom("article h1"),
        Title(),
        Dom("h1"),
    )
    dek: ClassVar[Places] = (JsonLd("alternativeHeadline"), Dom('[itemprop="alternativeHeadline"]'))
    byline: ClassVar[Places] = (
        JsonLd("author.name"),
        Dom('[itemprop="author"] [itemprop="name"]'),
        Dom('[itemprop="author"]'),
        Meta("article:author"),
        Meta("parsely-author"),
        Meta("author", ","),
        Dom('a[rel="author"]'),
        Dom("p.byline, span.byline, div.byline"),
    )
    published: ClassVar[Places] = (
        *Layout.published,
        Dom('time[itemprop="datePublished"][datetime]', "datetime"),
        Meta("datePublished"),
        Meta("pubdate"),
        Meta("pub_date"),
        Dom("article time[datetime]", "datetime"),
    )
    updated: ClassVar[Places] = (*Layout.updated, Meta("dateModified"))
    topics: ClassVar[Places] = (JsonLd("keywords", ","), *Layout.topics)
    figures = (
        Figure(selector="article figure, [itemprop=articleBody] figure", unless="video, iframe"),
        Figure(selector="div.wp-caption", caption=("p",), unless="video, iframe"),
    )

    def lines(self, view: View) -> list[Line]:
        """The children of the microdata's articleBody, else what the generic extractor finds."""
        return super().lines(view) or list(lines(_found(view.markup), set(), set()))


def read(markup: Markup, publisher: Publisher = GENERAL) -> Reading:
    """Read a page that no layout claims. Raises NotAnArticleError or UnknownLayoutError where nothing reads as one."""
    layout = Generic(publisher)
    view = layout.view(markup)
    if kind := _other_kind(view):
        raise NotAnArticleError(markup.page.url, kind)
    if sum(1 for _ in markup.root.iter()) > _MOST_ELEMENTS:
        raise UnknownLayoutError(markup.page.url, "unknown_layout", "no layout claims the page, and it is no one story")
    story = layout.lines(view)
    if not _is_story(story, marked=_says_article(view)):
        if _says_front(view):
            raise NotAnArticleError(markup.page.url, "section_front")
        raise UnknownLayoutError(
            markup.page.url, "unknown_layout", "no layout claims the page, nor does it read as one"
        )
    reading = layout.read_lines(view, story)
    where = view.body_name if view.body else "trafilatura"
    return replace(reading, article=replace(reading.article, sources={**reading.article.sources, "body": where}))


def _found(markup: Markup) -> Element:
    """The body as trafilatura finds it, its elements named as in HTML."""
    import trafilatura  # noqa: PLC0415  half a second, which pages of known layouts need not pay

    tree = etree.fromstring(markup.utf8, lxml.html.HTMLParser(encoding="utf-8"))
    found = trafilatura.bare_extraction(tree, include_comments=False, favor_precision=True)
    body: Element | None = getattr(found, "body", None)
    if body is None:
        return markup.root.makeelement("div")
    for trafilatura_name, name in (
        ("head", "h2"),
        ("list", "ul"),
        ("item", "li"),
        ("quote", "blockquote"),
        ("row", "tr"),
        ("cell", "td"),
    ):
        for element in body.iter(trafilatura_name):
            element.tag = name
    return body


def _kinds(view: View) -> list[str]:
    return [*view.data.meta.get("og:type", []), *(str(thing.get("@type")) for thing in view.data.things)]


def _says_front(view: View) -> bool:
    """Whether the page says that it is a site's or a section's front: it can say so and be an article all the same."""
    return any(
        re.match(r"website$|CollectionPage|ItemList|SearchResults|NewsMediaOrganization", k, re.I) for k in _kinds(view)
    )


def _other_kind(view: View) -> str | None:
    """What the page says it is, if that is no article."""
    if view.data.article:
        return None
    kinds = _kinds(view)
    for pattern, kind in ((r"video", "video"), (r"audio|podcast|radio|music", "audio"), (r"profile", "profile")):
        if any(re.match(pattern, told, re.I) for told in kinds):
            return kind
    return None


def _says_article(view: View) -> bool:
    told = view.data.meta.get("og:type", [])
    return bool(view.data.article or "article" in told or view.body or len(select(view.markup.root, "article")) == 1)


def _is_story(found: list[Line], *, marked: bool) -> bool:
    """Whether the lines are one story's: sentences, rather than a list of links."""
    sentences = [line.text for line in found if line.kind in ("paragraph", "quote") and not line.linked]
    sentences = [text for text in sentences if len(text) > 80 or re.search(r"[.!?”\"]$", text)]
    return sum(map(len, sentences)) >= (_SHORTEST_STORY if marked else _SHORTEST_UNMARKED)
