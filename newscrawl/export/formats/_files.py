"""A form of one file an article: in a folder, or in a zip."""

from __future__ import annotations

from abc import abstractmethod
from itertools import count
from typing import ClassVar

from newscrawl.export.formats._exporter import Entry, Exporter
from newscrawl.export.formats._zip import Zip


class FileEach(Exporter):
    """What `member` makes of each article, as a zip; who has a folder calls `member` alone."""

    is_text: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def member(cls, entry: Entry) -> tuple[str, bytes]:
        """The name of an article's file, the same at every export and safe on every file system, and what is in it."""

    def begin(self) -> None:
        """Begin the zip."""
        self._zip = Zip(self.file)

    def write(self, entry: Entry) -> None:
        """Add an article; one that a crawl has met twice stands there twice."""
        name, content = self.member(entry)
        stem, dot, extension = name.rpartition(".")
        names = (f"{stem}-{number}{dot}{extension}" if number > 1 else name for number in count(1))
        self._zip.add(next(name for name in names if name not in self._zip), content)

    def end(self) -> None:
        """End the zip."""
        self._zip.close()
