"""`scrapy report`: the archive's charts and last runs as one file, for a mail or a wall."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from newscrawl.errors import StorageError
from newscrawl.exporters.text import printable
from newscrawl.reading_room import report
from newscrawl.storage import Store


class Command(ScrapyCommand):
    """Write the archive's numbers, charts and last runs to one HTML file, which asks for nothing else."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """What it takes."""
        return "OUT.html | -"

    def short_desc(self) -> str:
        """What it does."""
        return "Write the archive's charts and last runs to one HTML file"

    def run(self, args: list[str], opts: Namespace) -> None:
        """Write it, or say in one line on standard error why not, with exit code 1."""
        if len(args) != 1:
            raise UsageError("name the file to write, or - for the standard output")
        assert self.settings is not None  # noqa: S101 - Scrapy sets it
        try:
            with Store.open(self.settings["NEWSCRAWL_DATABASE_URL"], create=False) as store:
                page = report.page(store, datetime.now(UTC))
            _write(args[0], page)
        except StorageError as error:
            self._failed(str(error))
        except OSError as error:
            self._failed(f"{args[0]}: cannot be written: {error.strerror or error}; what was there is there")

    def _failed(self, line: str) -> None:
        self.exitcode = 1
        sys.stderr.write(f"{printable(line)}\n")


def _write(target: str, page: str) -> None:
    """The whole page or, if that fails, nothing."""
    if target == "-":
        sys.stdout.write(page)
        return
    path = Path(os.path.realpath(target))
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(page, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    print(f"{target}: {len(page.encode()) // 1000:,} kB")
