"""A spider on a disk that takes what is written, and forgets it: `scrapy crawl unsynced`."""

import errno
import os
import stat
from typing import Any

from tests.crawls.loopback import LoopbackSpider

_sync = os.fsync


def _fsync(fd: Any) -> None:
    """Refuse files, as a full disk on the network does, and let folders be."""
    if stat.S_ISREG(os.fstat(fd).st_mode):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    _sync(fd)


class UnsyncedSpider(LoopbackSpider):
    """Its captures do not outlive the power."""

    name = "unsynced"

    def __init__(self, *args: Any, **arguments: str) -> None:
        super().__init__(*args, **arguments)
        os.fsync = _fsync  # in a process of its own
