"""The command `newscrawl`, which works in any folder: programs run without Scrapy, everything else with it."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from newscrawl import __version__
from newscrawl.cli.output import ignore_broken_pipe, prepare_streams, print_error
from newscrawl.cli.project import Project
from newscrawl.configuration import Configuration, ConfigurationError, load_configuration
from newscrawl.errors import ArgumentError, CommandLineError, NewscrawlError
from newscrawl.export.display import name_commands
from newscrawl.programs import COLLECT, GROUPS, PROGRAMS, load_program, run_program
from newscrawl.publisher import GENERAL, SITES_SPIDER, Publisher

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

SETTINGS_MODULE = "newscrawl.settings"
_CRAWL = "Crawl a publisher, or any site, into the database"
OF_SCRAPY = (
    *("bench", "check", "edit", "fetch", "genspider", "list", "parse", "runspider"),
    *("settings", "shell", "startproject", "view"),
)
_OPTIONS_OF_SCRAPY = ("logfile", "loglevel", "nolog", "profile", "pidfile", "pdb")
_OWN_SPIDERS = {"__init__", "loader", "news"}
"""Modules of newscrawl.spiders."""
_SIMILAR = 0.5
"""Least similarity of a name that may have been meant."""


class _Parser(argparse.ArgumentParser):
    """A parser whose help names commands as they are called here."""

    def format_help(self) -> str:
        return name_commands(super().format_help())


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; return the exit code. Raises SystemExit where Scrapy or argparse end the program."""
    prepare_streams()
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    # As Scrapy does: the first word that is no option
    at = next((index for index, word in enumerate(arguments) if not word.startswith("-")), None)
    if at is None:
        return _run_without_command(arguments)
    name = arguments[at]
    try:
        if name in PROGRAMS:
            return _run_program(name, [*arguments[:at], *arguments[at + 1 :]], arguments)
        if name == "crawl" or name in OF_SCRAPY:
            _run_scrapy(arguments)
    except KeyboardInterrupt:
        return 130
    known = [*PROGRAMS, "crawl", *OF_SCRAPY]
    closest = difflib.get_close_matches(name, known, 1, _SIMILAR)
    hint = f"; the closest is {closest[0]}" if closest else ""
    print_error(f"newscrawl: there is no command {name}{hint}; `newscrawl --help` lists all")
    return 2


def _run_without_command(options: Sequence[str]) -> int:
    if "--version" in options:
        print(f"newscrawl {__version__}")
    elif unknown := [option for option in options if option not in ("-h", "--help")]:
        print_error(f"newscrawl: there is no option {unknown[0]} without a command; `newscrawl --help` lists commands")
        return 2
    else:
        with ignore_broken_pipe(sys.stdout):
            print("\n".join(_list_commands()))
    return 0


def _list_commands() -> Iterator[str]:
    yield "newscrawl COMMAND [options] [words]; newscrawl COMMAND --help explains one"
    for group in GROUPS:
        yield f"\n{group}"
        if group == COLLECT:
            yield f"  {'crawl':<10} {_CRAWL}"
        yield from (f"  {name:<10} {entry.summary}" for name, entry in PROGRAMS.items() if entry.group == group)
    yield f"\nOf Scrapy: {', '.join(OF_SCRAPY)}"


def _run_program(name: str, arguments: Sequence[str], all_arguments: Sequence[str]) -> int:
    program = load_program(name)
    parser = _Parser(
        prog="newscrawl",
        usage=f"newscrawl {name} {program.SYNTAX}",
        description=program.DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter if "\n" in program.DESCRIPTION else argparse.HelpFormatter,
        conflict_handler="resolve",
    )
    _add_global_options(parser)
    program.add_options(parser)
    opts, words = parser.parse_known_args(arguments)
    if any(getattr(opts, option) for option in _OPTIONS_OF_SCRAPY):
        _run_scrapy(all_arguments)
    try:
        configuration = load_configuration(opts.set)
    except ConfigurationError as error:
        print_error(error)
        return 2
    for note in configuration.notes:
        print_error(note)
    try:
        return run_program(name, words, opts, _make_project(configuration, opts.set))
    except CommandLineError as error:
        if str(error):
            parser.error(str(error))
        if error.prints_help:
            parser.print_help()
        return 2
    except NewscrawlError as error:
        print_error(error)
        return 1


