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
    ("declared", "read_as"),
    [("", None), (NOTHING, NOTHING), (SHA256, SHA256), (HEXADECIMAL, SHA1), ("sha1:no", "sha1:NO"), (":", None)],
)
def test_a_digest_is_computed_whatever_the_record_says(tmp_path: Path, declared: str, read_as: str | None) -> None:
    found, _ = read(tmp_path / "a", record(response(BODY), WARC_Payload_Digest=declared))
    assert (found[0].digest, found[0].declared_digest) == (SHA1, read_as)


def test_a_digest_is_of_the_payload_before_decoding(tmp_path: Path) -> None:
    chunks = b"10\r\n" + BODY + b"\r\n0\r\n\r\n"
    found, _ = read(tmp_path / "a", record(response(chunks, "Transfer-Encoding: chunked")))
    assert found[0].body == BODY
    assert found[0].digest == "sha1:" + b32encode(hashlib.sha1(chunks).digest()).decode()


def _id(number: int) -> str:
    return f"<urn:uuid:8f9b1c7e-8f0b-4a27-9a52-{number:012}>"


OTHER = b"<p>Another story</p>"
WRONG = "sha1:" + b32encode(hashlib.sha1(b"neither").digest()).decode()
OF_OTHER = "sha1:" + b32encode(hashlib.sha1(OTHER).digest()).decode()
MOMENT = "2019-03-14T12:00:00Z"


def _page(url: str, body: bytes, number: int, digest: str = "") -> bytes:
    return record(
        response(body, "Content-Type: text/html"),
        WARC_Target_URI=url, WARC_Record_ID=_id(number), WARC_Payload_Digest=digest,
    )  # fmt: skip


def _again(url: str, number: int, **more: str) -> bytes:
    return revisit(date=LATER, WARC_Target_URI=url, WARC_Record_ID=_id(number), **more)


def _named(url: str) -> dict[str, str]:
    return {"WARC_Refers_To_Target_URI": url, "WARC_Refers_To_Date": MOMENT}


NAMED = {
    "by record id alone": [_page(B, OTHER, 1), _page(A, BODY, 2), _again(B, 3, WARC_Refers_To=_id(2))],
    "by record id, whatever the digest": [
        _page(B, OTHER, 1, OF_OTHER), _page(A, BODY, 2, SHA1),
        _again(B, 3, WARC_Refers_To=_id(2), WARC_Payload_Digest=OF_OTHER),
    ],
    "by address and time, with one wrong digest for all": [
        _page(B, OTHER, 1, WRONG), _page(A, BODY, 2, WRONG), _again(A, 3, WARC_Payload_Digest=WRONG, **_named(A)),
    ],
    "by address and time, with the digest of another page for all": [
        _page(B, OTHER, 1, OF_OTHER), _page(A, BODY, 2, OF_OTHER),
        _again(A, 3, WARC_Payload_Digest=OF_OTHER, **_named(A)),
    ],
    "by its own address, with the digest of another page for all": [
        _page(B, OTHER, 1, OF_OTHER), _page(A, BODY, 2, OF_OTHER), _again(A, 3, WARC_Payload_Digest=OF_OTHER),
    ],
    "by a digest that others only say they have": [
        _page(B, OTHER, 1, SHA1), _page(A, BODY, 2, SHA1), _again(f"{A}?x=1", 3, WARC_Payload_Digest=SHA1),
    ],
    "a revisit of a revisit, by record id": [
        _page(A, BODY, 1), _again(B, 2, WARC_Refers_To=_id(1)), _again(A, 3, WARC_Refers_To=_id(2)),
    ],
    "a chain that begins with its end": [
        *[_again(B, number + 1, WARC_Refers_To=_id(number)) for number in range(8, 0, -1)], _page(A, BODY, 1),
    ],
    "not modified, by record id": [
        _page(B, OTHER, 1), _page(A, BODY, 2), _again(B, 3, profile="server-not-modified", WARC_Refers_To=_id(2)),
    ],
}  # fmt: skip


@pytest.mark.parametrize("how", NAMED)
@pytest.mark.parametrize("order", ["in order", "reversed"])
@pytest.mark.parametrize("packing", ["plain", "gzip", "whole"])
def test_what_a_revisit_names_comes_before_its_digest(tmp_path: Path, packing: str, order: str, how: str) -> None:
    pack = WHOLE["gzip"] if packing == "whole" else PACKED[packing]
    records = NAMED[how] if order == "in order" else NAMED[how][::-1]
    found, errors = read(tmp_path / "a", pack(records))
    assert errors == []
    assert len(found) == len(records)
    assert {one.body for one in found if one.kind == "revisit"} == {BODY}


UNRESOLVED = {
    "a wrong digest that a page of another address has, too": [
        _page(A, BODY, 1, WRONG), _again(B, 2, WARC_Payload_Digest=WRONG),
    ],
    "another digest than the page it names, which a third page has": [
        _page(A, BODY, 1), _page(B, OTHER, 2), _again(A, 3, WARC_Payload_Digest=OF_OTHER, **_named(A)),
    ],
    "itself": [_page(A, BODY, 1), _again(B, 2, WARC_Refers_To=_id(2))],
    "a circle": [
        _page(A, BODY, 1), _again(B, 2, WARC_Refers_To=_id(4)), _again(B, 3, WARC_Refers_To=_id(2)),
        _again(B, 4, WARC_Refers_To=_id(3)),
    ],
}  # fmt: skip


@pytest.mark.parametrize("what", UNRESOLVED)
@pytest.mark.parametrize("packing", ["gzip", "whole"])
def test_no_two_pages_are_joined(tmp_path: Path, packing: str, what: str) -> None:
    pack = WHOLE["gzip"] if packing == "whole" else PACKED[packing]
    revisits = sum(b"WARC-Type: revisit" in one for one in UNRESOLVED[what])
    found, errors = read(tmp_path / "a", pack(UNRESOLVED[what]))
    assert [one.kind for one in found] == ["response"] * (len(UNRESOLVED[what]) - revisits)
    assert len(errors) == revisits
    assert all("the original of this revisit" in error.detail for error in errors)


def test_a_digest_may_be_of_the_decoded_body(tmp_path: Path) -> None:
    chunks = b"%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n"
    original = record(response(chunks, "Transfer-Encoding: chunked"), WARC_Target_URI=A, WARC_Payload_Digest=SHA1)
    found, errors = read(tmp_path / "a", original + AGAIN)
    assert (errors, [one.body for one in found]) == ([], [BODY, BODY])
