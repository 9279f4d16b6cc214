"""What a new capture of an article changes: for each field, which capture wins. Pure.

Beyond the rules of the fields:

- A capture that is older than the newest one only fills gaps, and takes its place among the versions.
- A headline-only article (access "blocked"), which a list gave, counts as older than every page. Its versions give way
  to the first version of a page.
- Plain text (a WET record, a text dump) has lost its markup: it only fills gaps of an article read from markup, and its
  versions give way to the first version read from markup.
- A capture that was cut (not `complete`) counts until a complete one is known, and then no more: no field, no
  version. Of several cut ones, only the one that shows most counts, and they are one version.
- A version is what a reader saw: the fields with `in_version`. Consecutive captures that show the same are one version,
  with the time from the first to the last of them (seen_at to seen_until).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import Enum
from typing import Any

from newscrawl.article import TEXT_LAYOUT_SUFFIX, Access, Article, Block, Image, encode_block


class MergeRule(Enum):
    """Which of two captures of an article a field is taken from."""

    READING = "the newer one, even if it has no value: how the article was read, not what it says"
    COMPLETE = "the complete one; with it every other field is taken from that capture alone"
    # Publishers re-render old stories in templates without a place for a dek, a section or a ticker.
    NEWEST = "the newer one if it has a value, otherwise the older one"
    FINEST_TIME = "the newer one, unless only the older one has a time or has a more precise one"
    FULLEST_TEXT = "the newer one, unless it shows less of the body: a teaser never replaces a full body"
    COMBINED = "both, by key; the newer one wins"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How a field of Article is merged, compared and kept."""

    merge: MergeRule
    in_version: bool = False
    """Whether another value makes a new version of the article."""
    is_reported: bool = True
    """Whether `scrapy reextract` compares it."""
    since: str | None = None
    """The schema version that added its column, after the baseline."""


_READING = FieldRule(MergeRule.READING, is_reported=False)
_NEWEST = FieldRule(MergeRule.NEWEST)
# The fingerprints in the databases depend on the order of the fields: add a new one at the end, with `since`.
FIELDS: Mapping[str, FieldRule] = {
    "url": _READING,
    "layout": _READING,
    "fetched_at": _READING,
    "sources": FieldRule(MergeRule.COMBINED, is_reported=False),
    "canonical_url": _NEWEST,
    "post_id": _NEWEST,
    "publisher": FieldRule(MergeRule.NEWEST, is_reported=False),
    "headline": FieldRule(MergeRule.NEWEST, in_version=True),
    "dek": FieldRule(MergeRule.NEWEST, in_version=True),
    "byline": _NEWEST,
    "dateline": _NEWEST,
    "updated_at": _NEWEST,
    "section": _NEWEST,
    "topics": _NEWEST,
    "tickers": _NEWEST,
    "language": _NEWEST,
    "abstract": _NEWEST,
    "correction": FieldRule(MergeRule.NEWEST, in_version=True),
    "images": _NEWEST,
    "contacts": _NEWEST,
    "assistance": _NEWEST,
    "published_precision": FieldRule(MergeRule.FINEST_TIME),
    "access": FieldRule(MergeRule.FULLEST_TEXT, in_version=True),
    "published_at": FieldRule(MergeRule.FINEST_TIME),
    "body": FieldRule(MergeRule.FULLEST_TEXT, in_version=True),
    "description": FieldRule(MergeRule.NEWEST, since="0005"),
    "complete": FieldRule(MergeRule.COMPLETE, since="0006"),
    "confidence": FieldRule(MergeRule.READING, is_reported=False, since="0007"),
}
"""The rule of every field of Article."""


