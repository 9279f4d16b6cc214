"""How a run gets its pages, and what follows from that."""

from __future__ import annotations

from enum import Enum, auto


class RunMode(Enum):
    """How a run gets its pages; each source has one."""

    LIVE = auto()
    """From the publisher's site, as it is now."""
    SAVED_PAGES = auto()
    """From HTML or text files on this machine."""
    REPLAY = auto()
    """From one WARC file that answers as the site did. Requests are made in a fixed order, so that results repeat."""
    WEB_ARCHIVE = auto()
    """From a web archive, over the network."""
    ARCHIVE_FILES = auto()
    """From archive files on this machine."""

    @property
    def uses_network(self) -> bool:
        """Whether requests leave this machine: only then are pauses, blocks and private addresses of concern."""
        return self in (RunMode.LIVE, RunMode.WEB_ARCHIVE)

    @property
    def is_archive(self) -> bool:
        """Whether pages come from an archive: they never override what is known of the live page."""
        return self in (RunMode.WEB_ARCHIVE, RunMode.ARCHIVE_FILES)

    @property
    def is_history(self) -> bool:
        """Whether pages are of the past: they are not revisited, and say nothing about the site today."""
        return self.is_archive or self is RunMode.REPLAY
