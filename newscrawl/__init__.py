"""newscrawl: a news publisher's pages as a clean, queryable archive."""

__version__ = "0.1.0"
