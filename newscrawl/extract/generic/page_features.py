"""Describes a page in numbers that tell articles from the other pages of a site.

What the page states (types, dates, authors), how it links, how its text is spread, and, as weak evidence, its address.
None of them depends on the language, but for the names of pages that a site has about itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from lxml import etree

from newscrawl.extract.fronts import calls_itself_archive
from newscrawl.extract.generic.body import FoundBody
from newscrawl.extract.generic.container import Evidence
from newscrawl.extract.generic.segmenter import Frame, Segment, read_style
from newscrawl.extract.markup import Markup
from newscrawl.urls import is_front_path

SIGNS: Mapping[str, int] = {
    "front": -1, "paged": -1, "depth": 1, "slug_words": 1, "numbered": 1, "dated": 1, "list_folder": -1,
    "site_page": -1, "ld_article": 1, "ld_site": -1, "ld_thing": -1, "ld_list": -1, "media": -1, "og_article": 1,
    "og_website": -1, "timed": 1, "noindex": -1, "class_list": -1, "class_page": -1, "class_post": 1, "self_link": -1,
    "near_date": 1, "near_author": 1, "signs": 1, "near_price": -1, "menu_label": -1,
    "headline_length": 1, "after": 1, "streak": 1, "lone": -1, "second": -1, "longest": 1, "max_article": 1,
    "body_length": 1, "body_blocks": 1, "passwords": -1,
}  # fmt: skip
"""The features, in order: 1 if more of it makes an article more likely, -1 if less. The model keeps to it."""
NAMES = list(SIGNS)


def _words(text: str) -> list[str]:
    return text.split()


_Numbers = dict[str, float]
_LIST_TYPES = frozenset(_words("CollectionPage ItemList SearchResultsPage ProfilePage PodcastSeries ImageGallery"))
_SITE_TYPES = frozenset(_words("AboutPage ContactPage CheckoutPage FAQPage"))
_THING_TYPES = frozenset(
    _words(
        "Product ProductGroup Event JobPosting Offer AggregateOffer LocalBusiness Service SoftwareApplication Course"
    )
)
_MEDIA_TYPES = frozenset(_words("VideoObject AudioObject PodcastEpisode RadioEpisode TVEpisode"))
_ARTICLE_TYPES = frozenset(_words("Article NewsArticle BlogPosting"))
_PAGE_CLASSES = frozenset(_words("page page-template page-template-default node-type-page page-node-type-page"))
"""Classes of the body element, by which some systems name the kind of a page."""
_POST_CLASSES = frozenset(_words("single single-post single-format-standard node-type-article post-template"))
_TIMES = frozenset(_words("article:published_time article:modified_time datepublished pubdate date dc.date.issued"))
_FOLDERS = frozenset(
    _words(
        "tag tags topic topics category categories cat c author authors autor autores auteur auteurs autoren people "
        "profile profiles user users search archive archives label labels keyword keywords thema themen tema temas "
        "sujet dossier "
        "section sections shop store product products taxonomy listing events event jobs"
    )
)
_PAGED = re.compile(r"/page[/-]?\d+/?$|[?&](?:s|q|query|search|paged|start|offset)=", re.I)
_DATED = re.compile(r"(?:19|20)\d\d[/_-]?(?:0?[1-9]|1[0-2])", re.A)
_NUMBER = re.compile(r"\d{4,}", re.A)
_WORD = re.compile(r"[^\W\d_]+")
_SUFFIX = re.compile(r"\.(?:html?|php|aspx?|jsp|shtml|xhtml|do)$", re.I)
_MENU = frozenset(_words("nav navbar navigation menu footer foot bottom topbar sitemap submenu"))
_MENU_TAGS = frozenset(("nav", "footer", "header"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_AUTHOR = frozenset(_words("author authors byline writer reporter redakteur auteur autor autore createdby"))
_PRICE = re.compile(r"[$€£¥₹₽₩]\s?\d|\d\s?(?:[$€£¥₹₽₩]|USD|EUR)")
_DATE = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2}|\d{1,2}:\d\d|\d月|\d{1,2}\s\w{3,10}\s\d{2,4}|[٠-٩]{4}"
)
_MAX_LABEL = 40
_EVIDENCE = (
    ("ld_article", "micro"),
    ("og_article", "timed"),
    ("near_date", "dated"),
    ("near_author",),
    ("class_post",),
)
"""Features that state independently of each other that something was published: `signs` counts them."""


_read_item_types = etree.XPath("descendant::*/@itemtype", smart_strings=False)


def compute(found: FoundBody, markup: Markup) -> _Numbers:
    """Return the features of a page by name."""
    numbers = _of_address(urlsplit(markup.page.url), found.evidence) | _of_statements(found.evidence, markup)
    numbers |= _around_headline(found.evidence, markup) | _of_text(found) | _of_elements(found.evidence, markup)
    numbers["signs"] = sum(any(numbers[name] for name in names) for names in _EVIDENCE)
    return numbers


def make_row(numbers: Mapping[str, float]) -> list[float]:
    return [float(numbers[name]) for name in NAMES]


def _of_address(parts: SplitResult, evidence: Evidence) -> _Numbers:
    pieces = [piece for piece in parts.path.split("/") if piece]
    last = _SUFFIX.sub("", pieces[-1]) if pieces else ""
    headline = evidence.segments[evidence.headline_at].text if evidence.headline_at >= 0 else evidence.headline
    labels = (unquote(last).replace("-", " ").replace("_", " "), headline.strip(" .!?»«|"))
    return {
        "front": is_front_path(parts.geturl()),
        "paged": bool(_PAGED.search(f"{parts.path}?{parts.query}")),
        "depth": min(5, len(pieces)),
        "slug_words": min(8, len(_WORD.findall(last))),
        "numbered": bool(_NUMBER.search(parts.path + parts.query)),
        "dated": bool(_DATED.search(parts.path)),
        "list_folder": any(piece.lower() in _FOLDERS for piece in pieces[:-1]),
        "site_page": any(len(label) < 2 * _MAX_LABEL and _load_site_pages().fullmatch(label) for label in labels),
    }


@cache
def _load_site_pages() -> re.Pattern[str]:
    lines = (Path(__file__).parent / "site_pages.txt").read_text("utf-8").splitlines()
    names = "|".join(line for line in lines if line and not line.startswith("#"))
    return re.compile(rf"(?:our |the |your |notre |unsere? |nuestra |a nossa )?(?:{names})", re.I)


def _of_statements(evidence: Evidence, markup: Markup) -> _Numbers:
    data = markup.data
    types = {name for thing in data.things for name in _read_types(thing.get("@type"))}
    items = {name for kind in islice(filter(None, _read_item_types(markup.root)), 50) for name in _read_types(kind)}
    og = " ".join(data.meta.get("og:type", [])).lower()
    body = markup.root.find("body")
    classes = frozenset((body.get("class") or "").lower().split()) if body is not None else frozenset()
    return {
        "ld_article": bool(data.article),
        "ld_list": not types.isdisjoint(_LIST_TYPES),
        "ld_site": not types.isdisjoint(_SITE_TYPES),
        "ld_thing": not types.isdisjoint(_THING_TYPES) or "Product" in items,
        "media": og.startswith(("video", "music", "audio", "profile")) or not types.isdisjoint(_MEDIA_TYPES),
        "og_article": "article" in og,
        "og_website": "website" in og,
        "timed": not _TIMES.isdisjoint(data.meta),
        "micro": not items.isdisjoint(_ARTICLE_TYPES),
        "noindex": "noindex" in " ".join(data.meta.get("robots", [])).lower(),
        "class_list": calls_itself_archive(markup),
        "class_page": not classes.isdisjoint(_PAGE_CLASSES),
        "class_post": not classes.isdisjoint(_POST_CLASSES),
        "self_link": _has_own_link(evidence, markup.page.url),
    }


def _read_types(types: object) -> list[str]:
    return [str(each).rpartition("/")[2] for each in (types if isinstance(types, list) else [types]) if each]


def _has_own_link(evidence: Evidence, url: str) -> bool:
    """Return whether a menu or the footer links to the page itself, as they do to sections and terms of use."""
    own = urlsplit(url)
    path = own.path.rstrip("/")
    return bool(path) and any(
        path in href and "#" not in href and _is_same(own, url, href) and _is_in_menu(segment)
        for segment in evidence.segments
        if _is_link(segment)
        for href in segment.links
    )


def _is_same(own: SplitResult, url: str, href: str) -> bool:
    try:
        parts = urlsplit(urljoin(url, href.strip()))
    except ValueError:
        return False
    return parts.path.rstrip("/") == own.path.rstrip("/") and parts.query == own.query


def _is_in_menu(segment: Segment) -> bool:
    return any(frame.tag in _MENU_TAGS or not _MENU.isdisjoint(frame.style.tokens) for frame in segment.frame.up())


def _is_link(segment: Segment) -> bool:
    return segment.in_link or segment.linked >= 0.8 * len(segment.text)


def _around_headline(evidence: Evidence, markup: Markup) -> _Numbers:
    at, segments = evidence.headline_at, evidence.segments
    below = segments[at : at + 20] if at >= 0 else []
    return {
        "near_date": _has_near(evidence, lambda segment: bool(_DATE.search(segment.text))),
        "near_author": "article:author" in markup.data.meta
        or bool(markup.data.values("author.name"))
        or _has_near(evidence, _is_author),
        "near_price": any(len(segment.text) < _MAX_LABEL and _PRICE.search(segment.text) for segment in below),
        "menu_label": at >= 0 and _is_menu_label(segments, at),
        "headline_length": _log(evidence.lengths[at]) if at >= 0 else 0.0,
        "after": _log(sum(evidence.weights[at + 1 : at + 40])) if at >= 0 else 0.0,
    }


def _has_near(evidence: Evidence, test: Callable[[Segment], bool]) -> bool:
    """Return whether one of the short segments near the headline, or before the first sentences, passes a test."""
    at, container = evidence.headline_at, evidence.container
    spans = [(max(0, at - 4), at + 9)] if at >= 0 else []
    if container:
        spans.append((max(0, container.first - 4), container.first + 3))
    return any(
        len(segment.text) < 4 * _MAX_LABEL and test(segment)
        for first, last in spans
        for segment in evidence.segments[first:last]
    )


def _is_author(segment: Segment) -> bool:
    if any(not _AUTHOR.isdisjoint(frame.style.tokens) for frame in islice(segment.frame.up(), 3)):
        return True
    return bool(segment.inner) and not _AUTHOR.isdisjoint(read_style(segment.inner).tokens)


def _is_menu_label(segments: Sequence[Segment], at: int) -> bool:
    """Return whether another link of the page is called like its headline."""
    headline = segments[at].text.casefold()
    return len(headline) < _MAX_LABEL and any(
        number != at and segment.text.casefold() == headline and _is_link(segment)
        for number, segment in enumerate(segments)
    )


def _of_text(found: FoundBody) -> _Numbers:
    evidence = found.evidence
    segments, weights, container = evidence.segments, evidence.weights, evidence.container
    first, last = (container.first, container.last) if container else (0, 0)
    links = [18 <= evidence.lengths[at] <= 250 and _is_link(segments[at]) for at in range(first, last)]
    heads = [_is_linked_heading(segment) for segment in segments[first:last]]
    streak, lone = _measure_rows(weights[first:last], links)
    rows = _split_rows(weights[first:last], heads)
    lengths = [evidence.lengths[number] for number in found.numbers if weights[number]]
    texts = (length for length, weight in zip(evidence.lengths, weights, strict=True) if weight)
    return {
        "streak": _log(streak),
        "lone": lone,
        "second": sum(rows[1:]) / (sum(rows) or 1.0),
        "longest": _log(max(texts, default=0.0)),
        "body_length": _log(sum(lengths)),
        "body_blocks": _log(len(lengths)),
    }


def _is_linked_heading(segment: Segment) -> bool:
    is_heading = segment.tag in _HEADINGS or any(frame.tag in _HEADINGS for frame in islice(segment.frame.up(), 3))
    return is_heading and (segment.in_link or segment.linked > 0.5 * len(segment.text))


def _measure_rows(weights: Sequence[float], links: Sequence[bool]) -> tuple[float, float]:
    """Return the weight of the longest row of sentences without a headline's link, and the share of lone sentences."""
    best = row = 0.0
    size = lone = count = 0
    for weight, is_link in zip([*weights, 0.0], [*links, True], strict=True):
        if is_link:
            lone += size == 1
            row, size = 0.0, 0
        elif weight:
            row, size, count = row + weight, size + 1, count + 1
            best = max(best, row)
    return best, lone / (count or 1)


