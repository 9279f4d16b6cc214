"""Which articles tell the same story: clusters, kept up to date batch by batch.

What an article is compared with, and what becomes of it, depends on the texts and times of the articles, and not on
the order in which they came:

- Two articles are compared when they share a mark (newscrawl.storage.duplicates.similarity). A mark that more than
  `_CROWD` articles of a period have is a form, a disclaimer, a standing phrase, and leads nowhere. Who has it is
  compared again when it becomes one, or ceases to be.
- Those that tell the same story are linked, in `cluster_links`.
- In the order of publication, each article joins the story of the text that it is a copy of; else that of the first
  version (an article that begins a cluster) that it is most like; else that of another version, if the first is not
  too long ago, or it is a part of that text; else it begins one. So a chain of reports, each much like the one
  before, is cut, and a digest of many stories joins one of them, but does not make them one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heapify, heappop, heappush
from itertools import chain, islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, literal, select, text, tuple_, update

from newscrawl.storage.duplicates.similarity import (
    COPY,
    ENOUGH_WORDS,
    PERIOD,
    SIGNER,
    Likeness,
    Mark,
    Told,
    likeness,
    nearby,
    told,
)
from newscrawl.storage.tables import ArticleClusterRow, ArticleRow, ClusterLinkRow, ClusterMarkRow, table_of
from newscrawl.storage.types import UtcDateTime
from newscrawl.storage.values import split_sorted

_ARTICLES, _CLUSTERS, _LINKS, _MARKS = map(table_of, (ArticleRow, ArticleClusterRow, ClusterLinkRow, ClusterMarkRow))
_CROWD = 100
_MOST = 50_000
"""Rows read at once: of so many, some mark has a crowd."""
_HELD = 500
"""Texts held at once, beside those of the batch."""
_UNDATED = datetime.max.replace(tzinfo=UTC)
_WHOLE = 1000
"""Likeness is stored in thousandths."""

_Pair = tuple[int, int]


def compare(connection: Connection, limit: int) -> int:
    """Compare the next articles that are new or have changed, and settle what story each tells; how many."""
    _start_anew_with_another_signer(connection)
    ids = _pending(connection, limit)
    if ids:
        texts = dict(_texts(connection, ids))
        _enter_marks(connection, texts)
        touched = _enter_links(connection, texts, _compared(connection, texts))
        _settle(connection, compared=set(texts), touched=touched)
    return len(ids)


def pending(connection: Connection) -> int:
    """How many articles are still to be compared."""
    new = select(func.count()).select_from(_ARTICLES).where(*_is_new(connection))
    again = select(func.count()).select_from(_CLUSTERS).where(_CLUSTERS.c.cluster_id.is_(None))
    return sum(connection.execute(select(new.scalar_subquery(), again.scalar_subquery())).one())


def forget(connection: Connection, article_id: int) -> None:
    """An article is about to go: have those compared anew that it was linked to, or kept from being compared."""
    marks = {(row.period, row.mark) for row in connection.execute(_marks_of([article_id]))}
    crowded = _crowded(connection, marks)
    linked = set(connection.scalars(select(_LINKS.c.other_id).where(_LINKS.c.article_id == article_id)))
    linked.update(connection.scalars(select(_CLUSTERS.c.article_id).where(_CLUSTERS.c.cluster_id == article_id)))
    connection.execute(delete(_MARKS).where(_MARKS.c.article_id == article_id))
    freed = _bearers(connection, crowded - _crowded(connection, crowded))
    _compare_again(connection, linked.union(*freed.values()) - {article_id})


def _start_anew_with_another_signer(connection: Connection) -> None:
    """Marks of two versions of the library have nothing in common: all are made again."""
    signer = select(_CLUSTERS.c.signer).order_by(_CLUSTERS.c.changed_at.desc()).limit(1)
    if connection.scalar(signer) not in (None, SIGNER):
        for table in (_LINKS, _MARKS, _CLUSTERS):
            connection.execute(delete(table))


def _pending(connection: Connection, limit: int) -> list[int]:
    """First what is new or has changed, in order; when all of it was compared, what is to be compared again."""
    new = select(_ARTICLES.c.id).where(*_is_new(connection)).order_by(_ARTICLES.c.changed_at, _ARTICLES.c.id)
    again = select(_CLUSTERS.c.article_id).where(_CLUSTERS.c.cluster_id.is_(None)).order_by(_CLUSTERS.c.article_id)
    return list(connection.scalars(new.limit(limit))) or list(connection.scalars(again.limit(limit)))


def _is_new(connection: Connection) -> list[ColumnElement[bool]]:
    """That an article changed after the last one that was compared."""
    newest = (_CLUSTERS.c.changed_at.desc(), _CLUSTERS.c.article_id.desc())
    asked = select(_CLUSTERS.c.changed_at, _CLUSTERS.c.article_id).order_by(*newest).limit(1)
    if (last := connection.execute(asked).first()) is None:
        return []
    place = tuple_(literal(last.changed_at, UtcDateTime), literal(last.article_id))
    # The first says nothing new, but a row value alone keeps MariaDB from using the index.
    return [_ARTICLES.c.changed_at >= last.changed_at, tuple_(_ARTICLES.c.changed_at, _ARTICLES.c.id) > place]


def _texts(connection: Connection, ids: Collection[int]) -> Iterator[tuple[int, Told]]:
    shown = (_ARTICLES.c.id, _ARTICLES.c.headline, _ARTICLES.c.body_text, _ARTICLES.c.published_at)
    for row in connection.execute(select(*shown).where(_ARTICLES.c.id.in_(ids))):
        yield row.id, told(row.headline, row.body_text, row.published_at)


def _marks_of(ids: Collection[int]) -> Select[int, int, int]:
    return select(_MARKS.c.period, _MARKS.c.mark, _MARKS.c.article_id).where(_MARKS.c.article_id.in_(ids))


def _enter_marks(connection: Connection, texts: Mapping[int, Told]) -> None:
    """Enter the marks of these articles, in place of those that they had; have those compared anew whom it concerns."""
    now = {(*mark, at) for at, each in texts.items() for mark in each.marks}
    was = {tuple(row) for row in connection.execute(_marks_of(texts))}
    gone = Counter((period, mark) for period, mark, _ in was - now)
    new = Counter((period, mark) for period, mark, _ in now - was)
    before = _crowded(connection, gone)
    if was:
        connection.execute(delete(_MARKS).where(_MARKS.c.article_id.in_(texts)))
    if now:
        names = ("period", "mark", "article_id")
        connection.execute(insert(_MARKS), [dict(zip(names, row, strict=True)) for row in sorted(now)])
    crowded = _crowded(connection, gone.keys() | new.keys())
    turned = {mark for mark in crowded if not _crowded(connection, [mark], _CROWD + new[mark] - gone[mark])}
    concerned = _bearers(connection, turned | (before - crowded))
    _compare_again(connection, set().union(*concerned.values()) - texts.keys())


def _compare_again(connection: Connection, ids: Collection[int]) -> None:
    for part in split_sorted(ids):
        connection.execute(update(_CLUSTERS).where(_CLUSTERS.c.article_id.in_(part)).values(cluster_id=None))


def _crowded(connection: Connection, marks: Collection[Mark], crowd: int | None = None) -> set[Mark]:
    """Those of the marks that too many articles have; no more of these are counted than need be."""
    asked = (
        "SELECT v.period, v.mark FROM v WHERE (SELECT m.article_id FROM cluster_marks m "
        "WHERE m.period = v.period AND m.mark = v.mark LIMIT 1 OFFSET :crowd) IS NOT NULL"
    )
    crowd = _CROWD if crowd is None else crowd
    found = (_of_marks(connection, part, asked, crowd=crowd) for part in split_sorted(marks))
    return {(period, mark) for part in found for period, mark in part}


def _bearers(connection: Connection, marks: Collection[Mark]) -> dict[Mark, list[int]]:
    """The articles that have each of the marks."""
    found: defaultdict[Mark, list[int]] = defaultdict(list)
    for part in split_sorted(marks):
        for period, mark, article_id in _of_marks(connection, part, _BEARERS):
            found[period, mark].append(article_id)
    return found


def _few_bearers(connection: Connection, marks: Collection[Mark]) -> dict[Mark, list[int]]:
    """The articles that have each of the marks that is not crowded. What crowds have is not read."""
    found: defaultdict[Mark, list[int]] = defaultdict(list)
    for part in split_sorted(marks):
        read = _of_marks(connection, part, f"{_BEARERS} LIMIT :most", most=_MOST)
        if len(read) == _MOST:
            few = set(part) - _crowded(connection, part)
            read = _of_marks(connection, few, _BEARERS) if few else []
        for period, mark, article_id in read:
            found[period, mark].append(article_id)
    return {mark: bearers for mark, bearers in found.items() if len(bearers) <= _CROWD}


_BEARERS = (
    "SELECT v.period, v.mark, m.article_id FROM v JOIN cluster_marks m ON m.period = v.period AND m.mark = v.mark"
)


def _of_marks(connection: Connection, marks: Iterable[Mark], asked: str, **given: int) -> Sequence[Any]:
    """What is asked of the marks, the rows of `v`: thousands of numbers, which would be slow as parameters."""
    values = ", ".join(f"({period}, {mark})" for period, mark in marks)
    return connection.execute(text(f"WITH v (period, mark) AS (VALUES {values}) {asked}"), given).all()


def _compared(connection: Connection, texts: Mapping[int, Told]) -> dict[_Pair, Likeness]:
    """The links of these articles, to each other and to all others, the lower number first."""
    held = dict(texts)
    found: dict[_Pair, Likeness] = {}
    for part in _in_parts(_candidates(connection, texts), texts):
        lacking = {at for pair in part for at in pair} - held.keys()
        others = dict(_texts(connection, lacking)) if lacking else {}
        for one, other in part:
            first, second = (held.get(at) or others[at] for at in (one, other))
            if alike := likeness(first, second):
                found[one, other] = alike
    return found


def _in_parts(pairs: Iterable[_Pair], texts: Mapping[int, Told]) -> Iterator[list[_Pair]]:
    """The pairs, in parts of which each names a bounded number of articles that are not of the batch."""
    outside = sorted(pairs, key=lambda pair: max(pair, key=lambda at: (at not in texts, at)))
    rest = iter(outside)
    while part := list(islice(rest, _HELD)):
        yield part


def _candidates(connection: Connection, texts: Mapping[int, Told]) -> set[_Pair]:
    """Who shares a mark that is not crowded."""
    near = {beside for each in texts.values() for mark in each.marks for beside in nearby(mark)}
    bearers = _few_bearers(connection, near)
    return {
        (min(at, other), max(at, other))
        for at, each in texts.items()
        for mark in each.marks & bearers.keys()
        for beside in nearby(mark)
        for other in bearers.get(beside, ())
        if other != at
    }


def _enter_links(connection: Connection, texts: Mapping[int, Told], found: Mapping[_Pair, Likeness]) -> set[int]:
    """Enter the links of these articles, in place of those that they had; whom else either concerns."""
    was = set(connection.scalars(select(_LINKS.c.other_id).where(_LINKS.c.article_id.in_(texts))))
    if was:
        for end in (_LINKS.c.article_id, _LINKS.c.other_id):
            connection.execute(delete(_LINKS).where(end.in_(texts)))
    if found:
        both = [
            {"article_id": at, "other_id": other, "alike": _part(each.alike), "shared": _part(each.shared)}
            for pair, each in found.items()
            for at, other in (pair, pair[::-1])
        ]
        connection.execute(insert(_LINKS), both)
    led = connection.scalars(select(_CLUSTERS.c.article_id).where(_CLUSTERS.c.cluster_id.in_(texts)))
    return was.union(led, *found)


def _part(share: float) -> int:
    return round(share * _WHOLE)


@dataclass(frozen=True, slots=True)
class _Link:
    other: int
    alike: int
    shared: int


@dataclass(slots=True)
class _Stories:
    """As much as is needed of the articles that are linked to each other."""

    connection: Connection
    place: dict[int, tuple[int, datetime, str, int]] = field(default_factory=dict)
    """Where each stands in the order of publication; what is too short to be told by its text comes after the rest, and
    what has none after that."""
    cluster: dict[int, int] = field(default_factory=dict)
    again: set[int] = field(default_factory=set)
    """Those that are to be compared again, and are alone until then."""
    changed_at: dict[int, datetime] = field(default_factory=dict)
    links: dict[int, list[_Link]] = field(default_factory=dict)

    def load(self, ids: Collection[int]) -> None:
        """Read the links of these articles, and what there is to know of whom they lead to."""
        lacking = set(ids) - self.links.keys()
        self.links.update((at, []) for at in lacking)
        for part in split_sorted(lacking):
            for at, *link in self.connection.execute(select(_LINKS).where(_LINKS.c.article_id.in_(part))):
                self.links[at].append(_Link(*link))
        known = {link.other for at in lacking for link in self.links[at]} | lacking
        self._read(known)
        self._read({self.cluster[at] for at in known})

    def _read(self, ids: Collection[int]) -> None:
        shown = (
            _ARTICLES.c.id,
            _ARTICLES.c.published_at,
            _ARTICLES.c.fingerprint,
            _ARTICLES.c.changed_at,
            _ARTICLES.c.word_count,
        )
        joined = _ARTICLES.outerjoin(_CLUSTERS, _CLUSTERS.c.article_id == _ARTICLES.c.id)
        asked = select(*shown, _CLUSTERS.c.cluster_id).select_from(joined)
        lacking = split_sorted(set(ids) - self.place.keys())
        found = (self.connection.execute(asked.where(_ARTICLES.c.id.in_(part))) for part in lacking)
        for row in chain.from_iterable(found):
            short = (row.word_count < ENOUGH_WORDS) + (row.word_count == 0)
            self.place[row.id] = (short, row.published_at or _UNDATED, row.fingerprint, row.id)
            self.cluster[row.id] = row.cluster_id or row.id
            self.changed_at[row.id] = row.changed_at
            if row.cluster_id is None:
                self.again.add(row.id)

    def story(self, at: int) -> int:
        """Whose story an article tells, by what came out before it."""
        earlier = [link for link in self.links[at] if self.place[link.other] < self.place[at]]
        copied = [link for link in earlier if link.alike >= COPY * _WHOLE]
        if copied:
            return self.cluster[min(copied, key=lambda link: (-link.alike, self.place[link.other])).other]
        versions = [link for link in earlier if self._is_version(link.other, at)]
        first = [link for link in versions if self.cluster[link.other] == link.other]
        likest = min(
            first or versions, key=lambda link: (-link.alike - link.shared, self.place[link.other]), default=None
        )
        return self.cluster[likest.other] if likest else at

    def _is_version(self, other: int, at: int) -> bool:
        """Whether what is linked to an article leads to its story: if that began of late, or is copied in part."""
        return self._are_near(self.cluster[other], at) or not self._are_near(other, at)

    def _are_near(self, one: int, other: int) -> bool:
        return abs(self.place[one][1] - self.place[other][1]) <= PERIOD

    def later(self, at: int) -> Iterator[int]:
        """Those linked to an article that came out after it."""
        return (link.other for link in self.links[at] if self.place[link.other] > self.place[at])


def _settle(connection: Connection, *, compared: set[int], touched: set[int]) -> None:
    """Say whose story these articles tell, and all that follows from it, in the order of publication."""
    stories = _Stories(connection)
    stories.load(compared | touched)
    queue = [stories.place[at] for at in compared | touched]
    heapify(queue)
    queued, changed = compared | touched, set(compared)
    while queue:
        at = heappop(queue)[-1]
        if at in stories.again and at not in compared:
            continue
        if at not in stories.links:
            stories.load([place[-1] for place in queue] + [at])
        before, stories.cluster[at] = stories.cluster[at], stories.story(at)
        if stories.cluster[at] != before:
            changed.add(at)
            for other in set(stories.later(at)) - queued:
                queued.add(other)
                heappush(queue, stories.place[other])
    _enter_clusters(stories, compared, changed)


def _enter_clusters(stories: _Stories, compared: set[int], changed: set[int]) -> None:
    connection = stories.connection
    connection.execute(delete(_CLUSTERS).where(_CLUSTERS.c.article_id.in_(compared)))
    entered = [
        {
            "article_id": at,
            "cluster_id": stories.cluster[at],
            "changed_at": stories.changed_at[at],
            "signer": SIGNER,
        }
        for at in sorted(compared)
    ]
    connection.execute(insert(_CLUSTERS), entered)
    for at in sorted(changed - compared):
        connection.execute(update(_CLUSTERS).where(_CLUSTERS.c.article_id == at).values(cluster_id=stories.cluster[at]))
