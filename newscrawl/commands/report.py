"""`scrapy report`: statistics, charts and last runs of the archive as one HTML file."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from rich.filesize import decimal
from scrapy.exceptions import UsageError

from newscrawl.cli.command import ProjectCommand
from newscrawl.cli.options import refuse_unknown_options
from newscrawl.cli.progress import waiting
from newscrawl.errors import ExportError, StorageError
from newscrawl.export.targets import replace_file
from newscrawl.web import report


class Command(ProjectCommand):
    """Write statistics, charts and the last runs of the archive to one self-contained HTML file."""

    def syntax(self) -> str:
        return "OUT.html | -"

    def short_desc(self) -> str:
        return "Write the archive's charts and last runs to one HTML file"

    def run(self, args: list[str], opts: Namespace) -> None:
        refuse_unknown_options(args)
        if len(args) != 1:
            raise UsageError("give the file to write, or - for the standard output")
        try:
            with waiting("Counting the articles"), self.archive() as store:
                page = report.render_report(store, datetime.now(UTC))
            _write(args[0], page)
        except (ExportError, StorageError) as error:
            self.fail(error)


def _write(target: str, page: str) -> None:
    if target == "-":
        sys.stdout.write(page)
        return
    with replace_file(Path(target)) as part:
        part.write_text(page, encoding="utf-8")
    print(f"{target}: {decimal(len(page.encode()))}")
