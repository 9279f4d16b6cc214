"""Options that several commands take, and how their values are read."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from newscrawl.cli.output import FORMATS, is_terminal
from newscrawl.date_range import read_since, read_until
from newscrawl.errors import ArgumentError, CommandLineError

Condition: TypeAlias = "tuple[str, str, Callable[[str], Any]]"
"""Placeholder of the value, which articles match, and how the value is read."""

LIMIT = 20
"""Rows of a table on a terminal, unless --limit is given."""


def read_share(text: str) -> float:
    """Read a number from 0 to 1. Raises ArgumentError."""
    if not re.fullmatch(r"(?:0|1|0?\.\d{1,9}|1\.0{1,9})", text, re.A):
        raise ArgumentError("give a number from 0 to 1, such as 0.8")
    return float(text)


_CONDITIONS: dict[str, Condition] = {
    "since": ("DATE", "published then (UTC) or later: 2013, 2013-05, 2013-05-27, yesterday, 7d", read_since),
    "until": ("DATE", "published then (UTC) or earlier; a year, month or day counts to its end", read_until),
    "author": ("NAME", "whose byline has this name, or a part of it", str),
    "ticker": ("TICKER", "that name this security: AAPL, or AAPL:US", str),
    "section": ("SECTION", "of this section, in any spelling", str),
    "publisher": ("NAME", "of this publisher: its title (Tern Post), or its name or host (news.example)", str),
    "site": ("SITE", "that were first fetched from this site: its host, or the name of a known publisher", str),
    "min_confidence": ("0 TO 1", "read with at least this confidence; those of known layouts always match", read_share),
}


def condition_names() -> tuple[str, ...]:
    """Return the names of all conditions."""
    return tuple(_CONDITIONS)


def option_type(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Make a reader usable as the `type` of an option: argparse prints its ArgumentError after the option's name."""

    def read_option(text: str) -> Any:
        try:
            return read(text)
        except (ArgumentError, OverflowError) as error:
            raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error

    return read_option


def add_conditions(parser: argparse._ActionsContainer, *names: str, **replacements: Condition) -> None:
    """Add an option for each condition of a Query except words, or only for `names`."""
    for name in names or _CONDITIONS:
        form, meaning, read = replacements.get(name, _CONDITIONS[name])
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, metavar=form, type=option_type(read), help=f"only articles {meaning}")


def get_conditions(opts: argparse.Namespace) -> dict[str, Any]:
    """Return the values of these options as arguments of Query."""
    return {name: getattr(opts, name) for name in _CONDITIONS}


def reject_unknown_options(words: Sequence[str]) -> None:
    """Raise CommandLineError for a word that looks like an option: Scrapy passes unknown options on as words."""
    if unknown := [word for word in words if re.fullmatch("--[a-z-]+(=.*)?", word)]:
        raise CommandLineError(f"there is no option {unknown[0]}")


def read_limit(text: str) -> int:
    """Read a number of rows; 0 stands for all of them. Raises ArgumentError."""
    if text.strip().lower() == "all":
        return 0
    if not re.fullmatch(r"[0-9]{1,9}", text, re.A):
        raise ArgumentError("give a whole number, or all")
    return int(text)


def add_limit(parser: argparse.ArgumentParser, things: str, default: str | None = None) -> None:
    """Add --limit, which get_limit reads."""
    default = default or f"a table on a terminal has {LIMIT}; pipes, csv and json have all"
    meaning = f"at most N {things}; 0 or all: all of them (default: {default})"
    parser.add_argument("--limit", metavar="N|all", type=option_type(read_limit), help=meaning)


def get_limit(opts: argparse.Namespace) -> int | None:
    """Return how many rows to print: --limit, else LIMIT of a table on a terminal; None: all."""
    if opts.limit is None:
        return LIMIT if opts.format == "table" and is_terminal() else None
    return opts.limit or None


def add_format(parser: argparse.ArgumentParser, *more: str) -> None:
    parser.add_argument("--format", choices=(*FORMATS, *more), default="table", help="default: table")
