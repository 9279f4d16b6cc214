"""`scrapy extract`."""

from __future__ import annotations

import argparse
from functools import partial

from newscrawl.cli import extract
from newscrawl.crawl.single_page import fetch_page
from newscrawl.project_command import ProgramCommand


class Command(ProgramCommand):
    """Runs newscrawl.cli.extract."""

    program = extract

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        return extract.run(args, opts, self.project, fetch=partial(fetch_page, settings=self.project_settings))
