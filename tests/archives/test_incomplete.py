"""Captures of which a part is missing: the rest is read, and marked with the reason."""

import gzip
from pathlib import Path

import pytest

from newscrawl.archives.capture import Capture
from newscrawl.archives.warc_reader import MAX_BYTES, read_capture, read_captures, read_record
from tests.archives.building import PACKED, WHOLE, arc, arc_record, read, record, response, revisit
from tests.content_encodings.pages import ENCODED, PAGE, chunked

URL = "https://www.bloomberg.example/berths"
LENGTH = f"Content-Length: {len(PAGE)}"


def only(path: Path, contents: bytes) -> Capture:
    (capture,), errors = read(path, contents)
    assert errors == []
    return capture


@pytest.mark.parametrize("how", ENCODED)
def test_a_record_with_an_encoded_body(tmp_path: Path, how: str) -> None:
    label, body = ENCODED[how]
    whole = only(tmp_path / "a", record(response(body, f"Content-Encoding: {label}")))
    assert (whole.body, whole.complete, whole.incomplete_reason) == (PAGE, True, None)
    if "zstd" not in how:  # its only block is all or nothing
        cut = only(tmp_path / "a", record(response(body[:-7], f"Content-Encoding: {label}")))
        assert PAGE.startswith(cut.body)
        assert (cut.complete, cut.page().complete, cut.ref.incomplete_reason) == (False, False, "cut_off")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("length", "truncated_length"),
        ("time", "truncated_time"),
        ("Disconnect ", "truncated_disconnect"),
        ("unspecified", "truncated_unspecified"),
        ("the tide", "truncated_unspecified"),
        ("", None),
    ],
)
@pytest.mark.parametrize("kind", ["response", "resource", "conversion"])
def test_a_record_that_says_that_it_is_truncated(tmp_path: Path, kind: str, header: str, reason: str | None) -> None:
    block = response(PAGE[:900]) if kind == "response" else PAGE[:900]
    capture = only(tmp_path / "a", record(block, kind=kind, Content_Type="text/html", WARC_Truncated=header))
    assert (capture.body, capture.incomplete_reason) == (PAGE[:900], reason)


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (response(PAGE, LENGTH), None),
        (response(PAGE[:-1], LENGTH), "cut_off"),
        (response(PAGE, "Content-Length: 7"), None),
        # Decoded by the archive: its length is that of the compressed body.
        (response(b"<p>A short page</p>", "Content-Encoding: gzip", LENGTH), None),
        (response(chunked(PAGE)[:-30], "Transfer-Encoding: chunked"), "cut_off"),
        (response(chunked(PAGE), "Transfer-Encoding: chunked", "Content-Length: 99999"), None),
        (response(gzip.compress(PAGE)[:-4], "Content-Encoding: UTF8,gzip"), "cut_off"),
        (response(gzip.compress(PAGE)[:-4]), "cut_off"),
        (response(gzip.compress(PAGE), LENGTH), None),
    ],
)
def test_the_http_head_beside_the_body(tmp_path: Path, block: bytes, reason: str | None) -> None:
    assert only(tmp_path / "a", record(block)).incomplete_reason == reason


def test_an_arc_record_is_judged_like_a_warc_record(tmp_path: Path) -> None:
    assert only(tmp_path / "a", arc(arc_record(response(PAGE[:-1], LENGTH)))).incomplete_reason == "cut_off"
    assert only(tmp_path / "a", arc(arc_record(response(PAGE, LENGTH)))).complete


@pytest.mark.parametrize(
    ("content_range", "reason"),
    [
        (f"bytes 0-{len(PAGE) - 1}/{len(PAGE)}", None),
        (f"bytes 0-899/{len(PAGE)}", "partial_content"),
        ("bytes 0-899/*", "partial_content"),
        ("bytes 900-/", "partial_content"),
        ("", "partial_content"),
    ],
)
def test_a_response_with_a_range(tmp_path: Path, content_range: str, reason: str | None) -> None:
    block = response(PAGE, f"Content-Range: {content_range}", status="206 Partial Content")
    assert only(tmp_path / "a", record(block)).incomplete_reason == reason


def test_a_revisit_is_as_complete_as_its_original(tmp_path: Path) -> None:
    for body, reason in ((PAGE, None), (PAGE[:900], "cut_off")):
        digest = "sha1:" + "A" * 32
        original = record(response(body, LENGTH), WARC_Payload_Digest=digest)
        # Its own block is only a head, which writers mark as truncated (ISO 28500, 6.7.2).
        later = revisit(response(b""), WARC_Payload_Digest=digest, WARC_Truncated="length", date="2019-03-15T00:00:00Z")
        (_, again), errors = read(tmp_path / "a", original + later)
        assert errors == []
        assert (again.kind, again.body, again.incomplete_reason) == ("revisit", body, reason)


