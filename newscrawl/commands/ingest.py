"""`scrapy ingest`."""

from __future__ import annotations

from newscrawl.cli import ingest
from newscrawl.project_command import ProgramCommand


class Command(ProgramCommand):
    """Runs newscrawl.cli.ingest."""

    program = ingest
