"""Kinds of values: how a value of each is read from a text or from TOML, and what is valid."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newscrawl.address_policy import read_allowed
from newscrawl.errors import ArgumentError

_FLAGS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
_SIZE = re.compile(r"(\d{1,15})\s*(?:([kmgt])(?:i?b)?|b)?", re.IGNORECASE | re.ASCII)
_POWERS = {"": 0, "k": 10, "m": 20, "g": 30, "t": 40}
_DATABASE = re.compile(r"(sqlite|postgres|postgresql|mysql|mariadb)(\+\w+)?://", re.IGNORECASE)
_SQLITE_FILE = re.compile(r"(sqlite(?:\+\w+)?:///)(?!/|:memory:|file:)([^?]+)(.*)", re.IGNORECASE | re.DOTALL)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_CONTROL = re.compile("[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value."""

    form: str
    """What is valid, after "give "."""
    read: Callable[[Any], Any]
    """From a text, or what TOML or Python have. Raises ArgumentError or ValueError, whose texts are not shown."""
    resolve: Callable[[Any, Path], Any] = lambda value, _folder: value
    """Make a relative path in a value relative to a folder."""
    may_be_empty: bool = False
    """Whether an empty text is a value; else it is invalid, and in the environment as if it were not there."""


def _read_text(value: object) -> str:
    if not isinstance(value, str | Path) or _CONTROL.search(text := str(value)):
        raise ArgumentError("no text")
    return text.strip()


def _read_flag(value: object) -> bool:
    return _FLAGS[str(value).strip().lower()]


def _read_auto_flag(value: object) -> bool | str:
    return "auto" if value == "auto" else _read_flag(value)


def _read_number(value: object) -> float:
    if isinstance(value, bool) or not math.isfinite(number := float(str(value))) or number < 0:
        raise ArgumentError("no number")
    return number


def _read_count(value: object) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", str(value).strip()):
        raise ArgumentError("no count")
    return int(str(value))


def _read_positive(value: object) -> int:
    if (count := _read_count(value)) < 1:
        raise ArgumentError("not positive")
    return count


def _read_auto_count(value: object) -> int | str:
    return "auto" if value == "auto" else _read_count(value)


def _read_size(value: object) -> int:
    match = _SIZE.fullmatch(str(value).strip())
    if not match or not int(match[1]):
        raise ArgumentError("no size")
    return int(int(match[1]) * 2 ** _POWERS[(match[2] or "").lower()])


def _read_http_url(value: object) -> str:
    text = _read_text(value)
    parts = urlsplit(text)
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or " " in text:
        raise ArgumentError("no address")
    return text


def _read_optional_http_url(value: object) -> str:
    return _read_http_url(value) if value else ""


def _read_server(value: object) -> str:
    text = _read_text(value)
    if text and not re.fullmatch(r"[\w.-]+(:[0-9]{1,5})?", text, re.ASCII):
        raise ArgumentError("no server")
    return text


def _read_replay(value: object) -> str:
    text = _read_http_url(value)
    if "{timestamp}" not in text or "{url}" not in text:
        raise ArgumentError("no template")
    return text


def _read_database(value: object) -> str:
    text = _read_text(value)
    # The port is checked by being read.
    if not _DATABASE.match(text) or urlsplit(text).port == 0:
        raise ArgumentError("no database")
    return text


def _resolve_database(value: str, folder: Path) -> str:
    match = _SQLITE_FILE.fullmatch(value)
    return f"{match[1]}{_resolve_path(match[2], folder)}{match[3]}" if match else value


def _read_path(value: object) -> str:
    text = _read_text(value)
    return str(Path(text).expanduser()) if text.startswith("~") else text


def _resolve_path(value: str, folder: Path) -> str:
    return str(folder / value) if value and not _SCHEME.match(value) else value


def _resolve_program(value: str, folder: Path) -> str:
    return _resolve_path(value, folder) if "/" in value else value


def _read_networks(value: object) -> str:
    """Read 1 or 0, or networks: a list, or a text with commas. The value is a text again."""
    if isinstance(value, list):
        value = ",".join(map(str, value))
    text = str(value).strip().lower()
    if text in _FLAGS:
        return "1" if _FLAGS[text] else ""
    read_allowed(text)
    return text


def _read_function(value: object) -> str:
    if not re.fullmatch(r"[^\W\d][\w.]*:[^\W\d]\w*", text := _read_text(value)):
        raise ArgumentError("no function")
    return text


SERVER = Kind("HOST or HOST:PORT", _read_server, may_be_empty=True)


def _read_log_format(value: object) -> str:
    if (text := _read_text(value).lower()) not in ("text", "json"):
        raise ArgumentError("no format")
    return text


def _read_compression(value: object) -> str:
    if not re.fullmatch(r"zlib(-ng)?:[1-9]|isal:[1-3]", text := _read_text(value).lower()):
        raise ArgumentError("no compression")
    return text


TEXT = Kind("a text", _read_text, may_be_empty=True)
LOG_FORMAT = Kind("text or json", _read_log_format)
FLAG = Kind("1 or 0", _read_flag)
AUTO_FLAG = Kind("auto, 1 or 0", _read_auto_flag)
SECONDS = Kind("a number of seconds, such as 2 or 0.5", _read_number)
COUNT = Kind("a whole number, 0 or more", _read_count)
POSITIVE = Kind("a whole number, 1 or more", _read_positive)
AUTO_COUNT = Kind("auto, or a whole number", _read_auto_count)
SIZE = Kind("a number of bytes, or a size such as 16MiB", _read_size)
HTTP_URL = Kind("an http(s) address", _read_http_url)
OPTIONAL_HTTP_URL = Kind("an http(s) address", _read_optional_http_url, may_be_empty=True)
REPLAY_URL = Kind("an http(s) address with {timestamp} and {url}", _read_replay)
DATABASE_URL = Kind("sqlite:///FILE, postgresql://… or mariadb://…", _read_database, _resolve_database)
COMPRESSION = Kind("zlib-ng:1 to zlib-ng:9, zlib:1 to zlib:9, or isal:1 to isal:3", _read_compression)
PATH = Kind("a path", _read_path, _resolve_path, may_be_empty=True)
PROGRAM = Kind("a program", _read_path, _resolve_program, may_be_empty=True)
NETWORKS = Kind("1, 0 or networks such as 10.20.0.0/16", _read_networks, may_be_empty=True)
FUNCTION = Kind("module:function", _read_function)
