"""`scrapy export`, as a person and as cron calls it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from newscrawl.article import Article, Block
from newscrawl.content_encodings.zstd import ZstdFile
from newscrawl.errors import StorageError
from newscrawl.export import formats
from newscrawl.export.exporter import Exporter
from newscrawl.export.formats.jsonl import JsonLinesExporter
from newscrawl.operations.archive import open_archive
from newscrawl.storage import PageResult, Query, Store
from tests.commands.calling import Done, Scrapy
from tests.commands.press import health, rows
from tests.export.formats.entries import edition

PROJECT = Path(__file__).parents[2]
HOST = "https://www.bloomberg.example/news/articles"


def story(number: int, **fields: object) -> Article:
    values: dict[str, object] = {
        "url": f"{HOST}/2016-03-{number:02}/tide-{number}",
        "publisher": "Sample Edition",
        "layout": "bloomberg_2015",
        "headline": f"Tide {number} Comes In",
        "published_at": datetime(2016, 3, number, tzinfo=UTC),
        "fetched_at": datetime(2016, 3, number, 12, tzinfo=UTC),
        "section": "Ports" if number % 2 else "Markets",
        "body": (Block(kind="paragraph", text=f"The cranes of quay {number} stood still."),),
    }
    return Article(**(values | fields))  # type: ignore[arg-type]


def keep(url: str, *articles: Article) -> None:
    with open_archive(url) as store:
        run_id = store.start_run("sample", {})
        store.record([PageResult(one.url, "stored", article=one, spider="sample") for one in articles], run_id=run_id)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of five articles."""
    file = tmp_path_factory.mktemp("archive") / "news.db"
    keep(f"sqlite:///{file}", *map(story, range(1, 6)))
    return file


@pytest.fixture
def url(archive: Path, tmp_path: Path) -> str:
    """The same for each test."""
    return f"sqlite:///{shutil.copy(archive, tmp_path / 'news.db')}"


Export = Callable[..., Done]


@pytest.fixture
def export(scrapy: Scrapy, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Export:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCRAPY_SETTINGS_MODULE", "newscrawl.settings")
    return lambda *arguments: scrapy("export", *arguments, NEWSCRAWL_DATABASE_URL=url)


def headlines(file: Path) -> list[str]:
    return [json.loads(line)["headline"] for line in file.read_text("utf-8").splitlines()]


def beside(folder: Path) -> list[str]:
    """Files that an export should not leave behind."""
    return [file.name for file in folder.iterdir() if ".part" in file.name]


@pytest.mark.parametrize(
    "name",
    ["a.jsonl", "a.csv", "a.parquet", "a.ninjs", "a.rss", "a.atom", "a.zip", "a.epub", "a.txt", "a.db", "a.JSONL"],
)
def test_the_ending_selects_the_format(export: Export, tmp_path: Path, name: str) -> None:
    done = export(name)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"export: 5 articles to {name} (")
    assert (tmp_path / name).stat().st_size
    assert not beside(tmp_path)


@pytest.mark.parametrize("name", ["a.wacz", "a.warc.gz"])
def test_captures_of_articles_that_have_none(export: Export, tmp_path: Path, name: str) -> None:
    done = export(name)
    assert (done.returncode, done.stderr) == (0, "")
    none = "export: 0 captures of 0 articles (5 articles have no stored capture)"
    assert done.stdout.startswith(f"{none} to {name} (")
    assert (tmp_path / name).stat().st_size
    for wrong in (("-", "--format", name.split(".")[1]), (name, "--printed"), ("a.warc",)):
        assert export(*wrong).returncode == 2


def test_newest_first_with_the_conditions_of_articles(export: Export, tmp_path: Path) -> None:
    export("all.jsonl")
    assert headlines(tmp_path / "all.jsonl") == [f"Tide {number} Comes In" for number in (5, 4, 3, 2, 1)]
    export("some.jsonl", "cranes", "--section", "ports", "--since", "2016-03-02", "--limit", "1")
    assert headlines(tmp_path / "some.jsonl") == ["Tide 5 Comes In"]
    assert export("none.jsonl", "winches").stdout == "export: 0 articles to none.jsonl (0 bytes)\n"


def test_compressed_files(export: Export, tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.jsonl.gz", "a.jsonl.zst"):
        assert export(name).returncode == 0
    plain = (tmp_path / "a.jsonl").read_bytes()
    assert gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes()) == plain
    with ZstdFile(tmp_path / "a.jsonl.zst") as packed:
        assert packed.read() == plain


