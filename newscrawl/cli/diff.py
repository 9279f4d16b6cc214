"""What changed between the versions of an article, for a terminal, a browser or a program."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text
from scrapy.exceptions import UsageError

from newscrawl.cli.options import reads
from newscrawl.cli.output import as_json, as_text
from newscrawl.diff import BlockChange, Changes, Piece, group_unchanged, has_changes
from newscrawl.errors import ArgumentError, StorageError
from newscrawl.export.display import TEXT_WIDTH, format_count, format_time, strip_controls
from newscrawl.storage import Store, StoredArticle
from newscrawl.storage.steps import Numbered, Step, steps
from newscrawl.web import standalone

_STYLES = {"same": "", "added": "green underline", "removed": "red strike"}
_MARKS = {"same": ("", ""), "added": ("{+", "+}"), "removed": ("[-", "-]")}
"""Where there is no colour, as wdiff has it."""
_GUTTER = {"added": "+", "removed": "-", "changed": "~"}
_PARTS = ("headline", "dek", "correction")


def add_difference_options(parser: argparse.ArgumentParser) -> None:
    """--diff and --revisions."""
    parser.add_argument("--diff", metavar="ID|URL", help="what changed from version to version of one article")
    parser.add_argument(
        "--revisions", metavar="N..M", type=reads(_two_numbers), help="with --diff: from version N to version M at once"
    )


def check_difference(words: Sequence[str], opts: argparse.Namespace) -> None:
    """Raises UsageError where these options do not go with the others."""
    if opts.revisions and not opts.diff:
        raise UsageError("--revisions goes with --diff")
    if opts.diff and (words or opts.show or opts.format == "csv"):
        raise UsageError("--diff tells of one article, on a terminal or with --format html or json, and takes no words")
    if opts.format == "html" and not opts.diff:
        raise UsageError("--format html goes with --diff")


def _two_numbers(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([1-9]\d{0,8})\.\.([1-9]\d{0,8})", text)
    if not found or int(found[1]) >= int(found[2]):
        raise ArgumentError("two numbers of versions, the lower one first: 1..3")
    return int(found[1]), int(found[2])


def difference(store: Store, stored: StoredArticle, form: str, revisions: tuple[int, int] | None) -> str:
    """All steps from version to version, or the one between two, in a form: table (for a terminal), html or json.

    Raises StorageError where there is no version of such a number.
    """
    history = store.versions(stored.id)
    try:
        taken = list(steps(history, revisions))
    except IndexError as error:
        raise StorageError(
            f"article {stored.id} has no version {(revisions or (0, 0))[1]}; the newest is {len(history)}"
        ) from error
    if form == "json":
        return as_json({"id": stored.id, "url": _address(stored), "steps": [_values(step) for step in taken]})
    if form == "html":
        return standalone.render_changes(stored, taken)
    if not taken:
        return f"Article {stored.id} was seen in one version only: nothing in it has changed.\n"
    return as_text(Group(*_lines(stored, taken)), width=min(Console().width, TEXT_WIDTH))


def _address(stored: StoredArticle) -> str:
    return stored.article.canonical_url or stored.article.url


def _values(step: Step) -> dict[str, Any]:
    """A step as it is exported; times are UTC."""
    changes = step.changes
    return {
        "from": _seen(step.before),
        "to": _seen(step.after),
        **{part: [asdict(piece) for piece in getattr(changes, part)] for part in _PARTS},
        "body": [{"change": block.change, **asdict(block)} for block in changes.body],
    }


def _seen(numbered: Numbered) -> dict[str, Any]:
    told = numbered.version
    return {"revision": numbered.number, "seen_at": told.seen_at, "seen_until": told.seen_until, "access": told.access}


def _lines(stored: StoredArticle, taken: Sequence[Step]) -> Iterator[RenderableType]:
    yield Text(strip_controls(stored.article.headline), style="bold")
    yield Text(strip_controls(_address(stored)), style="dim")
    for step in taken:
        yield Text()
        yield Text(f"Version {step.before.number} to {step.after.number}", style="bold cyan")
        yield from map(_when, (step.before, step.after))
        yield Text(_sum(step.changes), style="dim")
        yield from _told(step.changes)


def _when(numbered: Numbered) -> Text:
    begin, end = format_time(numbered.version.seen_at), format_time(numbered.version.seen_until)
    return Text(f"{numbered.number}: seen {begin}" + (f" to {end}" if end != begin else ""), style="dim")


def _sum(changes: Changes) -> str:
    return f"{format_count(changes.count_words('added'), 'word')} added, {changes.count_words('removed')} removed"


def _told(changes: Changes) -> Iterator[RenderableType]:
    """Each part that changed, and the body if anything in it did."""
    if parts := list(_parts(changes)):
        yield Text()
        yield from (_row(label, told, width=10) for label, told in parts)
    if any(block.change != "same" for block in changes.body):
        for run in group_unchanged(changes.body):
            yield Text()
            yield _fold(len(run)) if run[0].change == "same" else _block(run[0])


def _parts(changes: Changes) -> Iterator[tuple[str, Text]]:
    for part in _PARTS:
        if has_changes(pieces := getattr(changes, part)):
            yield part.capitalize(), _marked(pieces)
    if changes.access[0] != changes.access[1]:
        yield "Access", Text(f"{changes.access[0]}, then {changes.access[1]}")


def _row(label: str, told: Text, width: int) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=width, style="dim")
    grid.add_column(overflow="fold")
    grid.add_row(label, told)
    return grid


def _fold(count: int) -> Table:
    return _row("", Text(f"… {format_count(count, 'paragraph')} unchanged", style="dim italic"), width=1)


def _block(block: BlockChange) -> Table:
    told = _marked(block.pieces)
    if block.before != block.after and block.change == "changed":
        told = Text(f"({block.before}, now {block.after}) ".replace("_", " "), style="dim").append_text(told)
    return _row(_GUTTER[block.change], told, width=1)


def _marked(pieces: Iterable[Piece]) -> Text:
    console = Console()
    plain = console.color_system is None or console.no_color
    told = Text()
    for piece in pieces:
        begin, end = _MARKS[piece.kind] if plain else ("", "")
        told.append(f"{begin}{strip_controls(piece.text)}{end}", style="" if plain else _STYLES[piece.kind])
    return told
