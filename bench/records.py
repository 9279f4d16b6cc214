"""CPU of reading the records of a regular WARC file: by our stream alone, with the quick reader before it, by FastWARC.

python -m bench.records [--pages 240] [--rounds 11]

All read bench/archive.py's file by turns in this process; each figure is the least of its rounds, in milliseconds a
page. "captures" also parses HTTP heads and dates, and keeps the index of originals, as `scrapy ingest` needs.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecordType

from bench.archive import write_archive
from newscrawl.archives.payload import may_hold_page
from newscrawl.archives.records import Records
from newscrawl.archives.wacz import open_file
from newscrawl.archives.warc_reader import read_captures


def _read_records(path: Path, *, is_quick: bool) -> None:
    with open_file(path) as file:
        records = Records(file, str(path), is_wanted=may_hold_page, report=print, max_bytes=2**26)
        for _ in records.read_from(0) if is_quick else records._read_stream(0):
            pass


def _read_by_fastwarc(path: Path) -> None:
    for record in ArchiveIterator(str(path), record_types=WarcRecordType.response):
        record.reader.read()


def measure(path: Path, rounds: int) -> dict[str, float]:
    """Return the CPU seconds of each way to read a file."""
    readers: dict[str, Callable[[], object]] = {
        "records, stream": lambda: _read_records(path, is_quick=False),
        "records, both": lambda: _read_records(path, is_quick=True),
        "FastWARC": lambda: _read_by_fastwarc(path),
        "captures": lambda: list(read_captures(path)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(rounds):
        for name, read in readers.items():
            began = time.process_time()
            read()
            seconds[name].append(time.process_time() - began)
    return {name: min(each) for name, each in seconds.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=240)
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "pages.warc.gz")
        write_archive(path, options.pages)
        for name, seconds in measure(path, options.rounds).items():
            print(f"{name:16} {seconds / options.pages * 1000:.2f} ms a page")


if __name__ == "__main__":
    main()
