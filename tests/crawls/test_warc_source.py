"""Whole runs over archive files: what becomes of their records, in whatever order, form and state they are."""

from __future__ import annotations

import base64
import hashlib
import json
import resource
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from sample.warc_file import write_captures
from tests.archives.building import PACKED, browsertrix
from tests.archives.building import capture as any_capture
from tests.crawls.archived import (
    DAYS,
    HOST,
    QUAY,
    TERN,
    articles,
    beside,
    capture,
    captured,
    counts,
    page_record,
    past,
    revisions,
    revisit_record,
    rows,
    story,
    text_record,
    texts,
)
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import HTML, Publisher, article, feed
from tests.crawls.test_safety import greatest_size

MIB = 2**20
EELS, RAIN, FOG, KELP = (
    f"{HOST}/news/2013-05-2{n}/{name}.html" for n, name in ((7, "eels"), (7, "rain"), (8, "fog"), (8, "kelp"))
)
IN_ARTICLES = "https://bloomberg.example/news/articles/2013-05-27/quay?srnd=premium"
TEXT = "Kelp Comes Ashore\n\nBy Ada Okafor\n\n" + "\n\n".join(
    f"The kelp that came ashore on {day} is to be sold to farmers of the island, the harbour board said on Tuesday."
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday")
)


@pytest.fixture
def crawl(tmp_path: Path, site: Publisher) -> Crawler:
    """Crawls archives of a publisher that is no more."""
    return Crawler(tmp_path, site, modules="tests.crawls.past")


def digest_of(answer: tuple[int, dict[str, str], bytes]) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(answer[2]).digest()).decode()


def files() -> dict[str, bytes]:
    """Archives of every form, of which each knows something of a story that is in another too."""
    eels = story(EELS, "Eels Are Counted")
    return {
        "warc.gz": PACKED["gzip"](
            [
                page_record(QUAY, "2013-05-28T01:00:00", story(QUAY, "Quay Quiet")),
                page_record(EELS, "2013-05-27T20:00:00", eels),
                page_record("http://elsewhere.example/news/2013-05-27/x.html", "2013-05-27T20:00:00"),
            ]
        ),
        "warc.zst": PACKED["zstd"](
            [
                page_record(IN_ARTICLES, "2016-05-29T01:00:00", story(QUAY, "Quay Is Quiet", extra="Corrected.")),
                page_record(RAIN, "2013-05-27T21:00:00"),
            ]
        ),
        "warc": PACKED["plain"](
            [
                revisit_record(EELS, "2014-01-01T00:00:00", digest_of(eels)),
                page_record(QUAY.replace("www.", "mobile."), "2014-03-01T00:00:00", story(QUAY, "Quay Is Quiet")),
                page_record(f"{HOST}/news/videos/2013-05-27/v", "2013-05-28T01:00:00"),
                page_record(f"{HOST}/gone", "2013-05-28T01:00:00", (404, HTML, b"<title>Gone</title>")),
                page_record(f"{HOST}/a.png", "2013-05-28T01:00:00", (200, {"Content-Type": "image/png"}, b"\x89PNG")),
                page_record("http://[::1", "2013-05-28T01:00:00"),
            ]
        ),
        "wacz": browsertrix(
            **{"data.warc.gz": PACKED["gzip"]([page_record(FOG, "2013-05-28T12:00:00")])},
        ),
        "warc.wet.gz": PACKED["gzip"](
            [
                text_record(KELP, "2013-05-28T13:00:00", TEXT),
                text_record(FOG, "2013-05-28T14:00:00", TEXT),
            ]
        ),
    }


def lay_out(folder: Path, *, backwards: bool = False) -> None:
    folder.mkdir()
    named = list(files().items())
    for number, (ending, contents) in enumerate(reversed(named) if backwards else named):
        (folder / f"{number}.{ending}").write_bytes(contents)


