"""`scrapy stats`."""

from newscrawl.cli import stats
from newscrawl.project_command import make_command

Command = make_command(stats, __name__)
