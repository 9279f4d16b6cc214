"""The commands without Scrapy: each is a module with its options and what it does; and what they share."""
