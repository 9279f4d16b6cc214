"""`scrapy reextract`: stored captures through today's extraction; what would change, and changing it."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from scrapy.exceptions import UsageError

from newscrawl.batch.extraction import extractor_version
from newscrawl.batch.reextract import Change, Rereading, conclusion
from newscrawl.cli.command import ProjectCommand
from newscrawl.cli.options import add_conditions
from newscrawl.cli.output import as_json, as_text, listing, plain
from newscrawl.cli.pool import add_reading, begin, reading_pool, telling, the_spider
from newscrawl.errors import ArgumentError, LockedError, StorageError
from newscrawl.export.display import strip_controls
from newscrawl.operations import exit_codes
from newscrawl.operations.exit_codes import ExitCode
from newscrawl.storage import CONTENT_FIELDS, ReextractFilter, Store

_SOURCE = "reextract"
_KINDS = ("found", "changed", "lost")
_SHOWN = 60


class Command(ProjectCommand):
    """Read the kept captures of articles again, and say field by field what would change; --apply changes it."""

    def syntax(self) -> str:
        """What it takes."""
        return "[options]"

    def short_desc(self) -> str:
        """What it does."""
        return "Read stored captures again with today's extraction"

    def long_desc(self) -> str:
        """What it does, and what becomes of what it finds."""
        return (
            f"{self.__doc__} What changes is a correction of ours: it makes no revision. Pages that were refused and "
            "read now become articles. Captures that were read with this very extraction are left out, but for --all."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The filters, --apply, --all and --format."""
        super().add_options(parser)
        parser.add_argument("--layout", metavar="NAME", help="only articles that this layout read")
        add_conditions(parser, "since")
        parser.add_argument(
            "--missing", metavar="FIELD", choices=CONTENT_FIELDS, help="only articles that lack this field"
        )
        parser.add_argument("--all", action="store_true", help="also what this very extraction has read")
        parser.add_argument("--apply", action="store_true", help="write what has changed")
        parser.add_argument("--format", choices=("table", "json"), default="table", help="default: table")
        add_reading(parser)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read, print what changes, and set the exit code, as `scrapy crawl` does."""
        if args:
            raise UsageError
        try:
            self.exitcode = int(self._reextract(opts))
        except (ArgumentError, LockedError, StorageError) as error:
            self.fail(error, int(exit_codes.code_of(error)))

    def _reextract(self, opts: argparse.Namespace) -> ExitCode:
        spider = the_spider(self.project_settings, opts.spider, {})
        current = None if opts.all else extractor_version()
        wanted = ReextractFilter(layout=opts.layout, since=opts.since, missing=opts.missing, read_before=current)
        with self.archive() as store:
            run_id = begin(store, spider.name, _SOURCE, _given(opts)) if opts.apply else None
            report = _Report()
            rereading = Rereading(store, run_id, see=report.see)
            with _progress(rereading):
                try:
                    rereading.run(wanted, reading_pool(self.project_settings, spider, opts.workers))
                except StorageError:
                    _end(store, rereading, "storage_failed", ExitCode.STORAGE_FAILED)
                    raise
            code = conclusion(rereading)
            _end(store, rereading, "shutdown" if rereading.is_stopped else "finished", code)
        counts = exit_codes.counts(rereading.stats)
        sys.stdout.write(report.json(counts, opts) if opts.format == "json" else report.text(counts, opts))
        return code


def _end(store: Store, rereading: Rereading, reason: str, code: ExitCode) -> None:
    """Enter the end of the run, if there is one."""
    if rereading.run_id is not None:
        counts = exit_codes.counts(rereading.stats)
        store.end_run(rereading.run_id, finish_reason=reason, exit_code=int(code), counts=counts)


class _Report:
    """What has changed, by field, with the first of each as an example."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._examples: dict[str, Change] = {}

    def see(self, change: Change) -> None:
        """Take a change in."""
        self._counts[change.field, change.kind] += 1
        self._examples.setdefault(change.field, change)

    def json(self, counts: Mapping[str, int], opts: argparse.Namespace) -> str:
        """For programs."""
        fields = {
            name: {kind: self._counts[name, kind] for kind in _KINDS} | {"example": _example(change)}
            for name, change in self._examples.items()
        }
        told = {"extractor": extractor_version(), "applied": bool(opts.apply), "counts": dict(counts), "fields": fields}
        return as_json(told)

    def text(self, counts: Mapping[str, int], opts: argparse.Namespace) -> str:
        """For people."""
        lines = list(_lines(counts))
        changed = counts.get("articles/changed", 0) + counts.get("articles/appeared", 0)
        if changed:
            lines.append("Applied." if opts.apply else "Nothing is written yet: --apply does that.")
        table = as_text(self._table()) if self._examples else ""
        return table + "".join(f"{strip_controls(line)}\n" for line in [*self._shown(), *lines])

    def _fields(self) -> list[str]:
        """In the order in which articles have them."""
        return [name for name in (*CONTENT_FIELDS, "revisions") if name in self._examples]

    def _table(self) -> Table:
        table = listing()
        table.add_column("Field", no_wrap=True)
        for kind in _KINDS:
            table.add_column(kind.capitalize(), justify="right", no_wrap=True)
        for name in self._fields():
            table.add_row(name, *(str(self._counts[name, kind] or "-") for kind in _KINDS))
        return table

    def _shown(self) -> Iterator[str]:
        """The first article of each field."""
        for name in self._fields():
            change = self._examples[name]
            yield f"\n{name}, for example of {change.url}"
            yield f"  was  {_short(change.before)}"
            yield f"  is   {_short(change.after)}"
        if self._examples:
            yield ""