_BY_RULE = {rule: tuple(name for name, field in FIELDS.items() if field.merge is rule) for rule in MergeRule}
CONTENT_FIELDS = tuple(field.name for field in fields(Article) if FIELDS[field.name].is_reported)
"""The fields that another extraction may read differently, in the order of Article."""
VERSION_FIELDS = tuple(name for name, field in FIELDS.items() if field.in_version)
_NOT_COMPARED = (MergeRule.READING, MergeRule.COMPLETE, MergeRule.COMBINED)
_COMPARED = tuple(name for name, field in FIELDS.items() if field.merge not in _NOT_COMPARED)
_BASELINE_FIELDS = tuple(name for name in _COMPARED if FIELDS[name].since is None and name != "body")
_ADDED_FIELDS = tuple(name for name in _COMPARED if FIELDS[name].since is not None)
_ACCESS_ORDER = ("blocked", "teaser", "full")
_PRECISION_ORDER = (None, "day", "minute", "second")


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
    complete: bool = True
    """Whether it was read from complete captures. All versions of an article were, or it is its only one."""

    @property
    def is_listed(self) -> bool:
        """Whether a list gave it, not a page."""
        return self.access == "blocked"

    @property
    def content(self) -> tuple[object, ...]:
        """What a reader saw: equal for two versions that read the same."""
        return tuple([getattr(self, name) for name in VERSION_FIELDS])


def is_listed(article: Article) -> bool:
    """Whether an article is headline-only: given by a list, because its page could not be fetched."""
    return article.access == "blocked"


def is_plain_text(article: Article) -> bool:
    """Whether an article was read from plain text, such as a WET record."""
    return article.layout.endswith(TEXT_LAYOUT_SUFFIX)


def find_standing(article: Article) -> tuple[bool, bool, bool]:
    """Return how much a capture counts against others: the versions of the article are those of the highest."""
    return not is_listed(article), article.complete, not is_plain_text(article)


def measure_text(seen: Article | Version) -> tuple[int, int, str]:
    """Return how much a cut capture shows, for comparison with another; never equal for different texts."""
    text = "\n".join(block.text for block in seen.body)
    return _ACCESS_ORDER.index(seen.access), len(text), f"{text}\n{seen.headline}"


def merge(before: Article, after: Article) -> Article:
    """Merge two captures of an article, of which `after` is the newer, or shows more if both are cut."""
    if not ((before.complete and after.complete) or is_listed(before) or is_listed(after)):
        return before if before.complete else after
    finest = before if _has_finer_time(before, after) else after
    shows_less = _ACCESS_ORDER.index(after.access) < _ACCESS_ORDER.index(before.access) or not after.body
    fullest = before if shows_less else after
    values = {name: getattr(after, name) or getattr(before, name) for name in _BY_RULE[MergeRule.NEWEST]}
    values |= {name: getattr(finest, name) for name in _BY_RULE[MergeRule.FINEST_TIME]}
    values |= {name: getattr(fullest, name) for name in _BY_RULE[MergeRule.FULLEST_TEXT]}
    values |= {name: {**getattr(before, name), **getattr(after, name)} for name in _BY_RULE[MergeRule.COMBINED]}
    return replace(after, **values)


def _has_finer_time(before: Article, after: Article) -> bool:
    if not after.published_at or not before.published_at:
        return after.published_at is None
    return _PRECISION_ORDER.index(before.published_precision) > _PRECISION_ORDER.index(after.published_precision)


def is_changed(before: Article, after: Article) -> bool:
    """Whether an article reads differently.

    A value where there was none does not count for a field that a later schema version added: the row may be older than
    the field, and the page may have had the value all along.
    """
    if filled := filled_fields(before, after):
        before = replace(before, **filled)
    return content_text(before) != content_text(after)


def filled_fields(before: Article, after: Article) -> dict[str, Any]:
    """Return the values of `after`, in fields of later schema versions, where `before` has none."""
    gaps = [name for name in _ADDED_FIELDS if not getattr(before, name)]
    return {name: value for name in gaps if (value := getattr(after, name))}


def content_text(article: Article) -> str:
    """Return everything of an article that is compared, as one text; of a cut one, never that of a complete one."""
    body = "\x1e".join(["\x1f".join(encode_block(block).values()) for block in article.body])
    added = {name: value for name in _ADDED_FIELDS if (value := getattr(article, name))}
    values = _dumps([getattr(article, name) for name in _BASELINE_FIELDS])
    # Without a value, a later field leaves the fingerprint as it was before the field existed.
    return ("" if article.complete else "cut\x1e") + values + (_dumps(added) if added else "") + body


