"""`scrapy reextract`."""

from __future__ import annotations

from newscrawl.cli import reextract
from newscrawl.project_command import ProgramCommand


class Command(ProgramCommand):
    """Runs newscrawl.cli.reextract."""

    program = reextract
