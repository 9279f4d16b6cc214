"""`scrapy articles`."""

from newscrawl.cli import articles
from newscrawl.project_command import make_command
from newscrawl.web import standalone

Command = make_command(articles, __name__, render_page=standalone.render_changes)
