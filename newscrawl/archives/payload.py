"""Reads the page in a record: the HTTP response in its block, or a text."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

from newscrawl.archives import heads
from newscrawl.archives.heads import HeadError, RecordHead
from newscrawl.content_encodings.body import decode_body
from newscrawl.content_encodings.streams import EncodingError

_WIRE_HEADERS = frozenset(("content-encoding", "transfer-encoding", "content-length"))
_KINDS = ("warcinfo", "response", "resource", "request", "metadata", "revisit", "conversion", "continuation")
_TEXT = ("text/", "application/xhtml+xml")
_TRUNCATIONS = frozenset(("length", "time", "disconnect", "unspecified"))
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", re.I | re.A)

Headers = tuple[tuple[str, str], ...]


class BrokenRecordError(Exception):
    """One record cannot be read; where the next one begins is known."""


@dataclass(frozen=True, slots=True)
class Payload:
    """Status, headers and body, as in Capture."""

    status: int
    headers: Headers
    body: bytes
    sent: bytes = field(repr=False)
    """The payload before decoding."""
    incomplete_reason: str | None = None
    """As in Page."""

    def has(self, digest: str) -> bool:
        """Return whether a digest, in any algorithm that is known, is that of the payload, as sent or decoded."""
        algorithm, _, value = digest.partition(":")
        if algorithm not in hashlib.algorithms_guaranteed or algorithm.startswith("shake"):
            return False
        sums = [hashlib.new(algorithm, data, usedforsecurity=False).digest() for data in (self.sent, self.body)]
        return value.lower() in [
            form for each in sums for form in (each.hex(), base64.b32encode(each).decode().lower())
        ]


def may_hold_page(head: RecordHead) -> bool:
    if not head.url.lower().startswith(("http://", "https://")):
        return False
    if head.kind in ("resource", "conversion"):
        return head.content_type.startswith(_TEXT)
    return head.kind in ("response", "revisit")


def find_problem(head: RecordHead) -> str | None:
    """Return why a record cannot be understood that may be one of a page; None if it is of another kind."""
    if head.kind not in _KINDS and (not head.kind or head.url.startswith("http")):
        return f"record of the unknown type {head.kind!r}" if head.kind else "record without a type"
    if head.kind in ("response", "revisit") and not head.url:
        return "record without an address"
    return None


def read_payload(head: RecordHead, block: bytes, max_bytes: int, incomplete_reason: str | None = None) -> Payload:
    """Read the payload of a record that is not a revisit; of one that is cut, the part that is there.

    `incomplete_reason` says that the block is not whole. Raises BrokenRecordError.
    """
    incomplete_reason = incomplete_reason or _find_truncation(head)
    if head.kind != "response":
        content_type = head["Content-Type"] or ""
        # Texts without a charset are UTF-8, as in Common Crawl's WET files.
        if "charset" not in content_type.lower():
            content_type += "; charset=utf-8"
        return Payload(200, (("Content-Type", content_type),), block, block, incomplete_reason)
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
        payload,
        incomplete_reason or decoded.incomplete_reason or find_missing_range(status, values.get("content-range", "")),
    )


def find_missing_range(status: int, content_range: str) -> str | None:
    """Return "partial_content" for a response with a part of the page (206), unless its range is the whole page."""
    if status != HTTPStatus.PARTIAL_CONTENT:
        return None
    match = _RANGE.fullmatch(content_range.strip())
    is_whole = match and int(match[1]) == 0 and int(match[2]) + 1 == int(match[3])
    return None if is_whole else "partial_content"


def _find_truncation(head: RecordHead) -> str | None:
    """Return why a record holds only a part, according to its WARC-Truncated."""
    reason = (head["WARC-Truncated"] or "").strip().lower()
    if not reason:
        return None
    return f"truncated_{reason if reason in _TRUNCATIONS else 'unspecified'}"


def read_http_head(block: bytes) -> tuple[int, Headers]:
    """Read status and headers as a Capture has them. Raises BrokenRecordError."""
    status, served, _ = _parse_http(block)
    return status, _without_wire_headers(served)


def read_date(head: RecordHead, name: str = "WARC-Date") -> datetime:
    """Read the time in a field; UTC if it names no zone. Raises BrokenRecordError."""
    try:
        return heads.read_date(head[name] or "")
    except HeadError as error:
        raise BrokenRecordError(f"{name} {error}") from None


def sha1_digest(payload: bytes) -> str:
    """Return the SHA-1 digest as in WARC-Payload-Digest."""
    return "sha1:" + base64.b32encode(hashlib.sha1(payload, usedforsecurity=False).digest()).decode()


def _parse_http(block: bytes) -> tuple[int, Headers, bytes]:
    try:
        status, fields, end = heads.parse_http_head(block)
    except HeadError as error:
        raise BrokenRecordError(str(error)) from None
    return status, tuple(fields), block[end:]


def _without_wire_headers(served: Headers) -> Headers:
    return tuple((name, value) for name, value in served if name.lower() not in _WIRE_HEADERS)
