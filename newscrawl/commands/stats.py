"""`scrapy stats`."""

from __future__ import annotations

from newscrawl.cli import stats
from newscrawl.project_command import ProgramCommand


class Command(ProgramCommand):
    """Runs newscrawl.cli.stats."""

    program = stats