def _add_global_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command of Scrapy has; all but --set hand the command line to Scrapy."""
    group = parser.add_argument_group("global options")
    setting = "set/override setting (may be repeated)"
    group.add_argument("-s", "--set", action="append", default=[], metavar="NAME=VALUE", help=setting)
    group.add_argument("--logfile", metavar="FILE", help="log file; if omitted stderr will be used")
    group.add_argument("-L", "--loglevel", metavar="LEVEL", help="log level")
    group.add_argument("--nolog", action="store_true", help="disable logging completely")
    group.add_argument("--profile", metavar="FILE", help="write Python cProfile stats to FILE")
    group.add_argument("--pidfile", metavar="FILE", help="write process ID to FILE")
    group.add_argument("--pdb", action="store_true", help="enable pdb on failure")


def _run_scrapy(arguments: Sequence[str]) -> None:
    """Run a command line with Scrapy, which ends with SystemExit."""
    _use_our_settings()
    from scrapy.cmdline import execute  # noqa: PLC0415 - most commands need no Scrapy: 0.4 s CPU

    execute(["newscrawl", *arguments])


def _use_our_settings() -> None:
    """Let Scrapy find our settings, also where the folder has a scrapy.cfg of another project."""
    os.environ["SCRAPY_SETTINGS_MODULE"] = SETTINGS_MODULE


def _make_project(configuration: Configuration, settings: Sequence[str]) -> Project:
    file = configuration.file
    make_settings = partial(_make_crawl_settings, configuration, settings)
    return Project.make(
        configuration,
        folder=file.parent.absolute() if file else Path.cwd(),
        spider_names=partial(_list_spiders, make_settings),
        find_publisher=partial(_find_publisher, make_settings),
        make_crawl_settings=make_settings,
    )


def _list_spiders(make_settings: Callable[[], BaseSettings]) -> list[str]:
    if _has_other_spiders():
        from scrapy.spiderloader import get_spider_loader  # noqa: PLC0415 - as above

        return sorted(get_spider_loader(make_settings()).list())
    from newscrawl.publishers import load_publishers  # noqa: PLC0415 - imports all layouts

    return sorted((SITES_SPIDER, *(publisher.name for publisher in load_publishers())))


def _has_other_spiders() -> bool:
    """Whether there are spiders of `scrapy genspider`, which only Scrapy can load."""
    return bool({file.stem for file in (Path(__file__).parent / "spiders").glob("*.py")} - _OWN_SPIDERS)


def _find_publisher(make_settings: Callable[[], BaseSettings], spider: str) -> Publisher:
    if _has_other_spiders():
        from newscrawl.project_command import find_publisher  # noqa: PLC0415 - as above

        return find_publisher(make_settings(), spider)
    from newscrawl.publishers import load_publishers  # noqa: PLC0415 - imports all layouts

    if spider == SITES_SPIDER:
        return GENERAL
    for publisher in load_publishers():
        if publisher.name == spider:
            return publisher
    raise ArgumentError(f"there is no spider {spider!r}; there are {', '.join(_list_spiders(make_settings))}")


def _make_crawl_settings(configuration: Configuration, arguments: Sequence[str]) -> BaseSettings:
    """Make Scrapy's settings as `scrapy NAME -s …` has them."""
    _use_our_settings()
    from scrapy.utils.project import get_project_settings  # noqa: PLC0415 - as above

    settings = get_project_settings()
    settings.setdict(dict(argument.split("=", 1) for argument in arguments), priority="cmdline")
    settings.setdict(configuration.values, priority="cmdline")
    return settings