def fingerprint(text: str) -> str:
    """Return 32 hex digits of a `content_text`: equal for two captures with the same content."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _parts(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, Image):
        # Seen in the wild: the address of an image changes with the host and with every resizing.
        return value.caption, value.credit
    return [getattr(value, name) for name in value.__slots__]


_dumps = json.JSONEncoder(ensure_ascii=False, default=_parts).encode


def make_version(article: Article) -> Version:
    """Return the version that a capture shows, seen when it was fetched."""
    values = {name: getattr(article, name) for name in (*VERSION_FIELDS, "complete")}
    return Version(seen_at=article.fetched_at, seen_until=article.fetched_at, **values)


def with_version(article: Article, version: Version) -> Article:
    """Return the article as a version of it reads."""
    return replace(article, **{name: getattr(version, name) for name in VERSION_FIELDS})


def add_version(history: Sequence[Version], seen: Version) -> tuple[Version, ...]:
    """Add a sighting to `history` (oldest first) at its place in time; equal neighbours become one version.

    A sighting within the time of a version that reads differently splits that time in two. A page replaces all that
    lists gave; what a list gives is ignored beside a page.
    """
    if seen.is_listed != history[-1].is_listed:
        return tuple(history) if seen.is_listed else (seen,)
    if not seen.complete:
        times = [(each.seen_at, each.seen_until) for each in (history[-1], seen)]
        fullest = max(history[-1], seen, key=measure_text)
        return (replace(fullest, seen_at=min(times)[0], seen_until=max(until for _, until in times)),)
    if any(known.seen_at <= seen.seen_at <= known.seen_until and known.content == seen.content for known in history):
        return tuple(history)
    pieces: list[Version] = []
    for known in history:
        if known.seen_at <= seen.seen_at < known.seen_until:
            pieces += [replace(known, seen_until=known.seen_at), replace(known, seen_at=known.seen_until)]
        else:
            pieces.append(known)
    place = sum(piece.seen_at <= seen.seen_at for piece in pieces)
    return join_versions([*pieces[:place], seen, *pieces[place:]])


def add_versions(history: Sequence[Version], sightings: Iterable[Version]) -> tuple[Version, ...]:
    """Add sightings to `history`, as `add_version` does; a version of another history was seen at both ends."""
    result = tuple(history)
    for seen in sightings:
        for moment in dict.fromkeys((seen.seen_at, seen.seen_until)):
            result = add_version(result, replace(seen, seen_at=moment, seen_until=moment))
    return result


def is_newer(seen: Version, history: Sequence[Version]) -> bool:
    """Whether a sighting, in `history` or not, shows how the article reads now."""
    last = history[-1]
    if seen.is_listed != last.is_listed:
        return last.is_listed
    if not seen.complete:
        return measure_text(seen) > measure_text(last)
    is_new_at_same_time = seen.seen_at == last.seen_until and add_version(history, seen) != tuple(history)
    return seen.seen_at > last.seen_until or is_new_at_same_time


def join_versions(sightings: Sequence[Version]) -> tuple[Version, ...]:
    """Turn sightings in order of time into versions: each completed by the one before, equal neighbours made one."""
    versions = [sightings[0]]
    for seen in sightings[1:]:
        full = _complete(versions[-1], seen)
        if full.content != versions[-1].content:
            versions.append(full)
        elif full is seen:  # it showed all of this itself, so the version was seen again
            versions[-1] = replace(versions[-1], seen_until=max(versions[-1].seen_until, seen.seen_until))
    return tuple(versions)


def _complete(before: Version, seen: Version) -> Version:
    """Return `seen` with what it lacks taken from the version before it; the same object if it lacks nothing."""
    shows_less = _ACCESS_ORDER.index(seen.access) < _ACCESS_ORDER.index(before.access) or not seen.body
    values = {}
    for name in VERSION_FIELDS:
        if FIELDS[name].merge is MergeRule.FULLEST_TEXT:
            values[name] = getattr(before if shows_less else seen, name)
        else:
            values[name] = getattr(seen, name) or getattr(before, name)
    full = replace(seen, **values)
    return seen if full == seen else full
