"""Commands of `scrapy`: each parses, calls and prints."""
