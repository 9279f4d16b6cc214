"""`scrapy schedule`."""

from __future__ import annotations

import argparse

from newscrawl.cli import schedule
from newscrawl.crawl.arguments import read_arguments
from newscrawl.project_command import ProgramCommand


class Command(ProgramCommand):
    """Runs newscrawl.cli.schedule."""

    program = schedule

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        return schedule.run(args, opts, self.project, check_arguments=read_arguments)
