"""Where records end: lengths that are wrong, members that are not records, and damage."""

import gzip
import random
import zlib
from pathlib import Path

import pytest

from newscrawl.archives import heads
from newscrawl.archives.warc_reader import read_capture
from tests.archives.building import PACKED, WHOLE, arc, arc_record, page, read, record, response
from tests.cpu_time import at_most

PAGES = [page(number) for number in range(6)]
BODIES = [b"<p>Story %d</p>" % number * 20 for number in range(6)]
URLS = [f"https://www.bloomberg.example/{number}" for number in range(6)]
LENGTH = len(response(BODIES[0]))


@pytest.mark.parametrize("packing", [*PACKED, "whole"])
@pytest.mark.parametrize("error", [-13, -4, -2, -1, 1, 2, 3, 4, 5, 9, 16])
def test_a_length_may_be_wrong_by_a_few_bytes(tmp_path: Path, packing: str, error: int) -> None:
    pack = WHOLE["gzip"] if packing == "whole" else PACKED[packing]
    odd = [page(number, Content_Length=str(LENGTH + error * (number % 2))) for number in range(6)]
    found, errors = read(tmp_path / "a", pack(odd))
    assert errors == []
    assert [one.url for one in found] == URLS
    assert [one.body.strip() for one in found] == BODIES
    again = [read_capture(one.location.file, one.location.offset) for one in found if one.location]
    assert again == ([] if packing == "whole" else found)


@pytest.mark.parametrize("packing", [*PACKED, "whole"])
@pytest.mark.parametrize("length", ["", "-5", "long", "0x99"])
def test_a_record_of_unknown_length_ends_before_the_next(tmp_path: Path, packing: str, length: str) -> None:
    pack = WHOLE["gzip"] if packing == "whole" else PACKED[packing]
    odd = [page(number, Content_Length=length if number in (1, 5) else str(LENGTH)) for number in range(6)]
    found, errors = read(tmp_path / "a", pack(odd))
    assert (errors, [one.url for one in found], [one.body for one in found]) == ([], URLS, BODIES)


@pytest.mark.parametrize("packing", ["plain", "gzip"])
@pytest.mark.parametrize("length", ["0", "30", "600", "90000000"])
def test_a_length_that_is_far_off_costs_one_record(tmp_path: Path, packing: str, length: str) -> None:
    odd = [page(number, Content_Length=length) if number == 2 else page(number) for number in range(6)]
    found, errors = read(tmp_path / "a", PACKED[packing](odd))
    assert [one.url for one in found] == [*URLS[:2], *URLS[3:]]
    assert [error.offset for error in errors] == [len(PACKED[packing](odd[:2]))]


@pytest.mark.parametrize("between", [b"", b"\r\n", b"\n\n\n", b"\r\n" * 500])
def test_any_number_of_blank_lines_is_between_records(tmp_path: Path, between: bytes) -> None:
    found, errors = read(tmp_path / "a", between + between.join(one.rstrip() for one in PAGES) + between)
    assert (errors, [one.url for one in found]) == ([], URLS)


@pytest.mark.parametrize("size", [50, 333, 4096])
def test_members_may_be_blocks_instead_of_records(tmp_path: Path, size: int) -> None:
    """As bgzip writes them."""
    data = b"".join(PAGES)
    blocks = [gzip.compress(data[begin : begin + size]) for begin in range(0, len(data), size)]
    found, errors = read(tmp_path / "a", b"".join([*blocks, gzip.compress(b"")]))
    assert (errors, [one.url for one in found], [one.body for one in found]) == ([], URLS, BODIES)


