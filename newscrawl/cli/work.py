"""`work`: crawl the sites of the queue as they become due."""

from __future__ import annotations

import argparse
import asyncio
import logging
import socket
import sys
from importlib.util import find_spec
from typing import Any

from newscrawl.cli.options import option_type
from newscrawl.cli.output import print_error
from newscrawl.cli.project import Project
from newscrawl.cli.schedule import check_queue_database, find_module
from newscrawl.errors import CommandLineError, NewscrawlError, StorageError
from newscrawl.operations.archive import open_part
from newscrawl.operations.durations import read_count
from newscrawl.operations.exit_codes import ExitCode
from newscrawl.remote_files import is_url
from newscrawl.storage import ScheduleStore
from newscrawl.storage.engine import parse_url

SYNTAX = "[options]"
DESCRIPTION = (
    "Crawl the sites that `scrapy schedule --queue` registered, each when it is due and in a process of its own, "
    "beside any number of workers on any number of machines, over one PostgreSQL database. Works until it is stopped: "
    "the first SIGTERM or Ctrl-C lets its crawls end and gives them back, the second ends them at once. "
    f"Exit code {ExitCode.STOPPED.value}: stopped by a signal; {ExitCode.STORAGE_FAILED.value}: no database."
)
_FORMAT = "%(asctime)s [work] %(levelname)s: %(message)s"


def add_options(parser: argparse.ArgumentParser) -> None:
    at_once = "crawls at once on this machine (default: 4); each takes about 150 MB and, while it reads pages, a core"
    parser.add_argument("--processes", metavar="N", type=option_type(read_count), default=4, help=at_once)


def run(words: list[str], opts: argparse.Namespace, project: Project) -> int:
    if words:
        raise CommandLineError("it takes no words")
    check_queue_database(project)
    if not find_spec("procrastinate"):
        raise NewscrawlError("the queue needs procrastinate: pip install 'newscrawl[queue]'")
    _start_logging(project, opts.loglevel)
    try:
        with open_part(ScheduleStore, project.database_url, create=False) as store:
            for note in _find_notes(store, project):
                print_error(note)
            asyncio.run(_work(store, opts, project))
    except StorageError as error:
        print_error(error)
        return int(ExitCode.STORAGE_FAILED)
    return int(ExitCode.STOPPED)


async def _work(store: ScheduleStore, opts: argparse.Namespace, project: Project) -> None:
    # Imported here: procrastinate is optional
    from newscrawl.queue.crawls import CrawlCommand  # noqa: PLC0415
    from newscrawl.queue.database import prepare_queue  # noqa: PLC0415
    from newscrawl.queue.worker import QueueWorker, WorkerOptions  # noqa: PLC0415

    url = parse_url(project.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    prepare_queue(url)
    command = CrawlCommand(
        program=find_module(project.folder),
        options=_make_options(opts, project),
        settings=[word for setting in opts.set for word in ("-s", setting)],
        folder=project.folder,
    )
    options = WorkerOptions(
        url=url, processes=opts.processes, command=command, updates_clusters=project.updates_clusters
    )
    await QueueWorker(store, options).run()


def _make_options(opts: argparse.Namespace, project: Project) -> list[str]:
    """Return the options of each crawl: those of the worker, and what suits many crawls on one machine."""
    # one worker compares the articles of all
    settings = {"NEWSCRAWL_PROGRESS": "0", "NEWSCRAWL_CLUSTERS": "0"}
    if project.configuration.settings["NEWSCRAWL_EXTRACT_PROCESSES"].source == "default":
        settings["NEWSCRAWL_EXTRACT_PROCESSES"] = "0"  # other crawls use the other cores
    settings = dict(setting.split("=", 1) for setting in opts.set) | settings
    level = opts.loglevel or ("INFO" if _is_json(project) else "WARNING")
    return ["-L", level, *(word for name, value in settings.items() for word in ("-s", f"{name}={value}"))]


def _find_notes(store: ScheduleStore, project: Project) -> list[str]:
    notes = []
    if project.warc_dir and not is_url(project.warc_dir):
        hosts = store.recent_hosts() - {socket.gethostname()}
        if hosts:
            others = ", ".join(sorted(hosts)[:3])
            notes.append(
                f"captures go to the folder {project.warc_dir} of this machine, and {others} crawls too: "
                "use storage that all share, such as NEWSCRAWL_WARC_DIR=s3://BUCKET/NAME"
            )
    if not store.schedules():
        notes.append("no site is scheduled yet: `scrapy schedule --queue -a sites=FILE` registers some")
    return notes


def _is_json(project: Project) -> bool:
    return bool(project.configuration["NEWSCRAWL_LOG_FORMAT"] == "json")


def _start_logging(project: Project, level: str | None) -> None:
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if _is_json(project):
        from pythonjsonlogger.json import JsonFormatter  # noqa: PLC0415 - 0.02 s CPU

        names: dict[str, Any] = {"levelname": "level", "name": "logger", "exc_info": "exception"}
        handler.setFormatter(JsonFormatter(["levelname", "name", "message"], timestamp="time", rename_fields=names))
    else:
        handler.setFormatter(logging.Formatter(_FORMAT, "%Y-%m-%d %H:%M:%S"))
    logging.basicConfig(handlers=[handler], level=level or "INFO", force=True)
    for chatty in ("procrastinate", "psycopg.pool"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
