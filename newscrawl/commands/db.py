"""`scrapy db`: looking after the database."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from newscrawl.errors import StorageError
from newscrawl.exporters.text import printable
from newscrawl.storage import QUESTIONS, Question, Store, upgrade
from newscrawl.storage.answers import Answer, markdown, section
from newscrawl.storage.dictionary import markdown as data_dictionary

_OPTIONS = {"upgrade": (), "schema": (), "questions": ("sample",)}
"""What can be done, and the options of each."""
_MEANINGS = """\
upgrade: bring it to this version's schema. schema: print what its tables and columns hold. questions [NAME]: print what
people ask of it, as SQL, with the answers; or one of them."""
_TAKES_NAME = {"questions"}


class Command(ScrapyCommand):
    """Look after the database."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """What it takes."""
        return "|".join(_OPTIONS)

    def short_desc(self) -> str:
        """What it does."""
        return "Look after the database: upgrade it, tell what it holds"

    def long_desc(self) -> str:
        """What each does."""
        return _MEANINGS

    def add_options(self, parser: ArgumentParser) -> None:
        """Those of all that can be done."""
        super().add_options(parser)
        parser.add_argument("--sample", action="store_true", help="questions: answered by the sample edition")

    def run(self, args: list[str], opts: Namespace) -> None:
        """Do it, or say in one line on standard error why not, with exit code 1."""
        action, *names = args or [""]
        _check(action, names, opts)
        does: Mapping[str, Callable[[], int]] = {
            "upgrade": lambda: _upgrade(self._url),
            "schema": _schema,
            "questions": lambda: _questions(self._url, names, opts),
        }
        try:
            self.exitcode = does[action]()
        except StorageError as error:
            self.exitcode = 1
            sys.stderr.write(f"{printable(str(error))}\n")

    @property
    def _url(self) -> str:
        assert self.settings is not None  # noqa: S101 - Scrapy sets it
        return str(self.settings["NEWSCRAWL_DATABASE_URL"])


def _check(action: str, names: list[str], opts: Namespace) -> None:
    """Raises UsageError for what is not there to be done, and for options of something else."""
    if action not in _OPTIONS or len(names) > (action in _TAKES_NAME):
        *others, last = _OPTIONS
        raise UsageError(f"say what to do: {', '.join(others)} or {last}")
    for name in {option for options in _OPTIONS.values() for option in options} - {*_OPTIONS[action]}:
        if getattr(opts, name):
            raise UsageError(f"--{name.replace('_', '-')} does not go with {action}")


def _upgrade(url: str) -> int:
    before, after = upgrade(url)
    done = {None: f"made, at version {after}", after: f"at version {after}, nothing to do"}
    print(f"database {done.get(before, f'upgraded from version {before} to {after}')}")
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
    sys.stdout.write(printable(told))
    return 0


def _answers(url: str, questions: Sequence[Question]) -> list[Answer]:
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
