"""`scrapy schedule`."""

from newscrawl.cli import schedule
from newscrawl.crawl.arguments import read_arguments
from newscrawl.project_command import make_command

Command = make_command(schedule, __name__, check_arguments=read_arguments)
