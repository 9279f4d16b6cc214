"""`scrapy pages`."""

from __future__ import annotations

from newscrawl.cli import pages
from newscrawl.project_command import ProgramCommand


class Command(ProgramCommand):
    """Runs newscrawl.cli.pages."""

    program = pages
