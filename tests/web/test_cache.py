"""What is dear to count is counted when it is old and the archive has changed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from threading import Barrier, Thread

from newscrawl.web.cache import MAX_AGE, Cache, read_file_version


class Changing:
    """An archive that changes, and time that passes, as a test says."""

    stamp = 0
    now = 0.0


def remembering(archive: Changing) -> tuple[Cache, Callable[[], int]]:
    counted = count(1)
    return Cache(lambda: archive.stamp, lambda: archive.now), lambda: next(counted)


def test_a_value_is_counted_again_when_it_is_old_and_the_archive_changed() -> None:
    archive = Changing()
    memory, counting = remembering(archive)
    assert [memory.get("a", counting), memory.get("a", counting), memory.get("b", counting)] == [1, 1, 2]
    archive.stamp = 1
    assert memory.get("a", counting) == 1
    archive.now = MAX_AGE
    assert [memory.get("a", counting), memory.get("a", counting)] == [3, 3]
    archive.now = 9 * MAX_AGE
    assert memory.get("a", counting) == 3


def test_values_are_many_and_not_endless() -> None:
    memory, counting = remembering(Changing())
    for name in range(2000):
        memory.get(name, counting)
    assert [memory.get(1999, counting), memory.get(0, counting)] == [2000, 2001]


def test_who_asks_at_the_same_time_shares_one_count() -> None:
    memory, counting = remembering(Changing())
    together, found = Barrier(4), list[int]()

    def ask() -> None:
        together.wait()
        found.append(memory.get("a", counting))

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
