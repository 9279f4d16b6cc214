"""`config`: show every setting, its value and where it came from."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from newscrawl.cli.output import format_rows, make_table, render_terminal
from newscrawl.cli.project import Project
from newscrawl.configuration import BY_NAME, DEFAULT, PREFIX, Configuration
from newscrawl.configuration.documentation import make_table as make_markdown
from newscrawl.configuration.names import find_closest
from newscrawl.configuration.secrets import MASK, is_secret_name, mask_address, redact
from newscrawl.errors import ArgumentError

SYNTAX = "[options] [SETTING ...]"
DESCRIPTION = (
    "Show every setting, or those named, its value without passwords, and where it came from: the command line (-s), "
    "the environment, .env, newscrawl.toml, or its default. A name may be in lower case and without NEWSCRAWL_."
)
_NAMES = ("setting", "value", "from")


def add_options(parser: argparse.ArgumentParser) -> None:
    form = "default: table; markdown: all settings with what they are for"
    parser.add_argument("--format", choices=("table", "json", "csv", "markdown"), default="table", help=form)


def run(words: list[str], opts: argparse.Namespace, project: Project) -> int:
    """Print the settings. Raises ArgumentError for a name that is none."""
    if opts.format == "markdown":
        sys.stdout.write(make_markdown())
        return 0
    configuration = project.configuration
    names = [_find_name(word, configuration) for word in words]
    rows = [row for row in _make_rows(configuration) if not names or row["setting"] in names]
    if opts.format != "table":
        sys.stdout.write(format_rows(opts.format, _NAMES, rows))
        return 0
    table = make_table(*(name.capitalize() for name in _NAMES))
    table.columns[1].no_wrap, table.columns[1].overflow = False, "fold"
    for row in rows:
        key = row["setting"].removeprefix(PREFIX)
        shown = key.lower() if key != row["setting"] else key  # as newscrawl.toml names them
        table.add_row(shown, row["value"], row["from"], style="bold" if row["from"] != DEFAULT else None)
    sys.stdout.write(
        render_terminal(table, _describe_files(configuration), width=None if sys.stdout.isatty() else 1000)
    )
    return 0


def _make_rows(configuration: Configuration) -> Iterator[dict[str, str]]:
    for name, setting in {**configuration.settings, **configuration.scrapy}.items():
        option = BY_NAME.get(name)
        text = redact(_show(setting.value))
        if is_secret_name(name):
            text = MASK
        elif option and option.is_secret and text:
            text = mask_address(str(setting.value))
        yield dict(zip(_NAMES, (name, text, setting.origin), strict=True))


def _show(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _find_name(word: str, configuration: Configuration) -> str:
    known = {*configuration.settings, *configuration.scrapy}
    upper = word.upper()
    for name in (upper, PREFIX + upper):
        if name in known:
            return name
    closest, _ = find_closest(word, sorted(name.removeprefix(PREFIX) for name in known))
    raise ArgumentError(f"{word}: there is no such setting; the closest is {closest.lower()}")


def _describe_files(configuration: Configuration) -> str:
    read = [str(file) for file in (configuration.file, configuration.env_file) if file]
    if not read:
        return "no newscrawl.toml here or in a folder above; `newscrawl init` writes one"
    return f"read: {' and '.join(read)}"
