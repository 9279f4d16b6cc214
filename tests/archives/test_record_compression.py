"""How WARC records are compressed: each setting gives files that every reader reads."""

from __future__ import annotations

import gzip
import sys
import zlib
from pathlib import Path

import pytest

from newscrawl.archives import record_compression
from newscrawl.archives.record_compression import DEFAULT, make_compressor
from newscrawl.archives.warc_reader import read_captures
from newscrawl.configuration.options import BY_KEY
from newscrawl.errors import ArgumentError
from tests.archives.test_warc_writer import BODY, HEADERS, check, exchange, file_of, kept, records

SETTINGS = ("zlib:6", "zlib-ng:1", "zlib-ng:5", "zlib-ng:9", "isal:1", "isal:2", "isal:3")
RECORD = b"WARC/1.1\r\nWARC-Type: response\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"


@pytest.mark.parametrize("setting", SETTINGS)
def test_files_of_each_setting_are_read_by_every_reader(tmp_path: Path, setting: str) -> None:
    encoded = exchange(gzip.compress(BODY), headers=(*HEADERS, ("Content-Encoding", "gzip")))
    kept(tmp_path, exchange(), encoded, exchange(b"\x1f\x8b\x08" + bytes(70_000)), compress=make_compressor(setting))
    path = file_of(tmp_path)
    assert [capture.body for capture in read_captures(path)][:2] == [BODY, BODY]
    assert [kind for kind, _, _ in records(path)] == ["warcinfo", *(("response", "request", "metadata") * 3)]
    check(path)
    assert path.read_bytes()[:3] == b"\x1f\x8b\x08"


def test_the_default_is_that_of_the_setting() -> None:
    assert BY_KEY["warc_compression"].default == DEFAULT


def test_levels_and_libraries_differ() -> None:
    text = RECORD + b"".join(b"<p>Story %d of the harbour board, %d</p>" % (n * n, n % 7) for n in range(4000))
    sizes = {setting: len(make_compressor(setting)(text)) for setting in SETTINGS}
    assert sizes["zlib-ng:9"] < sizes["zlib-ng:5"] < sizes["zlib-ng:1"]
    assert sizes["isal:2"] != sizes["zlib:6"]
    assert all(gzip.decompress(make_compressor(setting)(text)) == text for setting in SETTINGS)


def test_a_body_that_was_sent_as_gzip_is_not_compressed_a_second_time() -> None:
    encoded = RECORD + zlib.compress(bytes(range(256)) * 400, 1, 31)
    member = make_compressor("zlib:9")(encoded)
    assert gzip.decompress(member) == encoded
    assert encoded in member  # as it is, in blocks of up to 64 KiB


def test_zlib_takes_the_place_of_zlib_ng_where_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zlib_ng", None)
    monkeypatch.delitem(sys.modules, "zlib_ng.zlib_ng", raising=False)
    assert record_compression.make_compressor("zlib-ng:6")(RECORD) == make_compressor("zlib:6")(RECORD)


def test_isal_that_is_not_installed_is_an_error_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "isal", None)
    monkeypatch.delitem(sys.modules, "isal.isal_zlib", raising=False)
    with pytest.raises(ArgumentError, match="NEWSCRAWL_WARC_COMPRESSION=isal:2 needs isal: pip install isal"):
        make_compressor("isal:2")