def test_standard_output_has_only_the_articles(export: Export) -> None:
    done = export("-", "--format", "csv")
    assert len(list(csv.reader(io.StringIO(done.stdout, newline="")))) == 6
    assert done.stderr == "export: 5 articles to the standard output\n"


def test_a_folder_of_markdown(export: Export, tmp_path: Path, url: str) -> None:
    assert export("notes/").stdout == "export: 5 articles to notes\n"
    names = sorted(file.name for file in (tmp_path / "notes").iterdir())
    assert names == [f"2016-03-{number:02}-tide-{number}-{number}.md" for number in range(1, 6)]
    written = {name: (tmp_path / "notes" / name).stat().st_mtime_ns for name in names}
    keep(url, story(2, headline="Tide 2 Went Out", fetched_at=datetime(2016, 4, 1, tzinfo=UTC)))
    assert export("notes", "--since", "last").stdout == "export: 1 article to notes\n"
    assert export("notes/").stdout == "export: 5 articles to notes\n"
    changed = [name for name in names if (tmp_path / "notes" / name).stat().st_mtime_ns != written[name]]
    assert changed == [names[1]]
    assert "# Tide 2 Went Out" in (tmp_path / "notes" / names[1]).read_text("utf-8")


def test_no_partial_file_stays_in_a_folder(export: Export, tmp_path: Path) -> None:
    (tmp_path / "notes" / "2016-03-03-tide-3-3.md").mkdir(parents=True)
    done = export("notes/")
    assert (done.returncode, done.stderr.startswith("notes: cannot be written")) == (1, True)
    assert not beside(tmp_path / "notes")


def test_a_database_of_some_articles(export: Export, tmp_path: Path) -> None:
    assert export("ports.db", "--section", "Ports").stdout.startswith("export: 3 articles to ports.db (")
    with open_archive(f"sqlite:///{tmp_path}/ports.db", create=False) as made:
        assert [hit.id for hit in made.search(Query(words="cranes"))] == [5, 3, 1]
    assert health(tmp_path / "ports.db") == []


@pytest.mark.parametrize("form", ["sqlite", "jsonl"])
def test_the_archive_itself_is_never_written_to(export: Export, tmp_path: Path, form: str) -> None:
    (tmp_path / "link.db").symlink_to("news.db")
    for name in ("news.db", "link.db"):
        done = export(name, "--section", "Ports", "--format", form)
        assert (done.returncode, done.stderr) == (1, f"{name}: is the database itself; name another file\n")
    assert health(tmp_path / "news.db") == []


def test_a_database_in_use_is_not_replaced(export: Export, tmp_path: Path) -> None:
    (tmp_path / "a.db-journal").touch()
    assert "is in use" in export("a.db").stderr


def test_since_last_exports_new_and_changed_articles(export: Export, tmp_path: Path, url: str) -> None:
    name, file = "new.jsonl", tmp_path / "new.jsonl"
    assert export(name, "--since", "last", "--section", "ports").stdout.startswith("export: 3 articles to new.jsonl")
    keep(url, story(3, headline="Tide 3 Went Out", fetched_at=datetime(2016, 4, 1, tzinfo=UTC)), story(7), story(8))
    assert export(name, "--since", "last", "--section", "ports").stdout.startswith("export: 2 articles to new.jsonl")
    assert headlines(file) == ["Tide 7 Comes In", "Tide 3 Went Out"]
    before = file.stat().st_mtime_ns
    done = export(name, "--since", "last", "--section", "ports")
    assert done.returncode == 0
    assert done.stdout.startswith("export: nothing new for new.jsonl since 20")
    assert file.stat().st_mtime_ns == before
    assert export(name, "--since", "last").stdout.startswith("export: 7 articles")  # of other conditions
    assert export("new.csv", "--since", "last", "--section", "ports").stdout.startswith("export: 4 articles")


def test_time_in_the_name(export: Export, tmp_path: Path, url: str) -> None:
    assert export("out-%(time)s.jsonl", "--since", "last").returncode == 0
    (first,) = tmp_path.glob("out-*.jsonl")
    assert datetime.strptime(first.name, "out-%Y-%m-%dT%H-%M-%S.jsonl").replace(tzinfo=UTC) > datetime.now(
        UTC
    ) - timedelta(hours=1)
    export("out-%(time)s.jsonl", "--since", "last")
    assert list(tmp_path.glob("out-*.jsonl")) == [first]
    first.rename(tmp_path / "loaded.jsonl")
    keep(url, story(9))
    export("out-%(time)s.jsonl", "--since", "last")
    (second,) = tmp_path.glob("out-*.jsonl")
    assert headlines(second) == ["Tide 9 Comes In"]


