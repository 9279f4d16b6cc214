"""`scrapy runs`."""

from newscrawl.cli import runs
from newscrawl.project_command import make_command

Command = make_command(runs, __name__)
