"""What compressing captures costs: CPU time and size of the records of pages, by setting of NEWSCRAWL_WARC_COMPRESSION.

    python -m bench.warc_compression FOLDER [FOLDER ...] [--pages 200]

Takes a sample of the .html files in the folders. Each is written as one response record, as a server sends it without a
content encoding, and as one with gzip, where the setting makes no difference. CPU time is the least of three passes;
ratios are to the first row.
"""

from __future__ import annotations

import argparse
import random
import time
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from newscrawl.archives.record_compression import make_compressor

SETTINGS = ("zlib:6", "zlib-ng:6", "zlib-ng:5", "zlib-ng:4", "zlib-ng:2", "isal:3", "isal:2", "isal:1")
HEAD = b"".join(
    (
        b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:6f7f1c1e-3c8e-4c73-9a35-1c0b3f6d2a10>\r\n",
        b"WARC-Target-URI: https://www.tern.example/news/2026/11/24/harbour-board\r\n",
        b"WARC-Date: 2026-11-24T05:30:00Z\r\nWARC-Payload-Digest: sha1:2JMG3PAE7N3WQKFDJUD7W4IXHSVNCYRB\r\n",
        b"Content-Type: application/http; msgtype=response\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nServer: nginx\r\nVary: Accept-Encoding\r\n\r\n",
    )
)


def read_sample(folders: Sequence[str], count: int) -> list[bytes]:
    """Read a sample of the saved pages in folders."""
    files = sorted(file for folder in folders for file in Path(folder).rglob("*.html"))
    return [file.read_bytes() for file in random.Random(1).sample(files, min(count, len(files)))]


def measure(compress: Callable[[bytes], bytes], payloads: Sequence[bytes]) -> tuple[float, int]:
    """Return the CPU seconds and the bytes of the records of some payloads."""
    times = []
    for _ in range(3):
        began = time.process_time()
        size = sum(len(compress(HEAD + payload + b"\r\n\r\n")) for payload in payloads)
        times.append(time.process_time() - began)
    return min(times), size


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument("--pages", type=int, default=200)
    options = parser.parse_args()
    plain = read_sample(options.folders, options.pages)
    print(f"{len(plain)} pages of {sum(map(len, plain)) / len(plain) / 1000:.0f} KB")
    encoded = [zlib.compress(page, 6, 31) for page in plain]
    for title, payloads, settings in (("sent plain", plain, SETTINGS), ("sent as gzip", encoded, SETTINGS[:1])):
        rows = {"zlib 6 of all": measure(partial(zlib.compress, level=6, wbits=31), payloads)}
        rows |= {setting: measure(make_compressor(setting), payloads) for setting in settings}
        print(f"\n{title:14}{'ms a page':>10}{'CPU':>8}{'size':>8}")
        base, base_size = next(iter(rows.values()))
        for name, (cpu, size) in rows.items():
            print(f"{name:14}{cpu / len(payloads) * 1000:10.2f}{cpu / base:8.2f}{size / base_size:8.3f}")


if __name__ == "__main__":
    main()
