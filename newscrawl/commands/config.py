"""`scrapy config`."""

from newscrawl.cli import config
from newscrawl.project_command import make_command

Command = make_command(config, __name__)
