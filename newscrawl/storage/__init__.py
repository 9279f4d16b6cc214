"""The archive in a database: SQLite, PostgreSQL or MariaDB.

with Store.open("sqlite:///news.db") as store:
    for hit in store.search(Query(words="interest rates", limit=5)):
        print(hit.published_at, hit.headline)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newscrawl.states import CaptureState as CaptureState
    from newscrawl.states import ListState as ListState
    from newscrawl.states import PageState as PageState
    from newscrawl.states import State as State
    from newscrawl.storage.articles.deletion import Deletion as Deletion
    from newscrawl.storage.articles.merge import CONTENT_FIELDS as CONTENT_FIELDS
    from newscrawl.storage.articles.merge import Version as Version
    from newscrawl.storage.articles.reextract import ReextractedArticle as ReextractedArticle
    from newscrawl.storage.articles.reextract import ReextractFilter as ReextractFilter
    from newscrawl.storage.articles.restore import RestoredArticle as RestoredArticle
    from newscrawl.storage.crawl_state.outcomes import FileProgress as FileProgress
    from newscrawl.storage.crawl_state.outcomes import PageOutcome as PageOutcome
    from newscrawl.storage.crawl_state.outcomes import PageResult as PageResult
    from newscrawl.storage.crawl_state.outcomes import RecordedPage as RecordedPage
    from newscrawl.storage.crawl_state.pages import PageConditions as PageConditions
    from newscrawl.storage.crawl_state.run_leaves import RunProof as RunProof
    from newscrawl.storage.crawl_state.runs import KILLED as KILLED
    from newscrawl.storage.crawl_state.runs import Process as Process
    from newscrawl.storage.crawl_state.runs import Run as Run
    from newscrawl.storage.crawl_state.runs import RunStore as RunStore
    from newscrawl.storage.crawl_state.schedules import QUEUE_SCHEMA as QUEUE_SCHEMA
    from newscrawl.storage.crawl_state.schedules import QueueState as QueueState
    from newscrawl.storage.crawl_state.schedules import Schedule as Schedule
    from newscrawl.storage.crawl_state.schedules import ScheduleStore as ScheduleStore
    from newscrawl.storage.crawl_state.sites import SiteResult as SiteResult
    from newscrawl.storage.crawl_state.sites import SiteState as SiteState
    from newscrawl.storage.docs.sample_queries import QUESTIONS as QUESTIONS
    from newscrawl.storage.docs.sample_queries import Question as Question
    from newscrawl.storage.engine import sqlite_file as sqlite_file
    from newscrawl.storage.maintenance.check import Check as Check
    from newscrawl.storage.maintenance.check import CheckResult as CheckResult
    from newscrawl.storage.maintenance.content import DamagedArticle as DamagedArticle
    from newscrawl.storage.maintenance.content import DigestProof as DigestProof
    from newscrawl.storage.query.articles import Hit as Hit
    from newscrawl.storage.query.articles import StoredArticle as StoredArticle
    from newscrawl.storage.query.clusters import Cluster as Cluster
    from newscrawl.storage.query.clusters import ClusterMember as ClusterMember
    from newscrawl.storage.query.counts import BY as BY
    from newscrawl.storage.query.counts import TIMES as TIMES
    from newscrawl.storage.query.counts import By as By
    from newscrawl.storage.query.counts import Count as Count
    from newscrawl.storage.query.exports import Export as Export
    from newscrawl.storage.query.exports import Exported as Exported
    from newscrawl.storage.query.facets import FacetSummary as FacetSummary
    from newscrawl.storage.query.gaps import Gap as Gap
    from newscrawl.storage.query.names import ArticleName as ArticleName
    from newscrawl.storage.query.names import fold_name as fold_name
    from newscrawl.storage.query.sites import ListFacts as ListFacts
    from newscrawl.storage.query.sites import SiteSummary as SiteSummary
    from newscrawl.storage.query.statement import SORTS as SORTS
    from newscrawl.storage.query.statement import Query as Query
    from newscrawl.storage.query.statement import Sort as Sort
    from newscrawl.storage.query.statistics import LAGS as LAGS
    from newscrawl.storage.query.statistics import Lag as Lag
    from newscrawl.storage.query.statistics import Month as Month
    from newscrawl.storage.query.statistics import Point as Point
    from newscrawl.storage.query.statistics import Reason as Reason
    from newscrawl.storage.query.statistics import Series as Series
    from newscrawl.storage.query.statistics import Statistics as Statistics
    from newscrawl.storage.query.watches import TARGET_KINDS as TARGET_KINDS
    from newscrawl.storage.query.watches import Report as Report
    from newscrawl.storage.query.watches import TargetKind as TargetKind
    from newscrawl.storage.query.watches import Watch as Watch
    from newscrawl.storage.query.watches import WatchTarget as WatchTarget
    from newscrawl.storage.search_store import SearchStore as SearchStore
    from newscrawl.storage.store import Store as Store
    from newscrawl.storage.store import back_up_before_upgrade as back_up_before_upgrade
    from newscrawl.storage.store import upgrade as upgrade

# Imported at its first use: all of it takes 0.1 s CPU, and a query needs a third.
_NAMES = {
    "newscrawl.states": (
        "CaptureState",
        "ListState",
        "PageState",
        "State",
    ),
    "newscrawl.storage.articles.deletion": ("Deletion",),
    "newscrawl.storage.articles.merge": (
        "CONTENT_FIELDS",
        "Version",
    ),
    "newscrawl.storage.articles.reextract": (
        "ReextractedArticle",
        "ReextractFilter",
    ),
    "newscrawl.storage.articles.restore": ("RestoredArticle",),
    "newscrawl.storage.crawl_state.outcomes": (
        "FileProgress",
        "PageOutcome",
        "PageResult",
        "RecordedPage",
    ),
    "newscrawl.storage.crawl_state.pages": ("PageConditions",),
    "newscrawl.storage.crawl_state.run_leaves": ("RunProof",),
    "newscrawl.storage.crawl_state.runs": (
        "KILLED",
        "Process",
        "Run",
        "RunStore",
    ),
    "newscrawl.storage.crawl_state.schedules": (
        "QUEUE_SCHEMA",
        "QueueState",
        "Schedule",
        "ScheduleStore",
    ),
    "newscrawl.storage.crawl_state.sites": (
        "SiteResult",
        "SiteState",
    ),
    "newscrawl.storage.docs.sample_queries": (
        "QUESTIONS",
        "Question",
    ),
    "newscrawl.storage.engine": ("sqlite_file",),
    "newscrawl.storage.maintenance.check": (
        "Check",
        "CheckResult",
    ),
    "newscrawl.storage.maintenance.content": (
        "DamagedArticle",
        "DigestProof",
    ),
    "newscrawl.storage.query.articles": (
        "Hit",
        "StoredArticle",
    ),
    "newscrawl.storage.query.clusters": ("Cluster", "ClusterMember"),
    "newscrawl.storage.query.counts": (
        "BY",
        "TIMES",
        "By",
        "Count",
    ),
    "newscrawl.storage.query.exports": (
        "Export",
        "Exported",
    ),
    "newscrawl.storage.query.facets": ("FacetSummary",),
    "newscrawl.storage.query.gaps": ("Gap",),
    "newscrawl.storage.query.names": (
        "ArticleName",
        "fold_name",
    ),
    "newscrawl.storage.query.sites": (
        "ListFacts",
        "SiteSummary",
    ),
    "newscrawl.storage.query.statement": (
        "SORTS",
        "Query",
        "Sort",
    ),
    "newscrawl.storage.query.statistics": (
        "LAGS",
        "Lag",
        "Month",
        "Point",
        "Reason",
        "Series",
        "Statistics",
    ),
    "newscrawl.storage.query.watches": (
        "TARGET_KINDS",
        "Report",
        "TargetKind",
        "Watch",
        "WatchTarget",
    ),
    "newscrawl.storage.search_store": ("SearchStore",),
    "newscrawl.storage.store": (
        "back_up_before_upgrade",
        "Store",
        "upgrade",
    ),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}
__all__ = [*_MODULES]  # noqa: PLE0604 - the names above


if not TYPE_CHECKING:  # a type checker knows the names above, and reports every other one

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_MODULES[name]), name)
        globals()[name] = value
        return value
