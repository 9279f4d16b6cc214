"""`scrapy pages`."""

from newscrawl.cli import pages
from newscrawl.project_command import make_command

Command = make_command(pages, __name__)
