"""Files at http and https URLs, read by ranges, in the form that remote_files takes from fsspec.

What fails for a time (a lost connection, 403, 429, 5xx) is requested again, after what the server states in Retry-After
or else after pauses that double. Common Crawl answers 403 and 503 to those who request too much.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.request import getproxies

from urllib3 import BaseHTTPResponse, PoolManager, ProxyManager, Retry, Timeout
from urllib3.exceptions import HTTPError, MaxRetryError

from newscrawl import __version__

_TEMPORARY = (403, 408, 429, 500, 502, 503, 504)
_PAUSE, _MAX_PAUSE = 1.0, 120.0
_OPENING_RETRIES, _READING_RETRIES = 4, 10
"""14 seconds for a file that may not be there; 8 minutes in the middle of a file."""
_TIMEOUT = Timeout(connect=30, read=60)
_MAX_WHOLE = 64 * 2**20
"""The largest file that is read from a server without ranges, which sends all of it for each piece."""
_TOTAL = re.compile(r"bytes [^/]*/(\d+)")
_user_agent = f"newscrawl/{__version__}"


def set_user_agent(user_agent: str) -> None:
    """Set how this process introduces itself from now on."""
    global _user_agent  # noqa: PLW0603 - of a process, as its environment is
    _user_agent = user_agent


class HttpFiles:
    """The methods of an fsspec file system that reading needs. They raise OSError with one line."""

    def info(self, url: str) -> dict[str, Any]:
        """Return type, size and modification time (UTC; the epoch if the server does not say) of a file."""
        response = _request(url, {"Range": "bytes=0-0"}, _OPENING_RETRIES, preload_content=False)
        has_ranges = response.status != HTTPStatus.OK
        response.drain_conn() if has_ranges else response.close()
        total = _TOTAL.fullmatch(response.headers.get("Content-Range", ""))
        length = total[1] if total else response.headers.get("Content-Length") if not has_ranges else None
        size = int(length) if length and length.isdecimal() else None
        if not has_ranges and (size or 0) > _MAX_WHOLE:
            raise OSError("the server sends no ranges of files; download the file first")
        try:
            modified_at = parsedate_to_datetime(response.headers.get("Last-Modified", ""))
        except ValueError:
            modified_at = datetime.fromtimestamp(0, UTC)
        return {"type": "file", "size": size, "modified_at": modified_at}

    def cat_file(self, url: str, start: int, end: int) -> bytes:
        """Return the bytes of a range; of a server without ranges the whole file."""
        return _request(url, {"Range": f"bytes={start}-{end - 1}"}, _READING_RETRIES).data

    def makedirs(self, *_: object, **__: object) -> None:
        """Refuse to write."""
        raise OSError("files can be read from http, not written")


def _request(url: str, headers: dict[str, str], retries: int, *, preload_content: bool = True) -> BaseHTTPResponse:
    policy = Retry(
        retries,
        status_forcelist=_TEMPORARY,
        backoff_factor=_PAUSE,
        backoff_max=_MAX_PAUSE,
        raise_on_status=False,
    )
    headers = {"User-Agent": _user_agent, "Accept-Encoding": "identity", **headers}
    try:
        response = _find_pool(url.partition(":")[0].lower()).request(
            "GET", url, headers=headers, retries=policy, preload_content=preload_content, decode_content=False
        )
    except MaxRetryError as error:
        raise OSError(str(error.reason or error).rpartition(": ")[2]) from error
    except HTTPError as error:
        raise OSError(str(error)) from error
    status = response.status
    if status >= HTTPStatus.BAD_REQUEST:
        response.close()  # which is not read
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        raise FileNotFoundError
    if status >= HTTPStatus.BAD_REQUEST and status != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        pause = f", for {retries + 1} requests" if status in _TEMPORARY else ""
        raise OSError(f"the server answers {status} {response.reason}{pause}")
    return response


@cache
def _find_pool(scheme: str) -> PoolManager:
    proxy = getproxies().get(scheme)
    return ProxyManager(proxy, timeout=_TIMEOUT) if proxy else PoolManager(timeout=_TIMEOUT)
