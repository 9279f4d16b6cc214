"""`scrapy clusters`."""

from newscrawl.cli import clusters
from newscrawl.project_command import make_command

Command = make_command(clusters, __name__)