def _lines(counts: Mapping[str, int]) -> Iterator[str]:
    read, captures = counts.get("articles/read", 0), counts.get("captures/read", 0)
    yield f"{read} articles of {captures} captures read again: {counts.get('articles/changed', 0)} change."
    if appeared := counts.get("articles/appeared", 0):
        yield f"{appeared} pages that were refused are articles now ({_reasons(counts, 'appeared/')})."
    if unread := _reasons(counts, "unread/"):
        yield f"Captures that do not read any more, whose articles stay as they are: {unread}."
    if broken := counts.get("captures/broken", 0):
        yield f"{broken} captures could not be read from their files: see above; their articles stay as they are."


def _reasons(counts: Mapping[str, int], prefix: str) -> str:
    return ", ".join(f"{name.removeprefix(prefix)} {n}" for name, n in counts.items() if name.startswith(prefix))


def _example(change: Change) -> dict[str, str]:
    return {"url": change.url, "before": _short(change.before), "after": _short(change.after)}


def _short(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = "; ".join(map(_part, value)) or "-"
    told = "-" if value is None else " ".join(str(plain(value)).split())
    return told if len(told) <= _SHOWN else f"{told[: _SHOWN - 1]}…"


def _part(value: Any) -> str:
    """A block by its text, an image by its caption, a person by the name; a name as it is."""
    return next(
        (str(found) for name in ("text", "caption", "name") if (found := getattr(value, name, None))), str(value)
    )


def _given(opts: argparse.Namespace) -> dict[str, str]:
    return {name: str(value) for name in ("layout", "since", "missing", "all") if (value := getattr(opts, name))}


@contextmanager
def _progress(rereading: Rereading) -> Iterator[None]:
    """How far it is, on a terminal."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.fields[articles]} articles · {task.fields[captures]} captures · {task.fields[rate]}/s"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task("", total=None, articles=0, captures=0, rate=0)

        def show(articles: int, captures: int) -> None:
            seconds = bar.tasks[0].elapsed or 1.0
            bar.update(task, articles=articles, captures=captures, rate=round(captures / seconds))

        rereading.show, rereading.tell = show, telling(bar.console)
        yield
