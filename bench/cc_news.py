"""What CC-NEWS costs: `scrapy ingest --spider news` of real pages of many sites, in an archive as CC-NEWS has it.

python -m bench.cc_news GOLD [--rounds 2]

GOLD has the pages as dev/fundus-pages.tar.xz, one page of each of a hundred news sites, with its address in index.json.
One process reads; CPU is that of all processes, less that of an archive with the first ten pages, the least of the
rounds. The database is SQLite, with full text.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

_WARM = 10


class Ingested(NamedTuple):
    """What an ingest took, and what it stored."""

    cpu: float
    articles: int
    database: int
    """Bytes."""


def read_pages(gold: Path) -> list[tuple[str, bytes]]:
    """Read the address and the bytes of each page."""
    with tarfile.open(gold / "dev/fundus-pages.tar.xz") as packed:
        files = {member.name.partition("/")[2]: packed.extractfile(member) for member in packed if member.isfile()}
        contents = {name: file.read() for name, file in files.items() if file}
    index: dict[str, Any] = json.loads(contents["index.json"])
    return [(page["url"], contents[page["file"]]) for page in index["pages"]]


def write_archive(path: Path, pages: Sequence[tuple[str, bytes]]) -> None:
    """Write pages as responses, gzip by record."""
    with path.open("wb") as stream:
        warc = WARCWriter(stream, gzip=True, warc_version="1.0")
        for url, body in pages:
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            values: dict[str, Any] = {"http_headers": head, "warc_headers_dict": {"WARC-Date": "2026-10-01T12:00:00Z"}}
            warc.write_record(warc.create_warc_record(url, "response", payload=BytesIO(body), **values))


def ingest(path: Path) -> Ingested:
    """Read an archive into a new database."""
    database = Path(tempfile.mkdtemp(dir=path.parent), "news.db")
    environment = os.environ | {"NEWSCRAWL_DATABASE_URL": f"sqlite:///{database}", "NEWSCRAWL_CLUSTERS": "0"}
    command = [sys.executable, "-m", "scrapy", "ingest", str(path), "--spider", "news", "--workers", "1"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=False, env=environment, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    with closing(sqlite3.connect(database)) as connection:
        (articles,) = connection.execute("SELECT count(*) FROM articles").fetchone()
        connection.execute("VACUUM")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ingested(cpu, articles, database.stat().st_size)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path, metavar="GOLD")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    pages = read_pages(options.gold)
    with tempfile.TemporaryDirectory() as folder:
        few, whole = Path(folder, "few.warc.gz"), Path(folder, "whole.warc.gz")
        write_archive(few, pages[:_WARM])
        write_archive(whole, pages)
        size, number = whole.stat().st_size - few.stat().st_size, len(pages) - _WARM
        before, after = (min(ingest(path) for _ in range(options.rounds)) for path in (few, whole))
    cpu, stored = after.cpu - before.cpu, after.articles - before.articles
    print(f"{number} pages, {size / number / 1000:.0f} KB each in the archive; {stored} articles")
    print(f"{cpu / number * 1000:.1f} ms of CPU a page; {size / cpu / 1e6:.2f} MB of the archive per second of a core")
    print(f"{(after.database - before.database) / stored / 1000:.1f} KB of the database an article")


if __name__ == "__main__":
    main()
