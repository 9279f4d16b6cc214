"""`export`: write articles of the archive to a file for other programs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from rich.filesize import decimal

from newscrawl import __version__
from newscrawl.cli.options import add_conditions, add_limit, get_conditions, reject_unknown_options
from newscrawl.cli.output import ignore_broken_pipe, print_error, show_progress, to_plain
from newscrawl.cli.project import Project
from newscrawl.date_range import read_since
from newscrawl.errors import ArgumentError, CommandLineError, ExportError, NewscrawlError, StorageError
from newscrawl.export import captures, targets
from newscrawl.export.display import format_count, strip_controls
from newscrawl.export.exporter import ExportedArticle
from newscrawl.operations.user_agent import make_user_agent
from newscrawl.remote_files import hide_credentials, is_url
from newscrawl.storage import SORTS, Export, Query, Store

SYNTAX = "[options] FILE [WORDS]"
DESCRIPTION = (
    "Write the articles that contain all the words, or all articles, to a file. The ending of FILE selects the format "
    f"({', '.join(targets.list_target_formats())}), and compression (.jsonl.gz, .csv.zst). FILE/ is a folder of "
    "Markdown files, s3://BUCKET/FILE an object store, - the standard output; %(time)s in a name is the time. "
    "FILE.wacz and FILE.warc.gz hold the captures of the articles: their pages as they were sent."
)
_LAST = "last"
_SINCE = """published then (UTC) or later: 2013, 2013-05, 2013-05-27, yesterday, 7d; last: new or changed since the last
finished export to FILE with the same format and conditions, all if there was none (if nothing is new, nothing is
written)"""
_Item = TypeVar("_Item")


def add_options(parser: argparse.ArgumentParser) -> None:
    add_conditions(parser, since=("DATE|last", _SINCE, lambda text: _LAST if text == _LAST else read_since(text)))
    parser.add_argument("--sort", choices=SORTS, default="newest", help="default: newest")
    add_limit(parser, "articles, the first ones", "all; 100 for rss and atom")
    format_help = "default: selected by the ending of FILE"
    parser.add_argument("--format", choices=targets.list_target_formats(), help=format_help)
    printed = "write bodies as pages print them: after the dateline, with captions at the end"
    partitions = "Parquet files by year of publication in the folder FILE: year=2013/part-0.parquet"
    parser.add_argument("--partition-by", choices=("year",), help=partitions)
    parser.add_argument("--printed", action="store_true", help=printed)
    parser.add_argument("--dry-run", action="store_true", help="only report how many articles, and their dates")


def run(words: list[str], opts: argparse.Namespace, project: Project) -> int:
    if not words:
        raise CommandLineError
    reject_unknown_options(words)
    if opts.since == _LAST and opts.limit:
        raise CommandLineError("--limit does not go with --since last: articles over the limit would never be exported")
    if opts.partition_by and (opts.since == _LAST or opts.sort == "relevance"):
        raise CommandLineError("--partition-by writes a whole folder by date: no --since last or --sort relevance")
    try:
        parse = targets.parse_partitioned_target if opts.partition_by else targets.parse_target
        target = parse(words[0], opts.format)
    except ArgumentError as error:
        raise CommandLineError(strip_controls(str(error)), prints_help=False) from error
    if opts.printed and target.format == targets.DATABASE_FORMAT:
        raise CommandLineError("--printed does not go with a database, which has datelines and captions in columns")
    if opts.printed and target.format in targets.CAPTURE_FORMATS.values():
        raise CommandLineError("--printed does not go with captures, which are the pages as they were sent")
    try:
        with project.open_archive() as store:
            job = _ExportJob(store, project, target, " ".join(words[1:]), opts)
            job.run()
            return job.exitcode
    except KeyboardInterrupt:
        print_error("export: interrupted; existing files are unchanged")
        return 130  # 128 + SIGINT, as shells report it


class _ExportJob:
    def __init__(
        self, store: Store, project: Project, target: targets.Target, words: str, opts: argparse.Namespace
    ) -> None:
        self.project = project
        self.store, self.target, self.dry_run = store, target, opts.dry_run
        self.exitcode, self.sort, self.damaged = 0, opts.sort, 0
        self.is_incremental = opts.since == _LAST
        self.is_printed = opts.printed
        default = None if self.is_incremental else target.default_limit
        self.limit = default if opts.limit is None else opts.limit or None
        self.conditions = {"words": words or None, **get_conditions(opts)}
        if self.is_incremental:
            self.conditions["since"] = None
        given = {name: to_plain(value) for name, value in self.conditions.items() if value is not None}
        selected = {"limit": self.limit, "sort": opts.sort} if self.limit else {}
        selected |= {"printed": True} if self.is_printed else {}
        self.export = Export(target=target.key, format=target.format, conditions=given | selected)
        parts = [value if name in ("words", "ticker") else f"{name} {value}" for name, value in given.items()]
        self.title = ", ".join(parts) or None

    def run(self) -> None:
        last = self.store.last_export(self.export) if self.is_incremental else None
        changed_after = last.changed_through if last else None
        query = Query(**self.conditions, changed_after=changed_after, sort=self.sort, limit=self.limit)
        selection = self.store.selection(query)
        if self.dry_run:
            count = format_count(len(selection.ids), "article")
            span = self.store.span(selection.ids)
            dates = f", published {span[0]:%Y-%m-%d} to {span[1]:%Y-%m-%d}" if span else ""
            self._report(f"{count}{dates}, would go to {hide_credentials(self.target.name)}")
        elif last and not selection.ids:
            since = f"{last.exported_at:%Y-%m-%d %H:%M} UTC"
            self._report(f"nothing new for {hide_credentials(self.target.name)} since {since}; nothing written")
        else:
            self._write(query, selection.ids, selection.changed_through)

    def _write(self, query: Query, ids: Sequence[int], changed_through: datetime | None) -> None:
        name = self.target.make_name(datetime.now(UTC))
        if not is_url(name) and self.store.is_file(Path(name)):
            raise ExportError(f"{name}: is the database itself; name another file")
        shown = hide_credentials(name) if is_url(name) else str(Path(name))
        written = "the standard output" if self.target.is_stdout else shown
        with ignore_broken_pipe(sys.stdout):
            with targets.open_place(name) as path, show_progress("Writing articles") as show:
                content = self._write_content(path, query, ids, show)
                if path.is_file():
                    written += f" ({decimal(path.stat().st_size)})"
            left_out = f"; {self.damaged} left out, because they are damaged" if self.damaged else ""
            self._report(f"{content} to {written}{left_out}")
            self._record(len(ids) - self.damaged, changed_through)

    def _write_content(self, path: Path, query: Query, ids: Sequence[int], show: Callable[[int, int], None]) -> str:
        """Write a file; return what is in it."""
        if self.target.format in targets.CAPTURE_FORMATS.values():
            return self._write_captures(path, ids, show)
        if self.target.format == targets.DATABASE_FORMAT:
            targets.copy_database(self.store, path, query, show, self._leave_out)
        else:
            exported = targets.to_exported(self.store.articles_of(ids, self._leave_out))
            articles = _show_each(map(_print_body, exported) if self.is_printed else exported, show, len(ids))
            targets.write_articles(self.target, path, articles, self.title)
        return format_count(len(ids) - self.damaged, "article")

    def _write_captures(self, path: Path, ids: Sequence[int], show: Callable[[int, int], None]) -> str:
        contact = self.project.contact
        counts = captures.write_captures(
            self.store,
            self.project.captures,
            path,
            ids,
            format_name=self.target.format,
            info={
                "software": f"newscrawl/{__version__}",
                "format": "WARC File Format 1.1",
                "operator": contact,
                "http-header-user-agent": make_user_agent(contact),
                "description": f"Captures of articles: {self.title or 'all'}",
            },
            show=show,
            report=self._leave_out,
        )
        text = f"{format_count(counts.captures, 'capture')} of {format_count(counts.articles, 'article')}"
        if counts.without:
            has_none = "article has" if counts.without == 1 else "articles have"
            text += f" ({counts.without:,} {has_none} no stored capture)"
        return text

    def _leave_out(self, error: NewscrawlError) -> None:
        """Name a damaged article or capture, which the next export after its repair has."""
        self.damaged += 1
        self.exitcode = 1
        print_error(f"export: left out: {error}")

    def _record(self, articles: int, changed_through: datetime | None) -> None:
        """Record the export for the next --since last; without it, a read-only database is no failure."""
        try:
            self.store.enter_export(self.export, articles, changed_through)
        except StorageError as error:
            print_error(f"export: not recorded for --since last: {error}")
            self.exitcode = 1 if self.is_incremental else self.exitcode

    def _report(self, line: str) -> None:
        print(f"export: {strip_controls(line)}", file=sys.stderr if self.target.is_stdout else sys.stdout)


def _print_body(exported: ExportedArticle) -> ExportedArticle:
    return replace(exported, article=exported.article.with_printed_body())


def _show_each(items: Iterator[_Item], show: Callable[[int, int], None], total: int) -> Iterator[_Item]:
    for number, item in enumerate(items, 1):
        yield item
        show(number, total)
