"""Glue: what the commands of this project have in common but `scrapy crawl`, which is Scrapy's own.

It stands outside of newscrawl.commands, as Scrapy takes every subclass of ScrapyCommand in there for a command.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand, ScrapyHelpFormatter
from scrapy.settings import Settings

from newscrawl.export.display import strip_controls
from newscrawl.storage import Store


class HelpFormatter(ScrapyHelpFormatter):
    """Scrapy's, which makes a heading of every line that ends in a colon, but for the lines of an option's help."""

    def format_part_strings(self, part_strings: list[str]) -> list[str]:
        """See ScrapyHelpFormatter."""
        is_of_option = bool(part_strings) and part_strings[0].startswith(" ")
        return part_strings if is_of_option else super().format_part_strings(part_strings)


class ProjectCommand(ScrapyCommand):
    """A command that runs no crawl, logs nothing, and says on standard error in one line why it failed."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def long_desc(self) -> str:
        """What it does."""
        return self.__doc__ or self.short_desc()

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Those of all commands."""
        super().add_options(parser)
        parser.formatter_class = HelpFormatter

    @property
    def project_settings(self) -> Settings:
        """The settings, which Scrapy has set by the time that the command runs."""
        assert self.settings is not None  # noqa: S101 - Scrapy sets it
        return self.settings

    @property
    def database_url(self) -> str:
        """NEWSCRAWL_DATABASE_URL."""
        return str(self.project_settings["NEWSCRAWL_DATABASE_URL"])

    def archive(self) -> Store:
        """The database, opened. Raises StorageError, also where there is none yet."""
        return Store.open(self.database_url, create=False)

    def fail(self, said: object, exitcode: int = 1) -> None:
        """Say why it failed, and with which exit code it ends."""
        self.exitcode = exitcode
        sys.stderr.write(f"{strip_controls(str(said))}\n")
