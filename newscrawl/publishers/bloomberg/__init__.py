"""Bloomberg and Bloomberg Businessweek."""

from newscrawl.publishers.bloomberg.publisher import PUBLISHER

__all__ = ["PUBLISHER"]
