"""`scrapy db`."""

from newscrawl.cli import db
from newscrawl.project_command import make_command

Command = make_command(db, __name__)
