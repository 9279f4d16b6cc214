"""What changed between the revisions of an article, for a terminal, a browser or a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from newscrawl.cli.diff_options import PageRenderer
from newscrawl.cli.output import format_json, render_terminal
from newscrawl.diff import BlockChange, Changes, Piece, group_unchanged, has_changes
from newscrawl.errors import StorageError
from newscrawl.export.display import TEXT_WIDTH, format_count, format_time, strip_controls
from newscrawl.storage import Store, StoredArticle
from newscrawl.storage.steps import NumberedVersion, VersionStep, compare_versions

_STYLES = {"same": "", "added": "green underline", "removed": "red strike"}
_MARKS = {"same": ("", ""), "added": ("{+", "+}"), "removed": ("[-", "-]")}
"""Where there is no colour, as wdiff has it."""
_GUTTER = {"added": "+", "removed": "-", "changed": "~"}
_FIELDS = ("headline", "dek", "correction")


def format_differences(
    store: Store, stored: StoredArticle, form: str, revisions: tuple[int, int] | None, render_page: PageRenderer
) -> str:
    """Format all steps from revision to revision, or the one between two, as "table", "html" or "json".

    Raises StorageError where there is no revision of such a number.
    """
    history = store.versions(stored.id)
    try:
        selected = list(compare_versions(history, revisions))
    except IndexError as error:
        newest = (revisions or (0, 0))[1]
        raise StorageError(f"article {stored.id} has no revision {newest}; the newest is {len(history)}") from error
    address = stored.article.canonical_url or stored.article.url
    if form == "json":
        return format_json({"id": stored.id, "url": address, "steps": [_to_values(step) for step in selected]})
    if form == "html":
        return render_page(stored, selected)
    if not selected:
        return f"Article {stored.id} has one revision only: no changes.\n"
    heading = (Text(strip_controls(stored.article.headline), "bold"), Text(strip_controls(address), "dim"))
    lines = (line for step in selected for line in _render_step(step))
    return render_terminal(Group(*heading, *lines), width=min(Console().width, TEXT_WIDTH))


def _to_values(step: VersionStep) -> dict[str, Any]:
    """A step as it is exported; times are UTC."""
    changes = step.changes
    return {
        "from": _to_version_values(step.before),
        "to": _to_version_values(step.after),
        **{name: [asdict(piece) for piece in getattr(changes, name)] for name in _FIELDS},
        "body": [{"change": block.change, **asdict(block)} for block in changes.body],
    }


def _to_version_values(numbered: NumberedVersion) -> dict[str, Any]:
    seen = numbered.version
    return {"revision": numbered.number, "seen_at": seen.seen_at, "seen_until": seen.seen_until, "access": seen.access}


def _render_step(step: VersionStep) -> Iterator[RenderableType]:
    yield Text()
    yield Text(f"Revision {step.before.number} to {step.after.number}", style="bold cyan")
    for numbered in (step.before, step.after):
        begin, end = format_time(numbered.version.seen_at), format_time(numbered.version.seen_until)
        yield Text(f"{numbered.number}: seen {begin}" + (f" to {end}" if end != begin else ""), style="dim")
    added, removed = step.changes.count_words("added"), step.changes.count_words("removed")
    yield Text(f"{format_count(added, 'word')} added, {removed} removed", style="dim")
    yield from _render_changes(step.changes)


def _render_changes(changes: Changes) -> Iterator[RenderableType]:
    """Each field that changed, then the body if anything in it did."""
    changed = {name: pieces for name in _FIELDS if has_changes(pieces := getattr(changes, name))}
    fields = [(name.capitalize(), _mark(pieces)) for name, pieces in changed.items()]
    if changes.access[0] != changes.access[1]:
        fields.append(("Access", Text(f"{changes.access[0]}, then {changes.access[1]}")))
    if fields:
        yield Text()
        yield from (_make_row(label, text, width=10) for label, text in fields)
    if any(block.change != "same" for block in changes.body):
        for run in group_unchanged(changes.body):
            yield Text()
            if run[0].change == "same":
                unchanged = f"… {format_count(len(run), 'paragraph')} unchanged"
                yield _make_row("", Text(unchanged, style="dim italic"), width=1)
            else:
                yield _render_block(run[0])


def _make_row(label: str, text: Text, width: int) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=width, style="dim")
    grid.add_column(overflow="fold")
    grid.add_row(label, text)
    return grid


def _render_block(block: BlockChange) -> Table:
    text = _mark(block.pieces)
    if block.before != block.after and block.change == "changed":
        text = Text(f"({block.before}, now {block.after}) ".replace("_", " "), style="dim").append_text(text)
    return _make_row(_GUTTER[block.change], text, width=1)


def _mark(pieces: Iterable[Piece]) -> Text:
    console = Console()
    has_no_colour = console.color_system is None or console.no_color
    text = Text()
    for piece in pieces:
        begin, end = _MARKS[piece.kind] if has_no_colour else ("", "")
        text.append(f"{begin}{strip_controls(piece.text)}{end}", style="" if has_no_colour else _STYLES[piece.kind])
    return text
