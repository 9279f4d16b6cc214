"""How the archive files in the tests of other tools are read, compared with FastWARC and warcio: records, payloads.

python -m bench.warc_corpus [FOLDER]    of the files in a folder; without one, of those in pinned source distributions

Fetches the source distributions from the package index, once, into the cache folder of the user.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from fastwarc.warc import ArchiveIterator
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

from bench.source_distributions import fetch_source
from newscrawl.archives.warc_reader import read_captures
from newscrawl.errors import ArchiveError

SOURCES = {
    "pywb-2.10.0": "5ae43c9b2a5321e39b9c8e16538bfbc0146eeb6fe26713232e45378b774a1a96",
    "Warcat-2.2.5": "a3d7af6b4f1cbc6244833e19904932647c8f57d46a2b770fc499a1ec5ca8a8bd",
    "warcbench-0.1.0": "9f85c09eeb373cf27414fe6c9dd1ce1b6324cdcfd9fc9bb02125a06df1b1aa01",
}
"""Distributions with archive files, and the SHA-256 of each."""
EXPECTED = {
    "bad.arc": "responses without an HTTP head: reported",
    "dupes.warc.gz": "revisits of captures in another file: reported",
    "example-url-agnostic-revisit.warc.gz": "a revisit of a capture in another file: reported",
}
"""Files of which the others return more records, and why."""
_ENDINGS = (".arc", ".arc.gz", ".warc", ".warc.gz", ".warc.zst")
_KINDS = ("response", "revisit", "resource", "conversion")
_TEXT = ("text/", "application/xhtml+xml")


class Record(NamedTuple):
    """A record of a page."""

    url: str
    kind: str
    digest: str
    """SHA-1 of the payload, in hexadecimal; "" of a revisit."""


class Comparison(NamedTuple):
    """How one file is read."""

    name: str
    ours: Counter[Record]
    broken: list[str]
    """What we report."""
    fastwarc: Counter[Record] | None
    warcio: Counter[Record] | None
    """None if the file is not read to its end."""

    def missing(self) -> Counter[Record]:
        """Return what we do not read, but both of the others; of a file that one of them does not read, the other."""
        others = [each for each in (self.fastwarc, self.warcio) if each is not None]
        return (others[0] & others[-1]) - self.ours if others else Counter()


def fetch_files() -> Iterator[Path]:
    """Return the archive files of the source distributions; fetch those first. Raises OSError with the reason."""
    for name, digest in SOURCES.items():
        archive = fetch_source(name, digest)
        folder = archive.parent
        if not (folder / name).exists():
            with tarfile.open(archive) as packed:
                packed.extractall(folder, filter="data")
        yield from find_files(folder / name)


def find_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.name.lower().endswith(_ENDINGS) and path.stat().st_size)


def compare(path: Path) -> Comparison:
    errors: list[ArchiveError] = []
    # The payload of a revisit is that of its original.
    ours = Counter(
        Record(one.url, one.kind, "" if one.kind == "revisit" else _hash(one.sent or b""))
        for one in read_captures(path, report=errors.append)
    )
    return Comparison(
        path.name,
        ours,
        [error.detail for error in errors],
        _read(_fastwarc_records(path)),
        _read(_warcio_records(path)),
    )


def _read(records: Iterator[tuple[str | None, str, str | None, bytes]]) -> Counter[Record] | None:
    found: Counter[Record] = Counter()
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            for url, kind, content_type, payload in records:
                address = (url or "").strip("<>").replace(" ", "%20")
                is_text = kind in ("response", "revisit") or (content_type or "").lower().startswith(_TEXT)
                if kind in _KINDS and address.lower().startswith("http") and is_text:
                    found[Record(address, kind, "" if kind == "revisit" else _hash(payload))] += 1
    except Exception:  # noqa: BLE001 - they raise various ones for what they cannot read
        return None
    return found


def _fastwarc_records(path: Path) -> Iterator[tuple[str | None, str, str | None, bytes]]:
    for record in ArchiveIterator(str(path)):
        kind, head = str(record.record_type).rpartition(".")[2], record.headers
        yield head.get("WARC-Target-URI"), kind, head.get("Content-Type"), record.reader.read()


def _warcio_records(path: Path) -> Iterator[tuple[str | None, str, str | None, bytes]]:
    with path.open("rb") as file:
        records: Any = WarcioIterator(file, arc2warc=True)
        for record in records:
            url = record.rec_headers.get_header("WARC-Target-URI")
            yield url, record.rec_type, record.content_type, record.raw_stream.read()


def _hash(payload: bytes) -> str:
    return hashlib.sha1(payload, usedforsecurity=False).hexdigest()


def main() -> None:
    """Compare and print."""
    totals: Counter[str] = Counter()
    for path in find_files(Path(sys.argv[1])) if len(sys.argv) > 1 else fetch_files():
        found = compare(path)
        names = {"ours": found.ours, "FastWARC": found.fastwarc, "warcio": found.warcio, "missing": found.missing()}
        sizes = {name: "-" if records is None else records.total() for name, records in names.items()}
        totals.update({"files": 1, "reported": len(found.broken)})
        totals.update({name: size for name, size in sizes.items() if isinstance(size, int)})
        totals.update({f"not read by {name}": 1 for name, size in sizes.items() if size == "-"})
        print(found.name, *(f"{name} {size}" for name, size in sizes.items()), *sorted(set(found.broken)), sep="  ")
    print(*(f"{name}: {number}" for name, number in totals.items()), sep=", ")


if __name__ == "__main__":
    main()
