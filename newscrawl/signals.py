"""Signals of ours, beside Scrapy's."""

page_blocked = object()
"""A page proved to be a challenge when it was read. Arguments: url, reason."""
