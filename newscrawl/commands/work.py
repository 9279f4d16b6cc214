"""`scrapy work`."""

from newscrawl.project_command import make_command

Command = make_command(__name__)
