"""A month of crawls: what they found of what there was, what it cost the site, and whether they reported it right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from newscrawl.operations.archive import open_archive
from newscrawl.operations.exit_codes import ExitCode
from newscrawl.states import ListState
from tests.simulation import month
from tests.simulation.month import Month
from tests.simulation.reference import Full
from tests.simulation.report import Yield, load
from tests.simulation.site import FEEDS, LYING_ETAG, Site, served
from tests.simulation.story import BEGIN, VANISHED, Plan

pytestmark = pytest.mark.long
EVERY = timedelta(hours=4)
PLAN = Plan(1, articles_a_day=6)
PAGE_BYTES = 8_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the month is lived."""
    return tmp_path_factory.mktemp("month")


@pytest.fixture(scope="module")
def lived(folder: Path) -> Month:
    """The month."""
    return month.live(folder, PLAN, every=EVERY, page_bytes=PAGE_BYTES)


@pytest.fixture(scope="module")
def full() -> Yield:
    """The same month by a full pass at each moment."""
    return Full(PLAN, PAGE_BYTES).lived(list(month.moments(EVERY)))


@pytest.fixture(scope="module")
def lists(lived: Month, folder: Path) -> dict[str, ListState]:
    """What is remembered of each list at the end, by its path."""
    with open_archive(f"sqlite:///{folder}/news.db", create=False) as store:
        return {state.url.removeprefix(lived.site.base): state for state in store.lists("simulated")}


def test_every_listed_article_is_stored_once_and_complete(lived: Month) -> None:
    assert [(story.path, story.listed, sorted(story.lists)) for story in lived.found.missing] == []
    assert lived.found.listed > 150
    assert lived.conduct.duplicates == 0
    assert lived.conduct.torn == ()


def test_every_revision_is_how_its_article_once_read(lived: Month) -> None:
    assert lived.archive.invented() == []


def test_most_edits_become_revisions(lived: Month, full: Yield) -> None:
    """A visit finds at most what a visit at each moment finds; most edits come in the first hours."""
    missed = lived.found.missed
    assert missed.before_first_visit + missed.between_two_visits + missed.after_last_visit == (
        lived.found.edits - lived.found.found
    )
    assert lived.found.found >= 0.7 * full.found


def test_every_exit_code_says_how_the_site_was(lived: Month) -> None:
    assert [(run.at, run.code, run.line) for run in lived.conduct.wrong_alarms] == []
    assert {ExitCode.DONE, ExitCode.UNREACHABLE, ExitCode.BLOCKED} <= lived.conduct.codes.keys()


def test_a_list_that_vanished_is_reported_once(lived: Month) -> None:
    assert [run.code for run in lived.conduct.reported_vanished] == [ExitCode.PARTLY_FAILED]


def test_memory_is_flat(lived: Month) -> None:
    assert lived.conduct.growth < 0.1  # from 148 to 155 MiB in 186 runs of one process; 100 KiB a run would be seen


def test_a_vanished_list_is_recorded_as_gone(lists: dict[str, ListState], lived: Month) -> None:
    gone = {path: state.status for path, state in lists.items() if state.outcome == "gone"}
    assert gone == {"/politics.rss": 404}
    requests = [
        request for request in lived.site.requests if request.path == "/politics.rss" and request.at >= VANISHED
    ]
    assert 10 <= len(requests) <= 30  # once a day, should it come back


def test_lists_with_wrong_validators_are_found(lists: dict[str, ListState]) -> None:
    assert LYING_ETAG in _taken_for_liars(lists)
    assert any(path.startswith("/sitemaps/features/2024-") for path in _taken_for_liars(lists))


def test_no_honest_list_is_marked_as_wrong(lists: dict[str, ListState]) -> None:
    honest = {path for path in lists if path != LYING_ETAG and not path.startswith("/sitemaps/features/")}
    assert honest & _taken_for_liars(lists) == set()


def _taken_for_liars(lists: dict[str, ListState]) -> set[str]:
    return {path for path, state in lists.items() if state.validators_lie or state.lastmod_lies}


def test_it_asks_for_a_fraction_of_a_full_pass(lived: Month, full: Yield) -> None:
    assert full.recall == 1
    assert lived.found.load.requests < full.load.requests / 10
    assert lived.found.load.lists < full.load.lists
    assert lived.found.load.bytes < full.load.bytes / 10


def test_little_that_it_finds_is_late(lived: Month) -> None:
    assert lived.found.lag_median <= 1.5 * EVERY
    assert lived.found.lag_p90 <= timedelta(hours=12)


@contextmanager
def asked_by_a_crawl(folder: Path, site: Site) -> Iterator[month.Crawl]:
    """A crawler of the site that works at the month's first moment."""
    with served(site) as host, month.crawler(folder, site) as crawl:
        host.at(BEGIN)
        yield crawl


def test_a_full_crawl_requests_what_the_reference_requests(tmp_path: Path) -> None:
    """The reference that the month is held against is a crawl's own full pass, request by request."""
    reference = Full(PLAN, PAGE_BYTES)
    reference.crawl(BEGIN)
    site = Site(PLAN, page_bytes=PAGE_BYTES)
    with asked_by_a_crawl(tmp_path, site) as crawl:
        crawl(BEGIN, {})
        site.requests.clear()
        assert crawl(BEGIN + EVERY, {"full": "1"}).code == ExitCode.DONE
    assert sorted(request.path for request in site.requests) == sorted(
        request.path for request in reference.site.requests
    )
    assert load(site.requests).lists >= len(FEEDS)
