"""The commands that are programs of newscrawl.cli, in one table: `newscrawl NAME`, and `scrapy NAME` in a project."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from newscrawl.cli.output import ignore_broken_pipe
from newscrawl.cli.project import Program, Project


@dataclass(frozen=True, slots=True)
class Service:
    """A function of a package beside newscrawl.cli that the `run` of a program takes by name; imported when called."""

    function: str
    """As "module:name"."""
    takes_settings: bool = False
    """Whether it also takes Scrapy's settings, as `settings`."""

    def bind(self, project: Project) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            module, _, name = self.function.partition(":")
            if self.takes_settings:
                options["settings"] = project.make_crawl_settings()
            return getattr(import_module(module), name)(*args, **options)

        return call


@dataclass(frozen=True, slots=True)
class ProgramEntry:
    """A program, known without importing its module newscrawl.cli.NAME."""

    group: str
    summary: str
    """One line for the list of commands."""
    services: Mapping[str, Service] = field(default_factory=dict)


BEGIN, COLLECT, QUERY, MAINTAIN = GROUPS = ("Begin", "Collect", "Search and read", "Operate and maintain")
PROGRAMS: Mapping[str, ProgramEntry] = {
    "init": ProgramEntry(BEGIN, "Write newscrawl.toml, a file of settings, into this folder"),
    "sites": ProgramEntry(
        COLLECT,
        "List the sites and how they fare, show one, or try a new one",
        {
            "find_site_key": Service("newscrawl.crawl.trial:find_site_key"),
            "crawl_trial": Service("newscrawl.crawl.trial:crawl_trial", takes_settings=True),
        },
    ),
    "ingest": ProgramEntry(COLLECT, "Read WARC, ARC and WACZ files into the database, on every core"),
    "extract": ProgramEntry(
        COLLECT,
        "Print the article of one page, a saved file or an address",
        {"fetch": Service("newscrawl.crawl.single_page:fetch_page", takes_settings=True)},
    ),
    "articles": ProgramEntry(
        QUERY,
        "List, search or count the articles of the database, or read one",
        {"render_page": Service("newscrawl.web.standalone:render_changes")},
    ),
    "clusters": ProgramEntry(QUERY, "List and find copies, updates and corrections of articles"),
    "stats": ProgramEntry(QUERY, "Statistics of the archive: span, coverage, gaps, sections, lag"),
    "browse": ProgramEntry(
        QUERY,
        "Read the archive in a browser",
        {
            "read_host": Service("newscrawl.web.guard:read_host"),
            "serve_archive": Service("newscrawl.web.archive_server:serve_archive"),
        },
    ),
    "report": ProgramEntry(
        QUERY,
        "Write the archive's charts and last runs to one HTML file",
        {"render_report": Service("newscrawl.web.report:render_report")},
    ),
    "watch": ProgramEntry(QUERY, "Save searches, and report their new matches as a feed, a webhook, a mail or a line"),
    "export": ProgramEntry(QUERY, "Write articles to a file: JSON Lines, CSV, Parquet, EPUB, a feed and more"),
    "runs": ProgramEntry(MAINTAIN, "List the runs and how they ended, or check them for a monitor"),
    "work": ProgramEntry(MAINTAIN, "Crawl the sites of the queue as they become due, beside other workers"),
    "pages": ProgramEntry(MAINTAIN, "List the pages of the ledger and their state, or put them back"),
    "schedule": ProgramEntry(
        MAINTAIN,
        "Print or install a scheduled crawl: a crontab line, or systemd units",
        {"check_arguments": Service("newscrawl.crawl.arguments:read_arguments")},
    ),
    "db": ProgramEntry(MAINTAIN, "Maintain the database: upgrade, check, back up, describe it"),
    "config": ProgramEntry(MAINTAIN, "Show the settings, their values and where each was set"),
    "reextract": ProgramEntry(MAINTAIN, "Extract stored captures again with the installed version"),
}


def load_program(name: str) -> Program:
    """Import the module of a program."""
    program: Any = import_module(f"newscrawl.cli.{name}")
    return program  # type: ignore[no-any-return]


def run_program(name: str, words: Sequence[str], opts: argparse.Namespace, project: Project) -> int:
    """Run a program; return its exit code. Raises CommandLineError, which is exit code 2, and other NewscrawlErrors."""
    services = {key: service.bind(project) for key, service in PROGRAMS[name].services.items()}
    code = 0
    with ignore_broken_pipe(sys.stdout):  # `| head`
        code = load_program(name).run(list(words), opts, project, **services)
    return code  # noqa: RET504 - the pipe may have ended it before
