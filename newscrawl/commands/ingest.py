"""`scrapy ingest`."""

from newscrawl.cli import ingest
from newscrawl.project_command import make_command

Command = make_command(ingest, __name__)
