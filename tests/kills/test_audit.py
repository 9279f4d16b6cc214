"""The audit of captures finds what it is there to find."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from newscrawl.archives.warc_writer import Exchange, WarcWriter
from newscrawl.article import CaptureRef
from tests.kills.audit import Archive, check_captures
from tests.kills.edition import Edition, Story

PATHS = tuple(f"/news/articles/2024-03-05/crossing-{n}" for n in range(4))
EDITION = Edition(stories=(Story(number=1, paths=PATHS[:1], doors=("/door",)),), gone=(), videos=())


def written(folder: Path) -> list[CaptureRef]:
    with WarcWriter(folder, "loopback", software="newscrawl") as files:
        moment = datetime(2024, 3, 5, tzinfo=UTC)
        exchange: dict[str, Any] = {
            "status": 200,
            "headers": (),
            "received_at": moment,
            "request_headers": (("A", "b"),),
        }
        pages = [(path, f"<p>{path}</p>".encode()) for path in PATHS[:3]]
        refs = [files.write(Exchange(url=f"http://127.0.0.1{path}", payload=body, **exchange)) for path, body in pages]
        again = Exchange(url=f"http://127.0.0.1{PATHS[3]}", payload=pages[0][1], **exchange)
        return [*refs, files.write(again, refs[0])]


def archive(refs: list[CaptureRef]) -> Archive:
    named = [(n, ref.file, ref.offset, ref.digest) for n, ref in enumerate(refs, 1)]
    captures = [SimpleNamespace(id=n, page_id=n, file=f, file_offset=o, digest=d) for n, f, o, d in named]
    urls = [*(ref.url for ref in refs), "http://127.0.0.1/door"]
    pages = [SimpleNamespace(id=n, url=url, state="stored", reason=None) for n, url in enumerate(urls, 1)]
    return Archive({"captures": captures, "pages": pages}, frozenset())


def found(rows: Archive, folder: Path) -> tuple[int, int, int]:
    """How many captures are torn or missing, files broken, and pages without a capture."""
    torn, broken, bare = check_captures(rows, EDITION, folder).values()
    return len(torn), len(broken), len(bare)


def test_an_intact_archive_has_no_findings(tmp_path: Path) -> None:
    assert found(archive(written(tmp_path)), tmp_path) == (0, 0, 0)


@pytest.mark.parametrize(
    ("harm", "wrong"),
    [
        (lambda whole, refs: whole[: refs[3].offset + 20], (1, 0, 0)),  # as a kill leaves it
        (lambda whole, refs: whole[: refs[1].offset + 20] + bytes(9) + whole[refs[1].offset + 29 :], (1, 1, 0)),
        (lambda whole, refs: b"", (4, 0, 0)),
    ],
)
def test_a_record_that_is_no_more(tmp_path: Path, harm: Callable[..., bytes], wrong: tuple[int, int, int]) -> None:
    refs = written(tmp_path)
    path = tmp_path / (refs[0].file or "")
    path.write_bytes(harm(path.read_bytes(), refs))
    assert found(archive(refs), tmp_path) == wrong


def test_a_row_that_names_another_place_or_payload(tmp_path: Path) -> None:
    rows = archive(written(tmp_path))
    rows.rows["captures"][0].digest, rows.rows["captures"][1].file_offset = "sha1:X", 7
    assert found(rows, tmp_path) == (2, 0, 0)


def test_a_page_without_a_row(tmp_path: Path) -> None:
    rows = archive(written(tmp_path))
    del rows.rows["captures"][2]
    assert found(rows, tmp_path) == (0, 0, 1)
