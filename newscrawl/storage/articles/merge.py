"""What a new capture of an article changes. Pure: values in, values out.

The rules, in full:

- The newest capture wins for what it tells. What it does not tell (None or empty) it does not erase: publishers
  re-render old stories in templates that have no place for a dek, a section or a ticker.
- Less of the body never replaces more: a teaser keeps the full body that is known, and a full body completes a
  teaser. A coarser published_at (a day) never replaces a finer one (a second).
- A capture older than the newest one only fills gaps in the article, and takes its place among the revisions.
- A headline-only capture (access "blocked": what a list told) counts as older than every page. Its version stands
  among the revisions until the first one of a page, which takes its place; what only a list tells fills gaps.
- A capture of plain text (a WET record, a text dump) has lost its markup: where a page of markup is known it only
  fills gaps, and the first page of markup takes the place of all that texts told.
- A revision is a version of headline, dek, correction, body and access that differs from the one before it. One
  that was seen again is not repeated; its span of time, seen_at to seen_until, grows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from newscrawl.article import TEXT_LAYOUT, Access, Article, Block, Image

_MORE_ACCESS = {"blocked": 0, "teaser": 1, "full": 2}
_FINER = {None: 0, "day": 1, "minute": 2, "second": 3}
_PLAIN = (
    "canonical_url",
    "post_id",
    "publisher",
    "headline",
    "dek",
    "byline",
    "dateline",
    "updated_at",
    "section",
    "topics",
    "tickers",
    "language",
    "abstract",
    "correction",
    "images",
    "contacts",
    "assistance",
)
"""Fields under the plain rule: the newest that tells it wins."""


def _parts(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, Image):
        return value.caption, value.credit
    return [getattr(value, name) for name in value.__slots__]


_dumps = json.JSONEncoder(ensure_ascii=False, default=_parts).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a reader saw of an article between two moments (UTC, both inclusive)."""

    seen_at: datetime
    seen_until: datetime
    headline: str
    dek: str | None
    correction: str | None
    access: Access
    body: tuple[Block, ...]

    @property
    def is_listed(self) -> bool:
        """Whether this is what a list told, and no page."""
        return self.access == "blocked"

    @property
    def text(self) -> tuple[object, ...]:
        """What a reader saw: equal for two versions that read the same."""
        return self.headline, self.dek, self.correction, self.access, self.body


def is_listed(article: Article) -> bool:
    """Whether an article is headline-only: what a list told of a page that could not be had."""
    return article.access == "blocked"


def is_plain_text(article: Article) -> bool:
    """Whether an article was read from plain text, such as a WET record."""
    return article.layout == TEXT_LAYOUT


def version(article: Article) -> Version:
    """The version that a capture shows, seen at the moment of its fetch."""
    return Version(
        seen_at=article.fetched_at,
        seen_until=article.fetched_at,
        headline=article.headline,
        dek=article.dek,
        correction=article.correction,
        access=article.access,
        body=article.body,
    )


def weave(history: Sequence[Version], seen: Version) -> tuple[Version, ...]:
    """`history` (oldest first) with one more sighting at its place in time; equal neighbours are one.

    A sighting inside the span of a version that reads differently parts that span in two. A page takes the place of all
    that lists told, and a list's word beside a page's is none.
    """
    if seen.is_listed != history[-1].is_listed:
        return tuple(history) if seen.is_listed else (seen,)
    if any(known.seen_at <= seen.seen_at <= known.seen_until and known.text == seen.text for known in history):
        return tuple(history)
    pieces = [piece for known in history for piece in _parted(known, seen.seen_at)]
    place = sum(piece.seen_at <= seen.seen_at for piece in pieces)
    return joined([*pieces[:place], seen, *pieces[place:]])


def weave_all(history: Sequence[Version], sightings: Iterable[Version]) -> tuple[Version, ...]:
    """`history` with several more sightings, as `weave`."""
    woven = tuple(history)
    for seen in sightings:
        woven = weave(woven, seen)
    return woven


def is_newer(seen: Version, history: Sequence[Version]) -> bool:
    """Whether a sighting, woven or not, is of what an article reads like now."""
    last = history[-1]
    if seen.is_listed != last.is_listed:
        return last.is_listed
    return seen.seen_at > last.seen_until or (
        seen.seen_at == last.seen_until and weave(history, seen) != tuple(history)
    )


def _parted(known: Version, moment: datetime) -> tuple[Version, ...]:
    if known.seen_at <= moment < known.seen_until:
        return replace(known, seen_until=known.seen_at), replace(known, seen_at=known.seen_until)
    return (known,)


def joined(pieces: Sequence[Version]) -> tuple[Version, ...]:
    """Sightings in order of time as versions: each completed by the one before, equal neighbours made one."""
    joined = [pieces[0]]
    for piece in pieces[1:]:
        full = _completed(joined[-1], piece)
        if full.text != joined[-1].text:
            joined.append(full)
        elif full is piece:  # it told all of this itself, so it was seen again
            joined[-1] = replace(joined[-1], seen_until=max(joined[-1].seen_until, piece.seen_until))
    return tuple(joined)


def _completed(before: Version, seen: Version) -> Version:
    """`seen`, with what it does not tell taken from the version before it; itself when it tells all."""
    cut = _MORE_ACCESS[seen.access] < _MORE_ACCESS[before.access] or not seen.body
    access, body = (before.access, before.body) if cut else (seen.access, seen.body)
    full = replace(
        seen,
        dek=seen.dek or before.dek,
        correction=seen.correction or before.correction,
        access=access,
        body=body,
    )
    return seen if full == seen else full


def merged(before: Article, after: Article) -> Article:
    """The article as both captures tell it, where `after` is the newer one; see the rules above."""
    told = {name: getattr(after, name) or getattr(before, name) for name in _PLAIN}
    published = after if _tells_time_better(before, after) else before
    text = before if _MORE_ACCESS[after.access] < _MORE_ACCESS[before.access] or not after.body else after
    return replace(
        after,
        **told,
        published_at=published.published_at,
        published_precision=published.published_precision,
        access=text.access,
        body=text.body,
        sources={**before.sources, **after.sources},
    )


def as_in(shown: Version, article: Article) -> Article:
    """The article with the headline, dek, correction and body of a version of it."""
    return replace(
        article,
        headline=shown.headline,
        dek=shown.dek,
        correction=shown.correction,
        access=shown.access,
        body=shown.body,
    )


def _tells_time_better(before: Article, after: Article) -> bool:
    if not after.published_at or not before.published_at:
        return after.published_at is not None
    return _FINER[after.published_precision] >= _FINER[before.published_precision]


def telling(article: Article) -> str:
    """All that a reader would call the article, as one text: not its address, layout, sources or fetch.

    Nor the addresses of its pictures: seen in the wild, they change with the host and with every resizing.
    """
    told = [getattr(article, name) for name in (*_PLAIN, "published_precision", "access", "published_at")]
    body = "\x1e".join([f"{block.kind}\x1f{block.text}" for block in article.body])
    return _dumps(told) + body


def fingerprint(told: str) -> str:
    """32 hex digits for what `telling` returns: equal for two captures that tell the same."""
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
