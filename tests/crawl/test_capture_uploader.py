"""WARC files that are written to a spool folder and uploaded."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings

from newscrawl import remote_files
from newscrawl.archives.capture import CaptureFolder
from newscrawl.archives.own_files import find_writer
from newscrawl.archives.warc_reader import read_capture
from newscrawl.archives.warc_writer import Exchange, WarcWriter
from newscrawl.article import CaptureRef
from newscrawl.crawl.capture_uploader import CaptureUploader, find_capture_folder
from newscrawl.errors import ArchiveError, ArgumentError
from tests.object_store import Bucket

URL = "http://tern.example/oil"


def make_folder(bucket: Bucket, tmp_path: Path) -> CaptureFolder:
    return CaptureFolder(f"{bucket.url}/news", str(tmp_path / "spool"))


def make_writer(folder: CaptureFolder, on_finished: Callable[[Path], None], **options: Any) -> WarcWriter:
    return WarcWriter(folder.spool, "tern", software="newscrawl/1", on_finished=on_finished, **options)


def write(files: WarcWriter, body: bytes = b"<p>Oil</p>") -> CaptureRef:
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    return files.write(Exchange(url=URL, status=200, headers=(), payload=body, received_at=moment))


def read(folder: CaptureFolder, ref: CaptureRef) -> tuple[str, bytes]:
    """Return where a capture is, and its body."""
    place = folder.locate(ref)
    assert place
    return place.file, read_capture(place.file, place.offset).body


def test_files_are_uploaded_when_they_are_finished_and_read_wherever_they_are(bucket: Bucket, tmp_path: Path) -> None:
    folder = make_folder(bucket, tmp_path)
    uploader = CaptureUploader(folder)
    with make_writer(folder, uploader.upload, max_bytes=1) as files:
        first = write(files)
        at_work, body = read(folder, first)
        assert (Path(at_work).is_relative_to(tmp_path / "spool"), body) == (True, b"<p>Oil</p>")
        second = write(files, b"<p>Rain</p>")
    assert uploader.close() == []
    assert [read(folder, ref) for ref in (first, second)] == [
        (f"{bucket.url}/news/{first.file}", b"<p>Oil</p>"),
        (f"{bucket.url}/news/{second.file}", b"<p>Rain</p>"),
    ]
    assert bucket.names() == sorted(f"news/{ref.file}" for ref in (first, second))
    assert gzip.decompress(bucket.read(bucket.names()[0]))[:8] == b"WARC/1.1"
    assert list((tmp_path / "spool").rglob("*.gz")) == []
    assert find_writer(f"{bucket.url}/news/{first.file}") == "tern"


def test_files_of_two_machines_have_different_names(bucket: Bucket, tmp_path: Path) -> None:
    refs = []
    for name in ("a", "b"):
        folder = CaptureFolder(bucket.url, str(tmp_path / name))
        with make_writer(folder, lambda _: None) as files:
            refs.append(write(files))
    assert refs[0].file != refs[1].file


def test_what_a_killed_run_left_is_uploaded_and_what_another_run_writes_is_left(bucket: Bucket, tmp_path: Path) -> None:
    folder = make_folder(bucket, tmp_path)
    with make_writer(folder, lambda _: None) as killed:
        left = write(killed)
    alive = make_writer(folder, lambda _: None)
    written = write(alive)
    (folder.spool / "2026-11" / "tern-20261124000000-00009.warc.gz").touch()  # just begun
    assert CaptureUploader(folder).close() == []
    assert bucket.names() == [f"news/{left.file}"]
    assert read(folder, left)[0].startswith("s3://")
    assert not read(folder, written)[0].startswith("s3://")
    alive.close()
    assert CaptureUploader(folder).close() == []
    assert read(folder, written)[0].startswith("s3://")


def test_a_file_that_cannot_be_uploaded_is_kept(
    bucket: Bucket, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = make_folder(bucket, tmp_path)
    uploader = CaptureUploader(folder)
    bucket.forbid_writing()
    with make_writer(folder, uploader.upload) as files:
        ref = write(files)
    assert uploader.close() == [Path(ref.file or "").name]
    assert read(folder, ref)[1] == b"<p>Oil</p>"
    (warning,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warning.startswith(f"captures: {bucket.url}/news: ")
    assert warning.endswith(f"; the next run uploads {folder.spool}")
    bucket.client.create_bucket(Bucket=bucket.name)
    assert CaptureUploader(folder).close() == []
    assert read(folder, ref)[0].startswith("s3://")


def test_a_bucket_that_is_missing_is_an_error_before_anything_is_fetched(bucket: Bucket, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError) as raised:
        CaptureUploader(CaptureFolder(f"{bucket.url}x/news", str(tmp_path)))
    detail = "captures cannot be stored here: there is no such bucket or folder; nothing was fetched"
    assert str(raised.value) == f"{bucket.url}x/news: {detail}"


def test_half_an_upload_is_an_error(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fsspec

    put = fsspec.filesystem("s3").put_file

    def cut(local: str, path: str) -> None:
        Path(tmp_path / "half").write_bytes(Path(local).read_bytes()[:-1])
        put(str(tmp_path / "half"), path)

    (tmp_path / "a").write_bytes(b"ab")
    monkeypatch.setattr(fsspec.filesystem("s3"), "put_file", cut)
    with pytest.raises(OSError, match="1 of 2 bytes arrived"):
        remote_files.put_file(tmp_path / "a", f"{bucket.url}/a")


def test_the_folder_comes_from_the_settings() -> None:
    def find(name: str) -> CaptureFolder:
        return find_capture_folder(Settings({"NEWSCRAWL_WARC_DIR": name, "NEWSCRAWL_WARC_SPOOL": "spool"}))

    assert [find(name).spool for name in ("warc", "file:///srv/warc", "s3://bucket/a/b")] == [
        Path("warc"),
        Path("/srv/warc"),
        Path("spool/s3/bucket/a/b"),
    ]
    with pytest.raises(ArgumentError, match="unknown scheme s4"):
        find("s4://bucket/a")
