"""Verify that captures are where the database says they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from newscrawl.archives.capture import RecordLocation, check_identity, locate
from newscrawl.archives.revisits import Originals
from newscrawl.archives.wacz import open_file
from newscrawl.archives.warc_reader import read_capture
from newscrawl.errors import ArchiveError
from newscrawl.storage import Store

_BATCH = 500


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


def prove_captures(store: Store, article_id: int, warc_dir: str) -> list[CaptureProof]:
    """Read the records of all captures of an article and compute their digests; that of a revisit is its original's."""
    proofs = []
    with Originals(partial(_find_original, store, warc_dir)) as originals:
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
            if place := locate(capture.ref, warc_dir):
                try:
                    read = read_capture(place.file, place.offset, originals=originals)
                    proof = replace(proof, computed=read.digest)
                    check_identity(read, capture.ref)
                except ArchiveError as error:
                    proof = replace(proof, problem=error.detail)
            proofs.append(proof)
    return proofs


def find_lost_files(store: Store, warc_dir: str) -> Iterator[LostCaptures]:
    """Find the captures whose files are missing, or end before them."""
    for file, end in store.capture_files():
        path = Path(warc_dir, file)
        try:
            with open_file(path) as archive:
                size = archive.seek(0, os.SEEK_END)
        except (ArchiveError, OSError) as error:
            captures = store.captures_in(file)
            detail = error.detail if isinstance(error, ArchiveError) else str(error)
            yield LostCaptures(
                captures, f"{path}: {detail}; captures of it: {len(captures)}", _has_folder(path, warc_dir)
            )
            continue
        if end > size:
            captures = store.captures_in(file, behind=size)
            yield LostCaptures(captures, f"{path}: ends at byte {size}; captures behind that: {len(captures)}")


def find_lost_records(store: Store, warc_dir: str, show: Callable[[int, int], None]) -> Iterator[LostCaptures]:
    """Find the captures whose records cannot be read, or are of another page; reads all files.

    `show` is called with the number of captures read, and their total.
    """
    done, total = 0, store.kept_captures()
    with Originals(partial(_find_original, store, warc_dir)) as originals:
        for batch in store.kept(_BATCH):
            for capture in batch:
                place = locate(capture.ref, warc_dir)
                if place is None:
                    continue
                try:
                    check_identity(read_capture(place.file, place.offset, originals=originals), capture.ref)
                except ArchiveError as error:
                    path = Path(place.file)
                    yield LostCaptures((capture.id,), str(error), path.exists() or _has_folder(path, warc_dir))
            done += len(batch)
            show(done, total)


def _find_original(store: Store, warc_dir: str, digest: str) -> RecordLocation | None:
    original = store.original(digest)
    return locate(original, warc_dir) if original else None


def _has_folder(path: Path, warc_dir: str) -> bool:
    """Whether the folder of a missing file exists: then the file is gone, and not its whole disk or folder."""
    if path.is_relative_to(warc_dir):
        return Path(warc_dir).is_dir() and any(Path(warc_dir).iterdir())
    return path.parent.is_dir()
