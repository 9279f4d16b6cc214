"""Capture: one response of a server as an archive stores it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Self

from newscrawl.archives.payload import sha1_digest
from newscrawl.article import CaptureKind, CaptureRef, Page
from newscrawl.errors import ArchiveError
from newscrawl.remote_files import check_name, hide_credentials, is_file, is_url, to_local
from newscrawl.remote_files import join as join_url


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLocation:
    """Where a record is stored, so that it can be read again."""

    file: str
    """The path as given; for a file in a WACZ with its path inside: "crawl.wacz/archive/data.warc.gz"."""
    offset: int
    """Byte of the file at which the record begins (with gzip its member, with zstd its frame)."""
    length: int
    """Size in bytes of the record in that file, up to the next one."""


MARKER = ".newscrawl"
"""A file that every folder of captures at a URL has."""


@dataclass(frozen=True, slots=True)
class CaptureFolder:
    """Where our own captures are."""

    name: str
    """A folder, or the URL of one in an object store; empty: captures are not stored."""
    spool_name: str = ""
    """For a URL, the local folder of the files that are not uploaded yet."""

    @classmethod
    def read(cls, name: str, spool_name: str) -> Self:
        """Make it from two settings. Raises ArgumentError for a URL that cannot be opened here."""
        local = to_local(name)
        check_name(local)
        return cls(local, spool_name)

    @property
    def is_remote(self) -> bool:
        return is_url(self.name)

    @property
    def spool(self) -> Path:
        """The local folder that a run writes to."""
        if not self.is_remote:
            return Path(self.name)
        return Path(self.spool_name, *re.split(r"[:/]+", hide_credentials(self.name)))

    def locate(self, ref: CaptureRef) -> RecordLocation | None:
        """Return where a stored capture is; None if it is not stored. Relative file names are of this folder."""
        if ref.file is None or ref.offset is None or ref.length is None:
            return None
        return RecordLocation(file=self.find_file(ref.file), offset=ref.offset, length=ref.length)

    def has_files(self) -> bool:
        """Whether the folder is there, and not, for example, on a disk that is not mounted. Raises OSError."""
        if self.is_remote:
            return is_file(join_url(self.name, MARKER))
        return Path(self.name).is_dir() and any(Path(self.name).iterdir())

    def find_file(self, name: str) -> str:
        """Return the path or URL of a file by its name in the database."""
        local = self.spool / name
        if is_own(name) and self.is_remote and not local.exists():
            return join_url(self.name, name)
        return name if is_url(name) else str(local)


def is_own(name: str) -> bool:
    """Whether a file name of the database is relative, as those of files that a crawl of ours wrote."""
    return not is_url(name) and not Path(name).is_absolute()


@dataclass(frozen=True, kw_only=True)
class Capture:
    """An HTTP response at one moment: a page, a redirect or an error."""

    url: str
    """The requested address, absolute."""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    """As served, in order, without Content-Encoding, Transfer-Encoding and Content-Length: `body` is decoded."""
    body: bytes = field(default=b"", repr=False)
    """Content and transfer encodings are decoded, the character encoding is not."""
    captured_at: datetime
    """UTC."""
    kind: CaptureKind = field(default="response", compare=False)
    """The body of a revisit is that of its original."""
    location: RecordLocation | None = field(default=None, compare=False)
    """None if it was not read from a file, or from a file that is compressed as a whole."""
    sent: bytes | None = field(default=None, compare=False, repr=False)
    """The payload before decoding. None if the capture was not read from an archive."""
    declared_digest: str | None = field(default=None, compare=False)
    """What the record says it is, in any algorithm; seen wrong in the wild."""
    incomplete_reason: str | None = None
    """As in Page."""

    @property
    def complete(self) -> bool:
        return self.incomplete_reason is None

    @cached_property
    def digest(self) -> str | None:
        """SHA-1 of the payload before decoding, as "sha1:BASE32"; None if that is not known."""
        return None if self.sent is None else sha1_digest(self.sent)

    def header(self, name: str) -> str | None:
        """Return the first value of header `name` (in any case), or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def page(self) -> Page:
        """Return the capture as a Page, like one that was fetched at that time."""
        return Page(
            url=self.url,
            body=self.body,
            fetched_at=self.captured_at,
            content_type=self.header("Content-Type"),
            status=self.status,
            capture=self.ref,
            incomplete_reason=self.incomplete_reason,
        )

    @property
    def ref(self) -> CaptureRef:
        return CaptureRef(
            url=self.url,
            captured_at=self.captured_at,
            status=self.status,
            content_type=self.header("Content-Type"),
            digest=self.digest,
            file=self.location.file if self.location else None,
            offset=self.location.offset if self.location else None,
            length=self.location.length if self.location else None,
            kind=self.kind,
            incomplete_reason=self.incomplete_reason,
        )


def check_identity(capture: Capture, ref: CaptureRef) -> None:
    """Raise ArchiveError if the capture that was read at `ref` is not the one that `ref` describes."""
    if ref.digest and ref.kind != "revisit":
        # Earlier versions stored the declared one.
        is_same = ref.digest in (capture.digest, capture.declared_digest)
    else:
        # WARC 1.0 has no fractions of a second.
        is_same = abs(capture.captured_at - ref.captured_at) < timedelta(seconds=1)
    if not is_same:
        raise ArchiveError(ref.file or ref.url, ref.offset, f"another capture is stored here instead of {ref.url}")
