"""Results files of whole archives, and `scrapy ingest FILE.parquet`, which stores what a direct ingest stores."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from newscrawl.archives.capture import CaptureFolder
from newscrawl.article import Article, Block, CaptureRef, decode_fields, encode_fields
from newscrawl.batch.capture_filter import CaptureFilter
from newscrawl.batch.capture_worker import WorkerSettings
from newscrawl.batch.ingest import Ingest
from newscrawl.batch.results import ReadTask, ResultsFile, find_results, write_results
from newscrawl.batch.worker_pool import WorkerPool
from newscrawl.date_range import DateRange
from newscrawl.errors import ArchiveError, NoOriginalError
from newscrawl.operations.archive import open_archive
from newscrawl.publishers import Sites
from newscrawl.publishers.bloomberg import PUBLISHER
from newscrawl.states import RefusalKind
from newscrawl.storage import FileProgress, PageResult
from tests.commands import press
from tests.commands.calling import Done, Scrapy
from tests.commands.press import body_of, contents, revisit, rows, story, when, write
from tests.file_server import serve_files
from tests.object_store import Bucket
from tests.storage.conftest import scratch

pytestmark = pytest.mark.usefixtures("quick_workers")
_BROKEN = b"WARC/1.0\r\nWARC-Type: response\r\n\r\n"
SETTINGS = WorkerSettings(
    database_url="",
    captures=CaptureFolder(""),
    spider="bloomberg",
    capture_filter=CaptureFilter(sites=Sites([PUBLISHER]), dates=DateRange(), spider="bloomberg"),
    extract=press.FUNCTION,
    max_bytes=2**20,
    timeout=30,
    user_agent="",
)


def task_of(file: Path, settings: WorkerSettings = SETTINGS) -> ReadTask:
    stat = file.stat()
    modified_at = datetime.fromtimestamp(stat.st_mtime, UTC)
    return ReadTask.make(FileProgress(path=str(file), size=stat.st_size, modified_at=modified_at), settings)


def read(folder: Path, *files: Path, sends_rows: bool = True) -> list[Path]:
    """Write the results of files; return where they are, the largest file first."""
    with closing(WorkerPool(replace(SETTINGS, sends_rows=sends_rows), workers=1)) as pool:
        tasks = sorted(map(task_of, files), key=lambda task: (-task.size, task.path))
        for task in tasks:
            assert write_results(str(folder), task, pool)
    assert sorted(path.name for path in folder.iterdir()) == sorted(task.name for task in tasks)
    return [folder / task.name for task in tasks]


@pytest.fixture
def archives(tmp_path: Path) -> list[Path]:
    """Files with what can be in one; each has revisits whose originals are in another."""
    die, refuse = (f"<!-- order: {order} -->" for order in ("die", "refuse"))
    first = [story(number) for number in range(8)]
    first += [story(20, extra=die), _BROKEN, revisit(11, 5, body_of(11)), story(2, 24, extra="Later.")]
    second = [story(number) for number in range(8, 14)]
    second += [revisit(1, 7, body_of(1)), story(3, 30, headline="Story 3", extra="Later."), story(21, extra=refuse)]
    third = [story(2, 12, extra="Earlier."), revisit(12, 9, body_of(12)), revisit(77, 9, body_of(77)), story(20, 40)]
    return [
        write(tmp_path / "a.warc", first),
        write(tmp_path / "b.warc.gz", second, "gzip"),
        write(tmp_path / "c.warc", third),
    ]


Ingesting = Callable[..., Done]


@pytest.fixture
def ingest(scrapy: Scrapy, tmp_path: Path) -> Ingesting:
    """`scrapy ingest` with one worker, in this process."""

    def call(*arguments: Any, url: str = f"sqlite:///{tmp_path}/news.db", **settings: Any) -> Done:
        expected = {"NEWSCRAWL_DATABASE_URL": url, "NEWSCRAWL_EXTRACT": press.FUNCTION, **settings}
        return scrapy("ingest", "--workers", "1", *map(str, arguments), columns=200, **expected)

    return call


def files_of(url: str) -> list[tuple[Any, ...]]:
    names = ("path", "size", "modified_at", "captures", "broken", "sites")
    files = rows(url, "archive_files")
    return sorted((*(row[name] for name in names), row["finished_at"] is not None) for row in files)


def load(url: str, results: Sequence[Path]) -> None:
    """Load results in the given order, in one run."""
    with open_archive(url) as store:
        warnings: list[str] = []
        ingest = Ingest(store, store.start_run("bloomberg", {}, source="ingest"), warn=warnings.append)
        opened = [ResultsFile.open(str(path)) for path in results]
        pool = WorkerPool(replace(SETTINGS, database_url=url), workers=1)
        ingest.load([(each.task.make_progress(), each) for each in opened], pool)
        store.end_run(ingest.run_id, finish_reason="finished", exit_code=0, counts={})


@pytest.mark.parametrize("seed", range(2))
def test_results_in_any_order_give_what_a_direct_ingest_gives(
    ingest: Ingesting, archives: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    direct, loaded = (f"sqlite:///{tmp_path}/{name}.db" for name in ("direct", "loaded"))
    assert ingest(*archives, url=direct).returncode == 7
    results = read(tmp_path / "results", *archives)
    chance = random.Random(seed)
    monkeypatch.setattr("newscrawl.batch.ingest._GROUP", chance.choice([1, 2, 5, 200]))
    chance.shuffle(results)
    load(loaded, results)
    assert contents(loaded) == contents(direct)
    assert files_of(loaded) == files_of(direct)


def test_the_command_stores_results_as_a_direct_ingest_does(
    ingest: Ingesting, archives: list[Path], tmp_path: Path
) -> None:
    direct, loaded = (f"sqlite:///{tmp_path}/{name}.db" for name in ("direct", "loaded"))
    expected = ingest(*archives, url=direct)
    results = read(tmp_path / "results", *archives)
    done = ingest(*results, url=loaded)
    assert (done.returncode, done.stdout) == (7, expected.stdout)
    assert sorted(done.stderr.splitlines()) == sorted(expected.stderr.splitlines())
    assert contents(loaded) == contents(direct)
    assert files_of(loaded) == files_of(direct)
    # in one run, in the same order: the numbers are the same too
    of_both = [[(row["id"], row["headline"]) for row in rows(url, "articles")] for url in (direct, loaded)]
    assert of_both[0] == of_both[1]
    again = ingest(*results, url=loaded)
    assert again.stdout.endswith("; 0 files read, 3 finished before\n")
    assert ingest(*archives, url=loaded).stdout == ingest(*archives, url=direct).stdout


def test_postgresql_and_files_that_are_loaded_one_by_one(
    ingest: Ingesting, archives: list[Path], tmp_path: Path
) -> None:
    with (
        scratch("postgresql", f"newscrawl_direct_{os.getpid()}") as direct,
        scratch("postgresql", f"newscrawl_loaded_{os.getpid()}") as loaded,
    ):
        results = read(tmp_path / "results", *archives)
        for file, each in zip(sorted(archives, key=lambda path: -path.stat().st_size), results, strict=True):
            ingest(file, url=direct)
            ingest(each, url=loaded)
        assert contents(loaded) == contents(direct)
        assert files_of(loaded) == files_of(direct)


def test_results_in_a_bucket_and_at_an_address(
    ingest: Ingesting, archives: list[Path], tmp_path: Path, bucket: Bucket
) -> None:
    direct, of_bucket, of_address = (f"sqlite:///{tmp_path}/{name}.db" for name in ("direct", "bucket", "address"))
    ingest(*archives, url=direct)
    tasks = list(map(task_of, archives))
    with closing(WorkerPool(SETTINGS, workers=1)) as pool:
        for task in tasks:
            assert find_results(f"{bucket.url}/results", task) is None
            assert write_results(f"{bucket.url}/results", task, pool)
    names = sorted(f"results/{task.name}" for task in tasks)
    assert bucket.names() == names
    ingest(f"{bucket.url}/results/*.parquet", url=of_bucket)
    assert contents(of_bucket) == contents(direct)
    assert files_of(of_bucket) == files_of(direct)
    with serve_files() as server:
        server.files |= {f"/{name}": bucket.read(name) for name in names}
        ingest(*(f"{server.base}/{name}" for name in names), url=of_address)
    assert contents(of_address) == contents(direct)


def test_a_load_that_was_stopped_is_continued(ingest: Ingesting, archives: list[Path], tmp_path: Path) -> None:
    direct, loaded = (f"sqlite:///{tmp_path}/{name}.db" for name in ("direct", "loaded"))
    ingest(*archives, url=direct)
    results = read(tmp_path / "results", *archives)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("newscrawl.batch.ingest._GROUP", 1)
        keep_going = Ingest.keep_going
        patch.setattr(Ingest, "keep_going", lambda self: keep_going(self) and self.stats["newscrawl/pages/asked"] < 5)
        load(loaded, results)
    assert 0 < len(rows(loaded, "articles")) < 10
    done = ingest(*results, url=loaded)
    assert "read before" in done.stdout
    assert contents(loaded) == contents(direct)
    assert files_of(loaded) == files_of(direct)


def test_a_file_that_is_not_here_waits_for_the_originals_of_its_revisits(
    ingest: Ingesting, archives: list[Path], tmp_path: Path
) -> None:
    results = read(tmp_path / "results", *archives)
    moved = archives[0].rename(tmp_path / "moved")
    done = ingest(*results)
    url = f"sqlite:///{tmp_path}/news.db"
    assert done.returncode == 7
    assert f"{archives[0]}: No such file or directory: 1 of its pages are the same as in another file" in done.stderr
    assert not any(row["finished_at"] for row in rows(url, "archive_files"))
    moved.rename(archives[0])
    ingest(*results)
    assert all(row["finished_at"] for row in rows(url, "archive_files"))
    ingest(*archives, url=f"sqlite:///{tmp_path}/direct.db")
    assert contents(url) == contents(f"sqlite:///{tmp_path}/direct.db")


def test_results_are_of_one_task_alone(archives: list[Path], tmp_path: Path) -> None:
    task = task_of(archives[0])
    changes: dict[str, Any] = {
        "path": "/b.warc",
        "size": 1,
        "modified_at": when(),
        "spider": "news",
        "sites": ("tern.example",),
        "reads_own": False,
        "since": when(),
        "until": when(),
        "extract": "tests:extract",
        "extractor": "0.1",
        "max_bytes": 1,
        "timeout": 1.0,
    }
    assert changes.keys() == {field.name for field in fields(ReadTask)}
    others = [replace(task, **{name: value}) for name, value in changes.items()]
    assert len({each.name for each in (task, *others)}) == len(changes) + 1
    for name in ("a/b.warc", "s3://bucket/c?x=*.warc", "/x/" + "é" * 400):
        assert len(replace(task, path=name).name.encode()) < 200
        assert not set(replace(task, path=name).name) & set("/*?é")
    read(tmp_path / "results", archives[0])
    found = find_results(str(tmp_path / "results"), task)
    assert found is not None
    assert (found.task, found.task.modified_at) == (task, task.modified_at)
    assert [find_results(str(tmp_path / "results"), each) for each in others] == [None] * len(others)


@pytest.mark.parametrize("sends_rows", [True, False])
def test_results_keep_every_message_in_order(archives: list[Path], tmp_path: Path, sends_rows: bool) -> None:
    (place,) = read(tmp_path / "results", archives[0], sends_rows=sends_rows)
    messages = list(ResultsFile.open(str(place)).read_messages())
    kinds = [type(message) for message in messages]
    assert kinds == [*[PageResult] * 9, ArchiveError, PageResult, NoOriginalError, Counter]
    died = messages[8]
    assert isinstance(died, PageResult)
    assert (died.state, died.reason) == ("failed", "worker_died")
    assert messages[-1] == Counter({"links/found": 10})
    table = parquet.read_table(place, columns=["url", "state", "reason"]).to_pylist()
    assert [row["state"] for row in table] == [*["stored"] * 8, "failed", None, "stored", None, None]


def test_a_result_as_json() -> None:
    article = Article(
        url="https://tern.example/\ud800",
        publisher="Tern",
        layout="generic",
        headline="Story \ud83d",
        fetched_at=when(),
        published_at=when(1).replace(microsecond=5),
        body=(Block(kind="paragraph", text="One."), Block(kind="embed", text="Two.", url="https://gull.example/")),
        sources={"headline": "dom"},
        confidence=0.1 + 0.2,
    )
    capture = CaptureRef(url=article.url, captured_at=when(), status=200, file="a.warc", offset=0, length=9)
    result = PageResult(
        article.url,
        "stored",
        article=article,
        spider="news",
        refusal=RefusalKind.TEMPORARY,
        published_at=when(),
        capture=capture,
        is_archived=True,
    )
    decoded = decode_fields(PageResult, encode_fields(result))
    assert decoded == result
    assert isinstance(decoded.refusal, RefusalKind)


def test_a_damaged_or_foreign_file_is_reported_and_the_others_are_loaded(
    ingest: Ingesting, archives: list[Path], tmp_path: Path
) -> None:
    first, second, third = read(tmp_path / "results", *archives)
    cut = first.with_name("cut.parquet")
    cut.write_bytes(first.read_bytes()[:-100])
    foreign = first.with_name("foreign.parquet")
    parquet.write_table(pa.table({"a": [1]}), foreign)
    data = bytearray(second.read_bytes())
    at = parquet.read_metadata(second).row_group(0).column(4).data_page_offset + 100
    data[at : at + 10] = bytes(10)
    second.write_bytes(data)
    done = ingest(cut, foreign, second, third)
    assert done.returncode == 7
    assert f"{foreign}: has no results of `scrapy ingest --scheduler`" in done.stderr
    assert f"{cut}: damaged, or no Parquet file (" in done.stderr
    assert f"{second}: damaged, or no Parquet file (" in done.stderr
    assert "; 1 file read, 0 finished before" in done.stdout
    finished = {
        Path(row["path"]).name: row["finished_at"] for row in rows(f"sqlite:///{tmp_path}/news.db", "archive_files")
    }
    assert [name for name, moment in finished.items() if moment is None] != []
    alone = ingest(foreign)
    assert (alone.returncode, alone.stdout) == (2, "")


def test_options_that_do_not_go_with_results(ingest: Ingesting, archives: list[Path], tmp_path: Path) -> None:
    (place,) = read(tmp_path / "results", archives[2])
    for words in (("--since", "2024"), ("--site", "tern.example"), ("--spider", "news"), (archives[0],)):
        done = ingest(*words, place)
        assert done.returncode == 2, words
        assert done.stderr.count("\n") == 1
    assert ingest("--results", tmp_path, archives[0]).returncode == 2
    plan = ingest("--dry-run", place)
    assert plan.stdout.endswith("1 file to read, 0 finished before; nothing is read.\n")
    assert not rows(f"sqlite:///{tmp_path}/news.db", "runs")


def test_a_full_disk_leaves_no_part_of_a_file(archives: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    task = task_of(archives[0])
    (folder / f".{task.name}.old.part").write_bytes(b"left by a process that was killed")
    with closing(WorkerPool(SETTINGS, workers=1)) as pool:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "open", lambda *_: open("/dev/full", "wb"))  # noqa: SIM115
            with pytest.raises(OSError, match="No space left"):
                write_results(str(folder), task, pool)
        assert list(folder.iterdir()) == []
    read(folder, archives[0])
