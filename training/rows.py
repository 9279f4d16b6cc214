"""Makes the rows that the model learns from: features and labels of the segments of gold pages."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from newscrawl.article import Page
from newscrawl.errors import NewscrawlError
from newscrawl.extract.generic import container, features, segmenter
from newscrawl.extract.markup import Markup
from training.gold import GoldPage, read_pages
from training.labels import find_tokens, label_segments
from training.progress import show_progress

_MAX_BYTES = 2**24
LEXICON_AT = features.NAMES.index("lexicon")
"""The columns from here on, four of them, depend on the lexicon."""


@dataclass(slots=True)
class PageRows:
    """The candidates of one page, in order."""

    page: GoldPage
    values: list[list[float]]
    elements: list[list[tuple[str, ...]]]
    labels: list[float]
    words: list[int]
    texts: list[str]
    tags: list[str]
    lost: float
    """Share of the gold's words in segments that are no candidates."""


@cache
def intern_tokens(tokens: tuple[str, ...]) -> tuple[str, ...]:
    return tokens


def read_rows(gold: Path) -> list[PageRows]:
    """Return the rows of all gold pages that can be parsed."""
    pages = list(read_pages(gold))
    with multiprocessing.Pool() as pool:
        made = pool.imap(make_rows, pages, chunksize=8)
        return [rows for rows in show_progress(made, "Segmenting the gold pages", len(pages)) if rows]


def make_rows(page: GoldPage) -> PageRows | None:
    """Return the rows of a page; None if it cannot be parsed."""
    try:
        markup = Markup(
            Page(url=page.url, body=page.html, fetched_at=datetime(2026, 1, 1, tzinfo=UTC), content_type="text/html"),
            _MAX_BYTES,
        )
    except NewscrawlError:
        return None
    segmentation = segmenter.segment(markup.root)
    evidence = container.weigh_evidence(segmentation, markup)
    segments = segmentation.segments
    labels = label_segments([segment.text for segment in segments], page.set, page.gold)
    sizes = [len(find_tokens(segment.text)) for segment in segments]
    rows = list(features.compute(evidence, container.find_description(markup), {}, features.find_candidates(evidence)))
    numbers = [number for number, _ in rows]
    inside = set(numbers)
    positive = sum(size * max(0.0, label) for size, label in zip(sizes, labels, strict=True))
    lost = sum(sizes[at] * max(0.0, labels[at]) for at in range(len(segments)) if at not in inside)
    return PageRows(
        page=page,
        values=[values for _, values in rows],
        elements=[[intern_tokens(each) for each in features.list_elements(segments[at])] for at in numbers],
        labels=[labels[at] for at in numbers],
        words=[sizes[at] for at in numbers],
        texts=[segments[at].text for at in numbers],
        tags=[segments[at].tag for at in numbers],
        lost=lost / positive if positive else 0.0,
    )


def split_sites(pages: Sequence[GoldPage], folds: int, seed: int = 12) -> list[int]:
    """Return the fold of each page; all pages of a site are in one fold."""
    sites = sorted({page.site for page in pages})
    random.Random(seed).shuffle(sites)  # noqa: S311 - no secret
    fold_of = {site: at % folds for at, site in enumerate(sites)}
    return [fold_of[page.site] for page in pages]
