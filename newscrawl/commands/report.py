"""`scrapy report`: statistics, charts and last runs of the archive as one HTML file."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from rich.filesize import decimal

from newscrawl.cli.options import reject_unknown_options
from newscrawl.cli.output import show_status
from newscrawl.errors import CommandLineError
from newscrawl.export.targets import replace_file
from newscrawl.project_command import ProjectCommand
from newscrawl.web import report


class Command(ProjectCommand):
    """Write statistics, charts and the last runs of the archive to one self-contained HTML file."""

    def syntax(self) -> str:
        return "OUT.html | -"

    def short_desc(self) -> str:
        return "Write the archive's charts and last runs to one HTML file"

    def execute(self, args: list[str], opts: Namespace) -> int:
        reject_unknown_options(args)
        if len(args) != 1:
            raise CommandLineError("give the file to write, or - for the standard output")
        with show_status("Counting the articles"), self.project.open_archive() as store:
            page = report.render_report(store, datetime.now(UTC))
        _write(args[0], page)
        return 0


def _write(target: str, page: str) -> None:
    if target == "-":
        sys.stdout.write(page)
        return
    with replace_file(Path(target)) as part:
        part.write_text(page, encoding="utf-8")
    print(f"{target}: {decimal(len(page.encode()))}")
