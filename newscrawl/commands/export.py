"""`scrapy export`."""

from __future__ import annotations

from newscrawl.cli import export
from newscrawl.project_command import ProgramCommand


class Command(ProgramCommand):
    """Runs newscrawl.cli.export."""

    program = export
