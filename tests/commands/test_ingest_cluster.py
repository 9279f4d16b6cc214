"""`scrapy ingest --scheduler`: archive files on a Dask cluster whose processes die and whose disks are full."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.archives.building import PACKED
from tests.commands import press
from tests.commands.calling import Done, Scrapy
from tests.commands.press import body_of, contents, health, revisit, story, write
from tests.commands.test_ingest import Beside, wait_until
from tests.crawls.crawler import PROJECT
from tests.file_server import serve_files

_DASK = (sys.executable, "-m", "dask")


def write_archives(folder: Path, files: int, pages: int) -> str:
    """Files that take a while to read, with a page that ends its worker and revisits across files; return a glob."""
    for at in range(files):
        numbers = range(at * pages, (at + 1) * pages)
        records = [story(number, extra="<!-- order: slow -->") for number in numbers[1:]]
        first = numbers[0]
        records += [story(first), story(f"dies-{at}", extra="<!-- order: die -->")] if at == 1 else [story(first)]
        other = (at + 1) % files * pages
        write(folder / f"{at}.warc.gz", [*records, revisit(other, 9, body_of(other))], "gzip")
    return f"{folder}/*.warc.gz"


def ingest(folder: Path, glob: str, *options: object, url: str = "", **settings: str) -> Beside:
    settings |= {"NEWSCRAWL_DATABASE_URL": url} if url else {}
    return Beside(folder, glob, *options, NEWSCRAWL_CLUSTERS="0", **settings)


def read_directly(folder: Path, glob: str) -> dict[str, list[str]]:
    """What a direct ingest stores."""
    url = f"sqlite:///{folder}/direct.db"
    done = ingest(folder, glob, "--workers", 2, url=url).end(timeout=300)
    assert done.returncode in (0, 7), done
    return contents(url)


@contextmanager
def dask(folder: Path, *words: object, before: tuple[str, ...] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """A process of a cluster, until the end of the block."""
    log = folder / f"{words[0]}-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*before, *_DASK, *map(str, words)],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def scheduler(folder: Path) -> Iterator[str]:
    """A scheduler; its address."""
    (folder / "scheduler.json").unlink(missing_ok=True)
    words = ("scheduler", "--host", "127.0.0.1", "--port", 0, "--no-dashboard", "--scheduler-file", "scheduler.json")
    with dask(folder, *words):
        wait_until((folder / "scheduler.json").exists, 120)
        yield str(json.loads((folder / "scheduler.json").read_text())["address"])


def worker_words(address: str) -> tuple[object, ...]:
    return ("worker", address, "--no-nanny", "--nthreads", 1, "--no-dashboard")


def is_writing(process: subprocess.Popen[bytes]) -> bool:
    """Whether a worker is in the middle of a file."""
    with suppress(psutil.Error):
        return any(file.path.endswith(".part") for file in psutil.Process(process.pid).open_files())
    return False


def can_mount() -> bool:
    if not shutil.which("unshare"):
        return False
    command = ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.mark.long
@pytest.mark.skipif(not can_mount(), reason="needs root, to mount a small disk for one worker")
def test_one_of_four_workers_is_killed_and_one_has_a_full_disk(tmp_path: Path) -> None:
    glob = write_archives(tmp_path, 8, 50)
    expected = read_directly(tmp_path, glob)
    results = tmp_path / "results"
    results.mkdir()
    small = ("unshare", "-m", "sh", "-c", f'mount -t tmpfs -o size=4k tmpfs "{results}" && exec "$@"', "sh")
    with ExitStack() as stack:
        address = stack.enter_context(scheduler(tmp_path))
        stack.enter_context(dask(tmp_path, *worker_words(address), before=small))
        workers = [stack.enter_context(dask(tmp_path, *worker_words(address))) for _ in range(3)]
        running = ingest(tmp_path, glob, "--scheduler", address, "--results", results)
        wait_until(lambda: any(map(is_writing, workers)), 240)
        next(worker for worker in workers if is_writing(worker)).kill()
        done = running.end(timeout=300)
    assert done.returncode == 7, done  # pages that end their workers
    assert "No space left on device; other workers read its files" in done.stderr
    assert "not read" not in done.stderr
    assert contents(f"sqlite:///{tmp_path}/news.db") == expected
    assert health(tmp_path / "news.db") == []
    assert len(list(results.iterdir())) == 8
    again = ingest(tmp_path, f"{results}/*.parquet", url=f"sqlite:///{tmp_path}/again.db").end(timeout=300)
    assert "; 8 files read" in again.stdout
    assert contents(f"sqlite:///{tmp_path}/again.db") == expected


@pytest.mark.long
def test_a_local_cluster_is_killed_and_continued(tmp_path: Path) -> None:
    glob = write_archives(tmp_path, 4, 50)
    expected = read_directly(tmp_path, glob)
    words = ("--scheduler", "local", "--workers", 1)
    folder = tmp_path / "ingest-results"
    running = ingest(tmp_path, glob, *words)
    wait_until(lambda: folder.exists() and any(folder.glob("*.parquet")), 240)
    children = running.children()
    running.process.kill()
    running.process.communicate()
    _, alive = psutil.wait_procs(children, 30)
    assert not alive
    stopped = ingest(tmp_path, glob, *words)
    wait_until(lambda: len(list(folder.glob("*.parquet"))) > 1, 240)
    os.killpg(stopped.process.pid, signal.SIGINT)
    assert stopped.end(timeout=120).returncode == 8
    done = ingest(tmp_path, glob, *words).end(timeout=300)
    assert done.returncode in (0, 7)
    assert contents(f"sqlite:///{tmp_path}/news.db") == expected
    assert not folder.exists()  # all is loaded


def test_a_local_cluster_writes_results_without_a_database(tmp_path: Path) -> None:
    write(tmp_path / "a.warc", [story(number) for number in range(5)])
    words = ("--scheduler", "local", "--workers", 1, "--no-load", "--results", tmp_path / "results")
    done = ingest(tmp_path, f"{tmp_path}/a.warc", *words).end(timeout=240)
    assert done.returncode == 0, done
    assert done.stdout == (
        f"bloomberg: 1 of 1 file read; `scrapy ingest '{tmp_path}/results/*.parquet'` loads the results\n"
    )
    assert "1 worker; dashboard: http://127.0.0.1:" in done.stderr
    assert not (tmp_path / "news.db").exists()
    assert [file.suffix for file in (tmp_path / "results").iterdir()] == [".parquet"]


@pytest.mark.long
def test_a_month_of_cc_news_is_read_by_a_cluster_as_directly(tmp_path: Path) -> None:
    direct = f"sqlite:///{tmp_path}/direct.db"
    with serve_files() as server:
        packed = [PACKED["gzip"]([story(2 * day), story(2 * day + 1)]) for day in range(3)]
        server.add_month("2026/10", packed)
        of_server = {"NEWSCRAWL_COMMONCRAWL_DATA": server.base}
        assert ingest(tmp_path, "cc-news:2026-10", url=direct, **of_server).end(timeout=240).returncode == 0
        words = ("--scheduler", "local", "--workers", 1)
        done = ingest(tmp_path, "cc-news:2026-10", *words, **of_server).end(timeout=240)
        assert "3 files read, 0 finished before" in done.stdout, done
        again = ingest(tmp_path, "cc-news:2026-10", *words, **of_server).end(timeout=240)
        assert "0 files read, 3 finished before" in again.stdout, again
    assert contents(f"sqlite:///{tmp_path}/news.db") == contents(direct)
    assert len(contents(direct)["articles"]) == 6


def call(scrapy: Scrapy, folder: Path, *words: str) -> Done:
    settings = {"NEWSCRAWL_DATABASE_URL": f"sqlite:///{folder}/news.db", "NEWSCRAWL_EXTRACT": press.FUNCTION}
    return scrapy("ingest", str(folder / "a.warc"), *words, columns=200, **settings)


def test_what_is_missing_is_one_line(scrapy: Scrapy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.warc", [story(1)])
    wrong = call(scrapy, tmp_path, "--scheduler", "here")
    assert (wrong.returncode, wrong.stderr) == (2, "--scheduler here: give local, or an address: tcp://HOST:8786\n")
    monkeypatch.setattr("newscrawl.batch.cluster._CONNECT_SECONDS", 0.5)
    absent = call(scrapy, tmp_path, "--scheduler", "tcp://127.0.0.1:9")
    assert absent.returncode == 8
    assert absent.stderr == "tcp://127.0.0.1:9: no scheduler answers; `dask scheduler` starts one\n"
    monkeypatch.setattr("newscrawl.cli.ingest_sources.find_spec", lambda name: None)
    missing = call(scrapy, tmp_path, "--scheduler", "local")
    assert (missing.returncode, missing.stderr) == (2, "--scheduler needs Dask: pip install 'newscrawl[cluster]'\n")
