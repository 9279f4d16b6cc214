"""Signals that newscrawl adds to Scrapy's."""

page_blocked = object()
"""A page turned out to be a challenge when it was extracted. Arguments: url, reason."""

page_fetched = object()
"""The request for a page has ended, well or not. Argument: link."""

list_missed = object()
"""A list could not be read. Arguments: list (ListRequest), outcome (gone, failed, blocked, refused), reason, status."""
