"""`scrapy export`: articles of the archive as a file that other programs take."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from rich.filesize import decimal
from scrapy.exceptions import UsageError

from newscrawl.cli.command import ProjectCommand
from newscrawl.cli.options import add_conditions, conditions, reads, refuse_unknown_options
from newscrawl.cli.output import plain, whoever_stops_listening
from newscrawl.cli.progress import progress
from newscrawl.date_range import read_since
from newscrawl.errors import ArgumentError, ExportError, StorageError
from newscrawl.export import targets
from newscrawl.export.formats.text import counted, printable
from newscrawl.export.targets import Target
from newscrawl.operations.durations import read_count
from newscrawl.storage import SORTS, Export, Query, Store

_LAST = "last"
_SINCE = """published that day (UTC) or later; last: new or changed since the last finished export to FILE in the same
form with the same conditions, all if there was none (where nothing is new, nothing is written)"""
_T = TypeVar("_T")


class Command(ProjectCommand):
    """Write the articles of the database that have all of the words, or all of them, to a file."""

    def syntax(self) -> str:
        """What it takes."""
        return "[options] FILE [WORDS]"

    def short_desc(self) -> str:
        """What it does."""
        return "Write articles to a file: JSON Lines, CSV, Parquet, EPUB, a feed and more"

    def long_desc(self) -> str:
        """What it does, and what FILE may be."""
        return (
            f"{self.__doc__} Its form is that of its ending ({', '.join(targets.forms())}), also packed (.jsonl.gz, "
            ".csv.zst). FILE/ is a folder of Markdown files, - the standard output; %(time)s in a name is the time."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The conditions of `scrapy articles`, --sort, --limit, --format and --dry-run."""
        super().add_options(parser)
        add_conditions(parser, since=("DATE|last", _SINCE, lambda text: _LAST if text == _LAST else read_since(text)))
        parser.add_argument("--sort", choices=SORTS, default="newest", help="default: newest")
        limit = "N articles at most, the first of them (default: all; of rss and atom 100)"
        parser.add_argument("--limit", metavar="N", type=reads(read_count), help=limit)
        parser.add_argument("--format", choices=targets.forms(), help="default: that of the ending of FILE")
        parser.add_argument("--dry-run", action="store_true", help="only say how many articles, and from when to when")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Write, or say in one line on standard error what is wrong, with exit code 1."""
        if not args:
            raise UsageError
        refuse_unknown_options(args)
        if opts.since == _LAST and opts.limit:
            raise UsageError("--limit does not go with --since last: what it leaves out would never be exported")
        try:
            to = targets.target(args[0], opts.format)
            with self.archive() as store:
                job = _Job(store, to, " ".join(args[1:]), opts)
                job.run()
                self.exitcode = job.exitcode
        except ArgumentError as error:
            raise UsageError(printable(str(error)), print_help=False) from error
        except KeyboardInterrupt:
            self.exitcode = 130  # as a shell has it
            sys.stderr.write("export: stopped; what was there is there\n")
        except (StorageError, ExportError) as error:
            self.fail(error)


class _Job:
    """An export: which articles, where to, and since which other one."""

    def __init__(self, store: Store, to: Target, words: str, opts: argparse.Namespace) -> None:
        self.store, self.to, self.dry_run = store, to, opts.dry_run
        self.exitcode, self.sort = 0, opts.sort
        self.goes_on = opts.since == _LAST
        self.limit = opts.limit or (None if self.goes_on else to.newest)
        asked = {"words": words or None, **conditions(opts)}
        self.asked = asked | {"since": None if self.goes_on else asked["since"]}
        told = {name: plain(value) for name, value in self.asked.items() if value is not None}
        which = {"limit": self.limit, "sort": opts.sort} if self.limit else {}
        self.export = Export(target=to.key, format=to.form, conditions=told | which)
        self.title = _title(told)

    def run(self) -> None:
        """Write, and say so."""
        last = self.store.last_export(self.export) if self.goes_on else None
        since = last.changed_through if last else None
        query = Query(**self.asked, changed_after=since, sort=self.sort, limit=self.limit)
        selection = self.store.selection(query)
        if self.dry_run:
            self._say(
                f"{counted(len(selection.ids), 'article')}{self._span(selection.ids)}, would go to {self.to.name}"
            )
        elif last and not selection.ids:
            self._say(f"nothing new for {self.to.name} since {last.exported_at:%Y-%m-%d %H:%M} UTC; nothing written")
        else:
            self._write(query, selection.ids, selection.changed_through)

    def _write(self, query: Query, ids: Sequence[int], changed_through: datetime | None) -> None:
        path = self.to.path(datetime.now(UTC))
        if self.store.is_file(path):
            raise ExportError(f"{path}: is the database itself; name another file")
        with whoever_stops_listening(sys.stdout):
            with progress("Writing articles") as show:
                if self.to.form == targets.SUBSET:
                    targets.copy(self.store, path, query, show)
                else:
                    articles = _shown(targets.entries(self.store.articles_of(ids)), show, len(ids))
                    targets.write(self.to, path, articles, self.title)
            self._say(f"{counted(len(ids), 'article')} to {self._where(path)}")
            self._enter(len(ids), changed_through)

    def _where(self, path: Path) -> str:
        if self.to.is_pipe:
            return "the standard output"
        return f"{path} ({decimal(path.stat().st_size)})" if path.is_file() else str(path)

    def _enter(self, articles: int, changed_through: datetime | None) -> None:
        """Enter it, for the next one with --since last; who may only read the database cannot, and may not care."""
        try:
            self.store.enter_export(self.export, articles, changed_through)
        except StorageError as error:
            sys.stderr.write(f"export: --since last will not know of it: {printable(str(error))}\n")
            self.exitcode = 1 if self.goes_on else 0

    def _span(self, ids: Sequence[int]) -> str:
        span = self.store.span(ids)
        return f", published {span[0]:%Y-%m-%d} to {span[1]:%Y-%m-%d}" if span else ""

    def _say(self, line: str) -> None:
        print(f"export: {printable(line)}", file=sys.stderr if self.to.is_pipe else sys.stdout)


def _title(told: Mapping[str, Any]) -> str | None:
    """What was asked for, for people; None: everything."""
    parts = [value if name in ("words", "ticker") else f"{name} {value}" for name, value in told.items()]
    return ", ".join(parts) or None


def _shown(things: Iterator[_T], show: Callable[[int, int], None], total: int) -> Iterator[_T]:
    """The things, each shown when it is done with."""
    for number, thing in enumerate(things, 1):
        yield thing
        show(number, total)
