"""`scrapy report`: the archive's charts and last runs as one file, for a mail or a wall."""

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
    """Write the archive's numbers, charts and last runs to one HTML file, which asks for nothing else."""

    def syntax(self) -> str:
        """What it takes."""
        return "OUT.html | -"

    def short_desc(self) -> str:
        """What it does."""
        return "Write the archive's charts and last runs to one HTML file"

    def run(self, args: list[str], opts: Namespace) -> None:
        """Write it, or say in one line on standard error why not, with exit code 1."""
        refuse_unknown_options(args)
        if len(args) != 1:
            raise UsageError("name the file to write, or - for the standard output")
        try:
            with waiting("Counting the articles"), self.archive() as store:
                page = report.page(store, datetime.now(UTC))
            _write(args[0], page)
        except (ExportError, StorageError) as error:
            self.fail(error)


def _write(target: str, page: str) -> None:
    """The whole page or, if that fails, nothing."""
    if target == "-":
        sys.stdout.write(page)
        return
    with replace_file(Path(target)) as part:
        part.write_text(page, encoding="utf-8")
    print(f"{target}: {decimal(len(page.encode()))}")
