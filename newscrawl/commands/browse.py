"""`scrapy browse`: the archive as a web page on this machine."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newscrawl.cli.command import ProjectCommand
from newscrawl.cli.options import add_conditions, conditions, reads, refuse_unknown_options
from newscrawl.cli.progress import progress
from newscrawl.errors import ArgumentError, NewscrawlError, StorageError
from newscrawl.storage import Query, Store, sqlite_file
from newscrawl.web.guard import read_host

_HOW = "`scrapy browse` needs Datasette: pip install -r requirements-extras.txt, or make extras"


class Command(ProjectCommand):
    """Open the archive as a web page on this machine, to read, search and ask; it only reads."""

    def syntax(self) -> str:
        """What it takes."""
        return "[options] [WORDS]"

    def short_desc(self) -> str:
        """What it does."""
        return "Read the archive in a browser"

    def long_desc(self) -> str:
        """What it does, and with which articles."""
        return f"{self.__doc__} Words and conditions as those of `scrapy articles` make a copy of those articles first."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The conditions of `scrapy articles`, and where to listen."""
        super().add_options(parser)
        add_conditions(parser)
        parser.add_argument("--port", metavar="N", type=reads(_port), help="default: the first free one from 8001 on")
        host = "a name or address of this machine (default: 127.0.0.1, which only this machine reaches)"
        parser.add_argument("--host", metavar="HOST", type=reads(read_host), default="127.0.0.1", help=host)
        opens = "open it in a browser; default: on a desktop"
        parser.add_argument("--open", action=argparse.BooleanOptionalAction, default=None, help=opens)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Serve until Ctrl-C; or say in one line on standard error what is missing, with exit code 1."""
        refuse_unknown_options(args)
        query = Query(words=" ".join(args) or None, limit=None, **conditions(opts))
        try:
            with _until_told_to_end(), _archive(self.database_url, query) as (file, name):
                _serve(file, name, opts)
        except ModuleNotFoundError as error:
            self.fail(_HOW if error.name in ("datasette", "uvicorn") else error)
        except NewscrawlError as error:
            self.fail(error)
        except KeyboardInterrupt:
            self.exitcode = 0


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise ArgumentError("a port is a number from 1 to 65535")
    return int(text)


def _serve(file: Path, name: str, opts: argparse.Namespace) -> None:
    from newscrawl.web import app, server  # noqa: PLC0415  Datasette, which only this command needs

    with app.open_room(file, hosts=(opts.host,), name=name) as room, server.listen(opts.host, opts.port) as listening:
        address = server.address_of(opts.host, listening)
        server.serve(room, listening, when_up=lambda: _tell(address, opts.open))


@contextmanager
def _until_told_to_end() -> Iterator[None]:
    """SIGTERM ends as Ctrl-C does: a copy must not be left behind."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell(address: str, opens: bool | None) -> None:
    print(f"The reading room is at {address}  (Ctrl-C closes it)", flush=True)
    if _is_on_a_desktop() if opens is None else opens:
        webbrowser.open(address)


def _is_on_a_desktop() -> bool:
    """Whether a browser would have a window: one that takes over the terminal is not what was asked for."""
    shows = sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return shows and sys.stdout.isatty()


@contextmanager
def _archive(url: str, query: Query) -> Iterator[tuple[Path, str]]:
    """A SQLite file with the query's articles, and what to call it. Raises StorageError.

    It is the archive itself where that is one and all is asked for; else a copy, which goes in the end.
    """
    file, all_of_it = sqlite_file(url), query == Query(limit=None)
    if file and all_of_it:
        yield file, file.name
        return
    with tempfile.TemporaryDirectory(prefix="newscrawl-browse-") as folder:
        copy = Path(folder) / "news.db"
        with Store.open(url, create=False) as store:
            if not _copied(store, copy, query):
                raise StorageError(
                    "no article matches: there is nothing to read; `scrapy articles` lists what there is"
                )
        name = file.name if file else "the archive"
        yield copy, f"A copy of {name if all_of_it else f'some articles of {name}'}"


def _copied(store: Store, copy: Path, query: Query) -> int:
    with progress("Copying articles to read") as show:
        return store.subset(copy, query, show)
