"""Signals of ours, beside Scrapy's."""

page_blocked = object()
"""A page proved to be a challenge when it was read. Arguments: url, reason."""

list_missed = object()
"""A list did not come, or is none. Arguments: list (ListRequest), outcome (gone, failed, blocked), reason, status."""
