"""Export targets: a file, a folder or the standard output; a file is complete or absent."""

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
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

from newscrawl.atomic_files import move_into_place, temporary_path
from newscrawl.content_encodings.zstd import ZstdFile
from newscrawl.errors import ArgumentError, ExportError, StorageError
from newscrawl.export import formats, partitions
from newscrawl.export.exporter import ExportedArticle, Exporter
from newscrawl.export.zip_exporter import FilePerArticleExporter
from newscrawl.remote_files import check_name, check_place, hide_credentials, is_url, join, put_file, to_local
from newscrawl.storage import Query, Store, StoredArticle

DATABASE_FORMAT = "sqlite"  # the format without an exporter: articles are copied from database to database
CAPTURE_FORMATS = {".wacz": "wacz", ".warc.gz": "warc"}
"""Formats of captures, by ending; their bytes are copied, not written by an exporter."""
_DATABASE_EXTENSIONS = (".db", ".sqlite", ".sqlite3")
_PARQUET = "parquet"
_STDOUT, _FOLDER = "-", "/"
_TIME = "%(time)s"
_COMPRESSIONS: dict[str, Callable[[BinaryIO], BinaryIO]] = {
    ".gz": lambda file: cast("BinaryIO", gzip.GzipFile("", "wb", fileobj=file, mtime=0)),
    ".zst": lambda file: cast("BinaryIO", ZstdFile(file, "wb")),
}


