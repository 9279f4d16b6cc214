"""Reproducible zip files, and formats that write one file per article, into a folder or a zip."""

from __future__ import annotations

from abc import abstractmethod
from itertools import count
from typing import BinaryIO, ClassVar
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from newscrawl.export.exporter import ExportedArticle, Exporter

_NO_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold


class ZipWriter(ZipFile):
    """A zip written from beginning to end: the same files give the same bytes."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, "w")

    def __del__(self) -> None:
        pass  # ZipFile would finish an abandoned zip when it is garbage-collected

    def __contains__(self, name: str) -> bool:
        return name in self.NameToInfo

    def add(self, name: str, content: bytes, *, compress: bool = True) -> None:
        info = ZipInfo(name, _NO_TIME)
        info.external_attr = 0o644 << 16
        self.writestr(info, content, ZIP_DEFLATED if compress else ZIP_STORED)


class FilePerArticleExporter(Exporter):
    """A zip of what `make_file` returns for each article; an export to a folder calls `make_file` alone."""

    is_text: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def make_file(cls, entry: ExportedArticle) -> tuple[str, bytes]:
        """Return name and content of an article's file; the name is stable, and safe on every file system."""

    def begin(self) -> None:
        self._zip = ZipWriter(self.file)

    def write(self, entry: ExportedArticle) -> None:
        name, content = self.make_file(entry)
        # `scrapy crawl -O` may export an article twice; zip members need different names.
        stem, dot, extension = name.rpartition(".")
        names = (f"{stem}-{number}{dot}{extension}" if number > 1 else name for number in count(1))
        self._zip.add(next(name for name in names if name not in self._zip), content)

    def end(self) -> None:
        self._zip.close()
