"""`scrapy export`."""

from newscrawl.cli import export
from newscrawl.project_command import make_command

Command = make_command(export, __name__)
