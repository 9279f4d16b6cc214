"""`reextract`: extract stored captures again with the installed version, and report or apply what changes."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from newscrawl.batch.extraction import extractor_version
from newscrawl.batch.reextract import FieldChange, Reextraction
from newscrawl.cli.options import add_conditions
from newscrawl.cli.output import format_json, make_table, render_terminal, shorten, to_plain
from newscrawl.cli.pool import (
    add_pool_options,
    choose_spider,
    end_run,
    get_exit_code,
    make_pool,
    make_worker_settings,
    show_bar,
    start_run,
)
from newscrawl.cli.project import Project
from newscrawl.date_range import DateRange
from newscrawl.errors import CommandLineError, StorageError
from newscrawl.export.display import strip_controls
from newscrawl.operations import exit_codes
from newscrawl.operations.exit_codes import LOCK_LOST, ExitCode
from newscrawl.storage import CONTENT_FIELDS, ReextractFilter

SYNTAX = "[options]"
DESCRIPTION = (
    "Extract the stored captures of articles again, and report field by field what would change; --apply changes it. "
    "A change corrects our own reading, so it makes no revision. Refused pages that can be read now become articles. "
    "Captures that this version has already read are left out, except those that failed, and with --all."
)
_SOURCE = "reextract"
_KINDS = ("found", "changed", "lost")
_SHOWN = 60


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--layout", metavar="NAME", help="only articles that this layout read")
    add_conditions(parser, "since", "publisher")
    parser.add_argument("--missing", metavar="FIELD", choices=CONTENT_FIELDS, help="only articles that lack this field")
    parser.add_argument("--all", action="store_true", help="also captures that this version has already read")
    parser.add_argument("--apply", action="store_true", help="write the changes")
    parser.add_argument("--format", choices=("table", "json"), default="table", help="default: table")
    add_pool_options(parser)


def run(words: list[str], opts: argparse.Namespace, project: Project) -> int:
    if words:
        raise CommandLineError
    return get_exit_code(lambda: _reextract(opts, project))


def _reextract(opts: argparse.Namespace, project: Project) -> ExitCode:
    spider = choose_spider(project, opts.spider)
    pool = make_pool(make_worker_settings(project, spider, DateRange()), opts.workers)
    read_before = None if opts.all else extractor_version()
    wanted = ReextractFilter(
        layout=opts.layout,
        since=opts.since,
        publisher=opts.publisher,
        missing=opts.missing,
        read_before=read_before,
    )
    given = {
        name: str(value)
        for name in ("layout", "since", "publisher", "missing", "all")
        if (value := getattr(opts, name))
    }
    with project.open_archive() as store:
        run_id = start_run(store, spider, _SOURCE, given) if opts.apply else None
        report = _ChangeReport()
        reextraction = Reextraction(store, run_id, handle_change=report.add)
        try:
            with _show_progress(reextraction):
                reextraction.run(wanted, pool)
        except StorageError as error:
            code = exit_codes.code_of(error)
            reason = LOCK_LOST if code is ExitCode.LOCK_LOST else "storage_failed"
            end_run(store, reextraction, run_id, reason, code)
            raise
        code = reextraction.conclude()
        end_run(store, reextraction, run_id, "shutdown" if reextraction.is_stopped else "finished", code)
    counts = exit_codes.counts(reextraction.stats)
    sys.stdout.write(report.format_json(counts, opts) if opts.format == "json" else report.format_text(counts, opts))
    return code


class _ChangeReport:
    """What changes, by field, with the first change of each field as an example."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._examples: dict[str, FieldChange] = {}

    def add(self, change: FieldChange) -> None:
        self._counts[change.field, change.kind] += 1
        self._examples.setdefault(change.field, change)

    def format_json(self, counts: Mapping[str, int], opts: argparse.Namespace) -> str:
        fields: dict[str, Any] = {}
        for name, change in self._examples.items():
            before, after = _format_value(change.before), _format_value(change.after)
            fields[name] = {kind: self._counts[name, kind] for kind in _KINDS}
            fields[name]["example"] = {"url": change.url, "before": before, "after": after}
        extractor, applied = extractor_version(), bool(opts.apply)
        return format_json({"extractor": extractor, "applied": applied, "counts": dict(counts), "fields": fields})

    def format_text(self, counts: Mapping[str, int], opts: argparse.Namespace) -> str:
        lines = [*self._list_examples(), *_summarize(counts)]
        if counts.get("articles/changed", 0) + counts.get("articles/appeared", 0):
            lines.append("Applied." if opts.apply else "Nothing is written yet: --apply does that.")
        table = render_terminal(self._make_table()) if self._examples else ""
        return table + "".join(f"{strip_controls(line)}\n" for line in lines)

    def _changed_fields(self) -> list[str]:
        return [name for name in (*CONTENT_FIELDS, "revisions") if name in self._examples]

    def _make_table(self) -> Table:
        kinds = [kind.capitalize() for kind in _KINDS]
        table = make_table("Field", *kinds, numbers=kinds)
        for name in self._changed_fields():
            table.add_row(name, *(str(self._counts[name, kind] or "-") for kind in _KINDS))
        return table

    def _list_examples(self) -> Iterator[str]:
        for name in self._changed_fields():
            change = self._examples[name]
            yield f"\n{name}, for example of {change.url}"
            yield f"  was  {_format_value(change.before)}"
            yield f"  is   {_format_value(change.after)}"
        if self._examples:
            yield ""


def _summarize(counts: Mapping[str, int]) -> Iterator[str]:
    read, captures = counts.get("articles/read", 0), counts.get("captures/read", 0)
    yield f"{read} articles of {captures} captures read again: {counts.get('articles/changed', 0)} change."
    if appeared := counts.get("articles/appeared", 0):
        yield f"{appeared} refused pages are articles now ({_list_reasons(counts, 'appeared/')})."
    if unread := _list_reasons(counts, "unread/"):
        yield f"Captures that cannot be read any more; their articles stay as they are: {unread}."
    if failing := _list_reasons(counts, "still_failing/"):
        yield f"Captures of pages without an article that could not be read: {failing}."
    if broken := counts.get("captures/broken", 0):
        yield f"{broken} captures could not be read from their files (see above); their articles stay as they are."


def _list_reasons(counts: Mapping[str, int], prefix: str) -> str:
    return ", ".join(f"{name.removeprefix(prefix)} {n}" for name, n in counts.items() if name.startswith(prefix))


def _format_value(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = "; ".join(map(_format_part, value)) or "-"
    return shorten("-" if value is None else " ".join(str(to_plain(value)).split()), _SHOWN)


def _format_part(value: Any) -> str:
    for name in ("text", "caption", "name"):
        if text := getattr(value, name, None):
            return str(text)
    return str(value)


@contextmanager
def _show_progress(reextraction: Reextraction) -> Iterator[None]:
    text = TextColumn("{task.fields[articles]} articles, {task.fields[captures]} captures, {task.fields[rate]}/s")
    with show_bar(reextraction, SpinnerColumn("line"), text, TimeElapsedColumn()) as bar:
        task = bar.add_task("", total=None, articles=0, captures=0, rate=0)

        def show(articles: int, captures: int) -> None:
            rate = round(captures / (bar.tasks[0].elapsed or 1.0))
            bar.update(task, articles=articles, captures=captures, rate=rate)

        reextraction.show = show
        yield
