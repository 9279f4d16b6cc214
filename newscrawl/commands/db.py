"""`scrapy db`."""

from __future__ import annotations

from newscrawl.cli import db
from newscrawl.project_command import ProgramCommand


class Command(ProgramCommand):
    """Runs newscrawl.cli.db."""

    program = db
