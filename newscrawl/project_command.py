"""Bases of the commands in newscrawl.commands: most run a program of newscrawl.cli as `scrapy NAME`."""

# Not in newscrawl.commands: Scrapy takes every subclass of ScrapyCommand there for a command.

from __future__ import annotations

import argparse
from abc import abstractmethod
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand, ScrapyHelpFormatter
from scrapy.exceptions import UsageError
from scrapy.settings import Settings
from scrapy.spiderloader import get_spider_loader
from scrapy.utils.conf import closest_scrapy_cfg

from newscrawl.cli.output import print_error
from newscrawl.cli.project import Program, Project
from newscrawl.configuration import ConfigurationError, read_arguments
from newscrawl.crawl.spider import NewsSpider
from newscrawl.errors import ArgumentError, CommandLineError, NewscrawlError
from newscrawl.publisher import Publisher


class HelpFormatter(ScrapyHelpFormatter):
    """Scrapy's formatter, which underlines every line that ends in a colon, limited to headings."""

    def format_part_strings(self, part_strings: list[str]) -> list[str]:
        is_option_help = bool(part_strings) and part_strings[0].startswith(" ")
        return part_strings if is_option_help else super().format_part_strings(part_strings)


class RawHelpFormatter(HelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Keeps the line breaks of a description."""


class SettingsCommand(ScrapyCommand):
    """A command whose `-s NAME=VALUE` are checked and get their types: an invalid one is one line and exit code 2."""

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            values, notes = read_arguments(opts.set)
        except ConfigurationError as error:
            print_error(error)
            raise SystemExit(2) from error
        super().process_options(args, opts)
        assert self.settings is not None  # noqa: S101 - Scrapy sets it before it processes options
        self.settings.setdict(values, priority="cmdline")
        for note in notes:
            print_error(note)


class ProjectCommand(SettingsCommand):
    """A command that runs no crawl and logs nothing; an error is one line on standard error and exit code 1."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.formatter_class = HelpFormatter

    @property
    def project_settings(self) -> Settings:
        assert self.settings is not None  # noqa: S101 - Scrapy sets it before it runs the command
        return self.settings

    @cached_property
    def project(self) -> Project:
        settings = self.project_settings
        return Project(
            database_url=str(settings["NEWSCRAWL_DATABASE_URL"]),
            warc_dir=str(settings["NEWSCRAWL_WARC_DIR"] or ""),
            warc_spool=str(settings["NEWSCRAWL_WARC_SPOOL"]),
            prometheus_file=str(settings["NEWSCRAWL_PROMETHEUS_FILE"] or ""),
            extract_function=str(settings["NEWSCRAWL_EXTRACT"]),
            extract_timeout=settings.getfloat("NEWSCRAWL_EXTRACT_TIMEOUT"),
            max_page_bytes=settings.getint("NEWSCRAWL_MAX_PAGE_BYTES"),
            updates_clusters=settings.getbool("NEWSCRAWL_CLUSTERS"),
            allow_private_addresses=str(settings["NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES"] or ""),
            mail_server=str(settings["NEWSCRAWL_MAIL_SERVER"] or ""),
            folder=Path(closest_scrapy_cfg()).parent.absolute(),
            spider_names=lambda: sorted(get_spider_loader(settings).list()),
            find_publisher=self._find_publisher,
        )

    def _find_publisher(self, spider: str) -> Publisher:
        spider_class = get_spider_loader(self.project_settings).load(spider)
        if not issubclass(spider_class, NewsSpider):
            raise ArgumentError(f"{spider}: has no publisher, because it is not a NewsSpider")
        return spider_class.publisher

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            self.exitcode = self.execute(args, opts)
        except CommandLineError as error:
            raise UsageError(str(error), print_help=error.prints_help) from error
        except NewscrawlError as error:
            self.exitcode = 1
            print_error(error)

    @abstractmethod
    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        """Do it; return the exit code. Raises CommandLineError, which is exit code 2, and NewscrawlError."""


class ProgramCommand(ProjectCommand):
    """A command that is a program of newscrawl.cli."""

    program: Program
    services: ClassVar[dict[str, Any]] = {}
    """Functions of other packages that its `run` takes by name."""

    def syntax(self) -> str:
        return self.program.SYNTAX

    def short_desc(self) -> str:
        return self.program.SUMMARY

    def long_desc(self) -> str:
        return self.program.DESCRIPTION

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        if "\n" in self.program.DESCRIPTION:
            parser.formatter_class = RawHelpFormatter
        self.program.add_options(parser)

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        return self.program.run(args, opts, self.project, **self.services)


def make_command(program: Program, module: str, **services: Any) -> type[ProgramCommand]:
    """Make the command of a program; `module` is the name of the module of newscrawl.commands that defines it."""
    # Scrapy names a command after its module, and ignores classes that a module only imports.
    return type("Command", (ProgramCommand,), {"__module__": module, "program": program, "services": services})