def test_files_of_every_format_in_any_order(crawl: Crawler) -> None:
    lay_out(crawl.folder / "there")
    lay_out(crawl.folder / "back", backwards=True)
    run = past(crawl, "-a", f"warc={crawl.folder}/there/*", "-O", "articles.jsonl")
    assert (run.code, run.err) == (0, "")
    assert {one["headline"] for one in articles(run.store).values()} == {
        "Quay Is Quiet",
        "Eels Are Counted",
        "Headline of rain.html",
        "Headline of fog.html",
        "Kelp Comes Ashore",
    }
    counted = counts(run)
    assert {name: n for name, n in counted.items() if name.startswith("captures/")} == {
        "captures/read": 9,
        "captures/video": 1,
        "captures/status_404": 1,
        "captures/not_html": 1,
    }
    assert {page.state for page in run.pages} == {"stored"}, "what is no page has no row"
    assert len((crawl.folder / "articles.jsonl").read_text().splitlines()) == 9
    assert [row[3] for row in revisions(crawl.folder) if "eels" in row[0]] == ["2014-01-01 00:00:00"]
    assert [row[2][:10] for row in revisions(crawl.folder) if "quay" in row[0]] == [
        "2013-05-28",
        "2014-03-01",
        "2016-05-29",
    ]

    back = beside(crawl, "other")
    again = past(back, "-a", f"warc={crawl.folder}/back/*")
    assert (again.code, again.err) == (0, "")
    assert texts(again.store) == texts(run.store)
    assert revisions(back.folder) == revisions(crawl.folder)
    assert captured(back.folder) == captured(crawl.folder)


@pytest.mark.long
def test_captures_are_read_once(crawl: Crawler) -> None:
    write_captures(crawl.folder / "a.warc.gz", [capture(QUAY, "2013-05-28"), capture(TERN, "2013-05-28T05:00")])
    write_captures(
        crawl.folder / "b.warc.gz",
        [capture(QUAY, "2014-05-28"), capture(f"{HOST}/news/2014-06-01/later.html", "2014-06-02")],
    )
    named = ("-a", f"warc={crawl.folder}/*.warc.gz")
    first = past(crawl, *named, *DAYS, "-a", "limit=2")
    assert first.out == "past: done: 2 stored, 0 updated, 0 unchanged\n"
    dry = crawl.without_store(*named, "--dry-run", spider="past")
    assert [line.split() for line in dry.stdout.splitlines()[1:]] == [
        ["2013", "0", "2"],
        ["2014", "2", "0"],
        ["past:", "dry", "run:", "pages", "to", "fetch:", "2,", "lists", "fetched:", "0"],
    ]
    second = past(crawl, *named, *DAYS)
    assert second.out == "past: done: 0 stored, 0 updated, 1 unchanged, 2 read before\n"
    assert counts(second)["captures/out_of_dates"] == 1
    third = past(crawl, *named, *DAYS)
    assert (third.code, third.out) == (0, "past: done: 0 stored, 0 updated, 0 unchanged, 3 read before\n")
    assert past(crawl, *named, "-a", "full=1").out == "past: done: 1 stored, 0 updated, 3 unchanged\n"


def test_a_dry_run_writes_nothing_and_counts_each_capture(crawl: Crawler) -> None:
    write_captures(
        crawl.folder / "a.warc.gz",
        [capture(QUAY, "2013-05-28"), capture(QUAY, "2013-06-28"), capture(QUAY, "2014-05-28")],
    )
    dry = crawl.without_store("-a", "warc=*.warc.gz", "--dry-run", spider="past")
    assert (dry.returncode, dry.stderr) == (0, "")
    assert [line.split() for line in dry.stdout.splitlines()] == [
        ["Captured", "To", "fetch", "In", "the", "database"],
        ["2013", "2", "0"],
        ["2014", "1", "0"],
        ["past:", "dry", "run:", "pages", "to", "fetch:", "3,", "lists", "fetched:", "0"],
    ]
    assert not (crawl.folder / "news.db").exists()


def test_a_page_out_of_the_dates_of_one_run_is_read_by_another(crawl: Crawler) -> None:
    undated = f"{HOST}/apps/news?pid=newsarchive&sid=aBc_9.x"
    write_captures(
        crawl.folder / "a.warc.gz", [capture(undated, "2013-05-28", article("Of Another Year", "2008-10-04"))]
    )
    one = past(crawl, "-a", "warc=a.warc.gz", *DAYS)
    assert one.out == "past: done: 0 stored, 0 updated, 0 unchanged, 1 refused (out_of_dates 1)\n"
    assert past(crawl, "-a", "warc=a.warc.gz", *DAYS).out.endswith("0 unchanged, 1 read before\n")
    assert past(crawl, "-a", "warc=a.warc.gz").out == "past: done: 1 stored, 0 updated, 0 unchanged\n"


