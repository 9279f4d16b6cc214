"""`report`: statistics, charts and last runs of the archive as one HTML file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from rich.filesize import decimal

from newscrawl.cli.options import reject_unknown_options
from newscrawl.cli.output import show_status
from newscrawl.cli.project import Project
from newscrawl.errors import CommandLineError
from newscrawl.export.targets import open_place, replace_file
from newscrawl.remote_files import check_name, hide_credentials

SYNTAX = "OUT.html | -"
DESCRIPTION = "Write statistics, charts and the last runs of the archive to one HTML file, which may be at a URL."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add none."""


def run(words: list[str], opts: argparse.Namespace, project: Project, *, render_report: Callable[..., str]) -> int:
    """Write the file. `render_report` is that of newscrawl.web."""
    reject_unknown_options(words)
    if len(words) != 1:
        raise CommandLineError("give the file to write, or - for the standard output")
    check_name(words[0])
    with show_status("Counting the articles"), project.open_archive() as store:
        page = render_report(store, datetime.now(UTC))
    if words[0] == "-":
        sys.stdout.write(page)
    else:
        with open_place(words[0]) as path, replace_file(path) as part:
            part.write_text(page, encoding="utf-8")
        print(f"{hide_credentials(words[0])}: {decimal(len(page.encode()))}")
    return 0
