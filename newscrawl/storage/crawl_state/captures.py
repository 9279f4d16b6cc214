"""Captures of pages: where the bytes of each are stored, and which extraction read it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, insert, select, update

from newscrawl.article import CaptureRef
from newscrawl.states import OUTSIDE_DATES, CaptureState, KnownCapture
from newscrawl.storage.crawl_state.outcomes import FileProgress, PageResult
from newscrawl.storage.crawl_state.run_leaves import save_leaves
from newscrawl.storage.database import Database
from newscrawl.storage.keys import url_hash
from newscrawl.storage.tables import ArchiveFileRow, CaptureRow, PageRow, RunRow, table_of
from newscrawl.storage.values import Values, sanitize, split_sorted, truncate

_CAPTURES, _PAGES, _FILES, _RUNS = map(table_of, (CaptureRow, PageRow, ArchiveFileRow, RunRow))
_TEXT = "conversion"
"""The kind of a capture that is only the text of its page (WET)."""
_READ_COLUMNS = ("state", "reason", "layout", "extractor", "complete", "incomplete_reason", "run_id")
"""How a capture was read: another reading changes only these."""
_IS_STORED = _CAPTURES.c.file.is_not(None)
_HAS_ARTICLE_BYTES = and_(_IS_STORED, _CAPTURES.c.status == HTTPStatus.OK, _CAPTURES.c.complete)


class CaptureStore(Database):
    """Captures of pages, and the archive files that were read."""

    def file_progress(self, path: str) -> FileProgress | None:
        """Return how far an archive file was read; None if it was not started."""
        columns = [_FILES.c[name] for name in FileProgress.__dataclass_fields__]
        with self._reading() as connection:
            statement = select(*columns).where(_FILES.c.path_hash == _path_hash(path))
            row = connection.execute(statement).mappings().first()
            if row is None:
                return None
            sites = frozenset(row["sites"].split(",")) if row["sites"] is not None else None
            return FileProgress(**{**row, "sites": sites})

    def captured(
        self,
        refs: Sequence[CaptureRef],
        arguments: Mapping[str, str] = MappingProxyType({}),
        *,
        there: bool = False,
        is_wanted: Callable[[datetime], bool] = lambda published_at: True,
    ) -> list[KnownCapture | None]:
        """Return, for each capture in order, what is known of the same moment of the same page; None: nothing.

        With `there`, only if it is also stored in the same place. A text (WET) does not count for its page, a capture
        that was cut does not count for a complete copy of it, and neither does a capture outside the dates of its run
        if `arguments` has other dates (since, until), which its article may be in: `is_wanted` decides that by the
        time of publication.
        """
        names = ("captured_at", "kind", "state", "reason", "file", "file_offset", "digest", "complete")
        page_names = ("state", "attempts", "failures", "tried_at")
        statement = (
            select(
                _PAGES.c.url_hash,
                _PAGES.c.published_at,
                *(_CAPTURES.c[name] for name in names),
                *(_PAGES.c[name].label(f"page_{name}") for name in page_names),
                _RUNS.c.started_at,
                _RUNS.c.arguments,
            )
            .join_from(_CAPTURES, _PAGES, _PAGES.c.id == _CAPTURES.c.page_id)
            .join(_RUNS, _RUNS.c.id == _CAPTURES.c.run_id)
        )
        known: dict[tuple[str, datetime], Any] = {}
        with self._reading() as connection:
            hashes = [url_hash(connection, ref.url) for ref in refs]
            for part in split_sorted(set(hashes)):
                for row in connection.execute(statement.where(_PAGES.c.url_hash.in_(part))):
                    is_outside = row.published_at is not None and not is_wanted(row.published_at)
                    is_same = _dates(row.arguments or {}) == _dates(arguments)
                    if row.reason != OUTSIDE_DATES or is_outside or is_same:
                        known[row.url_hash, row.captured_at] = row
        rows = [known.get((hashed, ref.captured_at)) for hashed, ref in zip(hashes, refs, strict=True)]
        return [
            _known_capture(row) if row is not None and _is_same(ref, row, there=there) else None
            for ref, row in zip(refs, rows, strict=True)
        ]

    def original(self, digest: str) -> CaptureRef | None:
        """Return a stored capture that holds the payload of this digest itself, for a revisit record to refer to."""
        with self._reading() as connection:
            row = connection.execute(_ORIGINAL, {"digest": digest}).first()
            return _capture_state(row).ref if row else None

    def original_then(self, url: str, moment: datetime) -> CaptureRef | None:
        """Return the latest stored capture of a page, with its own payload, that is not after a moment (in seconds)."""
        end = moment.replace(microsecond=0) + timedelta(seconds=1)
        held = (_CAPTURES.c.kind == "response", _IS_STORED, _CAPTURES.c.captured_at < end)
        return self._latest_ref(url, *held)

    def latest_capture(self, url: str) -> CaptureRef | None:
        """Return the last stored capture of a page that has a whole payload and status 200."""
        return self._latest_ref(url, _HAS_ARTICLE_BYTES, _CAPTURES.c.kind.in_(("response", "revisit")))

    def captures(self, article_id: int) -> list[CaptureState]:
        """Return all captures of an article, under any of its addresses, oldest first."""
        with self._reading() as connection:
            return read_captures_of(connection, [article_id])

    def captures_of(self, article_ids: Collection[int]) -> list[CaptureState]:
        """Return all captures of these articles, under any of their addresses, oldest first."""
        with self._reading() as connection:
            return read_captures_of(connection, article_ids)

    def capture_files(self) -> list[tuple[str, int]]:
        """Return the files that hold captures, and the byte at which the last capture of each ends."""
        end = func.max(_CAPTURES.c.file_offset + func.coalesce(_CAPTURES.c.file_length, 0))
        statement = select(_CAPTURES.c.file, func.coalesce(end, 0)).where(_IS_STORED).group_by(_CAPTURES.c.file)
        with self._reading() as connection:
            return [(file, int(last)) for file, last in connection.execute(statement)]

    def captures_in(self, file: str, *, behind: int = -1) -> tuple[int, ...]:
        """Return the ids of the captures that a file holds and that end after a byte of it."""
        end = func.coalesce(_CAPTURES.c.file_offset + func.coalesce(_CAPTURES.c.file_length, 0), 0)
        statement = select(_CAPTURES.c.id).where(_CAPTURES.c.file == file, end > behind).order_by(_CAPTURES.c.id)
        with self._reading() as connection:
            return tuple(connection.scalars(statement))

    def kept_captures(self) -> int:
        """Count the captures whose bytes are stored."""
        with self._reading() as connection:
            return connection.scalar(select(func.count()).where(_IS_STORED)) or 0

    def kept(self, batch: int) -> Iterator[list[CaptureState]]:
        """Iterate over the captures whose bytes are stored, by id, in batches."""
        last = 0
        while True:
            statement = select_captures().where(_IS_STORED, _CAPTURES.c.id > last)
            with self._reading() as connection:
                captures = read_captures(connection, statement.order_by(_CAPTURES.c.id).limit(batch))
            if not captures:
                return
            last = captures[-1].id
            yield captures

    def forget_places(self, ids: Collection[int]) -> None:
        """Save that the bytes of these captures, by id, are no longer stored."""
        nowhere = {"file": None, "file_offset": None, "file_length": None}
        with self._writing() as connection:
            for part in split_sorted(ids):
                connection.execute(update(_CAPTURES).where(_CAPTURES.c.id.in_(part)).values(nowhere))

    def _latest_ref(self, url: str, *conditions: ColumnElement[bool]) -> CaptureRef | None:
        with self._reading() as connection:
            of_page = select_captures().where(_PAGES.c.url_hash == url_hash(connection, url), *conditions)
            row = connection.execute(of_page.order_by(_CAPTURES.c.captured_at.desc()).limit(1)).first()
            return _capture_state(row).ref if row else None


def save_captures(
    connection: Connection, results: Iterable[tuple[str, PageResult]], *, run_id: int, extractor: str | None
) -> None:
    """Insert or update the captures of results, each with the hash of its page, whose pages have rows already.

    A known capture gets its present place and reading, unless it is a text (WET) of a page known in full.
    """
    captures = _captures_of(results)
    if not captures:
        return
    ids: dict[str, int] = {}
    for part in split_sorted({hashed for hashed, _ in captures}):
        ids.update(connection.execute(_PAGE_IDS, {"hashes": part}).all())
    rows = {
        (ids[hashed], moment): values | {"extractor": extractor, "run_id": run_id}
        for (hashed, moment), values in captures.items()
    }
    before = _read_known(connection, {page_id for page_id, _ in rows})
    new = [{"page_id": at[0], "captured_at": at[1], **rows[at]} for at in rows if at not in before]
    digests: dict[int, str] = {}
    if new:
        in_order = sorted(new, key=lambda row: (row["captured_at"], row["page_id"]))
        digests.update((row.id, row.digest) for row in connection.execute(_INSERT, in_order) if row.digest)
    for at, values in rows.items():
        if at in before:
            digests |= _update_capture(connection, before[at], values)
    save_leaves(connection, run_id, "capture", digests)


def _captures_of(results: Iterable[tuple[str, PageResult]]) -> dict[tuple[str, datetime], Values]:
    captures: dict[tuple[str, datetime], Values] = {}
    for hashed, result in results:
        if ref := result.capture:
            values = _capture_values(result, ref)
            known = captures.get((hashed, ref.captured_at))
            if known is None or not _is_poorer(values, known["kind"], is_complete=known["complete"]):
                captures[hashed, ref.captured_at] = values
    return captures


def save_progress(connection: Connection, file: FileProgress, *, run_id: int) -> None:
    """Insert or update how far an archive file was read."""
    values = {name: getattr(file, name) for name in FileProgress.__dataclass_fields__} | {"run_id": run_id}
    values["sites"] = None if file.sites is None else ",".join(sorted(file.sites))
    path_hash = _path_hash(file.path)
    if connection.execute(update(_FILES).where(_FILES.c.path_hash == path_hash).values(values)).rowcount == 0:
        connection.execute(insert(_FILES), values | {"path_hash": path_hash})


def read_capture_ids(connection: Connection, article_ids: Collection[int]) -> defaultdict[int, dict[datetime, int]]:
    """Return the captures of the pages that led to these articles: their ids by article and time, the first of each."""
    ids: defaultdict[int, dict[datetime, int]] = defaultdict(dict)
    for part in split_sorted(article_ids):
        for article_id, moment, capture_id in connection.execute(_OF_ARTICLES, {"ids": part}):
            ids[article_id].setdefault(moment, capture_id)
    return ids


def read_captures_of(connection: Connection, article_ids: Collection[int]) -> list[CaptureState]:
    """Return all captures of the pages that led to these articles, oldest first."""
    statement = select_captures().where(_PAGES.c.article_id.in_(article_ids))
    return read_captures(connection, statement.order_by(_CAPTURES.c.captured_at, _CAPTURES.c.id))


def read_captures(connection: Connection, statement: Select[*tuple[Any, ...]]) -> list[CaptureState]:
    """Return the captures of a statement that was made with `select_captures`."""
    return [_capture_state(row) for row in connection.execute(statement)]


def select_captures() -> Select[*tuple[Any, ...]]:
    """Return the SELECT of captures with their pages, to which callers add conditions."""
    own = [_CAPTURES.c[name] for name in CaptureState.__dataclass_fields__ if name not in ("url", "article_id")]
    columns = (*own, _PAGES.c.url, _PAGES.c.article_id)
    return select(*columns).join_from(_CAPTURES, _PAGES, _PAGES.c.id == _CAPTURES.c.page_id)


# Statements that run for each batch or page: to make one costs more than to run it.
_PAGE_IDS = select(_PAGES.c.url_hash, _PAGES.c.id).where(_PAGES.c.url_hash.in_(bindparam("hashes")))
_INSERT = insert(_CAPTURES).returning(_CAPTURES.c.id, _CAPTURES.c.digest)
_OF_ARTICLES = (
    select(_PAGES.c.article_id, _CAPTURES.c.captured_at, _CAPTURES.c.id)
    .join_from(_CAPTURES, _PAGES, _PAGES.c.id == _CAPTURES.c.page_id)
    .where(_PAGES.c.article_id.in_(bindparam("ids")))
    .order_by(_CAPTURES.c.id)
)
_KNOWN_COLUMNS = ("id", "page_id", "captured_at", "kind", "file", "file_offset", "digest", "complete")
_KNOWN = select(*(_CAPTURES.c[name] for name in _KNOWN_COLUMNS)).where(_CAPTURES.c.page_id.in_(bindparam("page_ids")))
# The last inserted of several: it was written because the others were no longer there.
_ORIGINAL = (
    select_captures()
    .where(_CAPTURES.c.digest == bindparam("digest"), _CAPTURES.c.kind == "response", _IS_STORED)
    .order_by(_CAPTURES.c.id.desc())
    .limit(1)
)


def _is_same(ref: CaptureRef, row: Row[Any], *, there: bool) -> bool:
    if ref.file and not (row.complete or ref.incomplete_reason) and ref.digest != row.digest:
        return False
    is_there = not there or ref.file is None or (sanitize(ref.file), ref.offset) == (row.file, row.file_offset)
    return is_there and (row.kind != _TEXT or ref.kind == _TEXT)


def _known_capture(row: Row[Any]) -> KnownCapture:
    return KnownCapture(
        state=row.state,
        reason=row.reason,
        is_stored=row.file is not None,
        is_complete=row.complete,
        read_at=row.started_at,
        page_state=row.page_state,
        page_attempts=row.page_attempts,
        page_failures=row.page_failures,
        page_tried_at=row.page_tried_at,
    )


def _dates(arguments: Mapping[str, str]) -> tuple[str | None, ...]:
    return arguments.get("since"), arguments.get("until")


def _path_hash(path: str) -> str:
    return hashlib.blake2b(path.encode(errors="surrogateescape"), digest_size=16).hexdigest()


def _capture_values(result: PageResult, ref: CaptureRef) -> Values:
    layout = result.article.layout if result.article and result.state == "stored" else None
    return {
        "source": truncate(result.source or "live"),
        "kind": ref.kind,
        "status": ref.status,
        "digest": ref.digest,
        "file": ref.file and sanitize(ref.file),
        "file_offset": ref.offset,
        "file_length": ref.length,
        "state": result.state,
        "reason": result.reason and truncate(result.reason),
        "layout": layout and truncate(layout),
        "complete": ref.incomplete_reason is None,
        "incomplete_reason": ref.incomplete_reason and truncate(ref.incomplete_reason),
    }


def _read_known(connection: Connection, page_ids: Collection[int]) -> dict[tuple[int, datetime], Row[Any]]:
    known: dict[tuple[int, datetime], Row[Any]] = {}
    for part in split_sorted(page_ids):
        for row in connection.execute(_KNOWN, {"page_ids": part}):
            known[row.page_id, row.captured_at] = row
    return known


def _is_poorer(values: Values, kind: str, *, is_complete: bool) -> bool:
    """Whether a capture is only the text, or only a part, of a page that another capture has whole."""
    return bool(values["kind"] == _TEXT != kind) or (is_complete and not values["complete"])


def _update_capture(connection: Connection, known: Row[Any], values: Values) -> dict[int, str]:
    """Update a known capture; return its digest by its id if that has changed."""
    is_same = (values["file"], values["file_offset"]) == (known.file, known.file_offset)
    is_absent = values["file"] is None and values["state"] in ("discovered", "refused")
    is_poorer = _is_poorer(values, known.kind, is_complete=known.complete and not is_same)
    if is_poorer or (is_absent and known.file):
        return {}
    is_there = values["file"] is None or is_same
    changes = {name: values[name] for name in _READ_COLUMNS} if is_there else values
    connection.execute(update(_CAPTURES).where(_CAPTURES.c.id == known.id).values(changes))
    digest = changes.get("digest")
    return {known.id: digest} if digest and digest != known.digest else {}


def _capture_state(row: Row[Any]) -> CaptureState:
    return CaptureState(**row._mapping)
