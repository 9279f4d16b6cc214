"""Kills a command over a whole archive again and again, and then looks for what is wrong.

python -m tests.kills.command_kills COMMAND [--articles 400] [--kills 20] [--seed N]

COMMAND is ingest, export, reextract, upgrade, vacuum or repair. Each trial starts with a copy of the archive as it was
before the command, kills the command with SIGKILL at a random moment until it ends by itself, and compares the result
with that of a run without a kill. After each kill the database must be sound, and a file that the command replaces
must be the old one or the new one, whole. The exit code is 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from newscrawl.article import Article, Page
from newscrawl.batch.extraction import extract_page
from newscrawl.storage.engine import make_engine, parse_url
from tests.commands.press import contents, everything, health, story, write
from tests.crawls import preloaded
from tests.crawls.crawler import PROJECT
from tests.kills.audit import Findings, checked
from tests.storage.released import make

_TIMEOUT = 300
_MAX_RUNS = 200
"""Of one trial: a command that makes no progress between kills never ends."""
_OLD_VERSION = "0005"


def extract_without_byline(page: Page, *, max_bytes: int) -> Article:
    """Extract as an older newscrawl did, which found no byline."""
    return replace(extract_page(page, max_bytes=max_bytes), byline=())


@dataclass(frozen=True, slots=True)
class KilledCommand:
    """A command, the archive that it starts with, and what it leaves."""

    words: tuple[str, ...]
    prepare: Callable[[Path, int], None]
    """Makes the archive in a folder, of so many articles."""
    result: Callable[[Path], object]
    """What must be the same as without a kill."""
    output: str | None = None
    """The file that it replaces; its old content is `_OLD`."""
    is_sound_before: bool = True
    """Whether `scrapy db check` finds nothing before the command."""
    makes_progress: bool = True
    """Whether it continues where it was killed, so that any number of kills is survived."""


@dataclass
class Report:
    """What happened, and what is wrong."""

    kills: int = 0
    runs: int = 0
    trials: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    """How the runs ended that were not killed."""
    findings: Findings = field(default_factory=dict)

    def add(self, findings: Findings) -> None:
        where = f"trial {self.trials + 1}, run {self.runs}"
        for check, found in findings.items():
            self.findings.setdefault(check, []).extend(f"{where}: {what}" for what in found)

    @property
    def is_clean(self) -> bool:
        return not any(self.findings.values())

    def lines(self) -> Iterator[str]:
        """For people."""
        codes = ", ".join(f"{code} ({times})" for code, times in sorted(self.codes.items()))
        yield f"{self.kills} kills in {self.runs} runs over {self.trials} archives; exit codes of the others: {codes}"
        for check, found in self.findings.items():
            if found:
                yield f"  {check:44} {len(found)}"
                yield from (f"      {what}" for what in list(dict.fromkeys(found))[:5])


_OLD = b"the export of yesterday\n"


def _url(folder: Path) -> str:
    return f"sqlite:///{folder}/news.db"


def _environment(folder: Path) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": str(PROJECT),
        "NEWSCRAWL_DATABASE_URL": _url(folder),
        "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
    }


def _start(folder: Path, words: Sequence[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "scrapy", *words]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(folder),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )


def _run(folder: Path, *words: str) -> None:
    """Run a command to its end. Raises RuntimeError if it fails."""
    if code := _start(folder, words).wait(_TIMEOUT):
        log = (folder / "log").read_text("utf-8", "replace")
        raise RuntimeError(f"scrapy {' '.join(words)}: exit code {code}: {log[-2000:]}")


def _fork(folder: Path, *words: str) -> None:
    """Run a command to its end, in a process that need not import Scrapy. Raises RuntimeError if it fails."""
    done = preloaded.run_scrapy(words, folder=folder, environment=_environment(folder), timeout=_TIMEOUT)
    if done.returncode:
        raise RuntimeError(f"scrapy {' '.join(words)}: exit code {done.returncode}: {done.stderr[-2000:]}")


def _write_warc(folder: Path, articles: int) -> None:
    """A WARC file with a page a minute; every tenth is edited an hour later."""
    records = [story(number, number / 60, extra=f"{number} ferries. " * 60) for number in range(articles)]
    records += [
        story(number, 1 + number / 60, headline=f"Story {number}", extra=f"{number} more ferries. " * 60)
        for number in range(0, articles, 10)
    ]
    write(folder / "stories.warc.gz", records, "gzip")


def _ingest(folder: Path, articles: int) -> None:
    _write_warc(folder, articles)
    _fork(folder, "ingest", "--workers", "2", "stories.warc.gz")


def _ingest_without_bylines(folder: Path, articles: int) -> None:
    _write_warc(folder, articles)
    function = "NEWSCRAWL_EXTRACT=tests.kills.command_kills:extract_without_byline"
    _fork(folder, "ingest", "--workers", "2", "-s", function, "stories.warc.gz")


def _ingest_and_export(folder: Path, articles: int) -> None:
    _ingest(folder, articles)
    (folder / "out.jsonl").write_bytes(_OLD)


def _make_old_version(folder: Path, articles: int) -> None:
    """A database of the last schema version, with so many articles, each with two versions and a page."""
    engine = make_engine(parse_url(_url(folder)))
    make(engine, _OLD_VERSION)
    with engine.begin() as connection:
        for table in ("articles", "revisions", "pages", "captures"):
            columns = [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")]
            changed = {"id": "id + 1000 * n.value", "article_id": "article_id + 1000 * n.value"}
            changed |= {"page_id": "page_id + 1000 * n.value", "url_hash": "url_hash || n.value"}
            values = ", ".join(changed.get(column, column) for column in columns)
            connection.exec_driver_sql(
                f"WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < {articles}) "
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table}, n"
            )
    engine.dispose()


def _damage(folder: Path, articles: int) -> None:
    """An archive with damage that `db check --repair` repairs: lost rows of the index, orphans, wrong counts."""
    _ingest(folder, articles)
    engine = make_engine(parse_url(_url(folder)))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE articles SET word_count = word_count + 1 WHERE id % 3 = 0")
        connection.exec_driver_sql("UPDATE articles SET body_text = 'x' || substr(body_text, 2) WHERE id % 5 = 0")
        connection.exec_driver_sql("INSERT INTO authors (name) VALUES ('Nobody Wrote')")
        connection.exec_driver_sql("INSERT INTO search_words (search_words) VALUES ('delete-all')")
    engine.dispose()


def _read_contents(folder: Path) -> object:
    return contents(_url(folder))


COMMANDS = {
    "ingest": KilledCommand(("ingest", "--workers", "2", "stories.warc.gz"), _write_warc, _read_contents),
    "export": KilledCommand(
        ("export", "--sort", "oldest", "out.jsonl"),
        _ingest_and_export,
        lambda folder: (folder / "out.jsonl").read_bytes(),
        output="out.jsonl",
        makes_progress=False,
    ),
    "reextract": KilledCommand(
        ("reextract", "--all", "--apply", "--workers", "2"), _ingest_without_bylines, _read_contents
    ),
    "upgrade": KilledCommand(
        ("db", "upgrade"),
        _make_old_version,
        lambda folder: everything(folder / "news.db"),
        is_sound_before=False,
        makes_progress=False,
    ),
    "vacuum": KilledCommand(("db", "vacuum"), _ingest, _read_contents, makes_progress=False),
    "repair": KilledCommand(
        ("db", "check", "--deep", "--repair"), _damage, _read_contents, is_sound_before=False, makes_progress=False
    ),
}


class Trials:
    """Copies of one archive, in each of which a command is killed until it ends."""

    def __init__(self, command: KilledCommand, folder: Path, articles: int, chance: random.Random) -> None:
        self._command, self._chance, self.report = command, chance, Report()
        self._before, self._after = folder / "before", folder / "after"
        # Always the same folder: rows hold the paths of archive files.
        self._copy = folder / "trial"
        self._copy.mkdir()
        command.prepare(self._copy, articles)
        shutil.copytree(self._copy, self._before)
        began = time.monotonic()
        _run(self._copy, *command.words)
        self._seconds = time.monotonic() - began
        self._expected = command.result(self._copy)
        shutil.copytree(self._copy, self._after)
        if not command.is_sound_before or not (self._before / "news.db").exists():
            return
        self._check_soundness(self._before, "before the command")

    def run(self, kills: int) -> None:
        """One trial, with at most so many kills."""
        shutil.rmtree(self._copy)
        shutil.copytree(self._before, self._copy)
        most = kills if self._command.makes_progress else min(kills, self._chance.randint(1, 4))
        killed = 0
        for _ in range(_MAX_RUNS):
            is_killed = self._start_and_kill(killed < most)
            killed += is_killed
            if not is_killed:
                break
            self._check_after_kill()
        self._check_end()
        self.report.trials += 1

    def _start_and_kill(self, is_to_be_killed: bool) -> bool:
        """One run; whether it was killed."""
        self.report.runs += 1
        process = _start(self._copy, self._command.words)
        if is_to_be_killed:
            try:
                process.wait(self._chance.uniform(0, self._seconds * 1.05))
            except subprocess.TimeoutExpired:
                self._kill(process)
        code = process.wait(_TIMEOUT)
        if code == -signal.SIGKILL:
            self.report.kills += 1
            return True
        self.report.codes[code] += 1
        if code:
            self.report.add({"runs that ended badly": [f"code {code}: {self._read_log()}"]})
        return False

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        if self._chance.random() < 0.5:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)

    def _check_after_kill(self) -> None:
        if (output := self._command.output) and (file := self._copy / output).exists():
            known = (_OLD, (self._after / output).read_bytes())
            self.report.add({"files that are neither old nor new": [output] if file.read_bytes() not in known else []})
        # A copy is looked at, because opening a database repairs it: that is for the next run to do.
        with tempfile.TemporaryDirectory() as name:
            for path in self._copy.glob("news.db*"):
                shutil.copy(path, name)
            if Path(name, "news.db").exists():
                self._check_soundness(Path(name), "after a kill")

    def _check_soundness(self, folder: Path, when: str) -> None:
        found = {f"SQLite's checks {when}": self._read_health(folder / "news.db")}
        if self._command.is_sound_before and self._has_tables(folder):
            found |= {f"{name} {when}": lines for name, lines in checked(_url(folder), self._copy).items()}
        self.report.add(found)

    def _read_health(self, file: Path) -> list[str]:
        damaged_on_purpose = self._command is COMMANDS["repair"]
        return [] if damaged_on_purpose or not self._has_tables(file.parent) else health(file)

    @staticmethod
    def _has_tables(folder: Path) -> bool:
        return any("search_words" in statement for statement in everything(folder / "news.db"))

    def _check_end(self) -> None:
        result = self._command.result(self._copy)
        found = {
            "results that differ from those without a kill": [] if result == self._expected else [self._read_log()],
            "files left over": sorted({*self._names(self._copy)} - {*self._names(self._after)}),
        }
        self.report.add(found)
        self._check_soundness(self._copy, "at the end")

    @staticmethod
    def _names(folder: Path) -> Iterator[str]:
        return (path.name for path in folder.iterdir())

    def _read_log(self) -> str:
        return (self._copy / "log").read_text("utf-8", "replace")[-600:]


def hold(name: str, articles: int, kills: int, seed: int, on_kill: Callable[[int], None] = lambda _: None) -> Report:
    """Kill a command so many times, archive after archive; return what came of it."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="newscrawl-kills-") as folder:
        trials = Trials(COMMANDS[name], Path(folder), articles, chance)
        while trials.report.kills < kills and trials.report.trials < _MAX_RUNS:
            trials.run(min(10, kills - trials.report.kills))
            on_kill(trials.report.kills)
        return trials.report


def main() -> int:
    """Run, and print the report; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=sorted(COMMANDS))
    parser.add_argument("--articles", type=int, default=400)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="for the same archive and moments")
    orders = parser.parse_args()
    console = Console(highlight=False, markup=False)
    title = f"{orders.command}, seed {orders.seed}, {orders.articles} articles"
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task(title, total=orders.kills)
        report = hold(
            orders.command,
            orders.articles,
            orders.kills,
            orders.seed,
            lambda done: progress.update(bar, completed=done),
        )
    console.print(title, *report.lines(), sep="\n")
    return 0 if report.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
