"""Files at URLs: against a real S3 server, and fsspec's file system in memory."""

from __future__ import annotations

import random
import uuid
from pathlib import Path

import pytest

from newscrawl import remote_files
from newscrawl.errors import ArgumentError
from tests.object_store import Bucket

NOISE = random.Random(1).randbytes(3_000_000)


@pytest.fixture(params=["s3", "memory"])
def folder(request: pytest.FixtureRequest) -> str:
    if request.param == "s3":
        bucket: Bucket = request.getfixturevalue("bucket")
        return bucket.url
    return f"memory://{uuid.uuid4().hex}"


def test_a_file_is_written_read_and_found(folder: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(NOISE)
    url = f"{folder}/x/a.bin"
    remote_files.put_file(tmp_path / "a", url)
    with remote_files.open_url(url) as file:
        assert file.read() == NOISE
        assert (file.seek(-10, 2), file.read(20)) == (len(NOISE) - 10, NOISE[-10:])
        assert (file.seek(1_000_000), file.read(7)) == (1_000_000, NOISE[1_000_000:1_000_007])
    size, modified_at = remote_files.read_stat(url)
    assert (size, modified_at.utcoffset()) == (len(NOISE), modified_at.utcoffset())
    assert (remote_files.is_file(url), remote_files.is_file(f"{folder}/x"), remote_files.is_file(f"{url}x")) == (
        True,
        False,
        False,
    )
    remote_files.put_bytes(b"b", f"{folder}/x/b.bin")
    assert remote_files.find_files(f"{folder}/**/*.bin") == [url, f"{folder}/x/b.bin"]
    assert remote_files.find_files(f"{folder}/*.bin") == []
    assert remote_files.find_files(url) == [url]


def test_a_file_that_is_replaced_is_read_again(folder: str, tmp_path: Path) -> None:
    url = f"{folder}/a"
    for content in (b"first", b"second"):
        (tmp_path / "a").write_bytes(content)
        remote_files.put_file(tmp_path / "a", url)
        with remote_files.open_url(url) as file:
            assert file.read() == content


def test_only_what_is_read_is_fetched(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    import fsspec

    fetched: list[int] = []
    cat_file = fsspec.filesystem("s3").cat_file

    def count(path: str, start: int, end: int) -> bytes:
        fetched.append(end - start)
        data: bytes = cat_file(path, start=start, end=end)
        return data

    monkeypatch.setattr(fsspec.filesystem("s3"), "cat_file", count)
    url = bucket.put("noise", NOISE)
    for _ in range(3):  # each record of a file is read by its place
        with remote_files.open_url(url) as file:
            file.seek(2_000_000)
            assert file.read(100) == NOISE[2_000_000:2_000_100]
    assert (len(fetched), fetched[0] < 100_000) == (1, True)
    with remote_files.open_url(url) as file:
        while file.read(10_000):
            pass
    assert len(fetched) < 10
    assert sum(fetched) < 1.2 * len(NOISE)


@pytest.mark.parametrize(
    ("url", "detail"),
    [("s3://no-such-bucket-{0}/x", "no such"), ("memory://{0}/x", "there is no such file")],
)
def test_what_is_missing_is_an_os_error_of_one_line(url: str, detail: str, bucket: Bucket) -> None:
    for use in (remote_files.open_url, remote_files.read_stat):
        with pytest.raises(OSError, match=detail) as raised:
            use(url.format(bucket.name))
        assert raised.value.strerror
        assert "\n" not in raised.value.strerror


def test_a_server_that_is_away_is_an_os_error(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    from s3fs import S3FileSystem

    monkeypatch.setattr(S3FileSystem, "retries", 1)
    monkeypatch.setenv("FSSPEC_S3_ENDPOINT_URL", "http://127.0.0.1:9")
    from fsspec.config import conf, set_conf_env

    set_conf_env(conf)
    try:
        with pytest.raises(OSError, match="Could not connect"):
            remote_files.is_file("s3://elsewhere/x")
    finally:
        conf.pop("s3")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("s4://bucket/x", "s4://bucket/x: unknown scheme s4://; did you mean s3://?"),
        ("S3://bucket/x", "S3://bucket/x: unknown scheme S3://; did you mean s3://?"),
        ("quay://bucket", "quay://bucket: unknown scheme quay://; s3://, gs:// and az:// are known, for example"),
        ("s3:/bucket/x", "s3:/bucket/x: write s3://bucket/x"),
        ("gs:bucket", "gs:bucket: write gs://bucket"),
        ("s3://", "s3://: names no bucket; write s3://BUCKET/NAME"),
        ("simplecache::s3://b/x", "simplecache::s3://b/x: chained URLs are not supported"),
        ("sftp+x://me:harbour-secret@host/x", "sftp+x://host/x: unknown scheme sftp+x://; did you mean sftp://?"),
    ],
)
def test_a_url_that_cannot_be_opened_is_rejected(name: str, message: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        remote_files.check_name(name)
    assert str(raised.value) == message


@pytest.mark.parametrize("name", ["warc", "/srv/warc", "C:/warc", "a:b/c", "s3://bucket", "memory://x", "file:///x"])
def test_a_name_that_can_be_opened_passes(name: str) -> None:
    remote_files.check_name(name)


@pytest.mark.parametrize(
    ("name", "package"), [("s3://b/x", "s3fs"), ("gs://b/x", "gcsfs"), ("az://b/x", "adlfs"), ("sftp://b/x", "fsspec")]
)
def test_the_package_that_is_missing_is_named(name: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_files, "find_spec", lambda _: None)
    with pytest.raises(ArgumentError) as raised:
        remote_files.check_name(name)
    assert str(raised.value) == f"{name}: needs {package}: pip install {package}"


def test_the_package_that_is_missing_beside_fsspec_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import fsspec

    def fail(scheme: str) -> None:
        raise ImportError(f"Install what opens {scheme}")

    monkeypatch.setattr(fsspec, "get_filesystem_class", fail)
    with pytest.raises(ArgumentError, match=r"^gs://b/x: needs gcsfs: pip install gcsfs$"):
        remote_files.check_name("gs://b/x")
    with pytest.raises(ArgumentError, match=r"^smb://b/x: Install what opens smb$"):
        remote_files.check_name("smb://b/x")
