"""One spider per publisher, for `scrapy list` and `scrapy crawl`."""
