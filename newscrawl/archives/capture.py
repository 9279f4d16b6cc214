"""Capture: one answer of a server as an archive keeps it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from newscrawl.article import CaptureKind, CaptureRef, Page
from newscrawl.errors import ArchiveError


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a record stands, so that it can be read again."""

    file: str
    """The path as it was given; that of a WACZ's member goes on inside: "crawl.wacz/archive/data.warc.gz"."""
    offset: int
    """The byte at which the record begins in that file: of gzip its member, of zstd its frame."""
    length: int
    """The bytes of the record in that file, up to the next one."""


def place_of(ref: CaptureRef, folder: str | os.PathLike[str]) -> Place | None:
    """Where a capture stands that was stored; `folder` has our own, whose files are named from there. None: nowhere."""
    if ref.file is None or ref.offset is None or ref.length is None:
        return None
    return Place(file=str(Path(folder) / ref.file), offset=ref.offset, length=ref.length)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """An HTTP response as it was at one moment: a redirect or a 404 as much as a page."""

    url: str
    """The address that was asked for, absolute."""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    """As served and in order, but without the three that tell of the body on the wire
    (Content-Encoding, Transfer-Encoding, Content-Length), for `body` is no longer in that form."""
    body: bytes = field(default=b"", repr=False)
    """Content and transfer encodings undone, character encoding not."""
    captured_at: datetime
    """UTC."""
    kind: CaptureKind = field(default="response", compare=False)
    """A revisit's body is that of its original."""
    place: Place | None = field(default=None, compare=False)
    """Where its record stands; None where it was not read from a file, or cannot be found again but by reading all that
    stands before it (in a file compressed as a whole)."""
    digest: str | None = field(default=None, compare=False)
    """Of the payload as it stands in the record, encodings not undone: "sha1:" and Base32, as WARC-Payload-Digest has
    it, whose word is taken where it is in SHA-1. None where it was not read from an archive."""

    def header(self, name: str) -> str | None:
        """The first value of header `name`, in any case, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def page(self) -> Page:
        """The capture as a Page, told apart from a live one by nothing but its time."""
        return Page(
            url=self.url,
            body=self.body,
            fetched_at=self.captured_at,
            content_type=self.header("Content-Type"),
            status=self.status,
            capture=self.ref,
        )

    @property
    def ref(self) -> CaptureRef:
        """Where it is to be had again."""
        return CaptureRef(
            url=self.url,
            captured_at=self.captured_at,
            status=self.status,
            content_type=self.header("Content-Type"),
            digest=self.digest,
            file=self.place.file if self.place else None,
            offset=self.place.offset if self.place else None,
            length=self.place.length if self.place else None,
            kind=self.kind,
        )


def check_place(capture: Capture, ref: CaptureRef) -> None:
    """Raises ArchiveError where another capture stands at the place of the one that is meant."""
    if ref.digest and ref.kind != "revisit":
        is_same = capture.digest == ref.digest
    else:
        is_same = abs(capture.captured_at - ref.captured_at) < timedelta(seconds=1)  # WARC 1.0 tells no fractions
    if not is_same:
        raise ArchiveError(ref.file or ref.url, ref.offset, f"another capture stands here than that of {ref.url}")
