"""ARC files, as they came before WARC."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newscrawl.archives.warc_reader import read_capture
from tests.archives.building import arc, arc_record, read, response

PAGES = [
    arc_record(
        response(b"<p>Number %d</p>" % number, "Content-Type: text/html"), f"http://www.bloomberg.example/{number}"
    )
    for number in range(3)
]
DNS = arc_record(b"20050314120000\nwww.bloomberg.example. IN A 192.0.2.1\n", "dns:www.bloomberg.example")
BODIES = [b"<p>Number %d</p>" % number for number in range(3)]


@pytest.mark.parametrize("packed", [False, True])
def test_captures_are_read_and_found_again(tmp_path: Path, packed: bool) -> None:
    contents = arc(DNS, *PAGES)
    if packed:  # Heritrix packs the version block and each record by itself
        contents = gzip.compress(arc()) + b"".join(gzip.compress(one + b"\n") for one in (DNS, *PAGES))
    found, errors = read(tmp_path / "a.arc", contents)
    assert errors == []
    assert [one.body for one in found] == BODIES
    assert found[0].captured_at == datetime(2005, 3, 14, 12, tzinfo=UTC)
    assert found[0].headers == (("Content-Type", "text/html"),)
    assert [one.location and read_capture(one.location.file, one.location.offset) for one in found] == found


BROKEN = {
    "a length too large": PAGES[0].replace(b" 59\n", b" 99\n"),
    "a length too small": PAGES[0].replace(b" 59\n", b" 33\n"),
    "no HTTP": arc_record(b"Hello"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_record_costs_no_other(tmp_path: Path, what: str) -> None:
    assert BROKEN[what] not in PAGES
    found, errors = read(tmp_path / "a.arc", arc(PAGES[1], BROKEN[what], PAGES[2]))
    assert [one.body for one in found] == BODIES[1:]
    assert [error.offset for error in errors] == [len(arc(PAGES[1])) + 1]
