"""`scrapy db`: looking after the database."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.filesize import decimal
from scrapy.exceptions import UsageError

from newscrawl.cli import checks
from newscrawl.cli.command import ProjectCommand
from newscrawl.cli.options import refuse_unknown_options
from newscrawl.cli.progress import progress, waiting
from newscrawl.errors import LockedError, StorageError
from newscrawl.export.display import strip_controls
from newscrawl.storage import QUESTIONS, Question, Store, back_up_before_upgrade, upgrade
from newscrawl.storage.docs.answers import QuestionAnswer, markdown, section
from newscrawl.storage.docs.dictionary import markdown as data_dictionary

_OPTIONS = {
    "upgrade": ("no_backup",),
    "check": ("repair", "deep", "format"),
    "backup": ("force",),
    "vacuum": (),
    "schema": (),
    "questions": ("sample",),
}
"""What can be done, and the options of each."""
_MEANINGS = """\
upgrade: bring it to this version's schema, a copy of a SQLite file first. check: look for what is wrong, and repair it.
backup [FILE]: copy a SQLite file while it may be written to. vacuum: give back the room that deleted rows took. schema:
print what its tables and columns hold. questions [NAME]: print what people ask of it, as SQL, with the answers."""
_TAKES_NAME = {"backup", "questions"}


class Command(ProjectCommand):
    """Look after the database."""

    def syntax(self) -> str:
        """What it takes."""
        return "[options] upgrade|check|backup [FILE]|vacuum|schema|questions [NAME]"

    def short_desc(self) -> str:
        """What it does."""
        return "Look after the database: upgrade, check, back up, tell what it holds"

    def long_desc(self) -> str:
        """What each does."""
        return _MEANINGS

    def add_options(self, parser: ArgumentParser) -> None:
        """Those of all that can be done."""
        super().add_options(parser)
        parser.add_argument("--no-backup", action="store_true", help="upgrade: make no copy of a SQLite file first")
        parser.add_argument("--repair", action="store_true", help="check: repair what can be repaired without loss")
        parser.add_argument("--deep", action="store_true", help="check: read every capture that is kept, too")
        parser.add_argument("--format", choices=("table", "json"), help="check: table without it")
        parser.add_argument("--force", action="store_true", help="backup: over a file that is there")
        parser.add_argument("--sample", action="store_true", help="questions: answered by the sample edition")

    def run(self, args: list[str], opts: Namespace) -> None:
        """Do it, or say in one line on standard error why not, with exit code 1."""
        action, *names = args or [""]
        _check_options(action, names, opts)
        does: Mapping[str, Callable[[], int]] = {
            "upgrade": lambda: _upgrade(self.database_url, opts),
            "check": lambda: _check(self.database_url, str(self.project_settings["NEWSCRAWL_WARC_DIR"]), opts),
            "backup": lambda: _back_up(self.database_url, names, opts),
            "vacuum": lambda: _vacuum(self.database_url),
            "schema": _schema,
            "questions": lambda: _questions(self.database_url, names, opts),
        }
        try:
            self.exitcode = does[action]()
        except (LockedError, StorageError) as error:
            self.fail(error)


def _check_options(action: str, names: list[str], opts: Namespace) -> None:
    """Raises UsageError for what is not there to be done, and for options of something else."""
    refuse_unknown_options(names)
    if action not in _OPTIONS or len(names) > (action in _TAKES_NAME):
        *others, last = _OPTIONS
        raise UsageError(f"say what to do: {', '.join(others)} or {last}")
    for name in {option for options in _OPTIONS.values() for option in options} - {*_OPTIONS[action]}:
        if getattr(opts, name):
            raise UsageError(f"--{name.replace('_', '-')} does not go with {action}")


def _upgrade(url: str, opts: Namespace) -> int:
    if not opts.no_backup:
        with progress("copying") as show:
            copy = back_up_before_upgrade(url, show)
        if copy:
            print(strip_controls(f"copied to {copy}"))
    before, after = upgrade(url)
    done = {None: f"made, at version {after}", after: f"at version {after}, nothing to do"}
    print(f"database {done.get(before, f'upgraded from version {before} to {after}')}")
    return 0


def _check(url: str, folder: str, opts: Namespace) -> int:
    with Store.open(url, create=False) as store:
        if opts.repair:
            _refuse_beside_a_run(store)
        results = checks.check(store, folder, repair=opts.repair, deep=opts.deep)
        if opts.format != "json":
            return checks.show(results, repair=opts.repair)
        text, code = checks.as_data(results)
        sys.stdout.write(text)
        return code


def _refuse_beside_a_run(store: Store) -> None:
    """Raises LockedError where a run is at work."""
    if run := checks.at_work(store):
        raise LockedError(run.spider, run.id, run.started_at, run.pid, run.host)


def _back_up(url: str, names: list[str], opts: Namespace) -> int:
    with Store.open(url, create=False) as store, progress("copying") as show:
        target = Path(names[0]) if names else None
        file = store.back_up(target, replace=opts.force, progress=show)
    print(strip_controls(f"{file}: {decimal(file.stat().st_size)}"))
    return 0


def _vacuum(url: str) -> int:
    with Store.open(url, create=False) as store:
        _refuse_beside_a_run(store)
        with waiting("making compact"):
            before, after = store.make_compact()
    print(f"{decimal(before)} before, {decimal(after)} now")
    return 0


def _schema() -> int:
    sys.stdout.write(data_dictionary())
    return 0


def _questions(url: str, names: list[str], opts: Namespace) -> int:
    asked = [_named(name) for name in names] or QUESTIONS
    with tempfile.TemporaryDirectory() as folder:
        answers = _answers(_sample(Path(folder)) if opts.sample else url, asked)
    if names:
        told = "".join(section(answer, is_sample=opts.sample).lstrip() for answer in answers)
    else:
        told = markdown(answers, is_sample=opts.sample)
    sys.stdout.write(strip_controls(told))
    return 0


def _answers(url: str, questions: Sequence[Question]) -> list[QuestionAnswer]:
    with Store.open(url, create=False) as store:
        return [store.answer(question) for question in questions]


def _named(name: str) -> Question:
    for question in QUESTIONS:
        if question.name == name:
            return question
    raise UsageError(f"there is no question {name!r}; there are {', '.join(each.name for each in QUESTIONS)}")


def _sample(folder: Path) -> str:
    """The URL of a database with the sample edition, crawled into a folder. Raises StorageError where it fails."""
    url = f"sqlite:///{folder / 'sample.db'}"
    given = (f"NEWSCRAWL_DATABASE_URL={url}", f"NEWSCRAWL_WARC_DIR={folder}", "NEWSCRAWL_PROMETHEUS_FILE=")
    crawl = [sys.executable, "-m", "scrapy", "crawl", "bloomberg", "-a", "source=sample"]
    crawl += [word for setting in given for word in ("-s", setting)]
    done = subprocess.run(crawl, capture_output=True, text=True, check=False)  # noqa: S603 - a crawl of ours
    if done.returncode:
        raise StorageError(f"the sample edition could not be crawled: {(done.stderr.splitlines() or ['?'])[-1]}")
    return url
