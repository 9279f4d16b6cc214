"""Bodies are decoded by what their bytes show, and are complete exactly if nothing of them is missing."""

import gzip
import random
import zlib
from collections.abc import Callable
from contextlib import suppress

import brotli
import pytest

from newscrawl.content_encodings.body import Decoded, decode_body
from newscrawl.content_encodings.streams import EncodingError
from tests.content_encodings.pages import ENCODED, MEMBERS, PAGE, chunked, raw_deflate, zstd
from tests.cpu_time import at_most

MIB = 2**20


def decode(body: bytes, content: str = "", **more: str) -> Decoded:
    headers = {"content-encoding": content} | {name.replace("_", "-"): value for name, value in more.items()}
    return decode_body(body, headers, max_bytes=MIB)


def reason(body: bytes, content: str = "", **more: str) -> str | None:
    """Why a body is not complete, decoded in part or not at all; what is decoded begins as the page does."""
    try:
        decoded = decode(body, content, **more)
    except EncodingError as error:
        return error.reason
    assert PAGE.startswith(decoded.body)
    return decoded.incomplete_reason


@pytest.mark.parametrize("how", ENCODED)
def test_a_body_cut_at_any_byte_is_cut_off_and_a_whole_one_is_not(how: str) -> None:
    label, body = ENCODED[how]
    assert decode(body, label) == Decoded(PAGE, None, is_encoded=True)
    assert {reason(body[:end], label) for end in range(1, len(body))} == {"cut_off"}


@pytest.mark.parametrize("how", MEMBERS)
def test_several_members_are_one_body_which_ends_with_one_of_them(how: str) -> None:
    label, body = MEMBERS[how]
    assert decode(body, label).body == PAGE
    whole = [end for end in range(1, len(body)) if reason(body[:end], label) is None]
    assert len(whole) == 1
    assert decode(body[: whole[0]], label).body == PAGE[:700]
    assert reason(body[: whole[0]], label, content_length=str(len(body))) == "cut_off"