BLOCK = response(PAGE, "Content-Type: text/html", LENGTH)
ORIGIN = "<urn:uuid:8f9b1c7e-8f0b-4a27-9a52-00000000000a>"
OTHER = record(response(b"<p>Other</p>"), WARC_Target_URI="https://www.bloomberg.example/other")


def segments(*cuts: int, origin: str = ORIGIN, url: str = URL) -> list[bytes]:
    """The records of a page that is written in segments."""
    ends = [*cuts, len(BLOCK)]
    records = []
    for number, (start, end) in enumerate(zip((0, *cuts), ends, strict=True), 1):
        more = {"WARC_Segment_Number": str(number), "WARC_Target_URI": url, "Content_Type": "application/http"}
        if number == 1:
            records.append(record(BLOCK[start:end], WARC_Record_ID=origin, **more))
            continue
        more |= {"WARC_Segment_Origin_ID": origin, "WARC_Record_ID": f"<urn:uuid:{number}>"}
        if end == len(BLOCK):
            more["WARC_Segment_Total_Length"] = str(len(BLOCK))
        records.append(record(BLOCK[start:end], kind="continuation", **more))
    return records


@pytest.mark.parametrize("packing", [*PACKED, "whole"])
def test_segments_in_a_file_are_one_capture(tmp_path: Path, packing: str) -> None:
    pack = WHOLE["gzip"] if packing == "whole" else PACKED[packing]
    first, *rest = segments(40, 700, 1500)
    found, errors = read(tmp_path / "a", pack([OTHER, first, OTHER, *rest, OTHER]))
    assert errors == []
    pages = [one for one in found if one.url == URL]
    assert [(one.body, one.complete) for one in pages] == [(PAGE, True)]
    assert len(found) == 4
    if location := pages[0].location:
        assert read_capture(location.file, location.offset) == pages[0]


def test_segments_may_be_interleaved_and_out_of_order(tmp_path: Path) -> None:
    one = segments(100, 600, 900)
    two = segments(500, 1000, origin="<urn:uuid:two>", url=f"{URL}/2")
    found, errors = read(tmp_path / "a", b"".join([one[0], two[0], one[3], two[2], one[1], two[1], one[2]]))
    assert errors == []
    assert {(capture.url, capture.body, capture.complete) for capture in found} == {
        (URL, PAGE, True),
        (f"{URL}/2", PAGE, True),
    }


@pytest.mark.parametrize(
    ("kept", "end"),
    [([0], 700), ([0, 1], 1500), ([0, 2, 3], 700), ([0, 1, 3], 1500), ([0, 1, 2], 2000)],
)
def test_a_missing_segment_leaves_the_part_before_it(tmp_path: Path, kept: list[int], end: int) -> None:
    records = segments(700, 1500, 2000)
    contents = b"".join([*(records[number] for number in kept), OTHER])
    found, errors = read(tmp_path / "a", contents)
    assert errors == []
    (page,) = [one for one in found if one.url == URL]
    assert (page.body, page.incomplete_reason) == (BLOCK[:end].partition(b"\r\n\r\n")[2], "missing_segment")
    assert page.location is not None
    assert read_capture(page.location.file, page.location.offset) == page
    assert read_record(records[0], "a").incomplete_reason == "missing_segment"


def test_continuations_of_other_records_are_passed_over(tmp_path: Path) -> None:
    _, *rest = segments(700, 1500)
    found, errors = read(tmp_path / "a", b"".join([OTHER, *rest, OTHER]))
    assert errors == []
    assert [one.body for one in found] == [b"<p>Other</p>"] * 2


def test_held_segments_are_bounded(tmp_path: Path) -> None:
    firsts = [segments(900, origin=f"<urn:uuid:{number}>", url=f"{URL}/{number}")[0] for number in range(50)]
    (tmp_path / "a").write_bytes(b"".join(firsts))
    found = list(read_captures(tmp_path / "a", max_bytes=5000))
    assert [one.url for one in found] == [f"{URL}/{number}" for number in range(50)]
    assert {one.incomplete_reason for one in found} == {"missing_segment"}
    assert len(PAGE) < 5000 < MAX_BYTES
