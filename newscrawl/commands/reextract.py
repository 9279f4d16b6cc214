"""`scrapy reextract`."""

from newscrawl.cli import reextract
from newscrawl.project_command import make_command

Command = make_command(reextract, __name__)
