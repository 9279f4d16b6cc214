"""Options that several commands take, and how they read."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from scrapy.exceptions import UsageError

from newscrawl.cli.output import FORMATS
from newscrawl.date_range import read_since, read_until
from newscrawl.errors import ArgumentError
from newscrawl.operations.durations import read_count

Condition: TypeAlias = "tuple[str, str, Callable[[str], Any]]"
"""What an option takes, which articles it leaves, and how it reads."""

LIMIT = 20
_CONDITIONS: dict[str, Condition] = {
    "since": ("DATE", "published that day (UTC) or later", read_since),
    "until": ("DATE", "published that day (UTC) or earlier", read_until),
    "author": ("NAME", "whose byline has this name, or a part of it", str),
    "ticker": ("TICKER", "that name this security: AAPL, or AAPL:US", str),
    "section": ("SECTION", "of this section", str),
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
        form, meaning, read = others.get(name, _CONDITIONS[name])
        parser.add_argument(f"--{name}", metavar=form, type=reads(read), help=f"only articles {meaning}")


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
    parser.add_argument(
        "--limit", metavar="N", type=reads(read_count), default=LIMIT, help=f"N {what} at most (default {LIMIT})"
    )


def add_format(parser: argparse.ArgumentParser, *more: str) -> None:
    """--format table|json|csv, and what else there is."""
    parser.add_argument("--format", choices=(*FORMATS, *more), default="table", help="default: table")
