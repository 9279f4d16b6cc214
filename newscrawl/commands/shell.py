"""`scrapy shell`: Scrapy's own command, with checked settings."""

from scrapy.commands.shell import Command as ScrapyCommand

from newscrawl.project_command import make_checked_command

Command = make_checked_command(ScrapyCommand, __name__)
