"""What a record with a page holds: the HTTP answer in its block, or a text."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeadersParser

from newscrawl.archives.encodings import EncodingError, undo
from newscrawl.archives.members import BrokenFramingError, Stream

_WIRE_HEADERS = frozenset(("content-encoding", "transfer-encoding", "content-length"))
_TEXT = ("text/", "application/xhtml+xml")

Headers = tuple[tuple[str, str], ...]


class BrokenRecordError(Exception):
    """One record cannot be read; where the next one begins is known."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body as a Capture has them."""

    status: int
    headers: Headers
    body: bytes
    digest: str
    """As a Capture has it."""
    told: str | None
    """The record's own word of it, in whatever algorithm."""

    def has(self, digest: str) -> bool:
        """Whether the payload has it, as far as can be told: another algorithm contradicts nothing."""
        mine = {one for one in (self.digest, self.told) if one and _algorithm(one) == _algorithm(digest)}
        return not mine or digest in mine


def is_page(head: ArcWarcRecord) -> bool:
    """Whether the record may hold a page of the web."""
    if not (head.rec_headers["WARC-Target-URI"] or "").lower().startswith(("http://", "https://")):
        return False
    if head.rec_type in ("resource", "conversion"):
        return (head.content_type or "").lower().startswith(_TEXT)
    return head.rec_type in ("response", "revisit")


def answer(head: ArcWarcRecord, block: bytes, max_bytes: int) -> Answer:
    """What the record holds that is no revisit. Raises BrokenRecordError."""
    told = told_digest(head)
    if head.rec_type != "response":
        return Answer(200, (("Content-Type", _text_type(head)),), block, _digest(told, block), told)
    status, served, payload = _http(block)
    try:
        body = undo(
            payload,
            transfer=_value(served, "transfer-encoding"),
            content=_value(served, "content-encoding"),
            max_bytes=max_bytes,
        )
    except EncodingError as error:
        raise BrokenRecordError(str(error)) from error
    return Answer(status, _meant(served), body, _digest(told, payload), told)


def http_head(block: bytes) -> tuple[int, Headers, bytes]:
    """Status, headers as a Capture has them, and payload. Raises BrokenRecordError."""
    status, served, payload = _http(block)
    return status, _meant(served), payload


def date(head: ArcWarcRecord, name: str = "WARC-Date") -> datetime:
    """The time in a field, UTC where it names no zone. Raises BrokenRecordError."""
    text = head.rec_headers[name] or ""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BrokenRecordError(f"{name} {text!r} does not read") from None


def told_digest(head: ArcWarcRecord) -> str | None:
    """WARC-Payload-Digest in one form: SHA-1 in Base32, others as they are; None without one.

    SHA-1 in hexadecimal, and Base32 without the name of its algorithm, were seen in the wild.
    """
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


def _digest(told: str | None, payload: bytes) -> str:
    if told and _algorithm(told) == "sha1":
        return told
    return "sha1:" + base64.b32encode(hashlib.sha1(payload, usedforsecurity=False).digest()).decode()


def _algorithm(digest: str) -> str:
    return digest.partition(":")[0]


def _text_type(head: ArcWarcRecord) -> str:
    """The content type of a text record; one that names no charset is UTF-8, as Common Crawl's WET files are."""
    told = str(head.content_type)
    return told if "charset" in told.lower() else f"{told}; charset=utf-8"


def _http(block: bytes) -> tuple[int, Headers, bytes]:
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


def _meant(served: Headers) -> Headers:
    return tuple((name, value) for name, value in served if name.lower() not in _WIRE_HEADERS)


def _value(served: Headers, name: str) -> str:
    return next((value for key, value in served if key.lower() == name), "")
