"""`scrapy schedule`: a crawl by the clock, through cron or systemd."""

from __future__ import annotations

import argparse
import getpass
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from scrapy.exceptions import UsageError
from scrapy.settings import Settings
from scrapy.spiderloader import get_spider_loader
from scrapy.utils.conf import arglist_to_dict, closest_scrapy_cfg

from newscrawl.cli.command import ProjectCommand
from newscrawl.cli.options import reads
from newscrawl.crawl.arguments import read_arguments
from newscrawl.errors import ArgumentError, NewscrawlError
from newscrawl.operations.durations import read_duration
from newscrawl.operations.schedule import Job, cron_line, daily, every, service, timer, with_line, without_line
from newscrawl.storage.engine import parse_url

_NO_CRON = (
    "there is no crontab program here: install cron (apt install cron, dnf install cronie, apk add cronie), "
    "or see --systemd"
)
_ON_SECRETS = (
    "note: the database's password will stand there for others to read; PostgreSQL takes it from ~/.pgpass, "
    "MariaDB from ~/.my.cnf with ?read_default_file=~/.my.cnf in the address"
)


class Command(ProjectCommand):
    """Print the crontab line that crawls from this checkout as it stands: its Python, folder, NEWSCRAWL_ variables."""

    def syntax(self) -> str:
        """What it takes."""
        return "[options] [SPIDER]"

    def short_desc(self) -> str:
        """What it does."""
        return "Print or install what crawls by the clock: a crontab line, or systemd units"

    def long_desc(self) -> str:
        """What it does, and what it carries over."""
        return f"{self.__doc__} Without a spider: bloomberg. -s and -a are carried over to the crawl."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """When, how the spider is run, and what to do with the line."""
        super().add_options(parser)
        when = parser.add_mutually_exclusive_group()
        often = reads(lambda text: every(read_duration(text)))
        when.add_argument("--every", metavar="SPAN", type=often, default="30m", help="how often (30m without it)")
        when.add_argument("--at", metavar="TIME", type=reads(daily), help="once a day, at 04:15 of the local time")
        parser.add_argument(
            "-a", dest="spargs", action="append", default=[], metavar="NAME=VALUE", help="for the crawl"
        )
        parser.add_argument("--log", metavar="FILE", default="newscrawl.log", help="of cron's runs (newscrawl.log)")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--install", action="store_true", help="put the line into your crontab, or replace it there")
        what.add_argument("--remove", action="store_true", help="take the line out of your crontab")
        what.add_argument("--systemd", action="store_true", help="print a service and its timer in place of the line")
        parser.add_argument("--into", metavar="DIR", type=Path, help="with --systemd: write them into this folder")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print or install, or say in one line on standard error why not, with exit code 1."""
        if len(args) > 1 or (opts.into and not opts.systemd):
            raise UsageError("give one spider; --into goes with --systemd")
        try:
            job = _job(args[0] if args else "bloomberg", opts, self.project_settings)
            for line in _done(job, opts):
                print(line)
        except (NewscrawlError, OSError) as error:
            self.fail(error)
            return
        if _has_password(self.project_settings) and not opts.remove:
            sys.stderr.write(f"{_ON_SECRETS}\n")


def _job(spider: str, opts: argparse.Namespace, settings: Settings) -> Job:
    known = get_spider_loader(settings).list()
    if spider not in known:
        raise ArgumentError(f"there is no spider {spider!r}; there are {', '.join(sorted(known))}")
    read_arguments(_given(opts.spargs))
    project = Path(closest_scrapy_cfg()).parent.absolute()
    return Job(
        spider=spider,
        times=opts.at or opts.every,
        project=project,
        scrapy=_scrapy(),
        options=tuple(
            word for flag, words in (("-a", opts.spargs), ("-s", opts.set)) for each in words for word in (flag, each)
        ),
        environment=_environment(os.environ),
        log=(project / opts.log).absolute(),
        user=_user(),
        writes=_writes(settings, project),
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return str(os.getuid())


def _given(arguments: list[str]) -> dict[str, str]:
    try:
        return arglist_to_dict(arguments)
    except ValueError as error:
        raise UsageError("-a takes NAME=VALUE") from error


def _scrapy() -> tuple[str, ...]:
    """The program of this interpreter. A link to it is kept: it is what makes an environment of a Python."""
    python = Path(sys.executable).absolute()
    program = python.with_name("scrapy")
    return (str(program),) if program.is_file() else (str(python), "-m", "scrapy")


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    ours = {name: value for name, value in variables.items() if name.startswith("NEWSCRAWL_")}
    return {name: value for name, value in sorted(ours.items()) if not name.startswith("NEWSCRAWL_TEST_")}


def _writes(settings: Settings, project: Path) -> tuple[Path, ...]:
    """The folders outside the project in which a crawl writes files: SQLite's, Prometheus', and those of captures."""
    url = parse_url(settings["NEWSCRAWL_DATABASE_URL"])
    files = [url.database if url.get_backend_name() == "sqlite" else None, settings.get("NEWSCRAWL_PROMETHEUS_FILE")]
    folders = {(project / file).absolute().parent for file in files if file and file != ":memory:"}
    folders |= {(project / folder).absolute() for folder in (settings.get("NEWSCRAWL_WARC_DIR"),) if folder}
    return tuple(sorted(folder for folder in folders if not folder.is_relative_to(project)))


def _has_password(settings: Settings) -> bool:
    return bool(parse_url(settings["NEWSCRAWL_DATABASE_URL"]).password)


def _done(job: Job, opts: argparse.Namespace) -> Iterator[str]:
    """Do what is asked, and tell it."""
    if opts.install:
        _change(lambda crontab: with_line(crontab, job))
        yield f"installed; `crontab -l` shows it, {job.log} will tell of its runs:"
        yield cron_line(job)
    elif opts.remove:
        yield "removed" if _change(lambda crontab: without_line(crontab, job)) else "there was no such line"
    elif opts.systemd:
        yield from _units(job, opts.into)
    else:
        yield cron_line(job)


def _units(job: Job, folder: Path | None) -> Iterator[str]:
    texts = {f"{job.unit}.service": service(job), f"{job.unit}.timer": timer(job)}
    if folder is None:
        yield "\n".join(f"# /etc/systemd/system/{name}\n{text}" for name, text in texts.items()).rstrip()
        return
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
        yield f"wrote {folder / name}"
    yield f"now: systemctl daemon-reload && systemctl enable --now {job.unit}.timer"


def _change(change: Callable[[str], str]) -> bool:
    """Change the user's crontab; whether it reads otherwise now. Raises NewscrawlError where it cannot be.

    Read and written as text: python-crontab's own reading drops or alters lines of others (MAILTO= ends it with an
    IndexError, a variable at the end is lost), and they are none of ours.
    """
    before = _crontab("-l", None)
    after = change(before)
    if after != before:
        _crontab("-", after)
    return after != before


def _crontab(argument: str, text: str | None) -> str:
    program = shutil.which("crontab")
    if program is None:
        raise NewscrawlError(_NO_CRON)
    environment = os.environ | {"LC_ALL": "C"}
    done = subprocess.run(  # noqa: S603 - it is the system's own
        [program, argument], input=text, capture_output=True, text=True, check=False, env=environment, timeout=60
    )
    if done.returncode and not (text is None and re.search("no crontab|can't open", done.stderr)):
        raise NewscrawlError(f"crontab {argument}: {' '.join(done.stderr.split()) or f'exit code {done.returncode}'}")
    return "" if done.returncode else done.stdout
