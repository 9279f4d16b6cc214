"""Commands of `scrapy`: each adapts a program of newscrawl.cli to Scrapy."""
