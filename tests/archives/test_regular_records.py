"""The quick reader of regular files: what it yields is what `Stream` reads, whatever the file, and it really reads."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import pytest

from newscrawl.archives.records import Record, Records
from newscrawl.archives.regular_records import iterate_regular_records
from newscrawl.archives.warc_reader import read_captures
from newscrawl.errors import ArchiveError, UnreachableFileError
from tests.archives.building import record, response
from tests.file_server import serve_files

RECORDS = [
    record(
        response(b"<p>%d</p>" % number * (1, 40, 9000)[number % 3]), WARC_Target_URI=f"https://tern.example/{number}"
    )
    for number in range(12)
]
MEMBERS = [gzip.compress(each) for each in RECORDS]
WHOLE = b"".join(MEMBERS)


def read(data: bytes, *, is_quick: bool) -> tuple[list[Record], list[str]]:
    errors: list[str] = []
    records = Records(
        BytesIO(data),
        "a.warc.gz",
        is_wanted=lambda head: not head.url.endswith("5"),
        report=lambda error: errors.append(error.detail),
        max_bytes=100_000,
    )
    found: Iterator[Record] = records.read_from(0) if is_quick else records._read_stream(0)
    # Offsets of records that share a member are counted from where the stream began.
    return [each if each.location else replace(each, offset=0) for each in found], errors


def count_quick(data: bytes) -> int:
    return sum(1 for _ in iterate_regular_records(BytesIO(data), 0))


def damage(chance: random.Random) -> bytes:
    """The file with one to three irregularities, of bytes or of records."""
    members = list(MEMBERS)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(members))
        member, packed = members[at], RECORDS[at]
        cut = chance.randint(0, len(member))
        members[at] = chance.choice(
            (
                member[:cut],
                member[:cut] + chance.randbytes(3) + member[cut + 3 :],
                member + chance.randbytes(chance.randint(1, 40)),
                gzip.compress(packed.replace(b"Content-Length: ", b"Content-Length: 1", 1)),
                gzip.compress(packed.rstrip(b"\r\n") + chance.choice((b"", b"\n", b"\r\n\r\n\r\n"))),
                gzip.compress(packed[: len(packed) // 2]) + gzip.compress(packed[len(packed) // 2 :]),
                gzip.compress(packed + packed),
                chance.choice((packed, b"", gzip.compress(b""), gzip.compress(b"\r\n") + member)),
                gzip.compress(chance.choice((b"\r\n", b"", b"WARC/1.0 x ")) + packed),
            )
        )
    return b"".join(members)


@pytest.mark.parametrize("seed", range(150))
def test_a_damaged_file_is_read_as_without_it(seed: int) -> None:
    data = damage(random.Random(seed))
    assert read(data, is_quick=True) == read(data, is_quick=False)


@pytest.mark.parametrize("data", [WHOLE, WHOLE[: len(MEMBERS[0])], b"", b"\x1f", WHOLE[:-1], WHOLE + b"\0", RECORDS[0]])
def test_a_file_is_read_as_without_it(data: bytes) -> None:
    assert read(data, is_quick=True) == read(data, is_quick=False)


def test_a_regular_file_is_read_to_its_end() -> None:
    assert count_quick(WHOLE) == len(RECORDS)
    assert count_quick(WHOLE + gzip.compress(b"no record")) == len(RECORDS) - 1
    assert count_quick(b"".join(RECORDS)) == 0


def test_a_large_record_is_left_to_the_stream() -> None:
    large = record(response(b"x" * 1_400_000), WARC_Target_URI="https://tern.example/large")
    data = MEMBERS[0] + MEMBERS[1] + gzip.compress(large) + MEMBERS[2]
    assert count_quick(data) == 1
    assert read(data, is_quick=True) == read(data, is_quick=False)


def test_a_lost_connection_is_no_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newscrawl.http_files._READING_RETRIES", 0)
    errors: list[ArchiveError] = []
    noise = random.Random(1)
    packed = [gzip.compress(record(response(noise.randbytes(50_000)))) for _ in range(10)]
    with serve_files() as server:
        server.files["/a.warc.gz"] = b"".join(packed)
        captures = read_captures(f"{server.base}/a.warc.gz", report=errors.append)
        next(captures)
        server.faults.append(503)
        with pytest.raises(UnreachableFileError, match="the server answers 503"):
            list(captures)
    assert errors == []
