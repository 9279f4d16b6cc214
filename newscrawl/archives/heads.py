"""Parses the heads of WARC and ARC records and of HTTP messages, as leniently as other readers do.

Archives hold what servers and tools sent: lines that end in LF, names in any case and with spaces, continued lines,
dates and lengths in many forms.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

Fields = list[tuple[str, str]]

MAX_LINE = 64 * 2**10
MAX_HEAD = 2**20
"""A head without an end would fill the memory."""
_BLANK_LINE = rb"\n[ \t\r]*\n"  # "\r\r\n" was seen in the wild
_HTTP_HEAD_END = re.compile(_BLANK_LINE)
_WARC_LINE = rb"[Ww][Aa][Rr][Cc]/\d"
# Address, IP address, date, type and length. The address and the type may have spaces, the type may be missing. ARC 2
# has more fields before the length. "-1" and "abc" were seen as lengths.
_ARC_LINE = (
    rb"([A-Za-z][A-Za-z0-9+.-]{1,20}:[^\r\n]{1,4000}) (\S{0,45}) (\d{8,18}) ([^\r\n]{0,800}? )?(-?\w{1,15})[ \t]*\r?\n"
)
_RECORD_HEAD_END = re.compile(_BLANK_LINE + rb"|\n(?=" + _WARC_LINE + rb")")
FIRST_LINE = re.compile(_WARC_LINE + rb"|" + _ARC_LINE)
"""The first line of a record."""
# Each alternative begins with a literal: otherwise the search takes ten times as long.
NEXT_RECORD = re.compile(
    b"|".join(name + rb"/\d\.\d+[ \t\r]*\n[A-Za-z-]+[ \t]*:" for name in (b"WARC", b"warc")) + rb"|\n" + _ARC_LINE
)
"""A record after damaged bytes. Pages that quote a first line do not go on like the head of a WARC record."""
_ARC = re.compile(_ARC_LINE)

# "ICY 200 OK", "HTTP 200 OK", "HTTP/1.1 200OK", "HTTP/2 200", "HTTPX/1.1 200 OK".
_STATUS_LINE = re.compile(
    r"(?:HTTP/?(?:\d(?:\.\d+)?)?|ICY|[A-Z]+/\d\.\d)[ \t]+(\d{3}|0)(?!\d)[ \t]*(.*)", re.IGNORECASE
)
_STATUS_OF = {status.phrase.lower(): status.value for status in HTTPStatus}
# What a server says before its response, and a proxy before the server's.
_TUNNEL = "connection established"

_ZONE = r"\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
_DATES = (
    re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})?(\d{2})?(\d{2})?(\d*)" + _ZONE, re.IGNORECASE),
    re.compile(
        r"(\d{4})(?:-(\d{2})(?:-(\d{1,3})(?:[T ](\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)?)?)?)?)?" + _ZONE,
        re.IGNORECASE,
    ),
)


class HeadError(ValueError):
    """A head, or a field of it, that cannot be understood."""


@dataclass(frozen=True, slots=True)
class RecordHead:
    """The head of a WARC record; that of an ARC record as of a WARC response."""

    raw: bytes
    fields: dict[str, str]
    """The first value of each field, by its name in lower case."""
    kind: str
    """WARC-Type in lower case; "" if it is unknown."""
    url: str
    """The address, without the angle brackets of Wget 1.19; "" if there is none."""
    content_type: str
    """In lower case; "" if there is none."""

    def __getitem__(self, name: str) -> str | None:
        return self.fields.get(name.lower())

    @property
    def length(self) -> int | None:
        """Bytes of the block; None if the head does not say."""
        text = self.fields.get("content-length", "")
        return int(text[:16]) if text.isascii() and text.isdigit() else None


def parse_record_head(head: bytes) -> RecordHead:
    """Parse the head of a record, from its first line to its blank line; an ARC record has only the former."""
    if arc := _ARC.fullmatch(head):
        url, address, date, content_type, length = (_decode(part or b"").strip() for part in arc.groups())
        kind = "warcinfo" if url.startswith("filedesc:") else "response"
        names = ("warc-type", "warc-target-uri", "warc-ip-address", "warc-date", "content-type", "content-length")
        fields = dict(zip(names, (kind, url, address, date, content_type, length), strict=True))
    else:
        parsed = _parse_fields(head.partition(b"\n")[2])
        fields = {name.lower(): value for name, value in reversed(parsed)}
    url, content_type = fields.get("warc-target-uri", ""), fields.get("content-type", "").lower()
    if url.startswith("<") and url.endswith(">"):
        url = url[1:-1]
    kind = fields.get("warc-type", "").lower() or ("response" if "msgtype=response" in content_type else "")
    return RecordHead(head, fields, kind, url.replace(" ", "%20"), content_type)


def parse_http_head(block: bytes) -> tuple[int, Fields, int]:
    """Return status and fields of the response in a block, and where its payload begins. Raises HeadError.

    Interim responses before it are passed over.
    """
    begin = len(block) - len(block.lstrip(b"\r\n"))
    while True:
        status, reason, fields, end = _parse_response_head(block, begin)
        is_interim = 100 <= status < 200 or (reason.lower() == _TUNNEL and status == HTTPStatus.OK)
        if not is_interim or not _STATUS_LINE.match(_decode(block[end : end + 20])):
            return status, fields, end
        begin = end


def _parse_response_head(block: bytes, begin: int) -> tuple[int, str, Fields, int]:
    blank = _HTTP_HEAD_END.search(block, begin)
    end = blank.end() if blank else len(block)  # a response without a body may end with its last field
    if end - begin > MAX_HEAD:
        raise HeadError(f"record head of more than {MAX_HEAD} bytes")
    line, _, lines = block[begin:end].partition(b"\n")
    if end - begin > MAX_LINE and max(map(len, (line, *lines.split(b"\n")))) >= MAX_LINE:
        raise HeadError(f"record head of more than {MAX_LINE} bytes in one line")
    match = _STATUS_LINE.fullmatch(_decode(line).strip())
    if not match:
        is_empty = not line.strip()
        raise HeadError("response without an HTTP head" if is_empty else "response without an HTTP status line")
    status, reason = int(match[1]), match[2].strip()
    # Crawlers that drive a browser wrote 0 for responses from its cache, with the right reason.
    return status or _STATUS_OF.get(reason.lower(), 0), reason, _parse_fields(lines), end


def find_head_end(data: bytes, begin: int) -> int:
    """Return where the blank line after the head of a record ends; -1 if there is none in `data`.

    Raises HeadError if another record begins before that.
    """
    match = _RECORD_HEAD_END.search(data, begin)
    if match and match.end() - match.start() == 1:
        raise HeadError("the head of this record has no end")
    return match.end() if match else -1


def read_date(text: str) -> datetime:
    """Read a date of any precision, in UTC if it names no zone; what it does not say is the earliest. Raises HeadError.

    ISO 8601 with or without punctuation, and the 14 digits of ARC files.
    """
    match = next((match for pattern in _DATES if (match := pattern.fullmatch(text.strip()))), None)
    try:
        if match is None:
            raise ValueError(text)
        year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
        clock = timedelta(hours=int(match[4] or 0), minutes=int(match[5] or 0), seconds=int(match[6] or 0))
        if clock > timedelta(days=1, seconds=1):
            raise ValueError(text)
        microseconds = int((match[7] or "0")[:6].ljust(6, "0"))
        moment = _find_day(year, month, day) + clock + timedelta(microseconds=microseconds)
        return (moment - _read_zone(match[8] or "")).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise HeadError(f"{text!r} is not a date") from None


def _find_day(year: int, month: int, day: int) -> datetime:
    try:
        return datetime(year, month, day)  # noqa: DTZ001 - the zone is added later
    except ValueError:
        # ClueWeb09 wrote the day of the year: 2008-10-294.
        moment = datetime(year, 1, 1) + timedelta(days=day - 1)  # noqa: DTZ001
        if day and (moment.year, moment.month) == (year, month):
            return moment
        raise


def _read_zone(text: str) -> timedelta:
    digits = text[1:].replace(":", "").ljust(4, "0")
    if not digits.isdigit():
        return timedelta()
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -offset if text.startswith("-") else offset


def read_digest(text: str | None) -> str | None:
    """Read a digest: SHA-1 as "sha1:BASE32", others as they are, in lower case; None without one."""
    # SHA-1 in hexadecimal, and Base32 without the name of its algorithm, were seen in the wild.
    algorithm, _, value = (text or "").strip().rpartition(":")
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


def _parse_fields(lines: bytes) -> Fields:
    fields: Fields = []
    for line in _decode(lines).split("\n"):
        name, colon, value = line.partition(":")
        if line.startswith((" ", "\t")) and fields:
            name, value = fields[-1]
            fields[-1] = name, f"{value} {line.strip()}".strip()
        elif colon:
            fields.append((name.strip(), value.strip()))
    return fields


def _decode(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
