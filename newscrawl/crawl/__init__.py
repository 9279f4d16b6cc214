"""A running crawl, on Scrapy."""
