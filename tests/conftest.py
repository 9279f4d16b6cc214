"""Options of the test run."""

import gc
import os
import time
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests import object_store, quick_archives

_FIRST = "tests/crawls/test_soak.py"
_LAST = (
    "tests/batch/",
    "tests/commands/",
    "tests/crawls/",
    "tests/kills/",
    "tests/queue/",
    "tests/storage/",
    "tests/web/",
)

# No newscrawl.toml or .env of the developer changes what is tested.
os.environ["NEWSCRAWL_CONFIG"] = "none"

# How long an example takes is the machine's affair; bounds on time are tested by tests of their own.
settings.register_profile("newscrawl", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("newscrawl")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-pages",
        action="store_true",
        help="write what is read from the pages of tests/pages whose expectation is missing or differs, and fail",
    )


def pytest_configure() -> None:
    """Collect without garbage collection, which takes a quarter of the CPU time and finds nothing."""
    gc.disable()
    quick_archives.install()


def pytest_collection_finish() -> None:
    """Exclude what was collected from later garbage collections: a million objects that last as long as the run."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Look for doctests in newscrawl alone: tests have none, and looking takes 3 s in each worker."""
    return [each for each in (yield) if type(each) is pytest.Module]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the soak test first: it takes four minutes, and mostly waits. Tests that start servers or processes are last.

    They are a quarter of the tests and three quarters of the time: what is skipped where time is up is among few.
    """
    items.sort(key=lambda item: (not item.nodeid.startswith(_FIRST), item.nodeid.startswith(_LAST)))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Skip the rest of a run that has a limit, on a machine that is too slow for it."""
    if time.time() > float(os.environ.get("NEWSCRAWL_TEST_UNTIL", "inf")):
        pytest.skip("the time of this run is used up: NEWSCRAWL_TEST_UNTIL, in seconds since 1970")


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """Keeps from other tests what a program sets for its own process, such as SCRAPY_SETTINGS_MODULE."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> object_store.Bucket:
    """An empty bucket of an S3 server on loopback."""
    return object_store.make_bucket(monkeypatch)