@pytest.mark.parametrize("how", ENCODED)
def test_what_is_there_of_a_cut_body_is_read(how: str) -> None:
    label, body = ENCODED[how]
    parts = [decode(body[:end], label).body for end in range(len(body) * 9 // 10, len(body)) if "zstd" not in how]
    assert all(len(part) > len(PAGE) // 3 for part in parts)
    assert parts == sorted(parts, key=len)


@pytest.mark.parametrize("rest", [b"\0" * 600, b"trailing words", b"\x1f\x00", b"\r\n"])
@pytest.mark.parametrize("how", ENCODED)
def test_what_follows_a_finished_body_is_ignored(how: str, rest: bytes) -> None:
    label, body = ENCODED[how]
    assert decode(body + rest, label) == Decoded(PAGE, None, is_encoded=True)


@pytest.mark.parametrize("how", [how for how in ENCODED if how not in ("bare deflate",) and "br" not in how])
def test_a_damaged_body_is_never_whole_and_keeps_what_is_before(how: str) -> None:
    label, body = ENCODED[how]
    for at in random.Random(how).sample(range(12, len(body)), 60):
        damaged = body[:at] + bytes([body[at] ^ 0x10]) + body[at + 1 :]
        with suppress(EncodingError):
            decoded = decode(damaged, label)
            assert decoded.incomplete_reason or decoded.body == PAGE or "zstd" in how  # zstd has no checksum here


def test_a_wrong_checksum_is_damage_of_a_body_that_is_read_to_its_end() -> None:
    for body, label in ((gzip.compress(PAGE), "gzip"), (zlib.compress(PAGE), "deflate")):
        damaged = body[:-5] + bytes([body[-5] ^ 1]) + body[-4:] if label == "gzip" else body[:-1] + b"\0"
        assert decode(damaged, label) == Decoded(PAGE, "broken_encoding", is_encoded=True)


@pytest.mark.parametrize("label", ["", "gzip", "br", "deflate", "zstd", "x-gzip", "none", "identity", "utf-8"])
@pytest.mark.parametrize(
    "body",
    [
        PAGE,
        b"\xef\xbb\xbf\n  " + PAGE,
        PAGE.decode().encode("utf-16"),
        PAGE.decode().encode("utf-16-le"),
        "<p>Größe, Übermut</p>".encode("latin-1") * 20,
        "Die Fähren von Vell fahren später.\n".encode("latin-1") * 20,
        "Паромы Велла ходят позже.\n".encode() * 20,
        b'{"harbour": "Vell"}' * 20,
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
        random.Random(1).randbytes(5000),
        b"",
    ],
    ids=lambda body: repr(body[:9]),
)
def test_a_body_that_is_not_encoded_is_left_as_it_is(body: bytes, label: str) -> None:
    assert decode(body, label) == Decoded(body)


@pytest.mark.parametrize("label", ["", " ", ",", "none", "UTF8", "text/html", "amz-1.0", "identity", "gzip, br", "zz"])
@pytest.mark.parametrize("how", ["gzip", "zlib", "bare deflate", "br", "zstd"])
def test_an_encoding_is_recognised_without_its_label(how: str, label: str) -> None:
    _, body = ENCODED[how]
    assert decode(body, label) == Decoded(PAGE, None, is_encoded=True)


@pytest.mark.parametrize("label", ["UTF8,gzip", ", gzip", "gzip, none", "GZIP", "text/html, x-gzip"])
def test_unknown_labels_beside_the_right_one_count_as_none(label: str) -> None:
    assert decode(gzip.compress(PAGE), label).body == PAGE
    assert reason(gzip.compress(PAGE)[:-9], label) == "cut_off"


@pytest.mark.parametrize("coding", ["gzip", "zlib", "zstd"])
def test_an_encoding_without_a_label_that_is_cut_is_cut_off(coding: str) -> None:
    _, body = ENCODED[coding]
    cut = body[: len(body) - 1] if coding == "zstd" else body[: len(body) * 2 // 3]
    if coding == "zstd":  # nothing of its only block can be read
        assert decode(cut) == Decoded(cut)
    else:
        assert reason(cut) == "cut_off"


def test_a_list_that_is_a_compressed_file_is_decoded_by_its_label_only() -> None:
    packed = gzip.compress(PAGE)
    assert decode_body(packed, max_bytes=MIB, by_label_only=True) == Decoded(packed)
    twice = decode_body(gzip.compress(packed), {"content-encoding": "gzip"}, max_bytes=MIB, by_label_only=True)
    assert twice.body == packed


@pytest.mark.parametrize("extension", [b"", b"  ", b";tide=high"])
def test_chunks_are_complete_with_the_last_one(extension: bytes) -> None:
    body = chunked(PAGE, extension=extension)
    whole = [end for end in range(1, len(body) + 1) if reason(body[:end], transfer_encoding="chunked") is None]
    assert whole == [len(body) - 2, len(body) - 1, len(body)]  # without the line end after the chunk of size zero
    assert decode(body[:-9], transfer_encoding="Chunked") == Decoded(PAGE[:-2], "cut_off")


def test_broken_chunks_keep_the_data_before() -> None:
    body = chunked(PAGE)
    broken = body.replace(b"\r\n190\r\n", b"\r\ntide\r\n", 2).replace(b"\r\ntide\r\n", b"\r\n190\r\n", 1)
    decoded = decode(broken, transfer_encoding="chunked")
    assert decoded.incomplete_reason == "broken_encoding"
    assert decoded.body in (PAGE[:400], PAGE[:800])
    swallowed = decode(body[:405] + b"??" + body[405:], transfer_encoding="chunked")
    assert swallowed == Decoded(body[:405] + b"??" + body[405:])  # the first line only looks like a size


@pytest.mark.parametrize("how", ENCODED)
def test_chunks_around_an_encoding_cut_at_any_byte(how: str) -> None:
    label, packed = ENCODED[how]
    body = chunked(packed, 150)
    assert decode(body, label, transfer_encoding="chunked").body == PAGE
    cuts = range(1, len(body) - 2, 7)
    assert {reason(body[:end], label, transfer_encoding="chunked") for end in cuts} == {"cut_off"}


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (PAGE, {"content_length": str(len(PAGE))}, None),
        (PAGE[:-1], {"content_length": str(len(PAGE))}, "cut_off"),
        (PAGE, {"content_length": str(len(PAGE) - 5)}, None),  # too small a number loses nothing
        (PAGE[:900], {}, None),
        (PAGE[:900], {"content_length": "many"}, None),
        (PAGE[:900], {"content_length": "-1"}, None),
        (PAGE[:900], {"content_length": str(len(PAGE)), "transfer_encoding": "chunked"}, None),
        # An archive decoded it, and kept the length of what was sent.
        (PAGE[:300], {"content": "gzip", "content_length": "700"}, None),
        # The length before compression.
        (gzip.compress(PAGE), {"content": "gzip", "content_length": str(len(PAGE))}, None),
        (gzip.compress(PAGE), {"content": "gzip", "content_length": "9" * 5000}, "cut_off"),
    ],
)
def test_content_length_counts_where_it_can_be_compared(
    body: bytes, headers: dict[str, str], expected: str | None
) -> None:
    assert reason(body, **headers) == expected


BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "gzip": ("gzip", lambda: gzip.compress(bytes(8 * MIB))),
    "deflate": ("deflate", lambda: raw_deflate(bytes(8 * MIB))),
    "br": ("br", lambda: brotli.compress(bytes(8 * MIB))),
    "zstd": ("zstd", lambda: zstd.compress(bytes(8 * MIB))),
    "gzip in gzip": ("gzip, gzip", lambda: gzip.compress(gzip.compress(bytes(8 * MIB)))),
    "without a label": ("", lambda: gzip.compress(bytes(8 * MIB))),
    "many members": ("gzip", lambda: gzip.compress(b"") * 20_000),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_too_large(bomb: str) -> None:
    label, make = BOMBS[bomb]
    with at_most(10), pytest.raises(EncodingError) as caught:
        decode(make(), label)
    assert caught.value.reason == "too_large"


def test_more_encodings_than_any_server_uses_are_refused() -> None:
    with pytest.raises(EncodingError, match="more than 3 content encodings") as caught:
        decode(b"", "gzip, gzip, br, gzip")
    assert caught.value.reason == "content_encoding"
