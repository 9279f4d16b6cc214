"""How likely a link leads to an article: by the shape of its URL, and by how a front page shows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import exp

from newscrawl.article import Anchor, Link
from newscrawl.crawl.policy.url_shapes import Segment, UrlShape, has_date, read_shape
from newscrawl.urls import is_front_path

# Log odds, chosen by hand: each is what one more sign says. They were checked on the links of real front pages.
_START = {"front_page": -1.0, "sitemap": 0.3, "news_sitemap": 0.3, "text_sitemap": 0.0, "cdx": 0.3}
_START_OF_FEED = 3.0
"""Of feeds and of sitemaps with the news extension, which name few other pages."""
_DATES = {"day": 3.0, "month": 2.0, None: 0.0}
_LAST = {
    "slug": 2.0,
    "slug-id": 3.2,
    "id": 1.4,
    "number": -0.2,
    "word": -1.6,
    "date": -2.5,
    "day": -3.0,
    "month": -3.0,
    "year": -2.0,
}
_SLUGS = ("slug", "slug-id")
_SLUG_BEFORE, _TWO_WORDS, _AT_ROOT = 1.0, 0.7, -0.4
_PER_WORD, _MOST_WORDS = 0.35, 4  # of a slug beyond three words
_IDENTIFIER = re.compile(
    r"(?:p|id|aid|sid|nid|tid|a|n|art|item|itemid|docid|cid|uid|no|key|idx|seq)|.*(?:article|story|news|post|artikel).*",
    re.I,
)
_IDENTIFIED, _PAGED = 2.2, -2.5
_PAGE = re.compile(
    r"(?:page|paged|pg|offset|start|from|sort|order|filter|view|tab|lang|s|q|query|search|cat|tag)", re.I
)
_TEXTS = ((6, 2.0), (4, 1.2), (3, 0.2), (1, -1.0), (0, -0.2))
"""From how many words of the anchor's text on; without any it may be a picture."""
_IN_HEADING, _WITH_PICTURE, _DATED, _IN_CHROME = 1.4, 0.5, 1.0, -2.8

# Sections of a site that hold no articles, in some languages of Europe. Weak evidence: a story may be about a search.
_STRUCTURE = re.compile(
    r"(?:tags?|topics?|themen?|themes?|temas?|keywords?|schlagwort|stichwort|labels?|categor(?:y|ies|ia|ie)|kategorien?"
    r"|rubri(?:c|k|que)s?|authors?|autore?n?|autor(?:es|in)?|auteurs?|by|people|person|profiles?|users?|members?|staff"
    r"|search|suche|buscar|recherche|cerca|zoeken|sok|haku|archives?|archiv|pages?|seite|pagina|feeds?|rss|login|logout"
    r"|sign-?(?:in|up)|register|registrieren|account|konto|subscri(?:be|ptions?)|abo(?:s|nnement|nnieren)?|newsletters?"
    r"|contacts?|kontakt|contacto|about(?:-us)?|impressum|imprint|terms(?:-(?:of|and)-.*)?|privacy(?:-(?:policy|notice|statement).*)?|datenschutz.*|agb|cookies?"
    r"|legal|faqs?|help|hilfe|ayuda|aide|advertis(?:e|ing|ement)|werbung|publicidad|jobs?|careers?|shop|store|cart|events?"
    r"|sitemap|widgets?|wp-.*|cgi-bin|cdn-cgi|api|embed|share|print|mailto|redirect|out|go|ads?|epaper|e-paper|tv|radio"
    r"|podcasts?|videos?|galler(?:y|ies)|photos?|games?|weather|wetter|horoscopes?|crosswords?|quiz(?:zes)?|companies"
    r"|quotes?|stocks?|comments?|forums?|donate|spenden|edition|accessibility|corrections-policy|ethics|mediadaten"
    r"|horoskop|puzzles?|obituaries|classifieds|coupons?|deals|reviews?/?$|directory|listings?|calendar|wiki)",
    re.I,
)
_STRUCTURAL, _STRUCTURAL_LAST = -2.2, -1.5
_ARTICLE_WORD = re.compile(r"(?:articles?|artikel|articulo|articolo|stor(?:y|ies)|posts?|news|noticias?|p|a)", re.I)
_NAMED_ARTICLE = 0.5
_NEVER = 0.0


def score(link: Link) -> float:
    """Return how likely a link leads to an article, from 0 to 1: 0 only for files that are no page, and front pages."""
    shape = read_shape(link.url)
    if shape.is_media or is_front_path(link.url):
        return _NEVER
    is_news = link.source != "front_page" and (link.headline or link.published_at)
    odds = _START_OF_FEED if is_news else _START.get(link.source, _START_OF_FEED)
    odds += _score_path(shape) + _score_query(shape) + (_score_anchor(link.anchor) if link.anchor else 0.0)
    return 1 / (1 + exp(-odds))


def is_in_structure(shape: UrlShape) -> bool:
    """Whether a URL lies below a word that mostly names other pages than articles: /video/a-ferry-leaves."""
    return any(_STRUCTURE.fullmatch(each.text) for each in shape.segments[:-1])


def _score_path(shape: UrlShape) -> float:
    last = shape.last
    if last is None:
        return 0.0 if shape.query else -2.0
    before = shape.segments[:-1]
    odds = _DATES[has_date(shape)] + _score_last(last, before)
    if is_in_structure(shape):
        odds += _STRUCTURAL
    elif any(_ARTICLE_WORD.fullmatch(each.text) for each in before):
        odds += _NAMED_ARTICLE
    if _STRUCTURE.fullmatch(last.text):
        odds += _STRUCTURAL_LAST
    return odds


def _score_last(last: Segment, before: Sequence[Segment]) -> float:
    """Score the last segment, or a slug before it: /ferry-leaves-at-noon/5928990, /ferry-leaves-at-noon/2026/11."""
    odds = _LAST[last.kind]
    if last.kind in _SLUGS:
        return odds + _PER_WORD * min(_MOST_WORDS, max(0, last.words - 3))
    if before and any(each.kind in _SLUGS for each in before[-3:]):
        return max(odds, _SLUG_BEFORE)
    if last.kind == "word":
        odds += _TWO_WORDS * (last.words > 1) + _AT_ROOT * (not before)
    return odds


def _score_query(shape: UrlShape) -> float:
    """A query with an identifier names an article; one with a page number, a list."""
    odds = 0.0
    for name, value in shape.query:
        if _PAGE.fullmatch(name):
            odds += _PAGED
        elif _IDENTIFIER.fullmatch(name) and re.search(r"\d{2}", value):
            odds += _IDENTIFIED
    return max(_PAGED, min(_IDENTIFIED, odds))


def _score_anchor(anchor: Anchor) -> float:
    odds = next(weight for words, weight in _TEXTS if anchor.words >= words)
    odds += _IN_HEADING * anchor.in_heading + _WITH_PICTURE * anchor.has_picture + _DATED * anchor.is_dated
    return odds + _IN_CHROME * (anchor.place != "content")
