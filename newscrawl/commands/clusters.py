"""`scrapy clusters`."""

from __future__ import annotations

from newscrawl.cli import clusters
from newscrawl.project_command import ProgramCommand


class Command(ProgramCommand):
    """Runs newscrawl.cli.clusters."""

    program = clusters
