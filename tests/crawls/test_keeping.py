"""What a run keeps of what it fetched: WARC files, and the rows that name every page's bytes in them."""

from __future__ import annotations

import gzip
import hashlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from base64 import b32encode
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import brotli
import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from scrapy import Request
from scrapy.http import Response

from newscrawl import __version__
from newscrawl.archives.capture import Capture
from newscrawl.archives.revisits import Originals
from newscrawl.archives.warc_reader import read_capture, read_captures
from newscrawl.batch.extraction import extractor_version as version
from newscrawl.crawl.network.responses import make_exchange
from newscrawl.operations.archive import open_archive
from newscrawl.operations.exit_codes import ExitCode
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import HTML, Answer, Publisher, article, feed, publisher
from tests.crawls.test_faults import as_anybody
from tests.kills.breaks import fill
from tests.kills.places import small_disk

A, B, C = (f"/news/articles/2024-03-0{n}/{name}" for n, name in ((5, "tern-lines"), (6, "oil"), (7, "rain")))
D, E = "/news/articles/2024-03-08/moved", "/news/articles/2024-03-08/before"
NOISE = "".join(random.Random(1).choices("abcdefghijklmnop", k=40_000))
"""What packing makes little of."""
QUIET = 200, HTML, b"<html><body><a href='/markets'>Markets</a></body></html>"


def serve(site: Publisher, *paths: str) -> None:
    """A healthy site with a feed of these paths."""
    site.routes |= {path: article(f"Headline of {path}") for path in (A, B, C)}
    site.routes |= {"/feed.rss": feed(site.base, *paths), "/": QUIET}


def packed(answer: Answer, coding: str, body: bytes) -> Answer:
    status, headers, _ = answer
    return status, headers | {"Content-Encoding": coding}, body


@dataclass(frozen=True)
class Kept:
    """A row of `captures`, with its page's path."""

    path: str
    source: str
    kind: str
    status: int | None
    digest: str | None
    file: str | None
    offset: int | None
    length: int | None
    state: str
    reason: str | None
    layout: str | None
    extractor: str | None

    def read(self, folder: Path) -> Capture:
        """Its bytes, by no more than what the row says; of a revisit, from what was written before."""
        assert self.file
        assert self.offset is not None
        with Originals() as originals:
            for path in files_of(folder):
                list(read_captures(path, originals=originals))
            found = read_capture(folder / "warc" / self.file, self.offset, originals=originals)
        assert found.location
        assert found.location.length == self.length
        assert found.digest == self.digest
        return found


def rows(folder: Path) -> list[Kept]:
    """All rows of `captures`, in their order."""
    columns = "source, kind, c.status, digest, file, file_offset, file_length, c.state, c.reason, layout, c.extractor"
    columns = columns.replace("source", "c.source", 1)
    query = f"SELECT url, {columns} FROM captures c JOIN pages p ON p.id = c.page_id ORDER BY c.id"
    with closing(sqlite3.connect(folder / "news.db")) as database:
        found = database.execute(query).fetchall()
    return [Kept("/" + url.split("/", 3)[3], *rest) for url, *rest in found]


def by_path(folder: Path) -> dict[str, Kept]:
    found = rows(folder)
    assert len({row.path for row in found}) == len(found)
    return {row.path: row for row in found}


def files_of(folder: Path) -> list[Path]:
    return sorted((folder / "warc").rglob("*.warc.gz"))


def targets(path: Path, kind: WarcRecordType = WarcRecordType.any_type) -> list[str]:
    """The addresses of the records in a file, as FastWARC reads it."""
    found = ArchiveIterator(str(path), record_types=kind, parse_http=False)
    return [target for one in found if (target := one.headers.get("WARC-Target-URI"))]


def sha1(payload: bytes) -> str:
    return f"sha1:{b32encode(hashlib.sha1(payload).digest()).decode()}"


