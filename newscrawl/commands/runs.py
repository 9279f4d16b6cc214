"""`scrapy runs`."""

from __future__ import annotations

from newscrawl.cli import runs
from newscrawl.project_command import ProgramCommand


class Command(ProgramCommand):
    """Runs newscrawl.cli.runs."""

    program = runs
