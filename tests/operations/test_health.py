"""How several spiders fare, on one line; of one spider, tests/commands/test_runs.py asks through the command."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from newscrawl.operations.health import Health, Status, format_status, judge_spider
from newscrawl.storage import Run

GOOD = Health(spider="ferries", status=Status.OK, text="done", figures=("age=1s", "stored=2"))
BAD = Health(spider="trams|of the 'isle", status=Status.CRITICAL, text="blocked", figures=("age=3s",))
PASSING = Health(spider="gulls", status=Status.WARNING, text="stopped")


def test_the_worst_comes_first_and_gives_the_status() -> None:
    status, line = format_status([GOOD, PASSING, BAD])
    assert status == 2
    text, figures = line.split(" | ")
    assert text == "NEWSCRAWL CRITICAL - trams/of the 'isle: blocked; gulls: stopped; ferries: done"
    assert figures == "ferries_age=1s ferries_stored=2 trams_of_the__isle_age=3s"


def test_figures_of_one_spider_have_no_name() -> None:
    assert format_status([GOOD]) == (Status.OK, "NEWSCRAWL OK - ferries: done | age=1s stored=2")


def test_archive_runs_do_not_hide_a_failing_site() -> None:
    now = datetime(2026, 3, 5, 12, tzinfo=UTC)

    def ran(number: int, source: str, code: int) -> Run:
        at = now - timedelta(hours=10 - number)
        values = {"arguments": {}, "started_at": at, "ended_at": at, "finish_reason": "finished", "counts": {}}
        return Run(id=number, spider="ferries", source=source, exit_code=code, **values)  # type: ignore[arg-type]

    values = {"now": now, "max_age": None, "is_alive": lambda run: False}
    runs = [ran(3, "warc", 0), ran(2, "live", 3), ran(1, "live", 0)]
    assert judge_spider("ferries", runs, **values).status is Status.CRITICAL  # type: ignore[arg-type]
    assert judge_spider("ferries", runs[:1], **values).status is Status.OK  # type: ignore[arg-type]
