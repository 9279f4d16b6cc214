"""Options that several commands take, and how they read."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from scrapy.exceptions import UsageError

from newscrawl.cli.output import FORMATS
from newscrawl.crawl.arguments import ARGUMENTS
from newscrawl.errors import ArgumentError

Condition: TypeAlias = "tuple[str, str, Callable[[str], Any]]"
"""What an option takes, which articles it leaves, and how it reads."""

LIMIT = 20
_CONDITIONS = {
    "since": ("DATE", "published that day (UTC) or later"),
    "until": ("DATE", "published that day (UTC) or earlier"),
    "author": ("NAME", "whose byline has this name, or a part of it"),
    "ticker": ("TICKER", "that name this security: AAPL, or AAPL:US"),
    "section": ("SECTION", "of this section"),
}


def reads(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """A reader of arguments as argparse wants it: its message goes behind the option's name, with exit code 2."""

    def reader(text: str) -> Any:
        try:
            return read(text)
        except (ArgumentError, OverflowError) as error:
            raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error

    return reader


def add_conditions(parser: argparse.ArgumentParser, *names: str, **others: Condition) -> None:
    """An option for each condition of a Query but its words, or for these alone; `others` take the place of some."""
    for name in names or _CONDITIONS:
        form, meaning = _CONDITIONS[name]
        read = reads(ARGUMENTS[name].read) if name in ARGUMENTS else str
        form, meaning, read = others.get(name, (form, meaning, read))
        parser.add_argument(f"--{name}", metavar=form, type=read, help=f"only articles {meaning}")


def conditions(opts: argparse.Namespace) -> dict[str, Any]:
    """What of these options was given, as Query takes it."""
    return {name: getattr(opts, name) for name in _CONDITIONS}


def refuse_unknown_options(args: Sequence[str]) -> None:
    """Refuse what stands among the arguments and looks like an option: Scrapy hands over those that it does not know.

    Raises UsageError.
    """
    if unknown := [word for word in args if re.fullmatch("--[a-z-]+(=.*)?", word)]:
        raise UsageError(f"there is no option {unknown[0]}")


def add_limit(parser: argparse.ArgumentParser, what: str) -> None:
    """--limit N, LIMIT without it."""
    read = reads(ARGUMENTS["limit"].read)
    parser.add_argument("--limit", metavar="N", type=read, default=LIMIT, help=f"N {what} at most (default {LIMIT})")


def add_format(parser: argparse.ArgumentParser, *more: str) -> None:
    """--format table|json|csv, and what else there is."""
    parser.add_argument("--format", choices=(*FORMATS, *more), default="table", help="default: table")
