"""The store: all of storage in one class."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from newscrawl.storage import schema
from newscrawl.storage.articles.deletion import DeletionStore
from newscrawl.storage.articles.first_digests import compute_first_digests
from newscrawl.storage.articles.reextract import ReextractStore
from newscrawl.storage.crawl_state.captures import CaptureStore
from newscrawl.storage.crawl_state.lists import ListStore
from newscrawl.storage.crawl_state.pages import PageStore
from newscrawl.storage.crawl_state.run_leaves import RunLeafStore
from newscrawl.storage.crawl_state.runs import RunStore
from newscrawl.storage.crawl_state.schedules import ScheduleStore
from newscrawl.storage.crawl_state.sites import SiteStore
from newscrawl.storage.crawl_state.url_patterns import UrlPatternStore
from newscrawl.storage.docs.answers import QuestionStore
from newscrawl.storage.engine import find_file, make_engine, parse_url
from newscrawl.storage.keys import FindRules, set_url_rules
from newscrawl.storage.maintenance.backup import BackupStore, CopyProgress
from newscrawl.storage.maintenance.checks import CheckStore
from newscrawl.storage.maintenance.content import ContentStore
from newscrawl.storage.maintenance.subset import SubsetStore
from newscrawl.storage.query.clusters import ClusterStore
from newscrawl.storage.query.exports import ExportStore
from newscrawl.storage.query.facets import FacetStore
from newscrawl.storage.query.sites import SiteSummaryStore
from newscrawl.storage.query.statistics import StatisticsStore
from newscrawl.storage.query.watches import WatchStore
from newscrawl.storage.search_store import SearchStore


class Store(
    RunStore,
    RunLeafStore,
    PageStore,
    ListStore,
    UrlPatternStore,
    SiteStore,
    ScheduleStore,
    CaptureStore,
    ReextractStore,
    SearchStore,
    DeletionStore,
    StatisticsStore,
    FacetStore,
    SiteSummaryStore,
    ClusterStore,
    ExportStore,
    WatchStore,
    QuestionStore,
    CheckStore,
    ContentStore,
    BackupStore,
    SubsetStore,
):
    """An open database. Its methods may be called from any thread; each is one transaction.

    All raise StorageError if the database fails; then nothing of the call is stored. Times may have any time zone;
    returned times are in UTC.
    """


def upgrade(
    url: str, find_rules: FindRules | None = None, progress: CopyProgress = lambda done, total: None
) -> tuple[str | None, str]:
    """Upgrade or create the schema of a database; return the versions before (None: new) and after.

    With `find_rules` as for Store.open, pages are found by the normal form that their URLs have in this version.
    `progress` is called with articles. Raises StorageError if the database cannot be opened or belongs to another
    program.
    """
    with _engine(url) as engine:
        if find_rules:
            set_url_rules(engine, find_rules)
        return schema.upgrade(engine, partial(compute_first_digests, progress=progress))


def back_up_before_upgrade(url: str, progress: CopyProgress = lambda done, total: None) -> Path | None:
    """Copy a SQLite file that `upgrade` would change to news.db.before-0007; None if it would change nothing.

    Replaces the copy of an earlier upgrade that failed. Raises StorageError.
    """
    with _engine(url) as engine:
        file = find_file(engine.url)
        if file is None or not schema.is_behind(engine):
            return None
        target = file.with_name(f"{file.name}.before-{schema.head()}")
        return BackupStore(engine).back_up(target, replace=True, progress=progress)


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = make_engine(parse_url(url))
    try:
        yield engine
    finally:
        engine.dispose()
