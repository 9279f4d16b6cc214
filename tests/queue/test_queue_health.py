"""What `runs --check` reports about the queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from newscrawl.operations.health import Status
from newscrawl.operations.queue_health import judge_queue
from newscrawl.storage import QueueState, Schedule

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
WELL = QueueState(workers=3, running=2, waiting=0, stalled=0, longest_wait=timedelta())


def schedule(site: str, *, started: float = 0.5, code: int | None = 0, due: float = 0.5) -> Schedule:
    """A site that is crawled hourly, last so many hours ago."""
    started_at, due_at = NOW - timedelta(hours=started), NOW + timedelta(hours=due)
    return Schedule(
        site=site, spider="news", every_seconds=3600, due_at=due_at, started_at=started_at, exit_code=code, added_at=NOW
    )


def judge(
    *schedules: Schedule, state: QueueState | None = WELL, max_age: timedelta | None = None
) -> tuple[Status, str]:
    health = judge_queue(schedules, state, now=NOW, max_age=max_age)
    return health.status, f"{health.text} | {' '.join(health.figures)}"


def test_a_queue_that_is_well() -> None:
    figures = "sites=2 workers=3 running=2 waiting=0 lag=0s stalled=0 overdue=0 failing=0"
    assert judge(schedule("quay.example"), schedule("pier.example", code=7)) == (
        Status.OK,
        f"sites: 2, workers: 3, crawls that wait: 0 | {figures}",
    )


def test_nobody_works() -> None:
    for state in (None, QueueState(workers=0, running=0, waiting=4, stalled=0, longest_wait=timedelta(minutes=40))):
        status, line = judge(schedule("quay.example"), state=state)
        assert (status, "no worker is alive" in line) == (Status.CRITICAL, True)
    assert "crawls that wait: 4 (the longest for 40 minutes)" in line


def test_one_site_of_many_is_a_warning_and_every_tenth_critical() -> None:
    many = [schedule(f"{n}.example") for n in range(20)]
    for bad in (
        schedule("bad.example", started=2.5),
        schedule("bad.example", code=4),
        schedule("bad.example", code=-9),
    ):
        assert judge(*many, bad)[0] is Status.WARNING
        assert judge(*many[:9], bad)[0] is Status.CRITICAL
    assert "overdue bad.example" in judge(*many, schedule("bad.example", started=2.5))[1]
    assert "ended badly bad.example" in judge(*many, schedule("bad.example", code=4))[1]


def test_a_site_that_is_paused_is_not_overdue() -> None:
    assert judge(schedule("quay.example", started=5, due=3))[0] is Status.OK
    assert judge(schedule("quay.example", started=5, due=0.5))[0] is Status.CRITICAL


def test_the_longest_time_may_be_given() -> None:
    assert judge(schedule("quay.example", started=1.5), max_age=timedelta(hours=1))[0] is Status.CRITICAL
    assert judge(schedule("quay.example", started=5), max_age=timedelta(hours=6))[0] is Status.OK


def test_crawls_of_dead_workers_are_a_warning() -> None:
    state = QueueState(workers=2, running=1, waiting=0, stalled=2, longest_wait=timedelta())
    assert judge(schedule("quay.example"), state=state)[0] is Status.WARNING
