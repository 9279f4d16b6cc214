"""Compresses WARC records as gzip members, with the library and at the level that a setting names."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Any

from newscrawl.errors import ArgumentError

DEFAULT = "zlib-ng:5"
"""Measured with `python -m bench.warc_compression`; see docs/design.md."""
_MODULES: Mapping[str, str] = {"zlib": "zlib", "zlib-ng": "zlib_ng.zlib_ng", "isal": "isal.isal_zlib"}
_GZIP = 31
"""Window bits: 32 KiB, with the header and trailer of a gzip member."""
_MAX_HEAD = 16 * 1024
_GZIP_BODY = re.compile(rb"\r\n\r\n\x1f\x8b\x08")


def make_compressor(setting: str) -> Callable[[bytes], bytes]:
    """Return a function that makes the gzip member of a record; `setting` as kinds.COMPRESSION reads it.

    Where zlib-ng is not installed, zlib takes its place: same sizes, more CPU. Raises ArgumentError without isal, which
    has other sizes.
    """
    name, _, level = setting.partition(":")
    try:
        library: Any = import_module(_MODULES[name])
    except ImportError as error:
        if name == "isal":
            raise ArgumentError(f"NEWSCRAWL_WARC_COMPRESSION={setting} needs isal: pip install isal") from error
        library = zlib
    return partial(_compress, partial(library.compress, level=int(level), wbits=_GZIP))


def _compress(compress: Callable[[bytes], bytes], record: bytes) -> bytes:
    if _GZIP_BODY.search(record, 0, _MAX_HEAD):  # most servers send gzip: a second time, it gets no smaller
        return zlib.compress(record, 0, _GZIP)
    return compress(record)


compress_record = make_compressor(DEFAULT)
"""Make the gzip member of a record as is done without the setting."""
