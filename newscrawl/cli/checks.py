"""`db check`: runs the checks of the database and of its capture files, and prints one line for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, field

from rich.console import Console
from rich.text import Text

from newscrawl.archives.capture import CaptureFolder
from newscrawl.batch.verify_articles import DifferentArticle, Repair, Verification
from newscrawl.batch.verify_captures import LostCaptures, find_lost_files, find_lost_records
from newscrawl.batch.worker_pool import WorkerPool
from newscrawl.cli.output import format_json, show_progress, show_status, to_one_line
from newscrawl.cli.pool import end_run, start_run
from newscrawl.errors import DamagedDatabaseError
from newscrawl.export.display import name_commands
from newscrawl.operations.exit_codes import ExitCode
from newscrawl.operations.process import is_alive
from newscrawl.storage import Check, ReextractFilter, RestoredArticle, Run, Store
from newscrawl.storage.maintenance.check import CONTENT, EXAMPLES

_SHOWN_IDS = 5
_STYLES = {"ok": "green", "repaired": "yellow", "out": "dim"}


@dataclass(slots=True)
class CheckLine:
    """The result of a check, as it is printed."""

    name: str
    holds: str
    """What is true of a good database."""
    wrong: int = 0
    """The number of errors that are left."""
    repaired: int = 0
    left_out: bool = False
    examples: list[str] = field(default_factory=list)
    """Of errors, repaired or left."""
    remedy: str = ""
    details: list[str] = field(default_factory=list)
    """More about what was found, right or wrong."""
    counts: dict[str, int] = field(default_factory=dict)
    is_stopped: bool = False
    """Whether a signal ended it early."""

    @property
    def mark(self) -> str:
        if self.left_out:
            return "left out"
        if self.wrong or not self.repaired:
            return f"{self.wrong} wrong" if self.wrong else "ok"
        return f"{self.repaired} repaired"


def find_running_crawl(store: Store) -> Run | None:
    """Find a run that is writing to the database now."""
    return next((run for run in store.runs(None, ended=False) if is_alive(run)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """How to check."""

    captures: CaptureFolder
    repair: bool
    deep: bool
    spider: str
    """Under whose name a repair is recorded as a run."""
    make_pool: Callable[[], WorkerPool]
    """Makes the processes that read captures."""


def run_checks(store: Store, options: CheckOptions) -> Iterator[CheckLine]:
    """Run every check, one after the other. No progress is shown while a result is printed.

    Once a damaged article is left, nothing that is computed from articles is repaired: it would fit the damage.
    """
    has_running_crawl = find_running_crawl(store) is not None
    repair, has_damage = options.repair, False
    for check in store.checks():
        if check.locks and has_running_crawl:
            remedy = "a run is active, and could not write during this check"
            yield CheckLine(check.name, check.holds, left_out=True, remedy=remedy)
        elif check.name == CONTENT:
            result = _check_content(store, check, options)
            has_damage = result.wrong > 0
            yield result
        else:
            with show_status(check.name):
                result = _check_database(store, check, repair, is_held=has_damage and check.indexes_articles)
            yield result
    with show_status("files"):
        lost = find_lost_files(store, options.captures)
        result = _check_captures(store, "files", "every capture's file exists and is long enough", lost, repair)
    yield result
    if options.deep:
        with show_progress("records") as show:
            lost = find_lost_records(store, options.captures, show)
            result = _check_captures(store, "records", "every capture can be read at its place", lost, repair)
        yield result
        yield _verify_articles(store, options)


def _check_database(store: Store, check: Check, repair: bool, *, is_held: bool) -> CheckLine:
    """Run a check, and repair what it finds unless the repair is held back."""
    try:
        before = after = store.examine(check)
        if before and repair and check.repair and not is_held:
            store.repair(check)
            after = store.examine(check)
    except DamagedDatabaseError as error:
        return CheckLine(check.name, check.holds, wrong=1, examples=[str(error)], remedy="what is damaged there?")
    return CheckLine(
        check.name,
        check.holds,
        wrong=after.count,
        repaired=max(0, before.count - after.count),
        examples=list(after.examples or before.examples),
        remedy=check.remedy if after and (repair or not check.repair) else "",
    )


def _check_content(store: Store, check: Check, options: CheckOptions) -> CheckLine:
    """Compare every column of every article and revision, and restore what is damaged."""
    result = CheckLine(check.name, check.holds)
    with show_progress(check.name) as show:
        damaged = list(store.damaged_articles(show))
    ids = [article.id for article in damaged if article.id is not None]
    if ids and options.repair:
        for restored in _restore(store, ids, options):
            result.examples.append(_describe_restored(restored))
        with show_progress(check.name) as show:
            left = list(store.damaged_articles(show))
        result.wrong, result.repaired = len(left), max(0, len(damaged) - len(left))
        result.remedy = check.remedy if left else ""
        known = {line.partition(":")[0] for line in result.examples}
        result.examples += [str(each) for each in left if str(each).partition(":")[0] not in known]
    else:
        result.wrong, result.examples = len(damaged), list(map(str, damaged))
    return result


def _restore(store: Store, ids: Collection[int], options: CheckOptions) -> list[RestoredArticle]:
    restored: list[RestoredArticle] = []
    run_id = start_run(store, options.spider, "repair", {})
    repair = Repair(store, run_id, handle_restored=restored.append)
    with show_status("restoring"):
        repair.restore(ids, options.make_pool)
    code = ExitCode.STOPPED if repair.is_stopped else ExitCode.DONE
    end_run(store, repair, run_id, "shutdown" if repair.is_stopped else "finished", code)
    return restored


def _describe_restored(article: RestoredArticle) -> str:
    name = f"article {article.article_id}"
    if article.lost:
        return f"{name}: {', '.join(article.damaged)} damaged; nothing has the former {', '.join(article.lost)}"
    parts = [f"{', '.join(article.restored)} restored"] if article.restored else []
    for source in dict.fromkeys(article.replaced.values()):
        names = [column for column, origin in article.replaced.items() if origin == source]
        parts.append(f"{', '.join(names)} taken from {source}")
    return f"{name}: {'; '.join(parts) or 'restored'}"


def _verify_articles(store: Store, options: CheckOptions) -> CheckLine:
    """Extract every article from its captures again, and compare."""
    result = CheckLine("reread", "every article is what its captures say")
    older: Counter[str] = Counter()
    result.counts["older"] = 0

    def handle(different: DifferentArticle) -> None:
        if different.is_older:
            older.update(different.fields)
            result.counts["older"] += 1
        else:
            result.wrong += 1
            result.examples.append(f"article {different.id}: {', '.join(different.fields)}")

    without, ids = store.count_unverifiable()
    verification = Verification(store, None, handle_difference=handle)
    total = store.totals()["articles"] - without
    with show_progress("reread") as show:
        verification.show = lambda articles, captures: show(articles, total)
        verification.run(ReextractFilter(), options.make_pool())
    result.is_stopped = verification.is_stopped
    result.counts.update(verified=verification.verified, differ=result.wrong, without_capture=without)
    result.counts.update(unreadable=verification.unreadable)
    result.details.append(f"{verification.verified} verified, {result.wrong} differ, {without} have no stored capture")
    if result.counts["older"]:
        fields = ", ".join(f"{name} {count}" for name, count in older.most_common())
        result.details.append(
            f"{result.counts['older']} were read by another version of the extraction and differ ({fields}): "
            "that is no damage; `scrapy reextract` shows what it changes"
        )
    if verification.unreadable:
        result.details.append(f"{verification.unreadable} have captures that cannot be read as articles")
    if ids:
        listed = ", ".join(map(str, ids[:_SHOWN_IDS])) + (", …" if without > _SHOWN_IDS else "")
        result.details.append(f"without a stored capture: articles {listed}")
    if result.is_stopped:
        result.details.append("stopped early: the others were not compared")
    if result.wrong:
        result.remedy = "their digests are right: were they changed with them? `scrapy reextract --all` shows what"
    return result


def _check_captures(store: Store, name: str, holds: str, lost: Iterator[LostCaptures], repair: bool) -> CheckLine:
    result = CheckLine(name, holds)
    for each in lost:
        if len(result.examples) < EXAMPLES:
            result.examples.append(each.reason)
        if repair and each.is_gone:
            store.forget_places(each.captures)
            result.repaired += len(each.captures)
        else:
            result.wrong += len(each.captures)
        if not each.is_gone:
            result.remedy = "is the disk mounted, or the network up, and is NEWSCRAWL_WARC_DIR right?"
    return result


def print_results(results: Iterator[CheckLine], *, repair: bool) -> int:
    """Print results as they come, then what to do; return the exit code: 0 if nothing is wrong."""
    console = Console()
    total = wrong = 0
    is_stopped = False
    for result in results:
        total += 1
        is_stopped |= result.is_stopped
        wrong += bool(result.wrong)
        line = Text(f"{result.mark:>12}", _STYLES.get(result.mark.split()[-1], "bold red"))
        _print_line(console, line.append(f"  {result.name:<12}{result.holds}", "default"))
        for example in result.examples:
            _print_line(console, Text(f"{'':26}{to_one_line(example)}", "dim"))
        for detail in result.details:
            _print_line(console, Text(name_commands(f"{'':26}{to_one_line(detail)}")))
        if result.remedy:
            _print_line(console, Text(name_commands(f"{'':26}{result.remedy}"), "italic"))
    if not wrong:
        summary = f"All is well: {total} checks."
    elif repair:
        summary = f"{wrong} of {total} checks found something that could not be repaired."
    else:
        summary = f"{wrong} of {total} checks found something; `scrapy db check --repair` repairs what can be."
    _print_line(console, Text(name_commands(summary)))
    return _get_exit_code(wrong > 0, is_stopped)


def _get_exit_code(is_wrong: bool, is_stopped: bool) -> int:
    if is_wrong:
        return 1
    return int(ExitCode.STOPPED) if is_stopped else 0


def _print_line(console: Console, line: Text) -> None:
    console.print(line, soft_wrap=True, highlight=False)


def format_results(results: Iterator[CheckLine]) -> tuple[str, int]:
    lines = list(results)
    code = _get_exit_code(any(line.wrong for line in lines), any(line.is_stopped for line in lines))
    return format_json([asdict(line) for line in lines]), code
