"""Reads the page in a record: the HTTP response in its block, or a text."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeadersParser

from newscrawl.archives.members import BrokenFramingError, Stream
from newscrawl.content_encodings.body import decode_body
from newscrawl.content_encodings.streams import EncodingError

_WIRE_HEADERS = frozenset(("content-encoding", "transfer-encoding", "content-length"))
_TEXT = ("text/", "application/xhtml+xml")
_TRUNCATIONS = frozenset(("length", "time", "disconnect", "unspecified"))
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", re.I | re.A)

Headers = tuple[tuple[str, str], ...]


class BrokenRecordError(Exception):
    """One record cannot be read; where the next one begins is known."""


@dataclass(frozen=True, slots=True)
class Payload:
    """Status, headers, decoded body and SHA-1 digest, as in Capture."""

    status: int
    headers: Headers
    body: bytes
    digest: str
    declared_digest: str | None
    """The WARC-Payload-Digest of the record, in any algorithm."""
    incomplete_reason: str | None = None
    """As in Page."""

    def may_have(self, digest: str) -> bool:
        """Return whether the payload has `digest`, or has none of the same algorithm to compare."""
        algorithm = digest.partition(":")[0]
        own = {each for each in (self.digest, self.declared_digest) if each and each.partition(":")[0] == algorithm}
        return not own or digest in own


def may_hold_page(head: ArcWarcRecord) -> bool:
    if not (head.rec_headers["WARC-Target-URI"] or "").lower().startswith(("http://", "https://")):
        return False
    if head.rec_type in ("resource", "conversion"):
        return (head.content_type or "").lower().startswith(_TEXT)
    return head.rec_type in ("response", "revisit")


def read_payload(head: ArcWarcRecord, block: bytes, max_bytes: int, incomplete_reason: str | None = None) -> Payload:
    """Read the payload of a record that is not a revisit; of one that is cut, the part that is there.

    `incomplete_reason` says that the block is not whole. Raises BrokenRecordError.
    """
    declared = read_digest(head)
    incomplete_reason = incomplete_reason or _find_truncation(head)
    if head.rec_type != "response":
        content_type = str(head.content_type)
        # Texts without a charset are UTF-8, as in Common Crawl's WET files.
        if "charset" not in content_type.lower():
            content_type += "; charset=utf-8"
        digest = _declared_or_sha1(declared, block)
        return Payload(200, (("Content-Type", content_type),), block, digest, declared, incomplete_reason)
    status, served, payload = _parse_http(block)
    values = {name.lower(): value for name, value in reversed(served)}
    try:
        decoded = decode_body(payload, values, max_bytes=max_bytes)
    except EncodingError as error:
        raise BrokenRecordError(str(error)) from error
    return Payload(
        status,
        _without_wire_headers(served),
        decoded.body,
        _declared_or_sha1(declared, payload),
        declared,
        incomplete_reason or decoded.incomplete_reason or find_missing_range(status, values.get("content-range", "")),
    )


def find_missing_range(status: int, content_range: str) -> str | None:
    """Return "partial_content" for a response with a part of the page (206), unless its range is the whole page."""
    if status != HTTPStatus.PARTIAL_CONTENT:
        return None
    match = _RANGE.fullmatch(content_range.strip())
    is_whole = match and int(match[1]) == 0 and int(match[2]) + 1 == int(match[3])
    return None if is_whole else "partial_content"


def _find_truncation(head: ArcWarcRecord) -> str | None:
    """Return why a record holds only a part, according to its WARC-Truncated."""
    reason = (head.rec_headers["WARC-Truncated"] or "").strip().lower()
    if not reason:
        return None
    return f"truncated_{reason if reason in _TRUNCATIONS else 'unspecified'}"


def read_http_head(block: bytes) -> tuple[int, Headers]:
    """Read status and headers as a Capture has them. Raises BrokenRecordError."""
    status, served, _ = _parse_http(block)
    return status, _without_wire_headers(served)


def read_date(head: ArcWarcRecord, name: str = "WARC-Date") -> datetime:
    """Read the time in a field; UTC if it names no zone. Raises BrokenRecordError."""
    text = head.rec_headers[name] or ""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BrokenRecordError(f"{name} {text!r} is not a date") from None


def read_digest(head: ArcWarcRecord) -> str | None:
    """Read WARC-Payload-Digest: SHA-1 as "sha1:BASE32", others as they are; None without one."""
    # SHA-1 in hexadecimal, and Base32 without the name of its algorithm, were seen in the wild.
    algorithm, _, value = (head.rec_headers["WARC-Payload-Digest"] or "").strip().rpartition(":")
    algorithm = algorithm.lower().replace("sha-", "sha")
    if not value:
        return None
    if algorithm not in ("sha1", ""):
        return f"{algorithm}:{value.lower()}"
    try:
        value = base64.b32encode(binascii.unhexlify(value)).decode() if len(value) == 40 else value
    except binascii.Error:
        return None
    return f"sha1:{value.upper()}"


def _declared_or_sha1(declared: str | None, payload: bytes) -> str:
    return declared if declared and declared.startswith("sha1:") else sha1_digest(payload)


def sha1_digest(payload: bytes) -> str:
    """Return the SHA-1 digest as in WARC-Payload-Digest."""
    return "sha1:" + base64.b32encode(hashlib.sha1(payload, usedforsecurity=False).digest()).decode()


def _parse_http(block: bytes) -> tuple[int, Headers, bytes]:
    pieces = iter((block,))
    stream = Stream(lambda: next(pieces, b""))
    try:
        http = StatusAndHeadersParser([], verify=False).parse(stream)
    except EOFError:
        raise BrokenRecordError("response without an HTTP head") from None
    except BrokenFramingError as error:
        raise BrokenRecordError(str(error)) from None
    status = http.statusline.partition(" ")[0]
    if not http.protocol.startswith("HTTP/") or not (status.isdecimal() and len(status) == 3):
        raise BrokenRecordError("response without an HTTP status line")
    return int(status), tuple(http.headers), block[stream.position :]


def _without_wire_headers(served: Headers) -> Headers:
    return tuple((name, value) for name, value in served if name.lower() not in _WIRE_HEADERS)
