"""The options of `articles --diff`, without what compares revisions: that takes 0.03 s CPU to import."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from newscrawl.cli.options import option_type
from newscrawl.errors import ArgumentError, CommandLineError

if TYPE_CHECKING:
    from newscrawl.storage import StoredArticle
    from newscrawl.storage.steps import VersionStep

PageRenderer: TypeAlias = "Callable[[StoredArticle, Sequence[VersionStep]], str]"
"""Renders the steps of an article as an HTML page."""


def add_diff_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--diff", metavar="ID|URL", help="print what changed between the revisions of one article")
    between = "with --diff: from revision N to revision M in one step"
    parser.add_argument("--revisions", metavar="N..M", type=option_type(_read_revisions), help=between)


def check_diff_options(words: Sequence[str], opts: argparse.Namespace) -> None:
    if opts.revisions and not opts.diff:
        raise CommandLineError("--revisions goes with --diff")
    if opts.diff and (words or opts.show or opts.format == "csv"):
        raise CommandLineError("--diff prints one article, as text or with --format html or json, and takes no words")
    if opts.format == "html" and not opts.diff:
        raise CommandLineError("--format html goes with --diff")


def _read_revisions(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9]\d{0,8})\.\.([1-9]\d{0,8})", text)
    if not match or int(match[1]) >= int(match[2]):
        raise ArgumentError("give two revision numbers, the lower one first: 1..3")
    return int(match[1]), int(match[2])