def test_broken_records_are_named_and_the_rest_is_read(crawl: Crawler) -> None:
    whole = PACKED["plain"]([page_record(QUAY, "2013-05-28T01:00:00"), page_record(TERN, "2013-05-28T01:00:00")])
    lost = page_record(RAIN, "2013-05-28T01:00:00")
    damaged = lost.replace(b"WARC-Date: 2013", b"WARC-Date: once")
    (crawl.folder / "a.warc").write_bytes(damaged + whole)
    (crawl.folder / "b.warc.gz").write_bytes(PACKED["gzip"]([page_record(FOG, "2013-05-28T01:00:00"), lost])[:-200])
    (crawl.folder / "c.warc").write_bytes(revisit_record(KELP, "2013-05-28T01:00:00", "sha1:" + "A" * 32))
    run = past(crawl, "-a", f"warc={crawl.folder}/?.warc*")
    assert run.code == 7
    assert run.out.startswith("past: partly failed: 3 stored, 0 updated, 0 unchanged, 3 broken in the archive\n")
    lines = run.err.splitlines()
    assert len(lines) == 3
    assert f"{crawl.folder}/a.warc at byte 0: " in lines[0]
    assert (
        f"{crawl.folder}/b.warc.gz at byte {len(PACKED['gzip']([page_record(FOG, '2013-05-28T01:00:00')]))}: "
        in lines[1]
    )
    assert f"{crawl.folder}/c.warc at byte 0: the original of this revisit is missing" in lines[2]
    again = past(crawl, "-a", f"warc={crawl.folder}/?.warc*")
    assert (again.code, again.out.splitlines()[0]) == (
        7,
        "past: partly failed: 0 stored, 0 updated, 0 unchanged, 3 read before, 3 broken in the archive",
    )
    (crawl.folder / "d.warc").write_bytes(b"These are no records. " * 100)
    assert past(crawl, "-a", "warc=d.warc").code == 7


def test_a_pattern_without_a_file_is_a_mistake(crawl: Crawler) -> None:
    run = crawl.without_store("-a", "warc=nothing/*.warc.gz", spider="past")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "warc=nothing/*.warc.gz: there is no such file\n"


def test_a_live_crawl_and_its_own_files_read_again_are_the_same(tmp_path: Path, site: Publisher) -> None:
    paths = [f"/news/articles/2024-03-0{n}/{name}" for n, name in ((5, "tern"), (6, "oil"), (7, "rain"))]
    site.routes |= {path: article(f"Headline of {path} – “ü”", path.split("/")[3]) for path in paths}
    site.routes |= {"/feed.rss": feed(site.base, *paths, "/old"), "/": (404, {}, b"")}
    site.routes["/old"] = 301, {"Location": "/news/articles/2024-03-08/moved"}, b""
    site.routes["/news/articles/2024-03-08/moved"] = article("It Moved", "2024-03-08")
    live = Crawler(tmp_path, site)
    first = live()
    assert first.code == 0, first.err
    site.routes[paths[0]] = article("Another Headline", "2024-03-05", extra="Changed.")
    second = live("-a", "full=1")
    assert second.out == "loopback: done: 0 stored, 1 updated, 3 unchanged\n"

    other = beside(live, "other")
    read = other("-a", f"warc={tmp_path}/warc/**/*.warc.gz")
    assert (read.code, read.err) == (0, "")
    assert articles(read.store) == articles(second.store)
    assert len(articles(read.store)) == 4
    mine, theirs = revisions(other.folder), revisions(live.folder)
    assert [(key, number, seen, head) for key, number, seen, _, head, _ in mine] == [
        (key, number, seen, head) for key, number, seen, _, head, _ in theirs
    ]
    again = live("-a", f"warc={tmp_path}/warc/**/*.warc.gz")
    assert again.out.startswith("loopback: done: 0 stored, 0 updated, 0 unchanged, ")
    # a revisit in somebody's file, of a payload that only our own files have
    url = f"{site.base}{paths[1]}"
    (tmp_path / "theirs.warc").write_bytes(revisit_record(url, "2024-04-01T00:00:00", digest_of(site.routes[paths[1]])))  # type: ignore[arg-type]
    known = live("-a", f"warc={tmp_path}/theirs.warc")
    assert (known.code, known.out, known.err) == (0, "loopback: done: 0 stored, 0 updated, 1 unchanged\n", "")


