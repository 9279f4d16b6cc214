"""Saved pages from the disk."""

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newscrawl.archives import saved_pages


def test_a_file_is_a_page_of_its_own_time(tmp_path: Path) -> None:
    path = tmp_path / "a page.html"
    path.write_bytes(b"<!doctype html><title>A</title>")
    os.utime(path, (0, 1_400_000_000))
    page = saved_pages.read(path, 1000)
    assert page.url == f"file://{tmp_path}/a%20page.html"
    assert page.fetched_at == datetime(2014, 5, 13, 16, 53, 20, tzinfo=UTC)
    assert (page.status, page.content_type, page.body) == (200, "text/html", b"<!doctype html><title>A</title>")


def test_of_a_huge_file_one_byte_too_many_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.html"
    path.write_bytes(b"x" * 5000)
    assert len(saved_pages.read(path, 100).body) == 101


def test_a_compressed_file_is_a_page_as_far_as_it_goes(tmp_path: Path) -> None:
    text = "".join(f"Berth {number} of Vell took no boat on day {number * 7}.\n" for number in range(99)).encode()
    for name, kind in (("page.html.gz", "text/html"), ("story.txt.gz", "text/plain")):
        for end, reason in ((None, None), (-9, "cut_off")):
            (tmp_path / name).write_bytes(gzip.compress(text)[:end])
            page = saved_pages.read(tmp_path / name, 100_000)
            assert (page.content_type, page.incomplete_reason) == (kind, reason)
            assert text.startswith(page.body)
    assert saved_pages.read(tmp_path / "page.html.gz", 1000).body.startswith(b"\x1f\x8b")  # too large: no page


@pytest.mark.parametrize(
    ("name", "body", "kind"),
    [
        ("a.txt", b"<html>", "text/plain"),
        ("a.TXT", b"Words", "text/plain"),
        ("a.html", b"Words", "text/html"),
        ("a", b"\n<!DOCTYPE html>", "text/html"),
        ("a.php", b"<?xml version='1.0'?><HTML>", "text/html"),
        ("a.json", b' {"a": "<html>"}', "application/json"),
        ("a.html", b"[1]", "application/json"),
        ("a.bin", b"\x00\x01", None),
        ("empty", b"", None),
    ],
)
def test_the_kind_of_a_file(name: str, body: bytes, kind: str | None) -> None:
    assert saved_pages.guess_content_type(Path(name), body) == kind


def test_a_pattern_names_files_in_order(tmp_path: Path) -> None:
    for name in ("b.html", "a.html", "deep/c.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.name for path in saved_pages.find_files(f"{tmp_path}/*")] == ["a.html", "b.html"]
    assert [path.name for path in saved_pages.find_files(f"{tmp_path}/**/*.html")] == ["a.html", "b.html", "c.html"]
    assert saved_pages.find_files(f"{tmp_path}/nothing/*") == []
