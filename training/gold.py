"""Reads the gold pages: public sets of pages with their text, packed as dev/SET.tar.xz with an index.json."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SETS = ("scrapinghub", "fundus-eval", "fundus-pages", "postlight", "trafilatura", "wcxb-articles")
_SECOND_LEVEL = frozenset(["ac", "co", "com", "edu", "gov", "net", "or", "org"])


@dataclass(frozen=True, slots=True)
class GoldPage:
    """A page and what its set says about it."""

    set: str
    id: str
    url: str
    html: bytes
    gold: dict[str, Any]

    @property
    def site(self) -> str:
        """The registered domain: pages of one site are never in training and test at once."""
        labels = (urlsplit(self.url).hostname or self.url).split(".")
        size = 3 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL else 2
        return ".".join(labels[-size:])


def read_pages(folder: Path, sets: tuple[str, ...] = SETS) -> Iterator[GoldPage]:
    """Yield the pages of the sets in `folder`/dev, in the order of their indexes."""
    for name in sets:
        files = _read_files(folder / "dev" / f"{name}.tar.xz")
        root = next(path for path in files if path.endswith("index.json")).removesuffix("index.json")
        for entry in json.loads(files[f"{root}index.json"])["pages"]:
            yield GoldPage(name, entry["id"], entry["url"], files[root + entry["file"]], entry["gold"])


def read_negatives(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield address and content of the pages in `folder`/negatives, none of which is an article."""
    for path in sorted((folder / "negatives").glob("*.tar.xz")):
        files = _read_files(path)
        for entry in json.loads(files["index.json"]):
            yield entry["url"], files[entry["file"]]


def _read_files(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {
            member.name.removeprefix("./"): content.read()
            for member in tar
            if member.isfile() and (content := tar.extractfile(member)) is not None
        }