def _split_rows(weights: Sequence[float], heads: Sequence[bool]) -> list[float]:
    """Return the weights of the rows of sentences between linked headings, the heaviest first."""
    rows = [0.0]
    for weight, is_head in zip(weights, heads, strict=True):
        if is_head:
            rows.append(0.0)
        rows[-1] += weight
    return sorted(filter(None, rows), reverse=True)


def _of_elements(evidence: Evidence, markup: Markup) -> _Numbers:
    frames = _find_articles(evidence.segments)
    sizes = [sum(evidence.weights[frame.first : frame.last]) for frame in frames]
    outer = (frame for frame in frames if frame.style.polarity >= 0 and frames.isdisjoint(islice(frame.up(), 1, None)))
    return {
        "stories": sum(1 for frame in outer if any(evidence.weights[frame.first : frame.last])),
        "max_article": max(sizes, default=0.0) / (sum(evidence.weights) or 1.0),
        "passwords": any((each.get("type") or "").lower() == "password" for each in markup.find("input")),
    }


def _find_articles(segments: Sequence[Segment]) -> set[Frame]:
    """Return the article elements around the segments."""
    seen: set[Frame] = set()
    for segment in segments:
        frame: Frame | None = segment.frame
        while frame is not None and frame not in seen:
            seen.add(frame)
            frame = frame.parent
    return {frame for frame in seen if frame.tag == "article"}


def _log(value: float) -> float:
    return math.log1p(max(0.0, value))
