"""What an export costs: articles per second, CPU time compared with only reading the same articles, and peak memory.

python -m bench.export [ARTICLES] [FORM...]

Without a form, all; each is measured with a tenth of the articles and with all of them, in a process of its own that
does what `scrapy export` does; its memory is known on Linux only.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bench.store import BATCH, articles
from newscrawl.article import Article
from newscrawl.export import targets
from newscrawl.operations.archive import open_archive
from newscrawl.storage import PageResult, Query

_READ = "read"
_NAMES = {"markdown": "zip", "text": "txt", "sqlite": "db"}
"""Endings where the form's name is none."""
_AT_ONCE = 5000


@dataclass(frozen=True)
class Cost:
    """What a form took for so many articles."""

    form: str
    count: int
    seconds: float
    cpu: float
    """Seconds of CPU: other work on the machine leaves it about as it is."""
    peak: int
    """Most memory at any moment, bytes."""
    size: int


def fill(file: Path, count: int) -> None:
    """An archive of so many invented articles; beyond some thousand their words repeat, under other addresses."""
    captures = articles(min(count, _AT_ONCE))
    with open_archive(f"sqlite:///{file}") as store:
        run_id = store.start_run("bench", {})
        for start in range(0, count, BATCH):
            numbers = range(start, min(start + BATCH, count))
            batch = [_another(captures[number % len(captures)], number) for number in numbers]
            store.record(batch, run_id=run_id)


def _another(capture: Article, number: int) -> PageResult:
    address = f"https://www.bloomberg.example/news/articles/2016-03-01/story-{number}"
    article = replace(capture, url=address, canonical_url=address, post_id=f"O3{number:08}")
    return PageResult(address, "stored", article=article, status=200, spider="bench")


def export(file: Path, form: str, count: int) -> None:
    """Do it once, and print what it took."""
    with (
        open_archive(f"sqlite:///{file}", create=False) as store,
        tempfile.TemporaryDirectory(dir=file.parent) as folder,
    ):
        query, begun, cpu_begun = Query(limit=count), time.perf_counter(), time.process_time()
        path = Path(folder) / f"out.{_NAMES.get(form, form)}"
        if form == _READ:
            assert sum(1 for _ in store.articles_of(store.selection(query).ids)) == count
        elif form == targets.DATABASE_FORMAT:
            targets.copy_database(store, path, query, lambda done, total: None)
        else:
            entries = targets.to_exported(store.articles_of(store.selection(query).ids))
            targets.write_articles(targets.parse_target(str(path), form), path, entries, None)
        took, cpu = time.perf_counter() - begun, time.process_time() - cpu_begun
        size = path.stat().st_size if path.exists() else 0
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
    print(took, cpu, int(status["VmHWM"].split()[0]) * 1024, size)


def measured(file: Path, form: str, count: int) -> Cost:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "bench.export", "--once", str(file), form, str(count)]
    figures = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return Cost(form, count, float(figures[0]), float(figures[1]), int(figures[2]), int(figures[3]))


def main(count: int, forms: list[str]) -> None:
    """Print a line for each form."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "news.db"
        fill(file, count)
        print(f"{count:,} articles, {file.stat().st_size / 2**20:,.0f} MiB; {datetime.now(UTC):%Y-%m-%d}")
        print("form        articles/s    CPU/read   bytes each   peak MiB (a tenth)   ratio of peaks")
        read = measured(file, _READ, count)
        for form in (_READ, *forms):
            few = measured(file, form, count // 10)
            all_of_them = read if form == _READ else measured(file, form, count)
            print(
                f"{form:10} {count / all_of_them.seconds:11,.0f} {all_of_them.cpu / read.cpu:11.2f} "
                f"{all_of_them.size / count:12,.0f} {all_of_them.peak / 2**20:10.0f} ({few.peak / 2**20:.0f}) "
                f"{all_of_them.peak / few.peak:20.2f}",
                flush=True,
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        export(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, sys.argv[2:] or list(targets.list_target_formats()))
