"""Verify that captures are where the database says they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from newscrawl.archives.capture import CaptureFolder, RecordLocation, check_identity, is_own
from newscrawl.archives.own_files import is_recent
from newscrawl.archives.revisits import Originals
from newscrawl.archives.wacz import open_file
from newscrawl.archives.warc_reader import read_capture
from newscrawl.errors import ArchiveError
from newscrawl.remote_files import hide_credentials, is_file, is_url
from newscrawl.storage import CaptureState, Store

_BATCH = 500
_SPOOLED = timedelta(days=7)
"""Another machine may have a file that is not uploaded yet, after a killed run."""


@dataclass(frozen=True, slots=True)
class LostCaptures:
    """Captures that are not where the database says."""

    captures: tuple[int, ...]
    """Their ids."""
    reason: str
    """In one line."""
    is_gone: bool = True
    """Whether they are lost for good; not if their whole folder is missing, which may be a disk that is not mounted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureProof:
    """The digest of a capture's payload, as recorded and as computed from its record."""

    id: int
    url: str
    captured_at: datetime
    kind: str
    file: str | None
    """None: its bytes are not stored."""
    offset: int | None
    length: int | None
    recorded: str | None
    computed: str | None = None
    """None: the record cannot be read."""
    problem: str | None = None
    """Why not."""

    @property
    def matches(self) -> bool | None:
        """Whether they match; None if there is nothing to compare."""
        if self.file is None or (self.recorded is None and self.problem is None):
            return None
        return self.problem is None and self.computed == self.recorded


def prove_captures(store: Store, article_id: int, folder: CaptureFolder) -> list[CaptureProof]:
    """Read the records of all captures of an article and compute their digests; that of a revisit is its original's."""
    proofs = []
    with Originals(partial(_find_original, store, folder)) as originals:
        for capture in store.captures(article_id):
            proof = CaptureProof(
                id=capture.id,
                url=capture.url,
                captured_at=capture.captured_at,
                kind=capture.kind,
                file=capture.file,
                offset=capture.file_offset,
                length=capture.file_length,
                recorded=capture.digest,
            )
            if place := folder.locate(capture.ref):
                try:
                    read = read_capture(place.file, place.offset, originals=originals)
                    proof = replace(proof, computed=read.digest)
                    check_identity(read, capture.ref)
                except ArchiveError as error:
                    proof = replace(proof, problem=error.detail)
            proofs.append(proof)
    return proofs


def find_lost_files(store: Store, folder: CaptureFolder) -> Iterator[LostCaptures]:
    """Find the captures whose files are missing, or end before them."""
    for file, end in store.capture_files():
        path = folder.find_file(file)
        shown = hide_credentials(path)
        try:
            with open_file(path) as archive:
                size = archive.seek(0, os.SEEK_END)
        except (ArchiveError, OSError) as error:
            captures = store.captures_in(file)
            detail = error.detail if isinstance(error, ArchiveError) else str(error)
            yield LostCaptures(captures, f"{shown}: {detail}; captures of it: {len(captures)}", _is_gone(file, folder))
            continue
        if end > size:
            captures = store.captures_in(file, behind=size)
            yield LostCaptures(captures, f"{shown}: ends at byte {size}; captures behind that: {len(captures)}")


def find_lost_records(store: Store, folder: CaptureFolder, show: Callable[[int, int], None]) -> Iterator[LostCaptures]:
    """Find the captures whose records cannot be read, or are of another page; reads all files.

    `show` is called with the number of captures read, and their total.
    """
    done, total = 0, store.kept_captures()
    with Originals(partial(_find_original, store, folder)) as originals:
        for batch in store.kept(_BATCH):
            for capture in batch:
                if lost := _check_record(capture, folder, originals):
                    yield lost
            done += len(batch)
            show(done, total)


def _check_record(capture: CaptureState, folder: CaptureFolder, originals: Originals) -> LostCaptures | None:
    """Return why the record of a capture cannot be read, or is of another page."""
    place = folder.locate(capture.ref)
    if place is None:
        return None
    try:
        _read_and_compare(place, capture, originals)
    except ArchiveError as error:
        if not is_url(place.file):
            is_gone = Path(place.file).exists() or _is_gone(capture.file or "", folder)
            return LostCaptures((capture.id,), str(error), is_gone)
    else:
        return None
    # Was it the network? What arrives now is what is stored.
    try:
        with open_file(place.file) as file:
            file.seek(place.offset)
            file.read(place.length)
        _read_and_compare(place, capture, originals)
    except OSError as error:
        return LostCaptures((capture.id,), f"{hide_credentials(place.file)}: {error.strerror}", is_gone=False)
    except ArchiveError as error:
        is_there = not isinstance(error.__cause__, OSError)
        return LostCaptures((capture.id,), str(error), is_there or _is_gone(capture.file or "", folder))
    return None


def _read_and_compare(place: RecordLocation, capture: CaptureState, originals: Originals) -> None:
    check_identity(read_capture(place.file, place.offset, originals=originals), capture.ref)


def _find_original(store: Store, folder: CaptureFolder, digest: str) -> RecordLocation | None:
    original = store.original(digest)
    return folder.locate(original) if original else None


def _is_gone(name: str, folder: CaptureFolder) -> bool:
    """Whether a missing file of the database is lost: its folder is there, so that not a whole disk is missing."""
    path = folder.find_file(name)
    if not is_url(path):
        is_in_folder = not folder.is_remote and Path(path).is_relative_to(folder.name)
        return folder.has_files() if is_in_folder else Path(path).parent.is_dir()
    try:
        return not is_file(path) and not is_recent(name, _SPOOLED) and is_own(name) and folder.has_files()
    except OSError:
        return False
