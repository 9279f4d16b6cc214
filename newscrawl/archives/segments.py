"""Joins records that were written in segments (ISO 28500:2017, 7), as far as these are in one file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count, takewhile

from newscrawl.archives.heads import RecordHead
from newscrawl.archives.records import Record


@dataclass(slots=True)
class _HeldRecord:
    first: Record
    blocks: dict[int, bytes] = field(default_factory=dict)
    """By segment number."""
    size: int = 0
    total: int | None = None
    """Size of all segments, which the last one states."""

    def add(self, number: int, record: Record) -> int:
        """Add a segment; return by how much the record grew."""
        block = b"" if number in self.blocks else record.block or b""
        self.blocks.setdefault(number, block)
        self.size += len(block)
        self.total = _read_number(record.head, "WARC-Segment-Total-Length") or self.total
        return len(block)

    def is_whole(self) -> bool:
        return self.size == self.total and max(self.blocks) == len(self.blocks)

    def join(self) -> Record:
        """Return the first segment, with those that follow it without a gap."""
        numbers = takewhile(self.blocks.__contains__, count(1))
        reason = None if self.is_whole() else "missing_segment"
        return replace(self.first, block=b"".join(map(self.blocks.__getitem__, numbers)), incomplete_reason=reason)


class Segments:
    """Holds first segments until their continuations have come, in at most `max_bytes`."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held: dict[str, _HeldRecord] = {}  # by the id of the first segment
        self._size = 0

    @property
    def is_waiting(self) -> bool:
        return bool(self._held)

    def is_awaited(self, head: RecordHead) -> bool:
        """Whether a record continues one that is held."""
        return head.kind == "continuation" and head["WARC-Segment-Origin-ID"] in self._held

    def add(self, record: Record) -> list[Record]:
        """Take the next record; return those that are done: it, one that it completes, ones too large to be held."""
        head, number = record.head, _read_number(record.head, "WARC-Segment-Number")
        if number is None or record.block is None or head.kind == "revisit":
            return [record]
        if self.is_awaited(head):
            origin = head["WARC-Segment-Origin-ID"] or ""
        elif number == 1 and head.kind != "continuation":
            origin = head["WARC-Record-ID"] or ""
            self._held[origin] = _HeldRecord(record)
        else:
            return [record]
        self._size += self._held[origin].add(number, record)
        done = [self._release(origin)] if self._held[origin].is_whole() else []
        while self._size > self._max_bytes:
            done.append(self._release(next(iter(self._held))))
        return done

    def take_rest(self) -> list[Record]:
        """Return the records whose segments are not all there."""
        return [self._release(origin) for origin in list(self._held)]

    def join(self, record: Record, following: Iterator[Record]) -> Record:
        """Return a record with its continuations, which are among the `following` ones; read no more of those."""
        done = self.add(record)
        while not done and (each := next(following, None)):
            if self.is_awaited(each.head):
                done = self.add(each)
        return (done or self.take_rest())[0]

    def _release(self, origin: str) -> Record:
        held = self._held.pop(origin)
        self._size -= held.size
        return held.join()


def _read_number(head: RecordHead, name: str) -> int | None:
    text = (head[name] or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None
