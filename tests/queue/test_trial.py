"""Workers with real crawls: one is killed, and PostgreSQL is restarted meanwhile. bench/queue.py prints the figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from newscrawl.operations.exit_codes import ExitCode
from tests.queue.servers import serve_postgresql
from tests.queue.trial import Plan, run_trial
from tests.world import SITES, serve
from tests.world.site import Habits

DELAY = 1.0
NAMES = ("wattum-blick", "zeichen", "ensenada-hoy")


@pytest.mark.long
def test_nothing_is_lost_or_done_twice(tmp_path: Path) -> None:
    models = [site for site in SITES if site.name in NAMES]
    sites = [type(one)(f"{one.name}-{n}", one.code, one.title, _few(one.habits)) for n in range(2) for one in models]
    plan = Plan(delay=DELAY, processes=1, spread=6, kill_after=1, restart_after=3)
    with serve(sites) as world, serve_postgresql() as server:
        outcome = run_trial(world, server, tmp_path, plan)
    assert (outcome.found.missing, outcome.found.false, outcome.found.duplicates) == ((), (), ()), outcome.log
    assert outcome.together == 0
    # as the site sees it: on a busy machine a request may be late, and the next one is not
    assert outcome.closest > DELAY / 2, outcome.close
    assert set(outcome.codes) == {ExitCode.STOPPED}
    print(f"median lag: {outcome.median_lag:.1f} s")


def _few(habits: Habits) -> Habits:
    return replace(habits, stories=3)
