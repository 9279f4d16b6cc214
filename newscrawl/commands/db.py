"""`scrapy db`: the database's schema."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from newscrawl.errors import StorageError
from newscrawl.exporters.text import printable
from newscrawl.storage import upgrade
from newscrawl.storage.dictionary import markdown


class Command(ScrapyCommand):
    """Bring the database to this version's schema (upgrade), or print what its tables hold (schema)."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """What it takes."""
        return "upgrade|schema"

    def short_desc(self) -> str:
        """What it does."""
        return "Upgrade the database, or print its data dictionary"

    def run(self, args: list[str], opts: Namespace) -> None:
        """Do it, or say in one line on standard error why not, with exit code 1."""
        if args == ["schema"]:
            sys.stdout.write(markdown())
        elif args == ["upgrade"]:
            self._upgrade()
        else:
            raise UsageError("say what to do: upgrade or schema")

    def _upgrade(self) -> None:
        assert self.settings is not None  # noqa: S101 - Scrapy sets it
        try:
            before, after = upgrade(self.settings["NEWSCRAWL_DATABASE_URL"])
        except StorageError as error:
            self.exitcode = 1
            sys.stderr.write(f"{printable(str(error))}\n")
            return
        done = {None: f"made, at version {after}", after: f"at version {after}, nothing to do"}
        print(f"database {done.get(before, f'upgraded from version {before} to {after}')}")
