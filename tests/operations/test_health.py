"""How several spiders fare, on one line; of one spider, tests/commands/test_runs.py asks through the command."""

from __future__ import annotations

from newscrawl.operations.health import Health, Status, status_line

GOOD = Health(spider="ferries", status=Status.OK, text="done", figures=("age=1s", "stored=2"))
BAD = Health(spider="trams|of the 'isle", status=Status.CRITICAL, text="blocked", figures=("age=3s",))
PASSING = Health(spider="gulls", status=Status.WARNING, text="stopped")


def test_the_worst_comes_first_and_gives_the_status() -> None:
    status, line = status_line([GOOD, PASSING, BAD])
    assert status == 2
    text, figures = line.split(" | ")
    assert text == "NEWSCRAWL CRITICAL - trams/of the 'isle: blocked; gulls: stopped; ferries: done"
    assert figures == "ferries_age=1s ferries_stored=2 trams_of_the__isle_age=3s"


def test_of_one_the_figures_have_no_name() -> None:
    assert status_line([GOOD]) == (Status.OK, "NEWSCRAWL OK - ferries: done | age=1s stored=2")
