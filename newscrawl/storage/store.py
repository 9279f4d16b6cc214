"""The store: all of storage in one class."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from newscrawl.storage import schema
from newscrawl.storage.articles.record import RecordStore
from newscrawl.storage.articles.reextract import ReextractStore
from newscrawl.storage.crawl_state.captures import CaptureStore
from newscrawl.storage.crawl_state.lists import ListStore
from newscrawl.storage.crawl_state.pages import PageStore
from newscrawl.storage.crawl_state.runs import RunStore
from newscrawl.storage.docs.answers import QuestionStore
from newscrawl.storage.engine import file_of, make_engine, parse_url
from newscrawl.storage.maintenance.backup import BackupStore, CopyProgress, back_up
from newscrawl.storage.maintenance.checks import CheckStore
from newscrawl.storage.maintenance.subset import SubsetStore
from newscrawl.storage.query.articles import ArticleStore
from newscrawl.storage.query.clusters import ClusterStore
from newscrawl.storage.query.counts import CountStore
from newscrawl.storage.query.exports import ExportStore
from newscrawl.storage.query.facets import FacetStore
from newscrawl.storage.query.statistics import StatisticsStore


class Store(
    RunStore,
    PageStore,
    ListStore,
    CaptureStore,
    RecordStore,
    ReextractStore,
    ArticleStore,
    CountStore,
    StatisticsStore,
    FacetStore,
    ClusterStore,
    ExportStore,
    QuestionStore,
    CheckStore,
    BackupStore,
    SubsetStore,
):
    """An open database. Its methods may be called from any thread; each is one transaction.

    All raise StorageError when the database refuses; then nothing of the call is stored. Times go in with any time
    zone and come out in UTC.
    """


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring a database to this version's schema, or make it: versions before (None: new) and after.

    Raises StorageError where it cannot be opened or is not newscrawl's.
    """
    with _engine(url) as engine:
        return schema.upgrade(engine)


def back_up_before_upgrade(url: str, progress: CopyProgress = lambda done, total: None) -> Path | None:
    """Copy a SQLite file that `upgrade` would change, to beside it: news.db.before-0004. None: nothing to be copied.

    One of an upgrade that came to nothing is replaced. Raises StorageError.
    """
    with _engine(url) as engine:
        file = file_of(engine.url)
        if file is None or not schema.is_behind(engine):
            return None
        target = file.with_name(f"{file.name}.before-{schema.head()}")
        return back_up(engine, target, replace=True, progress=progress)


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = make_engine(parse_url(url))
    try:
        yield engine
    finally:
        engine.dispose()