@pytest.mark.parametrize("size", [50, 333])
def test_a_damaged_block_costs_the_records_in_it(tmp_path: Path, size: int) -> None:
    data = b"".join(PAGES)
    blocks = [gzip.compress(data[begin : begin + size]) for begin in range(0, len(data), size)]
    hit = len(blocks) // 2
    blocks[hit] = blocks[hit][:-1] + b"?"
    found, errors = read(tmp_path / "a", b"".join(blocks))
    lost = range(hit * size // len(PAGES[0]), ((hit + 1) * size - 1) // len(PAGES[0]) + 1)
    assert set(URLS) - {one.url for one in found} == {URLS[number] for number in lost}
    assert len(errors) == 1


def test_a_record_may_extend_over_members_and_is_found_again(tmp_path: Path) -> None:
    split = [gzip.compress(one[:200]) + gzip.compress(one[200:-1]) + gzip.compress(one[-1:]) for one in PAGES]
    found, errors = read(tmp_path / "a", b"".join(split))
    assert (errors, [one.url for one in found], [one.body for one in found]) == ([], URLS, BODIES)
    assert [one.location and one.location.length for one in found] == [len(one) for one in split]
    assert [one.location and read_capture(one.location.file, one.location.offset) for one in found] == found


@pytest.mark.parametrize("missing", range(1, 9))
def test_the_trailer_of_the_last_member_may_be_missing(tmp_path: Path, missing: int) -> None:
    found, errors = read(tmp_path / "a", PACKED["gzip"](PAGES)[:-missing])
    assert (errors, found[-1].body) == ([], BODIES[-1])
    assert found[-1].location
    assert read_capture(found[-1].location.file, found[-1].location.offset) == found[-1]


def test_a_wrong_trailer_is_damage(tmp_path: Path) -> None:
    members = [gzip.compress(one) for one in PAGES]
    members[2] = members[2][:-8] + bytes(8)
    found, (error,) = read(tmp_path / "a", b"".join(members))
    assert [one.url for one in found] == [*URLS[:2], *URLS[3:]]
    assert error.offset == len(b"".join(members[:2]))


def test_compressions_may_follow_each_other(tmp_path: Path) -> None:
    contents = b"".join(
        PACKED[packing](PAGES[begin : begin + 2])
        for begin, packing in enumerate(["gzip", "plain", "zstd", "gzip", "plain"])
    )
    found, errors = read(tmp_path / "a", contents)
    assert errors == []
    assert [one.url for one in found] == [URLS[begin + n] for begin in range(5) for n in range(2)]
    assert [one.location and read_capture(one.location.file, one.location.offset) for one in found] == found


def _damage(data: bytes, rnd: random.Random) -> tuple[bytes, int, int]:
    """Flip, cut out or insert bytes; return the data and the range of the original that was hit."""
    at, size = rnd.randrange(len(data)), rnd.choice([1, 2, 7, 40, 300])
    end = min(len(data), at + size)
    match rnd.choice("fci"):
        case "f":
            return data[:at] + bytes(byte ^ rnd.randrange(1, 256) for byte in data[at:end]) + data[end:], at, end
        case "c":
            return data[:at] + data[end:], at, end
        case _:
            return data[:at] + rnd.randbytes(size) + data[at:], at, at


@pytest.mark.parametrize("packing", ["plain", "gzip", "zstd", "ARC"])
@pytest.mark.parametrize("seed", range(60))
def test_every_record_outside_of_the_damage_is_read(tmp_path: Path, packing: str, seed: int) -> None:
    rnd = random.Random(f"{packing} {seed}")
    texts = [
        " ".join(rnd.choice(["kettle", "ferry", "ledger", "mill"]) for _ in range(rnd.randrange(20, 400)))
        for _ in range(12)
    ]
    blocks = [response(f"<p>{text}</p>".encode(), "Content-Type: text/html") for text in texts]
    urls = [f"http://www.bloomberg.example/{number}" for number in range(12)]
    if packing == "ARC":
        records = [arc_record(block, url) + b"\n" for block, url in zip(blocks, urls, strict=True)]
        parts = [arc() + b"\n", *records]
    else:
        parts = [PACKED[packing]([record(block, WARC_Target_URI=url)]) for block, url in zip(blocks, urls, strict=True)]
    ends = [len(b"".join(parts[: number + 1])) for number in range(len(parts))]
    good = {one.url: one.body for one in read(tmp_path / "a", b"".join(parts))[0]}
    assert len(good) == 12
    data, begin, end = _damage(b"".join(parts), rnd)
    found, errors = read(tmp_path / "a", data)
    hit = {
        number - (packing == "ARC")
        for number, last in enumerate(ends)
        # The blank lines before a record belong to the one before it, but may be what ends that.
        if begin - 4 < last and end > (ends[number - 1] if number else 0) - 1
    }
    whole = {one.url: one.body for one in found}
    assert [url for number, url in enumerate(urls) if number not in hit and whole.get(url) != good[url]] == []
    assert len(errors) <= len(hit) + 1


@pytest.mark.parametrize("packing", ["plain", "gzip", "ARC"])
def test_a_record_before_a_broken_one_is_found_again(tmp_path: Path, packing: str) -> None:
    if packing == "ARC":
        contents = arc(arc_record(response(BODIES[0])), arc_record(response(BODIES[1])).replace(b" 2", b" 9", 4))
    else:
        first, second = (PACKED[packing]([one]) for one in PAGES[:2])
        contents = first + second[: len(second) // 2]
    (only,), errors = read(tmp_path / "a", contents)
    assert len(errors) == 1
    assert only.location
    assert read_capture(only.location.file, only.location.offset) == only


class _Counting:
    """Counts the bytes that the pattern of the next record is searched in."""

    def __init__(self) -> None:
        self.pattern, self.searched = heads.NEXT_RECORD, 0

    def search(self, data: bytes, begin: int = 0) -> object:
        match = self.pattern.search(data, begin)
        self.searched += (match.end() if match else len(data)) - begin
        return match


HOSTILE = {
    "wrong lengths": record(response(b"x" * 100), Content_Length="40000000"),
    "wrong lengths of records that are not read": record(b"x" * 100, kind="request", Content_Length="40000000"),
    "heads without an end": b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 9\r\n" * 3,
}


@pytest.mark.parametrize("packing", ["plain", "whole"])
@pytest.mark.parametrize("what", HOSTILE)
def test_time_is_linear_in_hostile_files(
    tmp_path: Path, packing: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = _Counting()
    monkeypatch.setattr("newscrawl.archives.members.NEXT_RECORD", counting)
    monkeypatch.setattr("newscrawl.archives.records.NEXT_RECORD", counting)
    monkeypatch.setattr("newscrawl.archives.records._ENOUGH_WASTED", 2**20)
    contents = HOSTILE[what] * 4000
    with at_most(20):  # a minute and more if each is read to the end of the file
        found, errors = read(tmp_path / "a", zlib.compress(contents, wbits=31) if packing == "whole" else contents)
        assert found == []
        assert len(errors) >= 3999
        assert counting.searched < 60 * len(contents)
