"""Plain or packed, by record or as a whole: the same captures, each found again by its place."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newscrawl.archives.warc_reader import read_capture, read_captures, read_record
from newscrawl.errors import ArchiveError
from tests.archives.building import DICTIONARY, PACKED, WHOLE, page, read, record, response, zstd

RECORDS = [
    record(b"software: x\r\n", kind="warcinfo", WARC_Target_URI=""),
    *(page(number) for number in range(4)),
    record(b"GET / HTTP/1.1\r\n\r\n", kind="request"),
    page(4),
]
URLS = [f"https://www.bloomberg.example/{number}" for number in range(5)]


@pytest.mark.parametrize("packing", PACKED)
class TestPackedByRecord:
    def test_every_capture_is_read(self, tmp_path: Path, packing: str) -> None:
        found, errors = read(tmp_path / "a", PACKED[packing](RECORDS))
        assert errors == []
        assert [one.url for one in found] == URLS
        assert found[3].body == b"<p>Story 3</p>" * 20

    def test_a_place_is_the_records_own_bytes(self, tmp_path: Path, packing: str) -> None:
        whole = PACKED[packing](RECORDS)
        found, _ = read(tmp_path / "a", whole)
        last = found[-1].location
        assert last is not None
        assert last.file == str(tmp_path / "a")
        assert last.offset + last.length == len(whole)
        places = [one.location for one in found[:4] if one.location]
        assert [one.offset + one.length for one in places[:3]] == [one.offset for one in places[1:]]

    def test_a_capture_is_read_again_at_its_place(self, tmp_path: Path, packing: str) -> None:
        found, _ = read(tmp_path / "a", PACKED[packing](RECORDS))
        for one in found:
            assert one.location is not None
            again = read_capture(one.location.file, one.location.offset)
            assert again == one
            assert (again.location, again.digest) == (one.location, one.digest)

    def test_reading_goes_on_at_a_place_and_after_one(self, tmp_path: Path, packing: str) -> None:
        found, _ = read(tmp_path / "a", PACKED[packing](RECORDS))
        place = found[2].location
        assert place is not None
        assert list(read_captures(tmp_path / "a", start=place.offset)) == found[2:]
        assert list(read_captures(tmp_path / "a", start=place.offset + place.length)) == found[3:]

    def test_what_is_not_wanted_is_not_decoded(self, tmp_path: Path, packing: str) -> None:
        undecodable = page(7, WARC_Date="never")
        (tmp_path / "a").write_bytes(PACKED[packing]([RECORDS[1], undecodable, *RECORDS[2:]]))
        assert [one.url for one in read_captures(tmp_path / "a", is_wanted=URLS[2:].__contains__)] == URLS[2:]

    @pytest.mark.parametrize(("offset", "detail"), [(1, "no"), (10**6, "no record begins here")])
    def test_where_nothing_begins_nothing_is_read(self, tmp_path: Path, packing: str, offset: int, detail: str) -> None:
        (tmp_path / "a").write_bytes(PACKED[packing](RECORDS[1:]))
        with pytest.raises(ArchiveError, match=detail) as caught:
            read_capture(tmp_path / "a", offset)
        assert caught.value.offset == offset


@pytest.mark.parametrize("packing", ["plain", "gzip", "zstd"])
def test_one_record_is_read_from_its_bytes(packing: str) -> None:
    capture = read_record(PACKED[packing]([page(1)]), "crawl-data/a.warc.gz")
    assert (capture.url, capture.location) == (URLS[1], None)
    with pytest.raises(ArchiveError, match=r"crawl-data/a\.warc\.gz at byte 0"):
        read_record(PACKED[packing]([page(1)])[:-40], "crawl-data/a.warc.gz")


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"", "no record begins here"),
        (RECORDS[0], "not a page: the record is of type warcinfo"),
        (page(1, WARC_Date="never"), "WARC-Date 'never'"),
        (record(b"", kind="revisit"), "the original of this revisit is missing"),
        (b"<html>", "no WARC record"),
    ],
)
def test_a_record_without_a_page_is_an_error(data: bytes, detail: str) -> None:
    with pytest.raises(ArchiveError, match=detail):
        read_record(data, "a.warc")


@pytest.mark.parametrize("packing", WHOLE)
class TestPackedAsAWhole:
    def test_every_capture_is_read_and_has_no_place(self, tmp_path: Path, packing: str) -> None:
        found, errors = read(tmp_path / "a", WHOLE[packing](RECORDS))
        assert errors == []
        assert [one.url for one in found] == URLS
        assert {one.location for one in found} == {None}

    def test_a_broken_record_is_named_by_what_it_unpacks_to(self, tmp_path: Path, packing: str) -> None:
        lying = record(response(b"x" * 50), Content_Length="400")
        whole = WHOLE[packing]([RECORDS[1], lying, *RECORDS[2:]])
        found, errors = read(tmp_path / "a", whole)
        assert [one.url for one in found] == URLS
        assert [error.offset for error in errors] == [len(RECORDS[1])]

    def test_members_may_follow_each_other(self, tmp_path: Path, packing: str) -> None:
        found, errors = read(tmp_path / "a", WHOLE[packing](RECORDS[:3]) + PACKED["gzip"](RECORDS[3:]))
        assert errors == []
        assert [one.url for one in found] == URLS
        assert [one.location is None for one in found] == [True, True, False, False, False]

    def test_a_torn_end_is_named(self, tmp_path: Path, packing: str) -> None:
        found, errors = read(tmp_path / "a", WHOLE[packing](RECORDS)[:-30])
        assert [one.url for one in found] == URLS[: len(found)]
        assert len(errors) == 1


CUT = {name: pack([page(number) for number in range(3)]) for name, pack in PACKED.items() if "packed" not in name}


@pytest.mark.parametrize("packing", CUT)
@settings(max_examples=40)
@given(data=st.data())
def test_cut_anywhere_no_earlier_record_is_lost(
    tmp_path_factory: pytest.TempPathFactory, packing: str, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "cut"
    whole, _ = read(path, CUT[packing])
    cut = data.draw(st.integers(0, len(CUT[packing])))
    found, errors = read(path, CUT[packing][:cut])
    complete = [one for one in whole if one.location and one.location.offset + one.location.length <= cut]
    assert found[: len(complete)] == complete
    assert len(found) - len(complete) + len(errors) <= 1


def test_damage_to_the_last_byte_of_a_record_costs_not_the_next(tmp_path: Path) -> None:
    first, *rest = RECORDS
    found, _ = read(tmp_path / "a", first[:-1] + b"\0" + b"".join(rest))
    assert [one.url for one in found][-len(URLS) + 1 :] == URLS[1:]


@pytest.mark.parametrize("packing", CUT)
@settings(max_examples=40)
@given(data=st.data())
def test_damaged_anywhere_no_other_record_is_lost(
    tmp_path_factory: pytest.TempPathFactory, packing: str, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged"
    whole, _ = read(path, CUT[packing])
    places = [one.location for one in whole if one.location]
    at = data.draw(st.integers(places[0].offset, len(CUT[packing]) - 1))
    byte = data.draw(st.integers(0, 255))
    found, errors = read(path, CUT[packing][:at] + bytes([byte]) + CUT[packing][at + 1 :])
    hit = next(index for index, place in enumerate(places) if at < place.offset + place.length)
    assert [one for one in whole[:hit] + whole[hit + 1 :] if one not in found] == []
    assert all(error.offset is not None for error in errors)


@pytest.mark.parametrize(
    ("between", "told"),
    [
        (b"rubbish between members", 1),
        (b"\x1f\x8b\x08 by chance", 1),
        (gzip.compress(b"", mtime=0), 0),
        (zstd.compress(b""), 0),
    ],
)
def test_bytes_between_members_cost_no_record(tmp_path: Path, between: bytes, told: int) -> None:
    before, after = PACKED["gzip"](RECORDS[:3]), PACKED["gzip"](RECORDS[3:])
    found, errors = read(tmp_path / "a", before + between + after)
    assert [one.url for one in found] == URLS
    assert [error.offset for error in errors] == [len(before)] * told


def test_an_archive_in_a_page_is_not_read_for_it(tmp_path: Path) -> None:
    download = record(response(PACKED["gzip"]([page(7), page(8)])), Content_Length="30")
    found, errors = read(tmp_path / "a", download + b"".join(RECORDS))
    assert [error.offset for error in errors] == [0]
    assert [one.url for one in found] == URLS


@pytest.mark.parametrize(
    ("head", "detail"),
    [
        (b"\x5d\x2a\x4d\x18\xff\xff\xff\x7f" + DICTIONARY, "breaks off"),
        (b"\x5d\x2a\x4d\x18\x04\x00\x00\x00none", "broken compression"),
    ],
)
def test_a_broken_dictionary_is_reported(tmp_path: Path, head: bytes, detail: str) -> None:
    found, errors = read(tmp_path / "a", head + CUT["zstd with a dictionary"][8 + len(DICTIONARY) :])
    assert found == []
    assert detail in str(errors[0])


def test_frames_that_may_be_skipped_are(tmp_path: Path) -> None:
    skipped = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc"
    found, errors = read(tmp_path / "a", PACKED["zstd"](RECORDS[:2]) + skipped + PACKED["zstd"](RECORDS[2:]))
    assert errors == []
    assert [one.url for one in found] == URLS
    assert replace(found[0], location=None) == found[0]
