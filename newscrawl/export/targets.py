"""Glue: articles of the archive into files, which are whole or not there."""

from __future__ import annotations

import gzip
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from newscrawl.archives.zstd import ZstdFile
from newscrawl.atomic_files import move_into_place, temporary_path
from newscrawl.errors import ArgumentError, ExportError
from newscrawl.export import formats
from newscrawl.export.formats._exporter import Entry, Exporter
from newscrawl.export.formats._files import FileEach
from newscrawl.storage import Query, Store, StoredArticle

SUBSET = "sqlite"
"""The form that is no exporter's, as it is copied from database to database."""
_SUBSET_EXTENSIONS = (".db", ".sqlite", ".sqlite3")
_PIPE, _FOLDER = "-", "/"
_TIME = "%(time)s"
_PACKINGS: dict[str, Callable[[BinaryIO], BinaryIO]] = {
    ".gz": lambda file: cast("BinaryIO", gzip.GzipFile("", "wb", fileobj=file, mtime=0)),
    ".zst": lambda file: cast("BinaryIO", ZstdFile(file, "wb")),
}


def forms() -> tuple[str, ...]:
    """The forms of an export, in alphabetical order."""
    return tuple(sorted((*formats.names(), SUBSET)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an export goes, and in which form."""

    name: str
    """As typed: a file, a folder, "-" for the standard output; "%(time)s" in it is when it is made."""
    form: str
    packing: str = ""
    """".gz", ".zst", or nothing."""

    @property
    def is_pipe(self) -> bool:
        """Whether it is the standard output."""
        return self.name == _PIPE

    @property
    def is_folder(self) -> bool:
        """Whether each article becomes a file of its own in it."""
        return _ending(self.name) == _FOLDER

    @property
    def key(self) -> str:
        """What exports to it are known by: its path from the root, times not filled in."""
        return self.name if self.is_pipe else os.path.abspath(self.name)

    @property
    def newest(self) -> int | None:
        """How many articles it has where nobody says otherwise; None: all."""
        return None if self.form == SUBSET else formats.of_name(self.form).newest

    def path(self, now: datetime) -> Path:
        """The file or folder at a moment."""
        return Path(self.name.replace(_TIME, f"{now.astimezone(UTC):%Y-%m-%dT%H-%M-%S}"))


def target(name: str, form: str | None = None) -> Target:
    """Where an export to `name` goes, in a form or that of its ending. Raises ArgumentError.

    And ExportError where something that the form needs is not installed.
    """
    packing = next((ending for ending in _PACKINGS if name.lower().endswith(ending)), "")
    ending = _ending(name.removesuffix(name[-len(packing) :]) if packing else name)
    known = form or _by_extension().get(ending)
    if known is None:
        endings = " ".join(sorted(_by_extension()))
        raise ArgumentError(f"{name}: which form? name it with --format, or by its ending: {endings}")
    kind = None if known == SUBSET else formats.of_name(known)
    _check(name, ending, packing, known, kind)
    if kind:
        kind.require()
    return Target(name=name, form=known, packing=packing)


def _check(name: str, ending: str, packing: str, form: str, kind: type[Exporter] | None) -> None:
    is_text = bool(kind and kind.is_text)
    for wrong, why in (
        (name == _PIPE and not is_text, f"{form} needs a file, and cannot go to the standard output"),
        (packing and not is_text, f"{name}: {form} is packed already; leave {packing} away"),
        (ending == _FOLDER and not (kind and issubclass(kind, FileEach)), f"{name}: {form} is one file; name it"),
    ):
        if wrong:
            raise ArgumentError(why)


def _by_extension() -> dict[str, str]:
    return formats.extensions() | dict.fromkeys(_SUBSET_EXTENSIONS, SUBSET)


def _ending(name: str) -> str:
    """The longest known ending of a name; "/" of a folder, "" where it has none."""
    if name.endswith(("/", os.sep)) or Path(name).is_dir():
        return _FOLDER
    return max((ending for ending in _by_extension() if name.lower().endswith(ending)), key=len, default="")


def entries(articles: Iterable[StoredArticle]) -> Iterator[Entry]:
    """Articles of an archive, as exporters take them."""
    for stored in articles:
        seen = {"first_seen_at": stored.first_seen_at, "last_seen_at": stored.last_seen_at}
        yield Entry(article=stored.article, id=stored.id, revision=stored.revision, **seen)


def copy(store: Store, path: Path, query: Query, show: Callable[[int, int], None]) -> None:
    """Make a database of the articles of a query at `path`; `show` is told how many are done, and of how many.

    Raises ExportError.
    """
    for beside in ("-wal", "-journal"):
        if path.with_name(path.name + beside).exists():
            raise ExportError(f"{path}: is in use, or was when its program died: {path.name}{beside} stands beside it")
    with replacing(path) as temporary:
        store.subset(temporary, query, show)


def write(to: Target, path: Path, articles: Iterable[Entry], title: str | None) -> None:
    """Write articles to a target, at `path`.

    A file is there under its name as a whole or not at all, and one that was there stays until then. Raises ExportError
    where it cannot be written, BrokenPipeError where nobody reads the standard output.
    """
    if to.is_pipe:
        _stream(to, sys.stdout.buffer, articles, title)
        sys.stdout.buffer.flush()
    elif to.is_folder:
        with _refusals(path):
            _fill(cast("type[FileEach]", formats.of_name(to.form)), path, articles)
    else:
        with replacing(path) as temporary, temporary.open("xb") as file:
            _stream(to, file, articles, title)


def _stream(to: Target, file: BinaryIO, articles: Iterable[Entry], title: str | None) -> None:
    packed = _PACKINGS[to.packing](file) if to.packing else file
    exporter = formats.of_name(to.form)(packed, title)
    exporter.begin()
    for entry in articles:
        exporter.write(entry)
    exporter.end()
    if packed is not file:
        packed.close()


def _fill(exporter: type[FileEach], folder: Path, articles: Iterable[Entry]) -> None:
    """Write each article to its file; one that is the same already is left as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    with temporary_path(folder, "newscrawl") as part:
        for entry in articles:
            name, content = exporter.member(entry)
            file = folder / name
            if not file.exists() or file.read_bytes() != content:
                part.write_bytes(content)
                part.replace(file)
    os.sync()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """The name of a file to be made in the block, which then takes the place of `path`; if the block fails, it is gone.

    What a killed process left behind (.NAME.PID.part) is removed first. Raises ExportError.
    """
    real = Path(os.path.realpath(path))
    if not real.parent.is_dir():
        raise ExportError(f"{path}: there is no folder {real.parent}; make it, or name another file")
    if real.exists() and not real.is_file():
        raise ExportError(f"{path}: is no file; name one, or - for the standard output")
    with _refusals(path), temporary_path(real.parent, real.name) as part:
        yield part
        if real.exists():
            shutil.copymode(real, part)
        move_into_place(part, real)


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    """What the system refuses, as ExportError."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ExportError(f"{path}: cannot be written: {error.strerror or error}; what was there is there") from error
