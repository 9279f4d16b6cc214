"""`schedule`: print or install a crontab line or systemd units that crawl regularly."""

from __future__ import annotations

import argparse
import getpass
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from newscrawl.cli import site_schedule
from newscrawl.cli.options import option_type
from newscrawl.cli.project import Project
from newscrawl.configuration import CONFIG_VARIABLE, PREFIX, has_password, make_absolute
from newscrawl.configuration.files import find_file
from newscrawl.errors import ArgumentError, CommandLineError, NewscrawlError
from newscrawl.operations.durations import read_duration
from newscrawl.operations.schedule import (
    Job,
    Times,
    add_line,
    make_cron_line,
    make_service,
    make_timer,
    read_interval,
    read_time,
    remove_line,
)
from newscrawl.publisher import SITES_SPIDER
from newscrawl.remote_files import is_url
from newscrawl.storage.engine import parse_url

SYNTAX = "[options] [SPIDER]"
DESCRIPTION = (
    "Print the crontab line that crawls with this Python, in this folder and with the NEWSCRAWL_ variables of "
    "the environment. Without a spider: the only one. -s and -a are passed on to the crawl."
)
_NO_CRON = (
    "there is no crontab program here: install cron (apt install cron, dnf install cronie, apk add cronie), "
    "or see --systemd"
)
_PRIVACY_NOTE = (
    "note: others can read the password there; put the setting into .env instead, which the crawl reads (PostgreSQL "
    "also takes it from ~/.pgpass, MariaDB from ~/.my.cnf with ?read_default_file=~/.my.cnf in the address)"
)


def add_options(parser: argparse.ArgumentParser) -> None:
    when = parser.add_mutually_exclusive_group()
    when.add_argument(
        "--every", metavar="SPAN", type=option_type(read_duration), default="30m", help="how often (default: 30m)"
    )
    when.add_argument("--at", metavar="TIME", type=option_type(read_time), help="once a day, at 04:15 local time")
    parser.add_argument("-a", dest="spargs", action="append", default=[], metavar="NAME=VALUE", help="for the crawl")
    parser.add_argument("--log", metavar="FILE", default="newscrawl.log", help="log of cron's runs (newscrawl.log)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--install", action="store_true", help="add the line to your crontab, or replace it there")
    what.add_argument("--remove", action="store_true", help="remove the line from your crontab")
    what.add_argument("--systemd", action="store_true", help="print a service and its timer instead of the line")
    what.add_argument("--list", action="store_true", help="with --queue: print the sites of the queue")
    what.add_argument("--dry-run", action="store_true", help="with --queue: print what would change")
    queue = "let the workers of `scrapy work` crawl the sites, each at this pace, or remove them from there; PostgreSQL"
    parser.add_argument("--queue", action="store_true", help=queue)
    parser.add_argument("--into", metavar="DIR", type=Path, help="with --systemd: write them into this folder")


def run(
    words: list[str],
    opts: argparse.Namespace,
    project: Project,
    *,
    check_arguments: Callable[[Mapping[str, str]], Any],
) -> int:
    """Print or install the schedule, or change that of the queue.

    `check_arguments` is newscrawl.crawl.arguments.read_arguments.
    """
    _check_options(words, opts)
    if opts.queue:
        check_queue_database(project)
    if opts.list:
        return site_schedule.run_list(project)
    spider = _choose_spider(words, opts, project)
    if not all("=" in argument for argument in opts.spargs):
        raise CommandLineError("-a takes NAME=VALUE")
    arguments = check_arguments(dict(argument.split("=", 1) for argument in opts.spargs))
    return site_schedule.run(spider, arguments, opts, project) if opts.queue else _run_cron(spider, opts, project)


def _check_options(words: Sequence[str], opts: argparse.Namespace) -> None:
    if len(words) > 1 or (opts.into and not opts.systemd):
        raise CommandLineError("give one spider; --into goes with --systemd")
    if ((opts.list or opts.dry_run) and not opts.queue) or (opts.queue and (opts.install or opts.systemd)):
        raise CommandLineError("--list and --dry-run go with --queue; --install and --systemd without")


def _choose_spider(words: Sequence[str], opts: argparse.Namespace, project: Project) -> str:
    names = project.spider_names()
    spider = words[0] if words else _find_default(project, opts.spargs)
    if spider not in names:
        raise ArgumentError(f"there is no spider {spider!r}; there are {', '.join(names)}")
    return spider


def _run_cron(spider: str, opts: argparse.Namespace, project: Project) -> int:
    try:
        for line in _apply(_make_job(spider, opts, project), opts):
            print(line)
    except OSError as error:
        raise NewscrawlError(str(error)) from error
    copied = [*_copy_environment(project).items(), *(setting.split("=", 1) for setting in opts.set)]
    if any(has_password(name, value) for name, value in copied) and not opts.remove:
        sys.stderr.write(f"{_PRIVACY_NOTE}\n")
    return 0


def _find_default(project: Project, arguments: Sequence[str]) -> str:
    """Return the spider of any site if the arguments name one, else that of the only publisher."""
    if any(argument.startswith(("site=", "sites=")) for argument in arguments):
        return SITES_SPIDER
    of_publishers = project.list_publishers()
    if len(of_publishers) != 1:
        raise CommandLineError(f"name one of {', '.join(project.spider_names())}")
    return of_publishers[0]


