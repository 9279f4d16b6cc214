"""Saved searches: which articles match, and which of them were reported where."""

from __future__ import annotations

import uuid
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, insert, or_, select, update

from newscrawl.errors import StorageError
from newscrawl.storage.database import Database
from newscrawl.storage.query import articles
from newscrawl.storage.query.statement import Query
from newscrawl.storage.tables import ArticleRow, WatchMatchRow, WatchRow, WatchTargetRow, table_of
from newscrawl.storage.values import sanitize, split, truncate

_WATCHES, _MATCHES, _TARGETS = map(table_of, (WatchRow, WatchMatchRow, WatchTargetRow))
_CLAIM = timedelta(minutes=5)
"""A process that has not finished a report by then is taken for killed."""
_CHUNK = 500
_TIMES = ("since", "until")
_DEFAULTS = Query()
TargetKind = Literal["feed", "webhook", "mail"]
TARGET_KINDS: tuple[TargetKind, ...] = get_args(TargetKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchTarget:
    """Where the matches of a saved search are reported; times are UTC."""

    kind: TargetKind
    address: str
    """An absolute path, a URL or a mail address."""
    secret: str | None = field(default=None, repr=False)
    waiting: int = 0
    """Matches that are still to be reported here."""
    delivered_at: datetime | None = None
    failures: int = 0
    """Reports in a row that failed."""
    trouble: str | None = None
    """Why the last one failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A saved search; times are UTC."""

    id: int
    name: str
    key: str
    """Its identifier in messages, which no other one ever has."""
    conditions: Mapping[str, Any]
    """Words and conditions, as JSON."""
    added_at: datetime
    checked_at: datetime
    """When articles were last matched."""
    matches: int
    targets: tuple[WatchTarget, ...]

    @property
    def query(self) -> Query:
        """All articles that match, oldest first. Raises StorageError for a condition that this version lacks."""
        if unknown := self.conditions.keys() - {each.name for each in fields(Query)}:
            raise StorageError(f"watch {self.name}: unknown condition {min(unknown)}; remove it, and add it again")
        times = {name: datetime.fromisoformat(self.conditions[name]) for name in _TIMES if name in self.conditions}
        return replace(Query(**{**self.conditions, **times}), limit=None, sort="oldest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is to be reported to a target next; the same until that has succeeded."""

    through: int
    """Number of its last match."""
    ids: Sequence[int]
    """Its articles, in the order in which they were found."""
    found_at: datetime
    """When the last of them was found; UTC."""


class WatchStore(Database):
    """The part of Store that has the saved searches."""

    def add_watch(
        self, name: str, query: Query, targets: Iterable[WatchTarget] = (), *, reports_stored: bool = False
    ) -> Watch:
        """Add a saved search, and match the articles that are stored; these are reported only if `reports_stored`.

        Raises StorageError if there is one of this name.
        """
        now = datetime.now(UTC)
        values = {"name": truncate(name), "key": uuid.uuid4().hex, "conditions": sanitize(_to_json(query))}
        values |= {"added_at": now, "checked_at": now}
        with self._writing() as connection:
            if connection.scalar(select(_WATCHES.c.id).where(_WATCHES.c.name == values["name"])):
                raise StorageError(f"there is a watch {name} already; remove it first, or choose another name")
            watch_id = connection.execute(insert(_WATCHES).returning(_WATCHES.c.id), values).scalar_one()
            [watch] = _read_watches(connection, _WATCHES.c.id == watch_id)
            stored = _add_matches(connection, watch)
            for target in targets:
                row = {"watch_id": watch_id, "kind": target.kind, "address": target.address, "secret": target.secret}
                delivered = 0 if reports_stored else len(stored)
                connection.execute(insert(_TARGETS), row | {"delivered_through": delivered, "failures": 0})
            [watch] = _read_watches(connection, _WATCHES.c.id == watch_id)
            return watch

    def remove_watch(self, watch_id: int) -> None:
        with self._writing() as connection:
            connection.execute(delete(_WATCHES).where(_WATCHES.c.id == watch_id))

    def watches(self, name: str | None = None) -> list[Watch]:
        """Return the saved searches, or the one of a name, in alphabetical order."""
        with self._reading() as connection:
            return _read_watches(connection, *((_WATCHES.c.name == name,) if name is not None else ()))

    def find_new_matches(self, watch: Watch) -> Sequence[int]:
        """Return the articles that `match_watch` would add, and add none."""
        with self._reading() as connection:
            return _select_new(connection, watch)

    def match_watch(self, watch: Watch) -> Sequence[int]:
        """Add the articles that match now and did not before, new or by a revision; return their ids, oldest first."""
        with self._writing() as connection:
            return _add_matches(connection, watch)

    def newest_matches(self, watch: Watch, limit: int) -> Sequence[int]:
        """Return the articles that were found last, the last one first."""
        newest = select(_MATCHES.c.article_id).where(_MATCHES.c.watch_id == watch.id).order_by(_MATCHES.c.number.desc())
        with self._reading() as connection:
            return connection.scalars(newest.limit(limit)).all()

    def claim_report(self, watch: Watch, kind: TargetKind, limit: int) -> Report | None:
        """Reserve the next report to a target, of at most `limit` articles, for this process.

        None: there is nothing to report, or another process does. `end_report` ends it; the claim of a killed process
        expires, and the same report is returned again.
        """
        now = datetime.now(UTC)
        is_free = or_(_TARGETS.c.claimed_until.is_(None), _TARGETS.c.claimed_until < now)
        with self._writing() as connection:
            target = connection.execute(select(_TARGETS).where(_is(watch, kind), is_free).with_for_update()).first()
            if target is None:
                return None
            found = select(_MATCHES.c.number, _MATCHES.c.article_id, _MATCHES.c.found_at)
            waiting = [_MATCHES.c.watch_id == watch.id, _MATCHES.c.number > target.delivered_through]
            if target.sending_through is not None:
                waiting.append(_MATCHES.c.number <= target.sending_through)
            rows = connection.execute(found.where(*waiting).order_by(_MATCHES.c.number).limit(limit)).all()
            if not rows:  # also where all articles of a failed report were deleted since
                nothing = {"sending_through": None, "delivered_through": target.sending_through}
                if target.sending_through is not None:
                    connection.execute(update(_TARGETS).where(_is(watch, kind)).values(nothing))
                return None
            through = target.sending_through or rows[-1].number
            claimed = {"sending_through": through, "claimed_until": now + _CLAIM}
            connection.execute(update(_TARGETS).where(_is(watch, kind)).values(claimed))
            return Report(through=through, ids=[row.article_id for row in rows], found_at=rows[-1].found_at)

    def end_report(self, watch: Watch, kind: TargetKind, report: Report, trouble: str | None = None) -> None:
        """Save that a report succeeded or, with `trouble`, why it failed: then it is the next one again."""
        values: dict[str, Any] = {"claimed_until": None, "trouble": trouble}
        if trouble is None:
            values |= {"delivered_through": report.through, "sending_through": None, "failures": 0}
            values["delivered_at"] = datetime.now(UTC)
        else:
            values["failures"] = _TARGETS.c.failures + 1
        with self._writing() as connection:
            connection.execute(update(_TARGETS).where(_is(watch, kind)).values(values))


def follow_merge(connection: Connection, retired: int, into: int) -> None:
    """Count an article that is part of another now as that one, so that it is not reported a second time."""
    other = _MATCHES.alias()
    known = exists().where(other.c.watch_id == _MATCHES.c.watch_id, other.c.article_id == into)
    own = _MATCHES.c.article_id == retired
    connection.execute(update(_MATCHES).where(own, ~known).values(article_id=into))


def _is(watch: Watch, kind: TargetKind) -> ColumnElement[bool]:
    return and_(_TARGETS.c.watch_id == watch.id, _TARGETS.c.kind == kind)


def _to_json(query: Query) -> dict[str, Any]:
    given = {each.name: getattr(query, each.name) for each in fields(Query) if each.name not in ("limit", "sort")}
    changed = {name: value for name, value in given.items() if value != getattr(_DEFAULTS, name)}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in changed.items()}


def _add_matches(connection: Connection, watch: Watch) -> Sequence[int]:
    # Two runs that end at once wait here for each other, and the second one finds nothing new.
    connection.execute(select(_WATCHES.c.id).where(_WATCHES.c.id == watch.id).with_for_update())
    # The bound is read first: what changes meanwhile is beyond it, and is matched by the next run.
    through = connection.scalar(select(func.max(ArticleRow.changed_at)))
    now = datetime.now(UTC)
    ids = _select_new(connection, watch)
    first = _find_last_number(connection, watch) + 1
    for part in split(range(len(ids)), _CHUNK):
        rows = [{"watch_id": watch.id, "number": first + at, "article_id": ids[at], "found_at": now} for at in part]
        connection.execute(insert(_MATCHES), rows)
    checked = {"checked_at": now, "changed_through": through}
    connection.execute(update(_WATCHES).where(_WATCHES.c.id == watch.id).values(checked))
    return ids


def _select_new(connection: Connection, watch: Watch) -> Sequence[int]:
    seen = connection.scalar(select(_WATCHES.c.changed_through).where(_WATCHES.c.id == watch.id))
    ids = articles.ids(connection, replace(watch.query, changed_after=seen))
    return array("q", [number for part in split(ids, _CHUNK) for number in _leave_out_known(connection, watch, part)])


def _leave_out_known(connection: Connection, watch: Watch, ids: Collection[int]) -> Iterable[int]:
    known = select(_MATCHES.c.article_id).where(_MATCHES.c.watch_id == watch.id, _MATCHES.c.article_id.in_(ids))
    already = set(connection.scalars(known))
    return (number for number in ids if number not in already)


def _find_last_number(connection: Connection, watch: Watch) -> int:
    # That of a deleted article may be the highest, and must not be used again.
    delivered = (func.max(_TARGETS.c.delivered_through), func.max(_TARGETS.c.sending_through))
    reported = connection.execute(select(*delivered).where(_TARGETS.c.watch_id == watch.id)).one()
    last = connection.scalar(select(func.max(_MATCHES.c.number)).where(_MATCHES.c.watch_id == watch.id))
    return max(last or 0, *(number or 0 for number in reported))


def _read_watches(connection: Connection, *conditions: ColumnElement[bool]) -> list[Watch]:
    of_watch = _MATCHES.c.watch_id == _WATCHES.c.id
    counted = select(func.count()).where(of_watch).scalar_subquery().label("matches")
    names = ("id", "name", "key", "conditions", "added_at", "checked_at")
    statement = select(*(_WATCHES.c[name] for name in names), counted).where(*conditions).order_by(_WATCHES.c.name)
    rows = connection.execute(statement).all()
    return [Watch(**row._mapping, targets=tuple(_read_targets(connection, row.id))) for row in rows]


def _read_targets(connection: Connection, watch_id: int) -> Iterable[WatchTarget]:
    behind = and_(_MATCHES.c.watch_id == _TARGETS.c.watch_id, _MATCHES.c.number > _TARGETS.c.delivered_through)
    waiting = select(func.count()).where(behind).scalar_subquery().label("waiting")
    columns = (_TARGETS.c[each.name] for each in fields(WatchTarget) if each.name != "waiting")
    statement = select(*columns, waiting).where(_TARGETS.c.watch_id == watch_id).order_by(_TARGETS.c.kind)
    rows = connection.execute(statement).all()
    return (WatchTarget(**row._mapping) for row in rows)
