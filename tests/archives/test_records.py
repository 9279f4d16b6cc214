"""What is large stays out of memory: files, heads without an end, records beyond the limit."""

import gzip
import random
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from newscrawl.archives.capture import Capture
from newscrawl.archives.warc_reader import read_captures
from newscrawl.errors import ArchiveError
from tests.archives.building import PACKED, page, record, response, zstd

MIB = 2**20


@contextmanager
def at_most(mebibytes: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < mebibytes * MIB
    finally:
        tracemalloc.stop()


def consumed(path: Path, max_bytes: int = 2 * MIB) -> tuple[list[str], list[ArchiveError]]:
    errors: list[ArchiveError] = []
    return [one.url for one in read_captures(path, report=errors.append, max_bytes=max_bytes)], errors


GOOD = page(1)
URL = "https://www.bloomberg.example/1"


def sparse(path: Path, begin: bytes, size: int) -> None:
    with path.open("wb") as file:
        file.write(GOOD + begin)
        file.seek(size, 1)
        file.write(b"\r\n\r\n" + GOOD)


def packed(path: Path, begin: bytes, size: int) -> None:
    with path.open("wb") as file:
        file.write(gzip.compress(GOOD))
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1) as member:
            member.write(begin)
            for _ in range(size // MIB):
                member.write(bytes(MIB))
        file.write(gzip.compress(GOOD))


HEAD = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 5\r\nX-Long: "


@pytest.mark.parametrize(("make", "size"), [(sparse, 200 * MIB), (packed, 128 * MIB)])
def test_a_line_without_an_end_is_named(tmp_path: Path, make: Callable[[Path, bytes, int], None], size: int) -> None:
    make(tmp_path / "a", HEAD, size)
    with at_most(2):
        found, (error,) = consumed(tmp_path / "a")
    assert found == [URL, URL]
    assert error.detail == "record head of more than 65536 bytes in one line"


def test_a_head_without_an_end_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(
        GOOD + HEAD + b"x\r\n" + (b"X-Again: " + b"and again " * 100 + b"\r\n") * 20_000 + b"\r\n" + GOOD
    )
    with at_most(6):
        found, (error,) = consumed(tmp_path / "a")
    assert found == [URL, URL]
    assert error.detail == "record head of more than 1048576 bytes"
    assert error.offset == len(GOOD)


@pytest.mark.parametrize("told", [str(20 * MIB), str(10 * 2**30), "1" + "0" * 5000])
def test_a_record_over_the_limit_is_not_held_in_memory(tmp_path: Path, told: str) -> None:
    contents = record(response(bytes(20 * MIB - 19)), Content_Length=told)
    (tmp_path / "a").write_bytes(GOOD + contents + GOOD)
    with at_most(2):
        found, (error,) = consumed(tmp_path / "a")
    assert found == [URL, URL]
    assert error.offset == len(GOOD)


NOISE = random.Random(1).randbytes(64 * 2**10)
PACK = {"plain": bytes, "gzip": lambda one: gzip.compress(one, 0), "zstd": zstd.compress}


@pytest.mark.parametrize("packing", PACK)
@pytest.mark.parametrize("wanted", [True, False])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, packing: str, wanted: bool) -> None:
    pack: Callable[[bytes], bytes] = PACK[packing]
    with (tmp_path / "a").open("wb") as file:
        for number in range(400):
            url = f"https://www.bloomberg.example/{number}"
            file.write(pack(record(response(NOISE + b"%d" % number), WARC_Target_URI=url)))
    assert (tmp_path / "a").stat().st_size > 24 * MIB
    with at_most(2):
        assert sum(1 for _ in read_captures(tmp_path / "a", is_wanted=lambda _: wanted)) == 400 * wanted


def test_an_unwanted_record_is_not_held_in_memory(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(record(response(bytes(8 * MIB))) + GOOD)
    with at_most(2):
        assert [one.url for one in read_captures(tmp_path / "a", is_wanted=URL.__eq__)] == [URL]


def test_memory_does_not_grow_with_a_file_packed_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(
        gzip.compress(b"".join(record(response(NOISE + b"%d" % number)) for number in range(200)), 0)
    )
    with at_most(2):
        assert sum(1 for _ in read_captures(tmp_path / "a")) == 200


def test_a_page_that_quotes_records_is_one_page(tmp_path: Path) -> None:
    quoting = record(response(b"<pre>\n" + page(7) + page(8) + b"</pre>"))
    for name in ("plain", "gzip"):
        (tmp_path / name).write_bytes(PACKED[name]([GOOD, quoting, GOOD]))
        found: list[Capture] = list(read_captures(tmp_path / name))
        assert [one.url for one in found] == [URL, "https://www.bloomberg.example/page", URL]