def _make_job(spider: str, opts: argparse.Namespace, project: Project) -> Job:
    options = [word for argument in opts.spargs for word in ("-a", _make_absolute(argument))]
    options += [word for setting in opts.set for word in ("-s", _anchor(setting, project))]
    return Job(
        spider=spider,
        times=opts.at or _read_interval(opts.every),
        project=project.folder,
        scrapy=find_program(project.folder),
        options=tuple(options),
        environment=_copy_environment(project),
        log=(project.folder / opts.log).absolute(),
        user=_get_user(),
        writes=_find_written_folders(project),
    )


def _read_interval(every: timedelta) -> Times:
    try:
        return read_interval(every)
    except ArgumentError as error:
        raise CommandLineError(f"argument --every: {error}") from error


def _copy_environment(project: Project) -> dict[str, str]:
    """Return our variables for a crawl that starts in the project's folder."""
    ours = {
        name: _anchor(f"{name}={value}", project).partition("=")[2]
        for name, value in sorted(os.environ.items())
        if name.startswith(PREFIX) and not name.startswith("NEWSCRAWL_TEST_")
    }
    file = project.configuration.file
    if file and (CONFIG_VARIABLE in ours or find_file(project.folder) != file):
        ours[CONFIG_VARIABLE] = str(file)
    return ours


def _anchor(setting: str, project: Project) -> str:
    """Return NAME=VALUE with a relative path of the current folder made absolute, unless that is the project's."""
    name, _, value = setting.partition("=")
    return setting if Path.cwd() == project.folder else f"{name}={make_absolute(name, value, Path.cwd())}"


def _make_absolute(argument: str) -> str:
    """Return an argument with the whole path of a file of sites: the crawl starts in the project's folder."""
    name, _, value = argument.partition("=")
    return f"{name}={Path(value).absolute()}" if name == "sites" else argument


def _get_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return str(os.getuid())


def check_queue_database(project: Project) -> None:
    """Raise NewscrawlError if the database is not PostgreSQL, which the queue needs."""
    backend = parse_url(project.database_url).get_backend_name()
    if backend != "postgresql":
        how = "set NEWSCRAWL_DATABASE_URL=postgresql://…, or let cron crawl: `scrapy schedule --install`"
        raise NewscrawlError(f"the queue needs PostgreSQL, and the database is {backend}: {how}")


def find_module(folder: Path) -> str:
    """Return the module that crawls, as `python -m` runs it: `scrapy` knows our spiders only in a project of Scrapy."""
    return "scrapy" if (folder / "scrapy.cfg").is_file() else "newscrawl"


def find_program(folder: Path) -> tuple[str, ...]:
    """Return the program that crawls, with what comes before the command."""
    # Not resolved: in a virtual environment the interpreter is a link, and its own path makes the environment.
    python = Path(sys.executable).absolute()
    name = find_module(folder)
    program = python.with_name(name)
    return (str(program),) if program.is_file() else (str(python), "-m", name)


def _find_written_folders(project: Project) -> tuple[Path, ...]:
    """Find the folders outside the project that a crawl writes to: of SQLite, Prometheus and captures."""
    url = parse_url(project.database_url)
    files = [url.database if url.get_backend_name() == "sqlite" else None, project.prometheus_file]
    folders = {(project.folder / file).absolute().parent for file in files if file and file != ":memory:"}
    if captures := project.warc_spool if is_url(project.warc_dir) else project.warc_dir:
        folders.add((project.folder / captures).absolute())
    return tuple(sorted(folder for folder in folders if not folder.is_relative_to(project.folder)))


def _apply(job: Job, opts: argparse.Namespace) -> Iterator[str]:
    if opts.install:
        _edit_crontab(lambda crontab: add_line(crontab, job))
        yield f"installed; `crontab -l` shows it, its runs are logged in {job.log}:"
        yield make_cron_line(job)
    elif opts.remove:
        yield "removed" if _edit_crontab(lambda crontab: remove_line(crontab, job)) else "there was no such line"
    elif opts.systemd:
        yield from _write_units(job, opts.into)
    else:
        yield make_cron_line(job)


def _write_units(job: Job, folder: Path | None) -> Iterator[str]:
    units = {f"{job.unit}.service": make_service(job), f"{job.unit}.timer": make_timer(job)}
    if folder is None:
        yield "\n".join(f"# /etc/systemd/system/{name}\n{text}" for name, text in units.items()).rstrip()
        return
    for name, text in units.items():
        (folder / name).write_text(text, "utf-8")
        yield f"wrote {folder / name}"
    yield f"now: systemctl daemon-reload && systemctl enable --now {job.unit}.timer"


def _edit_crontab(edit: Callable[[str], str]) -> bool:
    """Edit the user's crontab; return whether it has changed. Raises NewscrawlError."""
    # As text: python-crontab's own parser drops or alters other people's lines (MAILTO= ends it with an IndexError, a
    # variable at the end is lost).
    before = _run_crontab("-l", None)
    after = edit(before)
    if after != before:
        _run_crontab("-", after)
    return after != before


def _run_crontab(argument: str, text: str | None) -> str:
    program = shutil.which("crontab")
    if program is None:
        raise NewscrawlError(_NO_CRON)
    environment = os.environ | {"LC_ALL": "C"}
    done = subprocess.run(  # noqa: S603 - the system's own program
        [program, argument], input=text, capture_output=True, text=True, check=False, env=environment, timeout=60
    )
    if done.returncode and not (text is None and re.search("no crontab|can't open", done.stderr)):
        raise NewscrawlError(f"crontab {argument}: {' '.join(done.stderr.split()) or f'exit code {done.returncode}'}")
    return "" if done.returncode else done.stdout
