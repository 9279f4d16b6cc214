"""`browse`: the archive in a browser, served on this machine."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from newscrawl.cli.options import add_conditions, get_conditions, option_type, reject_unknown_options
from newscrawl.cli.output import show_progress
from newscrawl.cli.project import Project
from newscrawl.errors import ArgumentError, CommandLineError, NewscrawlError, StorageError
from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query, sqlite_file
from newscrawl.storage.engine import parse_url

SYNTAX = "[options] [WORDS]"
DESCRIPTION = (
    "Serve the archive as a read-only website on this machine, to read, search and query. "
    "With words and conditions as in `scrapy articles`, it serves a copy of those articles."
)
_NO_DATASETTE = "`scrapy browse` needs Datasette: pip install 'newscrawl[web]', or make extras in a checkout"


def add_options(parser: argparse.ArgumentParser) -> None:
    add_conditions(parser)
    parser.add_argument(
        "--port", metavar="N", type=option_type(_read_port), help="default: the first free one from 8001"
    )
    host = "a name or address of this machine (default: 127.0.0.1, reachable from this machine only)"
    parser.add_argument("--host", metavar="HOST", default="127.0.0.1", help=host)
    opens = "open it in a browser; default: on a desktop"
    parser.add_argument("--open", action=argparse.BooleanOptionalAction, default=None, help=opens)


def run(
    words: list[str],
    opts: argparse.Namespace,
    project: Project,
    *,
    read_host: Callable[[str], str],
    serve_archive: Callable[..., None],
) -> int:
    """Serve until an interrupt or SIGTERM. `read_host` and `serve_archive` are those of newscrawl.web."""
    reject_unknown_options(words)
    try:
        host = read_host(opts.host)
    except ArgumentError as error:
        raise CommandLineError(f"argument --host: {opts.host!r}: {error}") from error
    query = Query(words=" ".join(words) or None, limit=None, **get_conditions(opts))
    try:
        with _interrupt_on_sigterm(), _prepare_file(project.archive_url, query) as (file, name):
            title = project.title or Path(parse_url(project.archive_url).database or "").stem
            announce = partial(_announce, opens=opts.open)
            serve_archive(file, (host, opts.port), name=name, title=title, on_start=announce)
    except ModuleNotFoundError as error:
        raise NewscrawlError(_NO_DATASETTE if error.name in ("datasette", "uvicorn") else str(error)) from error
    except KeyboardInterrupt:
        pass
    return 0


def _read_port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise ArgumentError("a port is a number from 1 to 65535")
    return int(text)


@contextmanager
def _interrupt_on_sigterm() -> Iterator[None]:
    """Handle SIGTERM as Ctrl-C, so that a copy is deleted."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _announce(url: str, opens: bool | None) -> None:
    print(f"The archive is open at {url}  (press Ctrl-C to stop)", flush=True)
    if opens is None:
        # Without a desktop, `webbrowser` may start a text browser, which takes over the terminal.
        has_desktop = (
            sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        )
        opens = bool(has_desktop) and sys.stdout.isatty()
    if opens:
        webbrowser.open(url)


@contextmanager
def _prepare_file(url: str, query: Query) -> Iterator[tuple[Path, str]]:
    """Yield a SQLite file with the query's articles, and a name for it: the archive itself, or a temporary copy.

    Raises StorageError.
    """
    file, is_all = sqlite_file(url), query == Query(limit=None)
    if file and is_all:
        yield file, file.name
        return
    with tempfile.TemporaryDirectory(prefix="newscrawl-browse-") as folder:
        copy = Path(folder) / "news.db"
        with open_archive(url, create=False) as store, show_progress("Copying articles") as show:
            if not store.subset(copy, query, show):
                raise StorageError("no article matches; `scrapy articles` lists the articles of the archive")
        name = file.name if file else "the archive"
        yield copy, f"A copy of {name if is_all else f'some articles of {name}'}"
