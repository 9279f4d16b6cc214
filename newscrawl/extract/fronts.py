"""Tells section fronts, archives and other pages that list stories from articles, by their markup alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from newscrawl.article import Article
from newscrawl.extract.element_index import Element
from newscrawl.extract.markup import Markup
from newscrawl.extract.selectors import find_outermost
from newscrawl.extract.text import read_text
from newscrawl.syntax import dates

_ARCHIVE_CLASSES = frozenset(("archive", "author", "blog", "category", "error404", "home", "search", "tag"))
"""Classes of the body element, by which WordPress and its followers name the kind of a page."""
_ARTICLE_CLASSES = frozenset(("single", "single-post"))
_ARCHIVE_TITLE = re.compile(r"(?:^|[-|–—:»]\s*)(?:[\w' ]+\s)?archives?\s*(?:$|[-|–—:«])", re.I)
_ARTICLE_META = ("article:published_time", "article:modified_time")
_MIN_STORIES = 3
_SITE_PAGE = re.compile(
    r"(?:our |the )?(?:privacy (?:policy|notice|statement)|cookies? (?:policy|notice)|about us|contact us|who we are"
    r"|terms (?:of (?:use|service)|(?:and|&) conditions)|imprint|impressum|datenschutz(?:erklärung)?|mentions légales"
    r"|search results)\b.{0,40}",
    re.I,
)
"""Headlines of pages that a site has about itself."""
_SIGN_CLASS = re.compile(
    r"(?:^|[\s_-])(?:author|byline|date|datetime|posted|pubdate|published|time|writer)(?:$|[\s_-])", re.I
)
_PRINTED_DAY = re.compile(r"\b\d{1,2}[./]\s?\d{1,2}[./]\s?(?:19|20)\d\d\b|\b(?:19|20)\d\d(?:年|[./]\d\d?[./]\d\d?\b)")
_DATED_PATH = re.compile(r"[/_-](?:19|20)\d\d(?:[/_-]|$)", re.A)
_MAX_SIGN_LENGTH = 90
_MAX_PARTS = 4
_OUTSIDE = ("title", "footer", "script", "style", "noscript", "select", "textarea")


def is_front(markup: Markup, article: Article, *, needs_sign: bool) -> bool:
    """Return whether a page that was read as an article is a list of stories, or a page of the site about itself.

    It is one if it calls itself an archive or a privacy policy, if its text comes from three or more article elements,
    or, with `needs_sign`, if it prints neither a time nor an author; but never if its metadata says that it is an
    article.
    """
    if _says_article(markup):
        return False
    return (
        calls_itself_archive(markup)
        or _has_many_stories(markup, article)
        or bool(_SITE_PAGE.fullmatch(article.headline))
        or (needs_sign and not (article.published_at or article.byline or article.dateline or _has_sign(markup)))
    )


def _says_article(markup: Markup) -> bool:
    meta = markup.data.meta
    return bool(
        markup.data.article
        or "article" in meta.get("og:type", [])
        or any(name in meta for name in _ARTICLE_META)
        or not _ARTICLE_CLASSES.isdisjoint(_read_body_classes(markup))
    )


def calls_itself_archive(markup: Markup) -> bool:
    """Whether the class of the body or the title says that a page is a list."""
    return not _ARCHIVE_CLASSES.isdisjoint(_read_body_classes(markup)) or bool(_ARCHIVE_TITLE.search(markup.title))


def _read_body_classes(markup: Markup) -> list[str]:
    body = markup.root.find("body")
    return (body.get("class") or "").split() if body is not None else []


def _has_many_stories(markup: Markup, article: Article) -> bool:
    """Whether the text is spread over article elements, none of which has the most of it."""
    # Comments, and teasers below a story, are article elements, too.
    elements = [each for each in markup.find("article") if "comment" not in (each.get("class") or "")]
    stories = find_outermost(elements)
    if len(stories) < _MIN_STORIES:
        return False
    lengths = [len(read_text(each)) for each in stories]
    return 2 * max(lengths) < sum(lengths) and max(lengths) < len(article.body_text) <= 1.1 * sum(lengths)


def _has_sign(markup: Markup) -> bool:
    """Whether the page prints a time or an author anywhere, in any language, or its address has a year."""
    is_dated = bool(_DATED_PATH.search(urlsplit(markup.page.url).path))
    return is_dated or any(map(_is_sign, _iter_visible(markup.root)))


def _iter_visible(root: Element) -> Iterator[Element]:
    elements = root.iter()
    for element in elements:
        if element.tag in _OUTSIDE:
            for inside in element.iter():
                if inside is not element:
                    next(elements)
        elif isinstance(element.tag, str):
            yield element


def _is_sign(element: Element) -> bool:
    if element.tag == "time" or "author" in (element.get("rel") or "").split():
        return True
    if len(element) > _MAX_PARTS:
        return False
    text = read_text(element)
    names = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"
    if not text or len(text) > _MAX_SIGN_LENGTH:
        return False
    return bool(_SIGN_CLASS.search(names) or _PRINTED_DAY.search(text) or dates.parse(text))