def test_since_last_continues_a_plain_export(export: Export, url: str) -> None:
    export("a.jsonl")
    assert export("a.jsonl", "--since", "last").stdout.startswith("export: nothing new")
    assert export("a.rss").stdout.startswith("export: 5 articles")
    # the newest hundred are not all
    assert export("a.rss", "--since", "last").stdout.startswith("export: 5 articles")


def test_a_dry_run_writes_nothing(export: Export, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    line = "export: 3 articles, published 2016-03-01 to 2016-03-05, would go to a.epub\n"
    assert export("a.epub", "--section", "Ports", "--dry-run").stdout == line
    assert sorted(tmp_path.iterdir()) == before
    assert export("a.epub", "--section", "Ports", "--since", "last", "--dry-run").stdout == line


def test_a_feed_has_the_newest_hundred(export: Export, tmp_path: Path, url: str) -> None:
    days = [story(1, url=f"{HOST}/2016-03-01/d{day}", published_at=datetime(2017, 1, 1, tzinfo=UTC) + timedelta(day))
            for day in range(120)]  # fmt: skip
    keep(url, *days)
    assert export("a.atom").stdout.startswith("export: 100 articles")
    assert export("a.atom", "--limit", "110").stdout.startswith("export: 110 articles")
    assert "Sample Edition: section Ports" in (export("-", "--format", "rss", "--section", "Ports").stdout)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.xml"], "a.xml: unknown format; give --format, or one of these endings: .atom "),
        (["-"], "-: unknown format"),
        (["-", "--format", "parquet"], "parquet cannot be written to the standard output"),
        (["a.epub.gz"], "a.epub.gz: epub is already compressed; leave out .gz"),
        (["a/", "--format", "csv"], "a/: csv is a single file; name a file"),
        (["a.jsonl", "--since", "last", "--limit", "2"], "--limit does not go with --since last"),
        (["a.jsonl", "--since", "some day"], "'some day': give a year (2013)"),
        ([], "scrapy export [options] FILE [WORDS]"),
    ],
)
def test_a_wrong_command_line(export: Export, arguments: list[str], said: str) -> None:
    done = export(*arguments)
    assert done.returncode == 2
    assert said in done.stdout + done.stderr


