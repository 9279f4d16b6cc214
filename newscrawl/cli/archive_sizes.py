"""How much there is to read in archive files, and how long that takes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from rich.filesize import decimal

from newscrawl.archives.wacz import read_stat
from newscrawl.export.display import format_count
from newscrawl.operations.durations import in_words
from newscrawl.storage import FileProgress

_SAMPLE = 3
_TYPICAL = 2**30
"""Bytes at which Common Crawl begins a new file."""
_RATE = 1.1e6
"""Bytes of compressed archive files per second and process, as `python -m bench.cc_news` measures them."""


def estimate_bytes(files: Sequence[FileProgress]) -> int:
    """Return the sum of the sizes of files; those not known yet count as the mean of some, which are looked up."""
    unknown = [file.path for file in files if not file.size]
    sizes: list[int] = []
    for path in {unknown[at * (len(unknown) - 1) // (_SAMPLE - 1)] for at in range(_SAMPLE)} if unknown else ():
        with suppress(OSError):  # reported when the file is read
            sizes.append(read_stat(path)[0])
    mean = sum(sizes) // len(sizes) if sizes else _TYPICAL
    return sum(file.size or mean for file in files)


def format_estimate(files: Sequence[FileProgress], total: int, workers: int) -> str:
    """Say how many files and bytes there are, and how many hours they take."""
    hours = total / _RATE / max(1, min(workers, len(files))) / 3600
    duration = f"{hours:,.0f} hours" if hours >= 2 else in_words(timedelta(hours=hours))
    about = "" if all(file.size for file in files) else "about "
    return (
        f"{format_count(len(files), 'file')}, {about}{decimal(total)}; about {duration} with "
        f"{format_count(workers, 'process', 'processes')}, each of which was measured to read {_RATE / 1e6:.1f} MB/s"
    )
