"""Captures of a query as one WARC file or WACZ: what is in it, and what is left out and named."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from newscrawl.archives.capture import CaptureFolder
from newscrawl.archives.collection_writer import make_key
from newscrawl.archives.raw_records import read_exchange
from newscrawl.archives.warc_reader import read_captures
from newscrawl.archives.warc_writer import Exchange, WarcWriter
from newscrawl.article import CaptureRef
from newscrawl.errors import NewscrawlError
from newscrawl.export.captures import CaptureCounts, write_captures
from newscrawl.operations.archive import open_archive
from newscrawl.storage import PageResult, Query, Store
from tests.archives import building, pywb
from tests.storage.captures import HOST, capture

BEGIN = datetime(2016, 3, 1, 12, tzinfo=UTC)
INFO = {"software": "newscrawl/1", "operator": "desk@news.example", "description": "Captures of articles: all"}
_WACZ = "NEWSCRAWL_TEST_WACZ"


def exchange(slug: str, hours: float = 0, body: str = "", status: int = 200) -> Exchange:
    return Exchange(
        url=f"{HOST}/news/{slug}",
        status=status,
        headers=(("Content-Type", "text/html; charset=utf-8"),),
        payload=body.encode(),
        received_at=BEGIN + timedelta(hours=hours),
        request_headers=(("Host", "www.bloomberg.example"),),
        metadata={"via": HOST},
    )


class Archive:
    """A database, and captures in a folder."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder = store, folder
        self.run_id = store.start_run("sample", {})

    def keep(self, slug: str, ref: CaptureRef, headline: str) -> None:
        article = capture(slug, url=f"{HOST}/news/{slug}", headline=headline, fetched_at=ref.captured_at)
        result = PageResult(article.url, "stored", article=article, status=200, spider="sample", capture=ref)
        self.store.record([result], run_id=self.run_id)

    def export(self, path: Path, words: str | None = None) -> tuple[CaptureCounts, list[str]]:
        errors: list[NewscrawlError] = []
        ids = self.store.ids(Query(words=words, limit=None))
        form = "wacz" if path.suffix == ".wacz" else "warc"
        folder = CaptureFolder(str(self.folder))
        counts = write_captures(self.store, folder, path, ids, format_name=form, info=INFO, report=errors.append)
        return counts, list(map(str, errors))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Tides, captured twice; cranes and gulls, whose captures refer to that of the tides."""
    folder = tmp_path / "warc"
    with open_archive(f"sqlite:///{tmp_path / 'news.db'}") as store:
        made = Archive(store, folder)
        with WarcWriter(folder, "sample", software="newscrawl/1") as writer:
            tides = writer.write(exchange("tides", body="<p>Tides €</p>"))
            made.keep("tides", tides, "Tides Come In")
            made.keep("tides", writer.write(exchange("tides", 1, status=304), tides), "Tides Come In")
        with WarcWriter(folder, "later", software="newscrawl/1") as writer:
            made.keep("cranes", writer.write(exchange("cranes", 2, body="<p>Tides €</p>"), tides), "Cranes Stand")
            made.keep("gulls", writer.write(exchange("gulls", 3, body="<p>Gulls</p>")), "Gulls Leave")
        yield made


def read(path: Path) -> list[tuple[str, bytes, str]]:
    return [(one.url.rpartition("/")[2], one.body, one.kind) for one in read_captures(path)]


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_all_captures_with_index_pages_and_digests(archive: Archive, tmp_path: Path) -> None:
    path = tmp_path / "all.wacz"
    counts, errors = archive.export(path)
    assert (counts.captures, counts.articles, counts.without, errors) == (4, 3, 0, [])
    tides = b"<p>Tides \xe2\x82\xac</p>"
    assert sorted(read(path)) == [
        ("cranes", tides, "revisit"),
        ("gulls", b"<p>Gulls</p>", "response"),
        ("tides", tides, "response"),
        ("tides", tides, "revisit"),
    ]
    parts = members(path)
    index = parts["indexes/index.cdx"].decode().splitlines()
    assert index == sorted(index)
    warc = parts["archive/data.warc.gz"]
    for line in index:
        key, stamp, text = line.split(" ", 2)
        fields = json.loads(text)
        begin = int(fields["offset"])
        record = tmp_path / "one.warc.gz"
        record.write_bytes(warc[begin : begin + int(fields["length"])])
        head = record.read_bytes()
        assert head.startswith(b"\x1f\x8b")
        assert key == f"example,bloomberg)/news/{fields['url'].rpartition('/')[2]}"
        assert stamp.startswith("20160301")
        assert fields["mime"] in ("text/html", "warc/revisit")
    head, *pages = map(json.loads, parts["pages/pages.jsonl"].decode().splitlines())
    assert head["format"] == "json-pages-1.0"
    assert {(page["title"], page["ts"]) for page in pages} == {
        ("Tides Come In", "2016-03-01T13:00:00Z"),
        ("Cranes Stand", "2016-03-01T14:00:00Z"),
        ("Gulls Leave", "2016-03-01T15:00:00Z"),
    }
    package = json.loads(parts["datapackage.json"])
    for resource in package["resources"]:
        content = parts[resource["path"]]
        assert (resource["bytes"], resource["hash"]) == (
            len(content),
            f"sha256:{hashlib.sha256(content).hexdigest()}",
        )
    assert {resource["path"] for resource in package["resources"]} == parts.keys() - {
        "datapackage.json",
        "datapackage-digest.json",
    }
    digest = json.loads(parts["datapackage-digest.json"])
    assert digest["hash"] == f"sha256:{hashlib.sha256(parts['datapackage.json']).hexdigest()}"


def test_a_revisit_brings_its_original_that_was_not_selected(archive: Archive, tmp_path: Path) -> None:
    path = tmp_path / "cranes.warc.gz"
    counts, errors = archive.export(path, "cranes headline:stand")
    assert (counts.captures, counts.articles, errors) == (2, 1, [])
    assert [name for name, _, _ in read(path)] == ["tides", "cranes"]
    kinds = subprocess.run(["zgrep", "-a", "^WARC-Type", path], capture_output=True, check=True).stdout.decode().split()
    assert kinds[1::2] == ["warcinfo", "response", "request", "metadata", "revisit", "request", "metadata"]
    info = subprocess.run(["zgrep", "-a", "^operator", path], capture_output=True, check=True).stdout
    assert info == b"operator: desk@news.example\r\n"


def test_what_is_missing_or_damaged_is_named_and_left_out(archive: Archive, tmp_path: Path) -> None:
    [first, later] = sorted(archive.folder.rglob("*.warc.gz"), key=lambda path: path.name, reverse=True)
    assert first.name.startswith("sample")
    damaged = bytearray(later.read_bytes())
    damaged[-60:-40] = b"\0" * 20  # in the last record of gulls, its metadata
    later.write_bytes(damaged)
    moved = first.rename(tmp_path / "moved")
    counts, errors = archive.export(tmp_path / "some.wacz")
    assert (counts.captures, counts.articles, counts.without, counts.problems) == (1, 1, 2, 3)
    assert [name for name, _, _ in read(tmp_path / "some.wacz")] == ["gulls"], "without the record that is damaged"
    assert sum(str(first) in error for error in errors) == 3
    assert sum(str(later) in error for error in errors) == 1, "a revisit without its original"
    moved.rename(first)
    gulls = archive.store.captures(3)[0]
    position = gulls.file_offset or 0
    damaged[position + 40 : position + 60] = b"\0" * 20
    later.write_bytes(damaged)
    counts, errors = archive.export(tmp_path / "some.wacz", "gulls")
    assert (counts.captures, counts.without, len(errors)) == (0, 1, 1)


def test_an_export_that_fails_leaves_the_old_file(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("x.wacz", "x.warc.gz"):
        path = tmp_path / name
        path.write_bytes(b"old")

        def fail(*_: Any) -> Any:
            raise RuntimeError("stop")

        monkeypatch.setattr("newscrawl.export.captures.read_exchange", fail)
        with pytest.raises(RuntimeError, match="stop"):
            archive.export(path)
        assert path.read_bytes() == b"old"
    assert not [file for file in tmp_path.iterdir() if ".part" in file.name]


def test_records_of_an_arc_file_become_warc_records(tmp_path: Path) -> None:
    path = tmp_path / "old.arc"
    path.write_bytes(building.arc(building.arc_record(building.response(b"<p>Old</p>", "Content-Type: text/html"))))
    [old] = read_captures(path)
    assert old.location
    copied = tmp_path / "new.warc.gz"
    copied.write_bytes(read_exchange(old.location).record)
    [new] = read_captures(copied)
    assert (new.url, new.captured_at, new.body, new.status) == (old.url, old.captured_at, old.body, old.status)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://WWW2.Tern.Example./A/?C=1&b", "example,tern)/a?b&c=1"),
        ("http://tern.example", "example,tern)/"),
        ("http://tern.example:80/%7Ea b", "example,tern)/%7ea%20b"),
        ("https://tern.example:80/", "example,tern:80)/"),
        ("http://[2001:db8::1]/x", "2001:db8::1)/x"),
        ("http://tern.example:x/", "http://tern.example:x/"),
    ],
)
def test_keys_of_the_index(url: str, key: str) -> None:
    assert make_key(url) == key


def test_a_wacz_is_valid_for_the_reference_tool(archive: Archive, tmp_path: Path) -> None:
    tool = os.environ.get(_WACZ) or shutil.which("wacz")
    if not tool:
        pytest.skip(f"no wacz; set {_WACZ} to it: python3 -m venv .venv-wacz && .venv-wacz/bin/pip install wacz==0.6.0")
    path = tmp_path / "all.wacz"
    archive.export(path)
    done = subprocess.run([tool, "validate", "-f", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is valid" in done.stdout


@pytest.mark.long
def test_pywb_replays_an_export(archive: Archive, tmp_path: Path) -> None:
    warcs = tmp_path / "exported"
    warcs.mkdir()
    archive.export(tmp_path / "cranes.wacz", "cranes headline:stand")
    (warcs / "data.warc.gz").write_bytes(members(tmp_path / "cranes.wacz")["archive/data.warc.gz"])
    with pywb.serving(warcs, tmp_path / "pywb") as server:
        address = server.replay.format(timestamp="20160301140000", url=f"{HOST}/news/cranes")
        with urlopen(address) as response:
            assert response.read() == "<p>Tides €</p>".encode()
