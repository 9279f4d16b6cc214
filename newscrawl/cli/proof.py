"""`articles --show N --proof`: what is recorded of an article, and what its stored bytes say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from rich.text import Text

from newscrawl.archives.capture import CaptureFolder
from newscrawl.batch.verify_captures import CaptureProof, prove_captures
from newscrawl.cli.output import UNFOLDED, format_json, make_table, render_terminal
from newscrawl.export.display import strip_controls
from newscrawl.storage import DigestProof, RunProof, Store


def format_proof(store: Store, article_id: int, form: str, folder: CaptureFolder) -> tuple[str, int]:
    """Format the proof of an article; return it with the exit code: 0 if everything that can be compared matches."""
    digests = store.prove_digests(article_id)
    captures = prove_captures(store, article_id, folder)
    runs = store.prove("article", article_id)
    is_right = all(each.matches for each in digests) and all(each.matches is not False for each in captures)
    # A run that has not ended has no root yet.
    is_right = is_right and all(each.is_proven or each.recorded_root is None for each in runs)
    if form == "json":
        return _format_json(article_id, digests, captures, runs), 0 if is_right else 1
    tables = [_make_digest_table(digests), _make_capture_table(captures), *_list_runs(runs)]
    verdict = "Everything that is recorded matches.\n" if is_right else "Something does not match: see above.\n"
    return "".join(tables) + verdict, 0 if is_right else 1


def _format_json(
    article_id: int, digests: Sequence[DigestProof], captures: Sequence[CaptureProof], runs: Sequence[RunProof]
) -> str:
    return format_json(
        {
            "article": article_id,
            "digests": [{**asdict(each), "matches": each.matches} for each in digests],
            "captures": [{**asdict(each), "matches": each.matches} for each in captures],
            "runs": [
                {
                    "run": each.run_id,
                    "digest": each.digest,
                    "root": each.recorded_root,
                    "computed_root": each.proof.root,
                    "path": [{"side": side, "hash": other} for side, other in each.proof.path],
                    "matches": each.is_proven if each.recorded_root else None,
                }
                for each in runs
            ],
        }
    )


def _make_digest_table(digests: Sequence[DigestProof]) -> str:
    table = make_table("Content", "Seen (UTC)", "Capture", "SHA-256 recorded", "Computed")
    for each in digests:
        name = "article" if each.revision is None else f"revision {each.revision}"
        seen = f"{each.seen_at:%Y-%m-%d %H:%M:%S}" if each.seen_at else "-"
        computed = "the same" if each.matches else each.computed or "cannot be read"
        capture = str(each.capture_id or "-")
        table.add_row(name, seen, capture, Text(strip_controls(each.recorded or "-")), Text(computed))
    return render_terminal(table, width=UNFOLDED)


def _make_capture_table(captures: Sequence[CaptureProof]) -> str:
    if not captures:
        return "No capture of it is stored.\n"
    table = make_table("Capture", "Captured (UTC)", "Kind", "File", "Offset", "Length", "Digest recorded", "Computed")
    for each in captures:
        if each.matches is None:
            computed = each.computed or ("not stored" if each.file is None else "-")
        else:
            computed = "the same" if each.matches else each.problem or each.computed or "-"
        numbers = [str(number) if number is not None else "-" for number in (each.offset, each.length)]
        cells = [each.kind, each.file or "-", *numbers, each.recorded or "-", computed]
        moment = f"{each.captured_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(str(each.id), moment, *(Text(strip_controls(cell)) for cell in cells))
    return render_terminal(table, width=UNFOLDED)


def _list_runs(runs: Sequence[RunProof]) -> Iterator[str]:
    for each in runs:
        if each.recorded_root is None:
            verdict = "it has not ended, and has no root yet"
        elif each.is_proven:
            verdict = "which is the root of the run"
        else:
            verdict = f"but the root of the run is {each.recorded_root}"
        yield f"run {each.run_id} stored {each.kind}:{each.item_id}:{each.digest}\n"
        yield from (f"  {side:5} {other}\n" for side, other in each.proof.path)
        yield f"  root  {each.proof.root}, {verdict}\n"