def list_target_formats() -> tuple[str, ...]:
    return tuple(sorted((*formats.list_formats(), *CAPTURE_FORMATS.values(), DATABASE_FORMAT)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an export goes, and in which format."""

    name: str
    """A file, a folder, the URL of either, or "-" for the standard output; "%(time)s" is the time of the export."""
    format: str
    compression: str = ""  # ".gz", ".zst", or empty
    is_partitioned: bool = False
    """Whether it is a folder of Parquet files, by year."""

    @property
    def is_stdout(self) -> bool:
        return self.name == _STDOUT

    @property
    def key(self) -> str:
        """The absolute path or the URL, with %(time)s unreplaced, which identifies exports to the same target."""
        if is_url(self.name):
            return hide_credentials(self.name)
        return self.name if self.is_stdout else os.path.abspath(self.name)

    @property
    def default_limit(self) -> int | None:
        exporter = _find_exporter(self.format)
        return exporter.default_limit if exporter else None

    def make_name(self, now: datetime) -> str:
        """Return the name with the time filled in."""
        return self.name.replace(_TIME, f"{now.astimezone(UTC):%Y-%m-%dT%H-%M-%S}")


def parse_partitioned_target(name: str, format_name: str | None = None) -> Target:
    """Parse a target for Parquet files by year: a folder. Raises ArgumentError, and ExportError as `parse_target`."""
    check_name(name)
    name = to_local(name)
    is_parquet = name.lower().endswith(".parquet") or name.endswith("/")
    if format_name not in (None, _PARQUET) or not (is_parquet or format_name):
        raise ArgumentError(f"{name}: only Parquet is written by year; name a folder: FOLDER/ or NAME.parquet")
    formats.find_format(_PARQUET).require()
    return Target(name=name.rstrip("/"), format=_PARQUET, is_partitioned=True)


def parse_target(name: str, format_name: str | None = None) -> Target:
    """Parse a target as typed; its ending selects the format unless `format_name` does.

    Raises ArgumentError; ExportError where a package that the format needs is not installed.
    """
    check_name(name)
    name = to_local(name)
    compression = next((ending for ending in _COMPRESSIONS if name.lower().endswith(ending)), "")
    if _find_extension(name) in CAPTURE_FORMATS:
        compression = ""
    extension = _find_extension(name[: -len(compression)] if compression else name)
    chosen = format_name or _map_extensions().get(extension)
    if chosen is None:
        extensions = " ".join(sorted(_map_extensions()))
        raise ArgumentError(f"{name}: unknown format; give --format, or one of these endings: {extensions}")
    exporter = _find_exporter(chosen)
    _check(name, extension, compression, chosen, exporter)
    if exporter:
        exporter.require()
    return Target(name=name, format=chosen, compression=compression)


def _check(name: str, extension: str, compression: str, format_name: str, exporter: type[Exporter] | None) -> None:
    is_text = bool(exporter and exporter.is_text)
    if name == _STDOUT and not is_text:
        raise ArgumentError(f"{format_name} cannot be written to the standard output; name a file")
    if extension == _FOLDER and name.lower().endswith(f".{_PARQUET}"):
        raise ArgumentError(f"{name}: is a folder; give --partition-by year to replace it, or name another file")
    if compression and not is_text:
        raise ArgumentError(f"{name}: {format_name} is already compressed; leave out {compression}")
    if extension == _FOLDER and not (exporter and issubclass(exporter, FilePerArticleExporter)):
        raise ArgumentError(f"{name}: {format_name} is a single file; name a file")


def _find_exporter(format_name: str) -> type[Exporter] | None:
    is_copied = format_name in (DATABASE_FORMAT, *CAPTURE_FORMATS.values())
    return None if is_copied else formats.find_format(format_name)


def _map_extensions() -> dict[str, str]:
    return formats.map_extensions() | CAPTURE_FORMATS | dict.fromkeys(_DATABASE_EXTENSIONS, DATABASE_FORMAT)


def _find_extension(name: str) -> str:
    """Return the longest known ending of a name; "/" for a folder, "" if none."""
    if name.endswith(("/", os.sep)) or Path(name).is_dir():
        return _FOLDER
    return max((ending for ending in _map_extensions() if name.lower().endswith(ending)), key=len, default="")


@contextmanager
def open_place(name: str) -> Iterator[Path]:
    """Yield the path to write to; for a URL, upload the file or folder that was written there at the end of the block.

    Raises ExportError.
    """
    if not is_url(name):
        yield Path(name)
        return
    shown = hide_credentials(name)
    try:
        check_place(name)
        with TemporaryDirectory(prefix="newscrawl-export-") as folder:
            path = Path(folder, name.rstrip("/").rpartition("/")[2])
            yield path
            if path.is_file():
                put_file(path, name)
            for file in sorted(path.rglob("*")):
                if file.is_file():
                    put_file(file, join(name, file.relative_to(path).as_posix()))
    except OSError as error:
        raise ExportError(f"{shown}: cannot be written: {error.strerror or error}") from error


def to_exported(articles: Iterable[StoredArticle]) -> Iterator[ExportedArticle]:
    for stored in articles:
        seen = {"first_seen_at": stored.first_seen_at, "last_seen_at": stored.last_seen_at}
        yield ExportedArticle(article=stored.article, id=stored.id, revision=stored.revision, **seen)


def copy_database(
    store: Store,
    path: Path,
    query: Query,
    show: Callable[[int, int], None],
    on_damage: Callable[[StorageError], None] | None = None,
) -> None:
    """Write a database with the articles of a query; `show` gets their number so far and in all. Raises ExportError.

    `on_damage` is called for each damaged article, which is left out; without it, one raises DamagedRowError.
    """
    for suffix in ("-wal", "-journal"):
        if path.with_name(path.name + suffix).exists():
            raise ExportError(f"{path}: is in use, or was not closed after a crash: {path.name}{suffix} exists")
    with replace_file(path) as part:
        store.subset(part, query, show, on_damage)


def write_articles(target: Target, path: Path, articles: Iterable[ExportedArticle], title: str | None) -> None:
    """Write articles to a target, at `path`.

    An existing file stays until the new one is complete. Raises ExportError if it cannot be written, BrokenPipeError
    if the reader of the standard output is gone.
    """
    if target.is_stdout:
        _write_stream(target, sys.stdout.buffer, articles, title)
        sys.stdout.buffer.flush()
    elif target.is_partitioned:
        partitions.write_partitions(path, articles)
    elif _find_extension(target.name) == _FOLDER:
        with _export_errors(path):
            _write_folder(cast("type[FilePerArticleExporter]", formats.find_format(target.format)), path, articles)
    else:
        with replace_file(path) as part, part.open("xb") as file:
            _write_stream(target, file, articles, title)


def _write_stream(target: Target, file: BinaryIO, articles: Iterable[ExportedArticle], title: str | None) -> None:
    stream = _COMPRESSIONS[target.compression](file) if target.compression else file
    exporter = formats.find_format(target.format)(stream, title)
    exporter.begin()
    for entry in articles:
        exporter.write(entry)
    exporter.end()
    if stream is not file:
        stream.close()


def _write_folder(exporter: type[FilePerArticleExporter], folder: Path, articles: Iterable[ExportedArticle]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with temporary_path(folder, "newscrawl") as part:
        for entry in articles:
            name, content = exporter.make_file(entry)
            file = folder / name
            # Files with the same content are left untouched, so that tools that watch the folder see what changed.
            if file.is_symlink() or not file.exists() or file.read_bytes() != content:
                part.write_bytes(content)
                part.replace(file)
    os.sync()


@contextmanager
def replace_file(path: Path) -> Iterator[Path]:
    """Yield the path of a temporary file, which replaces `path` at the end of the block, or is deleted if it fails.

    A symbolic link is replaced, and what it points to left as it is. Temporary files of killed processes
    (.NAME.PID.part) are deleted first. Raises ExportError.
    """
    if not path.absolute().parent.is_dir():
        raise ExportError(f"{path}: there is no folder {path.absolute().parent}; create it, or name another file")
    if path.exists() and not path.is_file():
        raise ExportError(f"{path}: not a file; name a file, or - for the standard output")
    with _export_errors(path), temporary_path(path.parent, path.name) as part:
        yield part
        if path.exists() and not path.is_symlink():
            shutil.copymode(path, part)
        move_into_place(part, path)


@contextmanager
def _export_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror or error}; existing files are unchanged"
        raise ExportError(message) from error
