"""The base of the commands in newscrawl.commands: each runs a program of newscrawl.cli as `scrapy NAME`."""

# Not in newscrawl.commands: Scrapy takes every subclass of ScrapyCommand there for a command.

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand, ScrapyHelpFormatter
from scrapy.exceptions import UsageError
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings
from scrapy.spiderloader import get_spider_loader
from scrapy.utils.conf import closest_scrapy_cfg

from newscrawl.cli.output import prepare_streams, print_error
from newscrawl.cli.project import Program, Project
from newscrawl.configuration import PREFIX, Configuration, ConfigurationError, load_configuration, read_arguments
from newscrawl.errors import ArgumentError, CommandLineError, NewscrawlError
from newscrawl.export.display import name_commands
from newscrawl.programs import PROGRAMS, load_program, run_program
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

    def __init__(self) -> None:
        super().__init__()
        prepare_streams()  # Scrapy makes all commands before it prints anything

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        # Scrapy writes "scrapy NAME", whatever was typed
        parser.usage = name_commands(f"`{parser.usage}").removeprefix("`")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        level = [f"LOG_LEVEL={opts.loglevel}"] if opts.loglevel else []
        try:
            values, notes = read_arguments([*opts.set, *level])
        except ConfigurationError as error:
            print_error(error)
            raise SystemExit(2) from error
        super().process_options(args, opts)
        assert self.settings is not None  # noqa: S101 - Scrapy sets it before it processes options
        self.settings.setdict(values, priority="cmdline")
        for note in notes:
            print_error(note)


def make_checked_command(command: type[ScrapyCommand], module: str) -> type[ScrapyCommand]:
    """Make one of Scrapy's own commands, with checked settings, for a module of newscrawl.commands."""
    return type("Command", (SettingsCommand, command), {"__module__": module})


class ProgramCommand(SettingsCommand):
    """A program as a command. It logs nothing; an error is one line on standard error and exit code 1."""

    # The module of a program is imported when it is used: Scrapy makes an instance of every command at each start.
    name: ClassVar[str]
    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    @property
    def _program(self) -> Program:
        return load_program(self.name)

    def syntax(self) -> str:
        return self._program.SYNTAX

    def short_desc(self) -> str:
        return PROGRAMS[self.name].summary

    def long_desc(self) -> str:
        return self._program.DESCRIPTION

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.formatter_class = RawHelpFormatter if "\n" in self.long_desc() else HelpFormatter
        self._program.add_options(parser)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None  # noqa: S101 - Scrapy sets it before it runs the command
        try:
            self.exitcode = run_program(self.name, args, opts, _make_project(self.settings, opts.set))
        except CommandLineError as error:
            raise UsageError(str(error), print_help=error.prints_help) from error
        except NewscrawlError as error:
            self.exitcode = 2 if isinstance(error, ConfigurationError) else 1
            print_error(error)


def make_command(module: str) -> type[ProgramCommand]:
    """Make the command of a module of newscrawl.commands, which has the name of its program."""
    # Scrapy names a command after its module, and ignores classes that a module only imports.
    return type("Command", (ProgramCommand,), {"__module__": module, "name": module.rpartition(".")[2]})


def read_configuration(settings: BaseSettings, arguments: Sequence[str]) -> Configuration:
    """Return the configuration with the settings of a project and the NAME=VALUE of `-s`. Raises ConfigurationError."""
    # Settings of another project may have none of ours.
    ours = [name for name in settings if name.startswith(PREFIX)]
    changed = {name for name in ours if (settings.getpriority(name) or 0) >= SETTINGS_PRIORITIES["cmdline"]}
    return load_configuration(arguments).with_project(
        {name: settings[name] for name in ours if name not in changed}, {name: settings[name] for name in changed}
    )


def _make_project(settings: BaseSettings, arguments: Sequence[str]) -> Project:
    return Project.make(
        read_configuration(settings, arguments),
        folder=Path(closest_scrapy_cfg()).parent.absolute(),
        spider_names=lambda: sorted(get_spider_loader(settings).list()),
        find_publisher=partial(find_publisher, settings),
        make_crawl_settings=lambda: settings,
    )


def find_publisher(settings: BaseSettings, spider: str) -> Publisher:
    """Return the publisher of a spider of a project. Raises ArgumentError."""
    from newscrawl.crawl.spider import NewsSpider  # noqa: PLC0415 - 0.2 s CPU, which few programs need

    loader = get_spider_loader(settings)
    if spider not in loader.list():
        raise ArgumentError(f"there is no spider {spider!r}; there are {', '.join(sorted(loader.list()))}")
    spider_class = loader.load(spider)
    if not issubclass(spider_class, NewsSpider):
        raise ArgumentError(f"{spider}: has no publisher, because it is not a NewsSpider")
    return spider_class.publisher
