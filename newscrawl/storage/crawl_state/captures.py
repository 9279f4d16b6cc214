"""The captures of pages: where the bytes of each stand, and what it was read as."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, insert, select, update

from newscrawl.article import CaptureRef
from newscrawl.states import OUTSIDE_DATES, CaptureState
from newscrawl.storage.crawl_state.pages_read import url_hash
from newscrawl.storage.crawl_state.pages_write import PageResult, Saved
from newscrawl.storage.tables import ArchiveFileRow, CaptureRow, PageRow, RunRow, table_of
from newscrawl.storage.values import Values, sanitize, split_sorted, truncate

_CAPTURES, _PAGES, _FILES, _RUNS = map(table_of, (CaptureRow, PageRow, ArchiveFileRow, RunRow))
_POORER = "conversion"
"""The kind of a capture of which only the text is kept: one of the page itself takes its place."""
_Key = tuple[int, datetime]
_READING = ("state", "reason", "layout", "extractor", "run_id")
"""Columns of how a capture was read: another reading of it changes these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProgress:
    """What was read of an archive file."""

    path: str
    size: int
    modified_at: datetime
    captures: int = 0
    broken: int = 0
    finished_at: datetime | None = None
    """When all of it was stored; None: it was not."""


def enter(
    connection: Connection, results: Iterable[tuple[PageResult, Saved]], *, run_id: int, extractor: str | None
) -> None:
    """Enter the captures of results whose pages have their rows.

    One that is known is told where it is kept and how it was read now, but for a text (WET) where the page is known.
    """
    told: dict[tuple[str, datetime], Values] = {}
    for result, _ in results:
        if kept := result.capture:
            at, values = (url_hash(result.url), kept.captured_at), _values(result, kept)
            if at not in told or not _tells_less(values, told[at]["kind"]):
                told[at] = values
    if not told:
        return
    ids = _page_ids(connection, {hashed for hashed, _ in told})
    rows = {
        (ids[hashed], moment): values | {"extractor": extractor, "run_id": run_id}
        for (hashed, moment), values in told.items()
    }
    before = _before(connection, rows)
    new = [{"page_id": at[0], "captured_at": at[1], **values} for at, values in rows.items() if at not in before]
    _insert(connection, new)
    for key, known in before.items():
        _enter_again(connection, key, known, rows[key])


def known(
    connection: Connection, refs: Sequence[CaptureRef], arguments: Mapping[str, str], *, there: bool
) -> list[bool]:
    """Whether each of these captures, in order, is in the database, and in what stands `there`; see Store.captured."""
    hashes = [url_hash(ref.url) for ref in refs]
    found: dict[tuple[str, datetime], Any] = {}
    own = [_CAPTURES.c[name] for name in ("captured_at", "kind", "reason", "file", "file_offset")]
    of_pages = _CAPTURES.join(_PAGES, _PAGES.c.id == _CAPTURES.c.page_id)
    runs = of_pages.outerjoin(_RUNS, _RUNS.c.id == _CAPTURES.c.run_id)
    asked = select(_PAGES.c.url_hash, *own, _RUNS.c.arguments).select_from(runs)
    for part in split_sorted(set(hashes)):
        for row in connection.execute(asked.where(_PAGES.c.url_hash.in_(part))):
            if row.reason != OUTSIDE_DATES or _dates(row.arguments or {}) == _dates(arguments):
                found[row.url_hash, row.captured_at] = row
    rows = (found.get((hashed, ref.captured_at)) for hashed, ref in zip(hashes, refs, strict=True))
    return [row is not None and _is_that(ref, row, there) for ref, row in zip(refs, rows, strict=True)]


def _is_that(ref: CaptureRef, row: Row[Any], there: bool) -> bool:
    """Whether a row of its page and moment is the capture itself; a text (WET) is no page that is known."""
    stands = not there or ref.file is None or (sanitize(ref.file), ref.offset) == (row.file, row.file_offset)
    return stands and (row.kind != _POORER or ref.kind == _POORER)


