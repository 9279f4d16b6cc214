"""The process that extracts pages for a crawl: it answers each with its article or an error, in order."""

# Beside its pool, because a worker needs neither asyncio nor psutil: a sixth of its start.

from __future__ import annotations

import gc
import pickle
import pkgutil
import signal
import socket
import struct
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from io import BufferedRWPair
from typing import Any

from newscrawl.article import Article, Page
from newscrawl.errors import NewscrawlError
from newscrawl.publisher import Publisher

FRAME_SIZE = struct.Struct(">I")
"""What is sent before each page and answer: its length in bytes."""


def run_worker(descriptor: int, function: str, max_bytes: int) -> None:
    """Run a worker: read pages from a socket, write articles or errors, until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    extract = partial(pkgutil.resolve_name(function), max_bytes=max_bytes)
    gc.freeze()
    connection = socket.socket(fileno=descriptor)
    # The crawl may be killed while it writes a page, or while it waits for an answer.
    is_cut_off = suppress(BrokenPipeError, ConnectionResetError, EOFError, pickle.UnpicklingError)
    with is_cut_off, connection, connection.makefile("rwb") as stream:
        _send_answer(stream, None)
        while stream.read(FRAME_SIZE.size):
            _send_answer(stream, call_extract(extract, *pickle.load(stream)))  # noqa: S301 - sent by the crawl


def call_extract(extract: Callable[..., Article], page: Page, publisher: Publisher | None) -> Article | BaseException:
    """Extract a page; return the article, or the error to raise where the page came from."""
    try:
        return extract(page, publisher=publisher) if publisher else extract(page)
    except NewscrawlError as error:
        return error
    except Exception:  # noqa: BLE001 - not swallowed: raised again where the page came from
        return RuntimeError(f"extraction of {page.url} failed\n{traceback.format_exc()}")


def encode_frame(value: Any) -> bytes:
    """Encode a value with its length before it."""
    body = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return FRAME_SIZE.pack(len(body)) + body


def _send_answer(stream: BufferedRWPair, answer: Any) -> None:
    """Write an answer after the seconds of a core that this process has used."""
    stream.write(encode_frame((time.process_time(), answer)))
    stream.flush()
