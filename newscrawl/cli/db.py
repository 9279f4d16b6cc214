"""`db`: upgrade, check, back up, compact and describe the database."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path

from rich.filesize import decimal

from newscrawl import sample
from newscrawl.cli import checks, deletion
from newscrawl.cli.options import option_type, reject_unknown_options
from newscrawl.cli.output import show_progress, show_status
from newscrawl.cli.pool import WORKERS, make_pool, make_worker_settings
from newscrawl.cli.project import Project
from newscrawl.date_range import DateRange
from newscrawl.errors import CommandLineError, LockedError, StorageError
from newscrawl.export.display import name_commands, strip_controls
from newscrawl.export.targets import open_place
from newscrawl.operations.archive import find_url_rules, open_archive
from newscrawl.operations.durations import read_count
from newscrawl.remote_files import check_name, hide_credentials, is_file, is_url
from newscrawl.storage import QUESTIONS, Store, back_up_before_upgrade, upgrade
from newscrawl.storage.docs.answers import markdown, section
from newscrawl.storage.docs.dictionary import markdown as data_dictionary

SYNTAX = "[options] upgrade|check|backup [FILE|URL]|delete [WORDS]|vacuum|schema|questions [NAME]"
DESCRIPTION = (
    "upgrade: bring it to this version's schema; a SQLite file is copied first. check: find errors, and repair them. "
    "backup [FILE|URL]: copy a SQLite file, also while it is written to. delete [WORDS]: delete articles, and never "
    "store them again. vacuum: free the space of deleted rows. schema: print what its tables and columns hold. "
    "questions [NAME]: print sample questions as SQL, with their answers."
)
_OPTIONS = {
    "upgrade": ("no_backup",),
    "check": ("repair", "deep", "format", "workers"),
    "backup": ("force",),
    "delete": deletion.OPTIONS,
    "vacuum": (),
    "schema": (),
    "questions": ("sample",),
}
"""The actions, and the options of each."""
_MAX_NAMES = {"backup": 1, "questions": 1, "delete": 500}


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--no-backup", action="store_true", help="upgrade, delete: make no copy of a SQLite file first")
    parser.add_argument("--repair", action="store_true", help="check: repair what can be repaired without loss")
    parser.add_argument("--deep", action="store_true", help="check: also read every stored capture, and compare")
    parser.add_argument("--workers", metavar="N", type=option_type(read_count), help=f"check: {WORKERS}")
    parser.add_argument("--format", choices=("table", "json"), help="check: default: table")
    parser.add_argument("--force", action="store_true", help="backup: overwrite an existing file")
    parser.add_argument("--sample", action="store_true", help="questions: answered by the sample edition")
    deletion.add_options(parser)


def run(words: list[str], opts: Namespace, project: Project) -> int:
    action, *names = words or [""]
    _check_options(action, names, opts)
    url = project.archive_url
    actions: Mapping[str, Callable[[], int | None]] = {
        "upgrade": lambda: _upgrade(url, opts),
        "check": lambda: _check(url, project, opts),
        "backup": lambda: _back_up(url, names, opts),
        "delete": lambda: deletion.delete_articles(url, names, opts),
        "vacuum": lambda: _vacuum(url),
        "schema": lambda: print(data_dictionary(), end=""),
        "questions": lambda: _print_questions(url, names, opts),
    }
    return actions[action]() or 0


def _check_options(action: str, names: list[str], opts: Namespace) -> None:
    reject_unknown_options(names)
    if action not in _OPTIONS or len(names) > _MAX_NAMES.get(action, 0):
        *others, last = _OPTIONS
        raise CommandLineError(f"say what to do: {', '.join(others)} or {last}")
    for name in {option for options in _OPTIONS.values() for option in options} - {*_OPTIONS[action]}:
        if getattr(opts, name) not in (None, False):
            raise CommandLineError(f"--{name.replace('_', '-')} does not go with {action}")


def _upgrade(url: str, opts: Namespace) -> None:
    if not opts.no_backup:
        with show_progress("copying") as show:
            copy = back_up_before_upgrade(url, show)
        if copy:
            print(strip_controls(f"copied to {copy}"))
    with show_progress("computing digests") as show:
        before, after = upgrade(url, find_url_rules, show)
    unchanged = {None: f"made, at version {after}", after: f"at version {after}, nothing to do"}
    print(f"database {unchanged.get(before, f'upgraded from version {before} to {after}')}")


def _check(url: str, project: Project, opts: Namespace) -> int:
    spider = next(iter(project.list_publishers()), sample.SPIDER)
    options = checks.CheckOptions(
        captures=project.captures,
        repair=opts.repair,
        deep=opts.deep,
        spider=spider,
        make_pool=lambda: make_pool(make_worker_settings(project, spider, DateRange()), opts.workers),
    )
    with open_archive(url, create=False) as store:
        if opts.repair:
            _reject_running_crawl(store)
        results = checks.run_checks(store, options)
        if opts.format != "json":
            return checks.print_results(results, repair=opts.repair)
        text, code = checks.format_results(results)
        sys.stdout.write(text)
        return code


def _reject_running_crawl(store: Store) -> None:
    if run := checks.find_running_crawl(store):
        raise LockedError(run.spider, run.id, run.started_at, run.pid, run.host)


def _back_up(url: str, names: list[str], opts: Namespace) -> None:
    name = names[0] if names else None
    if name:
        check_name(name)
        if is_url(name) and not opts.force and is_file(name):
            raise StorageError(f"{name}: is there already; use --force to replace it, or name another file")
    place = open_place(name) if name else nullcontext()
    with open_archive(url, create=False) as store, place as target, show_progress("copying") as show:
        file = store.back_up(target, replace=opts.force, progress=show)
        size = file.stat().st_size
    print(strip_controls(f"{hide_credentials(name) if name else file}: {decimal(size)}"))


def _vacuum(url: str) -> None:
    with open_archive(url, create=False) as store:
        _reject_running_crawl(store)
        with show_status("compacting"):
            before, after = store.make_compact()
    print(f"{decimal(before)} before, {decimal(after)} now")


def _print_questions(url: str, names: list[str], opts: Namespace) -> None:
    questions = [question for question in QUESTIONS if not names or question.name in names]
    if not questions:
        known = ", ".join(question.name for question in QUESTIONS)
        raise CommandLineError(f"there is no question {names[0]!r}; there are {known}")
    with tempfile.TemporaryDirectory() as folder:
        database = _crawl_sample(Path(folder)) if opts.sample else url
        with open_archive(database, create=False) as store:
            answers = [store.answer(question) for question in questions]
    if names:
        text = "".join(section(answer, is_sample=opts.sample).lstrip() for answer in answers)
    else:
        text = markdown(answers, is_sample=opts.sample)
    if not opts.sample:  # which is written into docs/
        text = name_commands(text)
    sys.stdout.write(strip_controls(text))


def _crawl_sample(folder: Path) -> str:
    """Crawl the sample edition into a folder; return the URL of its database. Raises StorageError."""
    url = f"sqlite:///{folder / 'sample.db'}"
    settings = (f"NEWSCRAWL_DATABASE_URL={url}", f"NEWSCRAWL_WARC_DIR={folder}", "NEWSCRAWL_PROMETHEUS_FILE=")
    command = [sys.executable, "-m", "scrapy", "crawl", sample.SPIDER, "-a", "source=sample"]
    command += [word for setting in settings for word in ("-s", setting)]
    crawl = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a crawl of ours
    if crawl.returncode:
        raise StorageError(f"the sample edition could not be crawled: {(crawl.stderr.splitlines() or ['?'])[-1]}")
    return url