def original(connection: Connection, digest: str) -> CaptureRef | None:
    """A capture that holds the payload of this digest itself; None where there is none.

    Of several the one entered last: it was written because the others were not there any more.
    """
    row = connection.execute(_ORIGINAL, {"digest": digest}).first()
    return _state(row).ref if row else None


def original_then(connection: Connection, url: str, moment: datetime) -> CaptureRef | None:
    """The latest kept capture of a page, of those that hold their payloads, that is not after a moment, to the second.

    None where there is none.
    """
    end = moment.replace(microsecond=0) + timedelta(seconds=1)
    held = (_CAPTURES.c.kind == "response", _CAPTURES.c.file.is_not(None), _CAPTURES.c.captured_at < end)
    of_page = states().where(_PAGES.c.url_hash == url_hash(url), *held)
    row = connection.execute(of_page.order_by(_CAPTURES.c.captured_at.desc()).limit(1)).first()
    return _state(row).ref if row else None


def latest(connection: Connection, url: str) -> CaptureRef | None:
    """The last capture of a page that has a payload, and is kept; None where there is none."""
    kept = (_CAPTURES.c.file.is_not(None), _CAPTURES.c.status == 200, _CAPTURES.c.kind.in_(("response", "revisit")))
    of_page = states().where(_PAGES.c.url_hash == url_hash(url), *kept)
    row = connection.execute(of_page.order_by(_CAPTURES.c.captured_at.desc()).limit(1)).first()
    return _state(row).ref if row else None


def of_article(connection: Connection, article_id: int) -> list[CaptureState]:
    """All captures of the pages that led to an article, oldest first."""
    return of_articles(connection, [article_id])


def of_articles(connection: Connection, ids: Collection[int]) -> list[CaptureState]:
    """All captures of the pages that led to these articles, oldest first."""
    asked = states().where(_PAGES.c.article_id.in_(ids))
    return read(connection, asked.order_by(_CAPTURES.c.captured_at, _CAPTURES.c.id))


def progress(connection: Connection, path: str) -> FileProgress | None:
    """What was read of a file; None for one that is not known."""
    names = [_FILES.c[name] for name in FileProgress.__dataclass_fields__]
    row = connection.execute(select(*names).where(_FILES.c.path_hash == _path_hash(path))).mappings().first()
    return FileProgress(**row) if row else None


def save_progress(connection: Connection, file: FileProgress, *, run_id: int) -> None:
    """Enter what was read of a file."""
    values = {name: getattr(file, name) for name in FileProgress.__dataclass_fields__} | {"run_id": run_id}
    at = _path_hash(file.path)
    if connection.execute(update(_FILES).where(_FILES.c.path_hash == at).values(values)).rowcount == 0:
        connection.execute(insert(_FILES), values | {"path_hash": at})


def _dates(arguments: Mapping[str, str]) -> tuple[str | None, ...]:
    return arguments.get("since"), arguments.get("until")


def _path_hash(path: str) -> str:
    return hashlib.blake2b(path.encode(errors="surrogateescape"), digest_size=16).hexdigest()


def _values(result: PageResult, ref: CaptureRef) -> Values:
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
    }


