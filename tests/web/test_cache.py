"""Values are recomputed when they are old and the archive has changed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from threading import Barrier, Thread

from newscrawl.web.cache import MAX_AGE, Cache, read_file_version


class FakeArchive:
    """The version of an archive and the time, set by a test."""

    version = 0
    now = 0.0


def make_cache(archive: FakeArchive) -> tuple[Cache, Callable[[], int]]:
    numbers = count(1)
    return Cache(lambda: archive.version, lambda: archive.now), lambda: next(numbers)


def test_a_value_is_recomputed_when_it_is_old_and_the_archive_changed() -> None:
    archive = FakeArchive()
    cache, compute = make_cache(archive)
    assert [cache.get("a", compute), cache.get("a", compute), cache.get("b", compute)] == [1, 1, 2]
    archive.version = 1
    assert cache.get("a", compute) == 1
    archive.now = MAX_AGE
    assert [cache.get("a", compute), cache.get("a", compute)] == [3, 3]
    archive.now = 9 * MAX_AGE
    assert cache.get("a", compute) == 3


def test_the_number_of_entries_is_limited() -> None:
    cache, compute = make_cache(FakeArchive())
    for name in range(2000):
        cache.get(name, compute)
    assert [cache.get(1999, compute), cache.get(0, compute)] == [2000, 2001]


def test_concurrent_requests_share_one_computation() -> None:
    cache, compute = make_cache(FakeArchive())
    together, found = Barrier(4), list[int]()

    def ask() -> None:
        together.wait()
        found.append(cache.get("a", compute))

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1, 1, 1, 1]


def test_the_read_file_version_a_database_tells_of_its_log_too(tmp_path: Path) -> None:
    file = tmp_path / "news.db"
    file.write_bytes(b"1")
    before = read_file_version(file)
    assert read_file_version(file) == before
    file.with_name("news.db-wal").write_bytes(b"22")
    assert read_file_version(file) != before
