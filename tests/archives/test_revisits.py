"""Revisits: the body of a capture that stands elsewhere, in this file, in another, or where a caller knows it."""

import hashlib
from base64 import b32encode
from datetime import timedelta
from pathlib import Path

import pytest

from newscrawl.archives.capture import RecordLocation
from newscrawl.archives.revisits import Originals
from newscrawl.archives.warc_reader import read_capture, read_captures
from tests.archives.building import NOON, PACKED, WHOLE, read, record, response, revisit

BODY = b"<p>The story</p>"
A, B = "https://www.bloomberg.example/a", "https://www.bloomberg.example/b"
SHA1 = "sha1:" + b32encode(hashlib.sha1(BODY).digest()).decode()
HEXADECIMAL = "sha1:" + hashlib.sha1(BODY).hexdigest()
SHA256 = "sha256:" + hashlib.sha256(BODY).hexdigest()
ORIGINAL = record(response(BODY, "Content-Type: text/html"), WARC_Target_URI=A)
LATER = "2019-03-15T12:00:00Z"
REFERS = {"WARC_Refers_To_Target_URI": A, "WARC_Refers_To_Date": "2019-03-14T12:00:00Z"}
AGAIN = revisit(date=LATER, WARC_Target_URI=B, WARC_Payload_Digest=SHA1)
NOTHING = "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
"""Of no bytes at all."""

