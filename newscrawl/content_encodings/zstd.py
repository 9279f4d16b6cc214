"""Zstandard, which Python has from 3.14 on and backports.zstd brings to the versions before."""

import sys

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor, ZstdDict, ZstdError, ZstdFile
else:
    from backports.zstd import ZstdDecompressor, ZstdDict, ZstdError, ZstdFile

__all__ = ["ZstdDecompressor", "ZstdDict", "ZstdError", "ZstdFile"]
