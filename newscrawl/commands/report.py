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
from newscrawl.web.report import render_report


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
            page = render_report(store, datetime.now(UTC))
        if args[0] == "-":
            sys.stdout.write(page)
        else:
            with replace_file(Path(args[0])) as part:
                part.write_text(page, encoding="utf-8")
            print(f"{args[0]}: {decimal(len(page.encode()))}")
        return 0
