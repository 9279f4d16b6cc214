"""The files of the configuration: newscrawl.toml, and .env beside it."""

from __future__ import annotations

import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from newscrawl.errors import ArgumentError

FILE_NAME = "newscrawl.toml"
ENV_NAME = ".env"
_SCRAPY_FILE = "scrapy.cfg"


def find_file(folder: Path) -> Path | None:
    """Return the newscrawl.toml of a folder, or of the nearest folder above it."""
    return next((file for each in (folder, *folder.parents) if (file := each / FILE_NAME).is_file()), None)


def find_env_folder(folder: Path) -> Path:
    """Return where .env is looked for if there is no newscrawl.toml: beside scrapy.cfg, else in the folder itself."""
    return next((each for each in (folder, *folder.parents) if (each / _SCRAPY_FILE).is_file()), folder)


def read_toml(file: Path, shown: str) -> tuple[dict[str, Any], str]:
    """Read a TOML file; return its content and its text. Raises ArgumentError, which calls the file as `shown`."""
    text = _read_text(file, shown)
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        hint = "; write texts in quotes" if "Invalid value" in str(error) else ""
        raise ArgumentError(f"{shown}: no valid TOML: {error}{hint}") from error


def find_line(text: str, key: str, table: str | None = None) -> int | None:
    """Return the number of the line of a TOML text that sets a key, at the top or in a table; None if it is unclear."""
    current = None
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*([\w.\"'-]+)\s*\]", line):
            current = header[1].strip("\"'")
            if current == (f"{table}.{key}" if table else key):
                return number
        elif current == table and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*[.=]""", line):
            return number
    return None


def read_env(file: Path, shown: str) -> Mapping[str, tuple[str, int]]:
    """Read a .env file: name to value and line, in its order. Raises ArgumentError, which calls the file as `shown`."""
    # 25 ms, and few have the file
    dotenv, parser = import_module("dotenv"), import_module("dotenv.parser")
    text = _read_text(file, shown)
    lines = dict(_find_lines(shown, parser.parse_stream(io.StringIO(text))))
    values = dotenv.dotenv_values(stream=io.StringIO(text))
    return {name: (value, lines[name]) for name, value in values.items() if value is not None}


def _find_lines(shown: str, bindings: Any) -> Iterator[tuple[str, int]]:
    for binding in bindings:
        # A blank line before a statement belongs to it.
        line = binding.original.line + len(re.match(r"\s*", binding.original.string)[0].splitlines())  # type: ignore[index]
        if binding.error:
            raise ArgumentError(f"{shown}:{line}: not NAME=VALUE")
        if binding.key is not None:
            yield binding.key, line


def _read_text(file: Path, shown: str) -> str:
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentError(f"{shown}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
