"""An invented page, and its bytes in every encoding."""

import gzip
import sys
import zlib

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["zstd"]

PARAGRAPHS = "".join(
    f"<p>Berth {number} of Vell took {number * 7919 % 1000} boats, {number * 104729 % 9973} crates and no tide.</p>\n"
    for number in range(25)
)
PAGE = f"<!DOCTYPE html><html><head><title>Berths of Vell</title></head><body>\n{PARAGRAPHS}</body></html>\n".encode()


def raw_deflate(data: bytes, level: int = 6) -> bytes:
    packer = zlib.compressobj(level, wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


ENCODED: dict[str, tuple[str, bytes]] = {
    "gzip": ("gzip", gzip.compress(PAGE)),
    "gzip, stored": ("gzip", gzip.compress(PAGE, 0)),
    "x-gzip": ("x-gzip", gzip.compress(PAGE)),
    "zlib": ("deflate", zlib.compress(PAGE)),
    "bare deflate": ("Deflate", raw_deflate(PAGE)),
    "br": ("br", brotli.compress(PAGE)),
    "br of a small window": ("br", brotli.compress(PAGE, lgwin=16, quality=4)),
    "zstd": ("zstd", zstd.compress(PAGE)),
    "gzip in br": ("gzip, br", brotli.compress(gzip.compress(PAGE))),
    "br in gzip": ("br,gzip", gzip.compress(brotli.compress(PAGE))),
    "deflate in gzip in zstd": ("deflate, gzip, zstd", zstd.compress(gzip.compress(raw_deflate(PAGE)))),
}
"""The value of Content-Encoding and the body, by what they are."""
MEMBERS: dict[str, tuple[str, bytes]] = {
    "gzip": ("gzip", gzip.compress(PAGE[:700]) + gzip.compress(PAGE[700:])),
    "zstd": ("zstd", zstd.compress(PAGE[:700]) + zstd.compress(PAGE[700:])),
}


def chunked(data: bytes, size: int = 400, extension: bytes = b"") -> bytes:
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    return b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts) + b"0\r\n\r\n"
