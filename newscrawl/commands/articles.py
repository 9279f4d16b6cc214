"""`scrapy articles`."""

from __future__ import annotations

import argparse

from newscrawl.cli import articles
from newscrawl.project_command import ProgramCommand, RawHelpFormatter
from newscrawl.web import standalone


class Command(ProgramCommand):
    """Runs newscrawl.cli.articles."""

    program = articles

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.formatter_class = RawHelpFormatter

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        return articles.run(args, opts, self.project, render_page=standalone.render_changes)