def _page_ids(connection: Connection, hashes: Collection[str]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for part in split_sorted(hashes):
        ids.update(connection.execute(select(_PAGES.c.url_hash, _PAGES.c.id).where(_PAGES.c.url_hash.in_(part))).all())
    return ids


def _before(connection: Connection, keys: Collection[_Key]) -> dict[_Key, Row[Any]]:
    """Those of these captures that are known, by page and moment."""
    found: dict[_Key, Row[Any]] = {}
    for part in split_sorted({page_id for page_id, _ in keys}):
        own = (_CAPTURES.c[name] for name in ("page_id", "captured_at", "kind", "file", "file_offset"))
        for row in connection.execute(select(*own).where(_CAPTURES.c.page_id.in_(part))):
            found[row.page_id, row.captured_at] = row
    return {key: found[key] for key in keys if key in found}


def _insert(connection: Connection, rows: Sequence[Values]) -> None:
    if rows:
        connection.execute(insert(_CAPTURES), sorted(rows, key=lambda row: (row["captured_at"], row["page_id"])))


def _tells_less(values: Values, kind: str) -> bool:
    """Whether a capture is the text of a page of which one of another kind is known."""
    return bool(values["kind"] == _POORER != kind)


def _enter_again(connection: Connection, at: _Key, known: Row[Any], values: Values) -> None:
    """How it was read, and where it stands if that is elsewhere; nothing where it tells less than what is known."""
    if _tells_less(values, known.kind):
        return
    is_there = values["file"] is None or (values["file"], values["file_offset"]) == (known.file, known.file_offset)
    told = {name: values[name] for name in _READING} if is_there else values
    this = and_(_CAPTURES.c.page_id == at[0], _CAPTURES.c.captured_at == at[1])
    connection.execute(update(_CAPTURES).where(this).values(told))


def read(connection: Connection, asked: Select[*tuple[Any, ...]]) -> list[CaptureState]:
    """What a question that begins with `states` finds."""
    return [_state(row) for row in connection.execute(asked)]


def states() -> Select[*tuple[Any, ...]]:
    """The captures, with their pages."""
    own = [_CAPTURES.c[name] for name in CaptureState.__dataclass_fields__ if name not in ("url", "article_id")]
    return select(*own, _PAGES.c.url, _PAGES.c.article_id).join_from(
        _CAPTURES, _PAGES, _PAGES.c.id == _CAPTURES.c.page_id
    )


_ORIGINAL = (
    states()
    .where(_CAPTURES.c.digest == bindparam("digest"), _CAPTURES.c.kind == "response", _CAPTURES.c.file.is_not(None))
    .order_by(_CAPTURES.c.id.desc())
    .limit(1)
)
"""Asked for every page that is fetched: to make it costs twice what it takes."""


def _state(row: Any) -> CaptureState:
    return CaptureState(**row._mapping)


def files(connection: Connection) -> list[tuple[str, int]]:
    """The files in which captures are kept, and the byte at which the last of each ends."""
    end = func.max(_CAPTURES.c.file_offset + func.coalesce(_CAPTURES.c.file_length, 0))
    asked = select(_CAPTURES.c.file, func.coalesce(end, 0)).where(_CAPTURES.c.file.is_not(None))
    return [(file, int(last)) for file, last in connection.execute(asked.group_by(_CAPTURES.c.file))]


def kept_in(connection: Connection, file: str, behind: int) -> tuple[int, ...]:
    """Numbers of the captures in a file that end behind a byte."""
    end = func.coalesce(_CAPTURES.c.file_offset + func.coalesce(_CAPTURES.c.file_length, 0), 0)
    asked = select(_CAPTURES.c.id).where(_CAPTURES.c.file == file, end > behind)
    return tuple(connection.scalars(asked.order_by(_CAPTURES.c.id)))


def count_kept(connection: Connection) -> int:
    """How many captures are kept in a file."""
    return connection.scalar(select(func.count()).where(_CAPTURES.c.file.is_not(None))) or 0


def kept_after(connection: Connection, last: int, limit: int) -> list[CaptureState]:
    """The next captures that are kept in a file, by number."""
    asked = states().where(_CAPTURES.c.file.is_not(None), _CAPTURES.c.id > last)
    return read(connection, asked.order_by(_CAPTURES.c.id).limit(limit))


def forget_places(connection: Connection, ids: Collection[int]) -> None:
    """Enter that of these captures nothing is kept."""
    nowhere = {"file": None, "file_offset": None, "file_length": None}
    for part in split_sorted(ids):
        connection.execute(update(_CAPTURES).where(_CAPTURES.c.id.in_(part)).values(nowhere))