RESOLVED = {
    "by digest": (ORIGINAL, AGAIN),
    "by digest in hexadecimal": (
        ORIGINAL,
        revisit(date=LATER, WARC_Target_URI=B, WARC_Payload_Digest=HEXADECIMAL.upper().replace("SHA1", "sha1")),
    ),
    "by digest without its algorithm": (
        ORIGINAL,
        revisit(date=LATER, WARC_Target_URI=B, WARC_Payload_Digest=SHA1.removeprefix("sha1:")),
    ),
    "by SHA-256, as Browsertrix": (
        record(response(BODY, "Content-Type: text/html"), WARC_Target_URI=A, WARC_Payload_Digest=SHA256),
        revisit(date=LATER, WARC_Target_URI=B, WARC_Payload_Digest=SHA256),
    ),
    "by address and time": (ORIGINAL, revisit(date=LATER, WARC_Target_URI=B, **REFERS)),
    "by address in brackets and time with a fraction": (
        record(response(BODY, "Content-Type: text/html"), WARC_Target_URI=A, date="2019-03-14T12:00:00.5Z"),
        revisit(date=LATER, WARC_Target_URI=B, **REFERS | {"WARC_Refers_To_Target_URI": f"<{A}>"}),
    ),
    "not modified, by address and time": (
        ORIGINAL,
        revisit(date=LATER, WARC_Target_URI=B, profile="server-not-modified", **REFERS),
    ),
    "not modified, the latest of the address": (
        record(response(b"earlier"), WARC_Target_URI=B, date="2019-03-13T12:00:00Z")
        + record(response(BODY, "Content-Type: text/html"), WARC_Target_URI=B)
        + record(response(b"after it"), WARC_Target_URI=B, date="2019-03-20T12:00:00Z"),
        revisit(b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", date=LATER, WARC_Target_URI=B,
                profile="server-not-modified", WARC_Payload_Digest=NOTHING),
    ),
    "not modified since a revisit": (
        ORIGINAL,
        revisit(date="2019-03-14T20:00:00Z", WARC_Target_URI=B, WARC_Payload_Digest=SHA1)
        + revisit(date=LATER, WARC_Target_URI=B, profile="server-not-modified"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", RESOLVED)
@pytest.mark.parametrize("packing", ["plain", "gzip", "zstd", "whole"])
def test_a_revisit_has_the_body_of_its_original(tmp_path: Path, packing: str, how: str) -> None:
    original, again = RESOLVED[how]
    pack = WHOLE["gzip"] if packing == "whole" else PACKED[packing]
    found, errors = read(tmp_path / "a", pack([original, again]))
    assert errors == []
    last = found[-1]
    assert (last.kind, last.url, last.captured_at) == ("revisit", B, NOON + timedelta(days=1))
    assert (last.status, last.body, last.digest) == (200, BODY, SHA1)
    assert last.headers == (("Content-Type", "text/html"),)


def test_a_revisit_has_its_own_head_if_any(tmp_path: Path) -> None:
    head = b"HTTP/1.1 203 Proxied\r\nETag: now\r\nContent-Length: 16\r\n\r\n"
    found, _ = read(tmp_path / "a", ORIGINAL + revisit(head, WARC_Payload_Digest=SHA1))
    assert [(one.status, one.headers) for one in found] == [
        (200, (("Content-Type", "text/html"),)),
        (203, (("ETag", "now"),)),
    ]


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_revisit_finds_its_original_in_a_file_read_before(tmp_path: Path, in_memory: bool) -> None:
    with Originals() as originals:
        read(tmp_path / "1.warc", WHOLE["zstd"]([ORIGINAL, ORIGINAL]) if in_memory else ORIGINAL, originals)
        found, errors = read(tmp_path / "2.warc", AGAIN, originals)
        assert (errors, found[0].body) == ([], BODY)
        assert read_capture(tmp_path / "2.warc", 0, originals=originals) == found[0]


def test_an_unwanted_original_is_found(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(record(response(BODY), WARC_Target_URI=A, WARC_Payload_Digest=SHA1) + AGAIN)
    assert [(one.url, one.body) for one in read_captures(tmp_path / "a", is_wanted=lambda url: url == B)] == [(B, BODY)]


def test_unknown_digests_are_looked_up_by_the_caller(tmp_path: Path) -> None:
    found, _ = read(tmp_path / "1.warc.gz", PACKED["gzip"]([ORIGINAL]))
    asked: list[str] = []

    def find(digest: str) -> RecordLocation | None:
        asked.append(digest)
        return found[0].location

    with Originals(find) as originals:
        (again,), errors = read(tmp_path / "2.warc", AGAIN, originals)
    assert (errors, again.body, asked) == ([], BODY, [SHA1])


ELSEWHERE = {
    "nowhere": (b"", f"missing ({SHA1})"),
    "another payload": (record(response(b"other"), WARC_Target_URI=A), f"missing ({SHA1})"),
}


@pytest.mark.parametrize("what", ELSEWHERE)
@pytest.mark.parametrize("packing", ["gzip", "whole"])
def test_a_revisit_without_its_original_is_named(tmp_path: Path, what: str, packing: str) -> None:
    before, detail = ELSEWHERE[what]
    again = revisit(WARC_Target_URI=B, WARC_Payload_Digest=SHA1, **REFERS)
    pack = WHOLE["gzip"] if packing == "whole" else PACKED[packing]
    found, (error,) = read(tmp_path / "a", pack([before, again] if before else [again]))
    assert [one.kind for one in found] == ["response"] * bool(before)
    assert f"the original of this revisit is {detail}" in error.detail
    assert error.offset == len(pack([before]) if packing == "gzip" else before) * bool(before)


@pytest.mark.parametrize(
    ("contents", "detail"),
    [
        (b"", "no record begins here"),
        (AGAIN, "without a payload"),
        (ORIGINAL[:-30], "cut short"),
        (None, "No such file"),
    ],
)
def test_an_unreadable_original_is_reported(tmp_path: Path, contents: bytes | None, detail: str) -> None:
    if contents is not None:
        (tmp_path / "1.warc").write_bytes(contents)
    place = RecordLocation(file=str(tmp_path / "1.warc"), offset=0, length=1)
    with Originals(lambda _: place) as originals:
        found, (error,) = read(tmp_path / "2.warc", AGAIN, originals)
    assert found == []
    assert "cannot be read" in error.detail
    assert detail in error.detail


@pytest.mark.parametrize(
    ("told", "digest"),
    [("", SHA1), (NOTHING, NOTHING), (SHA256, SHA1), (HEXADECIMAL, SHA1), ("sha1:no", "sha1:NO"), (":", SHA1)],
)
def test_a_digest_is_the_records_own_or_computed(tmp_path: Path, told: str, digest: str) -> None:
    found, _ = read(tmp_path / "a", record(response(BODY), WARC_Payload_Digest=told))
    assert found[0].digest == digest


def test_a_digest_is_of_the_payload_before_decoding(tmp_path: Path) -> None:
    chunks = b"10\r\n" + BODY + b"\r\n0\r\n\r\n"
    found, _ = read(tmp_path / "a", record(response(chunks, "Transfer-Encoding: chunked")))
    assert found[0].body == BODY
    assert found[0].digest == "sha1:" + b32encode(hashlib.sha1(chunks).digest()).decode()
