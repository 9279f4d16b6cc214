"""Articles as files: formats (a plug-in folder), targets, and feed exporters for Scrapy."""
