"""`scrapy watch`."""

from newscrawl.cli import watch
from newscrawl.project_command import make_command

Command = make_command(watch, __name__)