def test_unwritable_targets_are_reported(export: Export, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    for name, said in (
        ("none/a.csv", f"none/a.csv: there is no folder {tmp_path}/none; create it, or name another file\n"),
        ("file/", "file: cannot be written: File exists; existing files are unchanged\n"),
        ("pipe", "pipe: not a file; name a file, or - for the standard output\n"),
        (
            f"{'x' * 250}.csv",
            f"{'x' * 250}.csv: cannot be written: File name too long; existing files are unchanged\n",
        ),
    ):
        form = [] if name.endswith((".csv", "/")) else ["--format", "csv"]
        done = export(name, *form)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


def test_a_missing_database_is_reported(export: Export, tmp_path: Path) -> None:
    (tmp_path / "news.db").unlink()
    done = export("a.jsonl")
    assert (done.returncode, "there is no newscrawl database" in done.stderr) == (1, True)
    assert not (tmp_path / "a.jsonl").exists()


@pytest.mark.parametrize(("since", "code"), [([], 0), (["--since", "last"], 1)])
def test_a_read_only_database(
    export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, since: list[str], code: int
) -> None:
    def refuse(*_told: object) -> None:
        raise StorageError("news.db: may only be read")

    monkeypatch.setattr(Store, "enter_export", refuse)
    done = export("a.jsonl", *since)
    assert (done.returncode, done.stderr) == (
        code,
        "export: not recorded for --since last: news.db: may only be read\n",
    )
    assert len(headlines(tmp_path / "a.jsonl")) == 5


def test_permissions_are_preserved(export: Export, tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    (tmp_path / "a.csv").chmod(0o640)
    assert export("a.csv").returncode == 0
    assert (tmp_path / "a.csv").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv.gz", "a.epub", "a.db"])
def test_a_symbolic_link_is_replaced_and_not_written_through(export: Export, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(0o700)
    (outside / "secret").write_text("mine")
    (tmp_path / name).symlink_to(outside / "secret")
    assert export(name).returncode == 0
    assert (outside / "secret").read_text() == "mine"
    assert [path.name for path in outside.iterdir()] == ["secret"]
    assert (tmp_path / name).is_file()
    assert not (tmp_path / name).is_symlink()


def test_symbolic_links_in_a_folder_of_files_are_replaced(export: Export, tmp_path: Path) -> None:
    assert export("notes/").returncode == 0
    file = min((tmp_path / "notes").glob("*.md"))
    (tmp_path / "mine.md").write_bytes(file.read_bytes())
    file.unlink()
    file.symlink_to(tmp_path / "mine.md")
    assert export("notes/").returncode == 0
    assert not file.is_symlink()


def test_an_interrupted_export_cleans_up(export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_told: object) -> None:
        assert beside(tmp_path)
        raise KeyboardInterrupt

    monkeypatch.setattr(JsonLinesExporter, "write", stop)
    (tmp_path / "a.jsonl").write_text("old")
    done = export("a.jsonl")
    assert (done.returncode, done.stdout, done.stderr) == (
        130,
        "",
        "export: interrupted; existing files are unchanged\n",
    )
    assert (tmp_path / "a.jsonl").read_text() == "old"
    assert beside(tmp_path) == []


DIES = """
import os, signal, sys
from scrapy.cmdline import execute
from newscrawl.export.formats.jsonl import JsonLinesExporter
write = JsonLinesExporter.write
def once(self, entry):
    write(self, entry)
    self.file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
JsonLinesExporter.write = once
execute(["scrapy", "export", *sys.argv[1:]])
"""


def test_a_killed_export_leaves_no_partial_file(export: Export, url: str, tmp_path: Path) -> None:
    assert export("a.jsonl").returncode == 0
    whole = (tmp_path / "a.jsonl").read_bytes()
    keep(url, story(9))
    environment = os.environ | {"NEWSCRAWL_DATABASE_URL": url, "PYTHONPATH": str(PROJECT)}
    killed = subprocess.run([sys.executable, "-c", DIES, "a.jsonl"], env=environment, timeout=60, check=False)
    assert killed.returncode == -9
    assert (tmp_path / "a.jsonl").read_bytes() == whole
    (left,) = beside(tmp_path)
    assert left.startswith(".a.jsonl.")
    assert (tmp_path / left).stat().st_size
    assert export("a.jsonl", "--since", "last").stdout.startswith("export: 1 article")
    assert beside(tmp_path) == []


@pytest.fixture
def full() -> Iterator[None]:
    """A file may have so many bytes; SQLite needs 32 KiB to read."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def long_stories(url: str) -> None:
    chance = Random(7)
    keep(url, *(story(9, url=f"{HOST}/2016-03-09/d{at}", headline=chance.randbytes(2000).hex()) for at in range(50)))


@pytest.mark.usefixtures("long_stories", "full")
@pytest.mark.parametrize(
    ("name", "said"), [("a.jsonl.gz", "a.jsonl.gz: cannot be written: File too large"), ("a.db", ".a.db.")]
)
def test_a_full_disk_keeps_the_old_file(export: Export, tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).write_text("old")
    done = export(name)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert said in line
    assert (tmp_path / name).read_text() == "old"
    assert beside(tmp_path) == []


class Full(io.BytesIO):
    """A disk that takes so many bytes."""

    def write(self, content: object) -> int:
        if self.tell() > 3000:
            raise OSError(28, "No space left on device")
        return super().write(content)  # type: ignore[arg-type]


def write_all(exporter: Exporter) -> None:
    exporter.begin()
    for entry in edition() * 5:
        exporter.write(entry)
    exporter.end()


@pytest.mark.parametrize("name", formats.list_formats())
def test_every_format_reports_a_full_disk(name: str) -> None:
    with pytest.raises(OSError, match="No space left"):
        write_all(formats.find_format(name)(Full()))


@pytest.mark.usefixtures("long_stories")
def test_a_closed_pipe_is_no_error(url: str) -> None:
    command = f"{sys.executable} -m scrapy export - --format jsonl | head -c 10; exit ${{PIPESTATUS[0]}}"
    environment = os.environ | {"NEWSCRAWL_DATABASE_URL": url, "SCRAPY_SETTINGS_MODULE": "newscrawl.settings"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, '{"id":55,"', "")
    assert rows(url, "exports") == []
