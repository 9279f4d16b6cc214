"""A second implementation reads what is written here, and is read here."""

import hashlib
from base64 import b32encode
from datetime import datetime
from pathlib import Path

import pytest
from fastwarc.stream_io import GzipWriter, WarcWriter, ZstdWriter
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from newscrawl.archives.warc_reader import read_captures
from sample.warc_file import write_captures
from tests.archives.building import CAPTURES, DICTIONARY, NOON, read, response


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_fastwarc_reads_our_files(tmp_path: Path, name: str) -> None:
    write_captures(tmp_path / name, CAPTURES)
    seen = []
    for one in ArchiveIterator(str(tmp_path / name), record_types=WarcRecordType.response, parse_http=False):
        assert one.verify_block_digest()
        one.parse_http()
        assert one.verify_payload_digest()
        moment = datetime.fromisoformat(one.headers["WARC-Date"])
        seen.append((one.headers["WARC-Target-URI"], moment, one.http_headers.status_code, one.reader.read()))
    assert seen == [(one.url, one.captured_at, one.status, one.body) for one in CAPTURES]
    told = [
        one.headers["WARC-Payload-Digest"] for one in ArchiveIterator(str(tmp_path / name), WarcRecordType.response)
    ]
    assert [one.digest for one in read_captures(tmp_path / name)] == told


def _plain(path: Path) -> WarcWriter:
    return path.open("wb")  # type: ignore[return-value]


WRITERS = {
    "plain": _plain,
    "gzip": lambda path: GzipWriter(str(path)),
    "zstd": lambda path: ZstdWriter(str(path)),
    "zstd with a dictionary": lambda path: ZstdWriter(str(path), dictionary=DICTIONARY),
    "zstd with a packed dictionary": lambda path: ZstdWriter(
        str(path), dictionary=DICTIONARY, compress_dictionary_frame=True
    ),
}


@pytest.mark.parametrize("by_record", [True, False])
@pytest.mark.parametrize("how", WRITERS)
def test_files_of_fastwarc_are_read(tmp_path: Path, how: str, by_record: bool) -> None:
    bodies = [b"<p>Number %d</p>" % number * 30 for number in range(4)]
    with WRITERS[how](tmp_path / "a") as stream:  # type: ignore[no-untyped-call]
        for body in bodies:
            one = WarcRecord()
            one.init_headers(WarcRecordType.response)
            one.headers["WARC-Target-URI"] = "https://www.bloomberg.example/page"
            one.headers["WARC-Date"] = "2019-03-14T12:00:00Z"
            one.headers["Content-Type"] = "application/http; msgtype=response"
            one.is_http = True
            one.set_bytes_content(response(body, "Content-Type: text/html"))
            one.write(stream, checksum_data=True)
            if by_record and how != "plain":
                stream.finish()
    found, errors = read(tmp_path / "a", (tmp_path / "a").read_bytes())
    assert errors == []
    assert [(one.body, one.captured_at, one.status) for one in found] == [(body, NOON, 200) for body in bodies]
    assert [one.digest for one in found] == [
        "sha1:" + b32encode(hashlib.sha1(body).digest()).decode() for body in bodies
    ]
    assert [one.location is None for one in found] == [not by_record and how != "plain"] * 4
