"""WACZ: the archives in a zip, read where they stand."""

from pathlib import Path

import pytest

from newscrawl.archives.warc_reader import read_capture, read_captures
from newscrawl.errors import ArchiveError
from tests.archives.building import (
    PACKED,
    WHOLE,
    archiveweb_page,
    browsertrix,
    deflated_wacz,
    page,
    read,
    revisit,
)

FIRST, SECOND = [page(0), page(1)], [page(2), page(3)]
URLS = [f"https://www.bloomberg.example/{number}" for number in range(4)]
SHAPES = {
    "Browsertrix": browsertrix(
        **{"rec-b.warc.gz": PACKED["gzip"](SECOND), "rec-a.warc.gz": PACKED["gzip"](FIRST), "notes.txt": b"no archive"}
    ),
    "ArchiveWeb.page": archiveweb_page(**{"data.warc.gz": PACKED["gzip"](FIRST + SECOND)}),
    "of zstd and plain": browsertrix(
        **{"1.warc.zst": PACKED["zstd with a dictionary"](FIRST), "2.warc": PACKED["plain"](SECOND)}
    ),
    "zipped by hand": deflated_wacz(**{"1.warc": PACKED["plain"](FIRST), "2.warc.gz": PACKED["gzip"](SECOND)}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_file_in_it_is_read_in_the_order_of_names(tmp_path: Path, shape: str) -> None:
    found, errors = read(tmp_path / "crawl.wacz", SHAPES[shape])
    assert errors == []
    assert [one.url for one in found] == URLS


@pytest.mark.parametrize("shape", SHAPES)
def test_a_place_leads_inside(tmp_path: Path, shape: str) -> None:
    found, _ = read(tmp_path / "crawl.wacz", SHAPES[shape])
    for one in found:
        assert one.location is not None
        assert one.location.file.startswith(str(tmp_path / "crawl.wacz/archive/"))
        assert read_capture(one.location.file, one.location.offset) == one
    place = found[-1].location
    assert place is not None
    assert list(read_captures(place.file, start=place.offset)) == found[-1:]


@pytest.mark.parametrize(
    ("contents", "detail"),
    [
        (browsertrix(), "not a WACZ"),
        (browsertrix(**{"../outside.txt": b""}), "not a WACZ"),
        (SHAPES["Browsertrix"][:-10], "broken zip"),
        (b"PK\x03\x04", "broken zip"),
    ],
)
def test_a_zip_that_is_no_wacz_is_an_error(tmp_path: Path, contents: bytes, detail: str) -> None:
    (tmp_path / "a.wacz").write_bytes(contents)
    with pytest.raises(ArchiveError, match=detail):
        list(read_captures(tmp_path / "a.wacz", report=print))


def test_a_damaged_file_costs_no_other(tmp_path: Path) -> None:
    contents = SHAPES["zipped by hand"]
    head = contents.index(b"archive/1.warc") + len("archive/1.warc")
    found, errors = read(tmp_path / "a.wacz", contents[:head] + b"\xff" * 20 + contents[head + 20 :])
    assert [one.url for one in found] == URLS[2:]
    assert [error.path for error in errors] == [f"{tmp_path / 'a.wacz'}/archive/1.warc"]
    found, errors = read(
        tmp_path / "a.wacz", contents.replace(b"PK\x03\x04", b"PK\x00\x00").replace(b"PK\x00", b"PK\x03", 1)
    )
    assert errors != []


def test_names_in_it_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "outside.warc").write_bytes(page(9))
    outside = f"../../{tmp_path.name}/outside.warc"
    found, errors = read(
        tmp_path / "a.wacz", browsertrix(**{outside: page(1), "b.warc": page(2, WARC_Filename="/etc/passwd")})
    )
    assert errors == []
    assert sorted(one.url for one in found) == URLS[1:3]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.wacz", "outside.warc"]


@pytest.mark.parametrize("inside", ["archive/none.warc", "archive", ""])
def test_missing_members_are_an_error(tmp_path: Path, inside: str) -> None:
    (tmp_path / "a.wacz").write_bytes(SHAPES["Browsertrix"])
    with pytest.raises(ArchiveError, match=r"a\.wacz"):
        read_capture(f"{tmp_path / 'a.wacz'}/{inside}", 0)


def test_it_is_not_read_on_from_its_own_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.wacz").write_bytes(SHAPES["Browsertrix"])
    with pytest.raises(ArchiveError, match="a file in the WACZ"):
        list(read_captures(tmp_path / "a.wacz", start=100))


@pytest.mark.parametrize("packing", [PACKED["gzip"], WHOLE["gzip"]])
def test_a_revisit_in_an_earlier_file_finds_its_original_in_a_later_one(tmp_path: Path, packing: object) -> None:
    early = revisit(WARC_Refers_To_Target_URI=URLS[3], WARC_Refers_To_Date="2019-03-14T12:00:00Z")
    contents = browsertrix(**{"1.warc": early, "2.warc.gz": packing(SECOND)})  # type: ignore[operator]
    found, errors = read(tmp_path / "a.wacz", contents)
    assert errors == []
    assert [(one.kind, one.body[:14]) for one in found] == [
        ("response", b"<p>Story 2</p>"),
        ("response", b"<p>Story 3</p>"),
        ("revisit", b"<p>Story 3</p>"),
    ]
