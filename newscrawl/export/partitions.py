"""Parquet files in folders by year of publication, as Hive names them: year=2013/part-0.parquet."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path

import psutil

from newscrawl.errors import ExportError
from newscrawl.export.exporter import ExportedArticle
from newscrawl.export.formats.parquet import ParquetExporter

UNDATED = "__HIVE_DEFAULT_PARTITION__"
"""What Hive and its readers take for NULL."""
_PARTITION = re.compile(rf"year=(\d{{1,4}}|{UNDATED})")
_PART = re.compile(r"part-\d+\.parquet")


def write_partitions(path: Path, articles: Iterable[ExportedArticle]) -> None:
    """Write articles into folders by year, in their order; best by date, so that each year is one file.

    A folder of an earlier export is replaced as a whole, once the new one is complete. Raises ExportError.
    """
    if path.exists() and not _is_ours(path):
        raise ExportError(f"{path}: has other files than year=YYYY/part-N.parquet; name another folder")
    if not path.absolute().parent.is_dir():
        raise ExportError(f"{path}: there is no folder {path.absolute().parent}; create it, or name another one")
    try:
        with _temporary_folders(path) as (new, old):
            for year, entries in groupby(articles, lambda entry: _find_year(entry.article.published_at)):
                _write_part(new / f"year={year}", entries)
            os.sync()
            if path.exists():
                path.rename(old)
            new.rename(path)
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror or error}; existing files are unchanged"
        raise ExportError(message) from error


def _find_year(published_at: object) -> str:
    return f"{published_at:%Y}" if published_at else UNDATED


def _write_part(folder: Path, entries: Iterable[ExportedArticle]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    number = sum(1 for _ in folder.iterdir())
    with (folder / f"part-{number}.parquet").open("xb") as file:
        exporter = ParquetExporter(file)
        exporter.begin()
        try:
            for entry in entries:
                exporter.write(entry)
        finally:  # an open writer would end itself later, when its file is gone
            exporter.end()


def _is_ours(path: Path) -> bool:
    """Whether a folder has nothing but what an earlier export has written."""
    if path.is_symlink() or not path.is_dir():
        return False
    return all(
        _PARTITION.fullmatch(year.name) and year.is_dir() and all(_PART.fullmatch(part.name) for part in year.iterdir())
        for year in path.iterdir()
    )


@contextmanager
def _temporary_folders(path: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the paths of the folder to be written and of the one it replaces; both are removed in the end.

    Those of killed processes are removed first; if one was killed between the two renames, its old folder comes back.
    """
    parent, prefix = path.absolute().parent, f".{path.name}."
    for folder in parent.glob(f"{prefix}*"):
        match = re.fullmatch(r"(\d+)\.(new|old)-years", folder.name.removeprefix(prefix))
        if match and not psutil.pid_exists(int(match[1])):
            if match[2] == "old" and not path.exists():
                folder.rename(path)
            else:
                shutil.rmtree(folder)
    new, old = (parent / f"{prefix}{os.getpid()}.{kind}-years" for kind in ("new", "old"))
    new.mkdir()
    try:
        yield new, old
    finally:
        if old.exists() and not path.exists():
            old.rename(path)
        for folder in (new, old):
            with suppress(FileNotFoundError):
                shutil.rmtree(folder)
