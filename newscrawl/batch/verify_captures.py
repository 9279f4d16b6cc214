"""The captures that the database names against the files that hold them: what `scrapy db check` asks of these."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from newscrawl.archives.capture import RecordLocation, check_identity, locate
from newscrawl.archives.revisits import Originals
from newscrawl.archives.wacz import open_file
from newscrawl.archives.warc_reader import read_capture
from newscrawl.errors import ArchiveError
from newscrawl.storage import Store

_BATCH = 500
Progress = Callable[[int, int], None]
"""Called with how many captures are read, and of how many."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Captures that are not where the database says."""

    captures: tuple[int, ...]
    """Their numbers."""
    why: str
    """In one line."""
    is_gone: bool = True
    """Whether they are gone for good: not so where the whole folder is out of sight."""


def lost_files(store: Store, folder: str) -> Iterator[Lost]:
    """The captures whose files are gone, or end before them. `folder` is NEWSCRAWL_WARC_DIR."""
    for file, end in store.capture_files():
        path = Path(folder, file)
        try:
            size = _size(path)
        except (ArchiveError, OSError) as error:
            told = store.captures_in(file)
            detail = error.detail if isinstance(error, ArchiveError) else str(error)
            yield Lost(told, f"{path}: {detail}; captures of it: {len(told)}", _is_in_sight(path, folder))
        else:
            if end > size:
                behind = store.captures_in(file, behind=size)
                yield Lost(behind, f"{path}: ends at byte {size}; captures behind that: {len(behind)}")


def lost_records(store: Store, folder: str, progress: Progress) -> Iterator[Lost]:
    """The captures of which another stands at their place, or none that can be read; all files are read through."""

    def place(digest: str) -> RecordLocation | None:
        kept = store.original(digest)
        return locate(kept, folder) if kept else None

    done, total = 0, store.kept_captures()
    with Originals(place) as originals:
        for batch in store.kept(_BATCH):
            for capture in batch:
                if (at := locate(capture.ref, folder)) is None:
                    continue
                try:
                    check_identity(read_capture(at.file, at.offset, originals=originals), capture.ref)
                except ArchiveError as error:
                    yield Lost((capture.id,), str(error), Path(at.file).exists() or _is_in_sight(Path(at.file), folder))
            done += len(batch)
            progress(done, total)


def _size(path: Path) -> int:
    """Bytes of a file, or of a WACZ's member. Raises ArchiveError."""
    with open_file(path) as file:
        return file.seek(0, os.SEEK_END)


def _is_in_sight(path: Path, folder: str) -> bool:
    """Whether a file that is not there is gone, and not a disk that is not mounted or a folder of another name."""
    if path.is_relative_to(folder):
        return Path(folder).is_dir() and any(Path(folder).iterdir())
    return path.parent.is_dir()
