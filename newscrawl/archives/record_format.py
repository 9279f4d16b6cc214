"""Formats WARC 1.1 records (ISO 28500:2017)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

INFO_TYPE = "application/warc-fields"
"""The Content-Type of a block of fields, as that of a warcinfo record."""


def encode_record(fields: Mapping[str, str], block: bytes) -> bytes:
    """Encode a record, with its Content-Length behind the other fields."""
    head = encode_fields((*fields.items(), ("Content-Length", str(len(block)))))
    return b"".join((b"WARC/1.1\r\n", head, b"\r\n", block, b"\r\n\r\n"))


def encode_fields(fields: Iterable[tuple[str, str]]) -> bytes:
    """Encode fields in lines."""
    return "".join([f"{name}: {value}\r\n" for name, value in fields]).encode()


def make_record_id() -> str:
    """Return a new WARC-Record-ID."""
    return f"<urn:uuid:{uuid.uuid4()}>"


def warc_date(moment: datetime) -> str:
    """Format a time as WARC-Date: UTC, with a fraction of a second if there is one."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