def junk(number: int, size: int) -> bytes:
    """A record of a story amid much that is none."""
    url = f"{HOST}/news/2013-05-27/story-{number}.html"
    status, headers, body = story(url)
    padded = body.replace(b"</head>", b"<script>" + b"tide " * (size // 5) + b"</script></head>")
    return page_record(url, "2013-05-28T01:00:00", (status, headers, padded))


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the size of a process is read from Linux's /proc")
def test_memory_does_not_grow_with_the_file(crawl: Crawler) -> None:
    sizes = []
    for name, number in (("small", 40), ("large", 400)):
        with (crawl.folder / f"{name}.warc").open("wb") as file:
            for each in range(number):
                file.write(junk(each, 200_000))
        reader = beside(crawl, name)
        options = ("-a", f"warc={crawl.folder}/{name}.warc", "-s", "NEWSCRAWL_EXTRACT_PROCESSES=0")
        running = reader.start(*options, spider="past")
        sizes.append(greatest_size(running))
        left = reader.end(running)
        assert left.out == f"past: done: {number} stored, 0 updated, 0 unchanged\n"
    # pages on their way may have 20 MiB (SCRAPER_SLOT_MAX_ACTIVE_SIZE), which a busy machine fills
    assert sizes[1] - sizes[0] < 36 * MIB, "the file has 72 MB more"


@pytest.mark.long
def test_killed_in_the_middle_and_again_every_article_once(crawl: Crawler) -> None:
    with (crawl.folder / "a.warc.gz").open("wb") as file:
        for number in range(300):
            file.write(PACKED["gzip"]([junk(number, 2000)]))
    running = crawl.start("-a", "warc=a.warc.gz", spider="past")
    wait_for(lambda: stored(crawl) > 20)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    before = stored(crawl)
    assert 20 < before < 300
    run = past(crawl, "-a", "warc=a.warc.gz")
    assert run.code == 0, run.err
    assert run.out == f"past: done: {300 - before} stored, 0 updated, 0 unchanged, {before} read before\n"
    assert Counter(len(one["body"]) for one in articles(run.store).values()) == {3: 300}


def stored(crawl: Crawler) -> int:
    """How many captures a crawl that is at work has stored."""
    try:
        return int(rows(crawl.folder, "SELECT count(*) FROM captures WHERE state = 'stored'")[0][0])
    except sqlite3.OperationalError:  # its tables are still being made
        return 0


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)


@pytest.mark.parametrize("whose", ["the publisher's", "others'"])
def test_a_signal_ends_a_read_of_large_files_in_seconds(crawl: Crawler, whose: str) -> None:
    if whose == "others'":
        one = PACKED["gzip"]([page_record("http://elsewhere.example/2013", "2013-05-27T20:00:00")])
        (crawl.folder / "a.warc.gz").write_bytes(one * 200_000)
    else:
        packed = (PACKED["gzip"]([junk(number, 20_000)]) for number in range(3000))
        (crawl.folder / "a.warc.gz").write_bytes(b"".join(packed))
    others = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    with (crawl.folder / "log").open("wb") as log:
        options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": log}
        running = crawl.start("-a", "warc=a.warc.gz", "-L", "INFO", spider="past", **options)
        wait_for(lambda: "Spider opened" in (crawl.folder / "log").read_text())
        if whose == "others'":
            time.sleep(1)  # it is reading, and has nothing to show
        else:
            wait_for(lambda: stored(crawl) > 0)
        running.send_signal(signal.SIGTERM)
        before = sum(psutil.Process(running.pid).cpu_times()[:2])
        left = crawl.end(running)
    assert sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]) - before - others < 8
    assert left.code == 8
    assert left.store.runs()[0].finish_reason == "shutdown"


def test_a_database_that_refuses_ends_the_reading(crawl: Crawler) -> None:
    with (crawl.folder / "a.warc").open("wb") as file:
        for number in range(400):
            file.write(junk(number, 2000))
    write_captures(crawl.folder / "b.warc", [capture(TERN, "2013-05-28")])
    past(crawl, "-a", "warc=b.warc")
    with sqlite3.connect(crawl.folder / "news.db", isolation_level=None) as database:
        database.execute("CREATE TRIGGER refuse BEFORE INSERT ON articles BEGIN SELECT RAISE(ABORT, 'no'); END")
    run = past(crawl, "-a", "warc=a.warc", "-O", "out.jsonl")
    assert run.code == 6
    assert run.err.count("\n") == 1
    assert (crawl.folder / "out.jsonl").read_text() == ""
    assert counts(run)["captures/read"] < 200


def test_no_host_is_requested(crawl: Crawler, site: Publisher) -> None:
    write_captures(crawl.folder / "a.warc.gz", [any_capture(1)])
    run = past(crawl, "-a", "warc=a.warc.gz", "-O", "out.jsonl", "-a", "source=warc")
    assert run.code == 5, "a page, and no article"
    assert json.loads("[" + (crawl.folder / "out.jsonl").read_text() + "]") == []
    assert site.requests == []
    assert not (crawl.folder / "warc").exists()