def check(*paths: Path) -> None:
    """Have warcio look at every digest. To unpack Brotli it needs an older brotli than ours (seen in warcio 1.8.1)."""
    code = "import sys; sys.modules['brotli'] = None; from warcio.cli import main; main()"
    command = [sys.executable, "-c", code, "check", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


GONE, EMPTY, MISSING, FILM, FAILING, OLD = (
    f"/news/articles/2024-03-05/{name}" for name in ("gone", "empty", "missing", "film", "failing", "old")
)
GZIP, BROTLI = article("In Gzip"), article("In Brotli")
ANSWERS: dict[str, Answer] = {
    A: (200, HTML | {"X-Odd": "Grüße", "Set-Cookie": "a=1"}, article("Odd")[2]),
    B: packed(GZIP, "gzip", gzip.compress(GZIP[2])),
    C: packed(BROTLI, "br", brotli.compress(BROTLI[2])),
    D: article("It Moved"),
    E: (301, {"Location": D}, b"<p>There.</p>"),
    OLD: (302, {"Location": GONE + "-too"}, b""),
    GONE: (404, HTML, b"Gone"),
    GONE + "-too": (404, HTML, b"Gone as well"),
    EMPTY: (404, HTML, b""),
    MISSING: (410, HTML, b""),
    FILM: (200, HTML, b"<title>A front</title>"),
    FAILING: (500, HTML, b"Oh"),
}
PAGES = {path: answer for path, answer in ANSWERS.items() if path not in (E, GONE + "-too")}


@dataclass(frozen=True)
class Run:
    """A crawl of ANSWERS, in small files."""

    folder: Path
    base: str
    out: str
    files: Sequence[Path]

    def record(self, path: str) -> tuple[dict[str, dict[str, str]], dict[str, tuple[list[str], bytes]]]:
        """Of the records of an address, by their type, the heads, and the blocks: lines, and what follows them."""
        heads, blocks = {}, {}
        for one in self._records():
            if one.headers.get("WARC-Target-URI") == self.base + path:
                lines, _, rest = one.reader.read().partition(b"\r\n\r\n")
                heads[one.headers["WARC-Type"]] = dict(one.headers.items())
                blocks[one.headers["WARC-Type"]] = (lines.decode("latin-1").split("\r\n"), rest)
        return heads, blocks

    def _records(self) -> Iterator[Any]:
        for path in self.files:
            yield from ArchiveIterator(str(path), parse_http=False)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """One crawl for all that only look."""
    with publisher() as site:
        serve(site, *(path for path in ANSWERS if path not in (D, GONE + "-too")))
        site.routes |= ANSWERS
        site.routes["/robots.txt"] = 200, {}, b"User-agent: *\nDisallow: /private\n"
        crawl = Crawler(tmp_path_factory.mktemp("captures"), site)
        settings = ("RETRY_ENABLED=0", "NEWSCRAWL_CONTACT=desk@example.org", "NEWSCRAWL_WARC_MAX_BYTES=4000")
        done = crawl(*(part for setting in settings for part in ("-s", setting)), "-L", "CRITICAL")
        done.store.close()
        assert (done.code, done.err) == (7, "")
        yield Run(crawl.folder, site.base, done.out, files_of(crawl.folder))


def test_every_page_has_a_row_with_its_outcome(run: Run) -> None:
    article_of_2018 = (200, "stored", None, "bloomberg_2018")
    found = by_path(run.folder)
    assert {path: (row.status, row.state, row.reason, row.layout) for path, row in found.items()} == {
        **dict.fromkeys((A, B, C, D), article_of_2018),
        GONE: (404, "refused", "http_404", None),
        OLD: (404, "refused", "http_404", None),
        EMPTY: (404, "refused", "http_404", None),
        MISSING: (410, "refused", "http_410", None),
        FILM: (200, "refused", "unknown_layout", None),
        FAILING: (500, "failed", "http_500", None),
    }
    # nothing is the same as nothing else: EMPTY and MISSING as well
    assert {(row.source, row.kind, row.extractor) for row in found.values()} == {("live", "response", version())}


@pytest.mark.parametrize("path", PAGES)
def test_a_row_points_to_the_bytes_that_were_served(run: Run, path: str) -> None:
    row, served = by_path(run.folder)[path], ANSWERS[path][2]
    if path == OLD:  # whose row is that of where it led
        served = ANSWERS[GONE + "-too"][2]
    capture = row.read(run.folder)
    assert (row.digest, capture.status) == (sha1(served), row.status)
    assert capture.body == {B: GZIP[2], C: BROTLI[2]}.get(path, served)
    assert capture.url.removeprefix(run.base) == (GONE + "-too" if path == OLD else path)


def test_files_are_several_and_right(run: Run) -> None:
    assert len(run.files) > 1
    assert all(path.match("warc/????-??/loopback-*.warc.gz") for path in run.files)
    check(*run.files)


def test_lists_and_robots_txt_are_not_stored_but_redirects_are(run: Run) -> None:
    written = [target.removeprefix(run.base) for path in run.files for target in targets(path, WarcRecordType.response)]
    assert sorted(written) == sorted(ANSWERS)


def test_a_response_is_stored_with_its_request_and_metadata(run: Run) -> None:
    heads, blocks = run.record(A)
    status, *headers = blocks["response"][0]
    assert status == "HTTP/1.1 200 OK"
    assert {"X-Odd: Grüße", "Set-Cookie: a=1", "Content-Type: text/html; charset=utf-8"} <= set(headers)
    lengths = [line for line in headers if line.lower().startswith(("content-length", "transfer-encoding"))]
    assert lengths == [f"Content-Length: {len(ANSWERS[A][2])}"]
    request_line, *headers = blocks["request"][0]
    assert request_line == f"GET {A} HTTP/1.1"
    assert f"Host: {run.base.removeprefix('http://')}" in headers
    agent = f"User-Agent: newscrawl/{__version__} (+desk@example.org)"
    assert {agent, "Accept-Encoding: gzip, deflate"} <= set(headers)
    lines = blocks["metadata"][0]
    assert f"via: {run.base}/feed.rss" in lines
    assert any(line.startswith("fetchTimeMs: ") for line in lines)
    assert heads["response"]["WARC-IP-Address"] == "127.0.0.1"


def test_a_redirect_is_stored_as_received(run: Run) -> None:
    _, blocks = run.record(E)
    head, body = blocks["response"]
    assert (head[0], body) == ("HTTP/1.1 301 Moved Permanently", b"<p>There.</p>")
    assert f"Location: {D}" in head


def test_proxy_credentials_are_not_stored_with_the_request() -> None:
    request = Request("http://a.example/b?c", headers={"Proxy-Authorization": "Basic c2VjcmV0", "Accept": "*/*"})
    assert make_exchange(Response(request.url, request=request)).request_headers == (
        ("Host", "a.example"),
        ("Accept", "*/*"),
    )


@pytest.mark.parametrize(
    ("answer", "reason"),
    [((403, HTML, b"Forbidden"), "http_403"), ((200, HTML, b"<title>Are you a robot?</title>"), "challenge_title")],
)
def test_a_block_page_is_recorded_with_its_reason(crawl: Crawler, site: Publisher, answer: Answer, reason: str) -> None:
    serve(site, A)
    site.routes[A] = answer
    assert crawl().code == 4
    [row] = rows(crawl.folder)
    assert (row.status, row.state, row.reason, row.layout) == (answer[0], "blocked", reason, None)
    assert row.read(crawl.folder).body == answer[2]


def test_a_page_at_which_extraction_breaks_is_named(crawl: Crawler, site: Publisher) -> None:
    serve(site, A)
    site.routes[A] = 200, HTML, b"bug"
    run = crawl("-s", "NEWSCRAWL_EXTRACT=tests.crawls.misbehaving:extract", "-L", "CRITICAL")
    assert run.ledger[A] == ("failed", "RuntimeError")
    [row] = rows(crawl.folder)
    assert (row.state, row.reason, row.read(crawl.folder).body) == ("failed", "RuntimeError", b"bug")


def test_the_same_bytes_again_are_a_revisit_unless_the_file_was_deleted(crawl: Crawler, site: Publisher) -> None:
    serve(site, A, B)
    assert crawl().code == 0
    site.routes |= {B: article("Another Headline"), C: site.routes[A], "/feed.rss": feed(site.base, A, B, C)}
    assert crawl("-a", "full=1").out == "loopback: done: 1 stored, 1 updated, 1 unchanged\n"
    found = rows(crawl.folder)
    kinds = [(A, "response"), (A, "revisit"), (B, "response"), (B, "response"), (C, "revisit")]
    assert sorted((row.path, row.kind) for row in found) == kinds
    bodies = {row.read(crawl.folder).body for row in found if row.path != B}
    assert bodies == {article(f"Headline of {A}")[2]}
    check(*files_of(crawl.folder))
    shutil.rmtree(crawl.folder / "warc")
    for expected in ({A: "response", B: "response", C: "revisit"}, {A: "revisit", B: "revisit", C: "revisit"}):
        assert crawl("-a", "full=1", "-s", "CONCURRENT_REQUESTS=1").code == 0
        last = rows(crawl.folder)[-3:]
        assert {row.path: row.kind for row in last} == expected
        assert [row.read(crawl.folder).body for row in last if row.path == C] == [article(f"Headline of {A}")[2]]


def test_not_modified_is_a_revisit_of_the_stored_page(crawl: Crawler, site: Publisher) -> None:
    path = "/news/articles/undated/young"
    serve(site, path)
    status, headers, body = article("Young")
    body = body.replace(b'datetime="2024-03-05T10:15:00.000Z"', b"")
    site.routes[path] = status, headers | {"ETag": '"v1"'}, body
    crawl()
    crawl("-a", "full=1")
    site.routes[path] = 304, {"ETag": '"v1"'}, b""
    crawl.later(days=40)
    run = crawl()
    assert run.ledger[path] == ("unchanged", None)
    first, again, still = rows(crawl.folder)
    assert [(row.kind, row.status, row.state) for row in (first, again, still)] == [
        ("response", 200, "stored"),
        ("revisit", 200, "stored"),
        ("revisit", 304, "unchanged"),
    ]
    assert first.digest == again.digest == still.digest == sha1(body)
    [last] = (one for one in ArchiveIterator(str(files_of(crawl.folder)[2]), WarcRecordType.revisit, parse_http=False))
    profile = last.headers["WARC-Profile"]
    assert profile == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    original = first.read(crawl.folder)  # and not the revisit in between, which holds no bytes
    assert last.headers["WARC-Refers-To-Date"] == original.captured_at.isoformat().replace("+00:00", "Z")
    assert [row.read(crawl.folder).body for row in (first, again, still)] == [body] * 3


def test_bytes_that_only_a_foreign_file_holds_are_written_again(crawl: Crawler, site: Publisher) -> None:
    serve(site, A)
    (elsewhere := crawl.folder / "elsewhere").mkdir()
    Crawler(elsewhere, site)()
    assert crawl("-a", f"warc={elsewhere}/warc/*/*.warc.gz").code == 0
    assert files_of(crawl.folder) == []
    assert crawl("-a", "full=1").code == 0
    theirs, ours = rows(crawl.folder)
    assert (theirs.source, Path(theirs.file or "").is_absolute()) == ("warc", True)
    assert (ours.source, ours.kind, ours.read(crawl.folder).body) == (
        "live",
        "response",
        article(f"Headline of {A}")[2],
    )


def test_nowhere_is_a_place_to_keep_captures_too(crawl: Crawler, site: Publisher) -> None:
    serve(site, A)
    run = crawl("-s", "NEWSCRAWL_WARC_DIR=")
    assert (run.code, run.ledger[A]) == (0, ("stored", None))
    assert (files_of(crawl.folder), rows(crawl.folder)) == ([], [])  # a row says where bytes are to be had: nowhere


def test_a_dry_run_keeps_nothing(crawl: Crawler, site: Publisher) -> None:
    serve(site, A)
    assert crawl.without_store("-a", "dry_run=1").returncode == 0
    assert not (crawl.folder / "warc").exists()


def test_pages_of_this_machine_stay_where_they_are(crawl: Crawler, site: Publisher) -> None:
    (crawl.folder / "page.html").write_bytes(article("A Saved Page")[2])
    assert crawl("-a", f"files={crawl.folder}/page.html").code == 0
    assert rows(crawl.folder) == []
    assert crawl.without_store("-a", "source=sample", spider="bloomberg").returncode == 0
    assert not (crawl.folder / "warc").exists()


def ended(running: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = running.communicate(timeout=60)
    return running.returncode, out, err


def check_storage_failure(code: int, out: str, err: str, *lines: str) -> None:
    """A run that could not keep what it fetched says so in one line, and what there is to do."""
    assert (code, err.count("\n")) == (6, 1), err
    assert out.startswith("loopback: storage failed (captures: ")
    assert f"loopback: what to do: {ExitCode.STORAGE_FAILED.advice}" in out
    assert not [line for line in lines if line not in out]


def whole(folder: Path, paths: Sequence[str]) -> None:
    """Every page is stored, and what its row names is there."""
    found = {row.path: row for row in rows(folder)}
    assert set(found) == set(paths)
    for row in found.values():
        assert row.state == "stored"
        row.read(folder)
    broken: list[Any] = []
    for path in files_of(folder):
        list(read_captures(path, report=broken.append))
    assert broken == []


@pytest.mark.long
def test_a_disk_of_captures_that_is_full(crawl: Crawler, site: Publisher, tmp_path: Path) -> None:
    serve(site, A, B, C)
    (crawl.folder / "warc").mkdir()
    try:
        with small_disk(tmp_path / "warc", "200k") as disk:
            folder = f"NEWSCRAWL_WARC_DIR={disk}"

            def filled() -> Answer:
                fill(disk / "ballast", leave=4096)
                return article("There Is No Room for This", extra=NOISE)

            site.routes[B] = filled
            check_storage_failure(*ended(crawl.start("-s", folder)), "the disk is full; make room, run again")
            before = {row.path for row in rows(crawl.folder)}
            assert B not in before
            (disk / "ballast").unlink()
            site.routes[B] = article("There Is Room Now")
            again = crawl("-s", folder)
            assert (again.code, {state for state, _ in again.ledger.values()}) == (0, {"stored"})
            again.store.close()
            shutil.copytree(disk, tmp_path / "copy" / "warc")
    except PermissionError as error:
        pytest.skip(str(error))
    shutil.copy(crawl.folder / "news.db", tmp_path / "copy")
    whole(tmp_path / "copy", (A, B, C))


def test_a_folder_of_captures_that_may_not_be_written_to(crawl: Crawler, site: Publisher) -> None:
    serve(site, A, B)
    with tempfile.TemporaryDirectory() as name:
        (folder := Path(name, "warc")).mkdir(mode=0o555)
        command = [*as_anybody(), *crawl.command("-s", f"NEWSCRAWL_WARC_DIR={folder}")]
        options: dict[str, Any] = {"cwd": crawl.folder, "env": crawl.environment()}
        done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    advice = f"{folder}: no permission to write; change the permissions"
    check_storage_failure(done.returncode, done.stdout, done.stderr, advice)
    assert rows(crawl.folder) == []
    with open_archive(crawl.url) as store:
        assert {page.state for page in store.pages()} == {"discovered"}


def test_no_row_is_committed_before_its_bytes_outlive_the_power(crawl: Crawler, site: Publisher) -> None:
    serve(site, A)
    run = Crawler(crawl.folder, site, modules="tests.crawls.unsynced")(spider="unsynced")
    assert (run.code, run.ledger[A]) == (6, ("discovered", None))
    assert run.out.startswith("unsynced: storage failed (captures: ")
    assert "Traceback" not in run.err
    assert rows(crawl.folder) == []
