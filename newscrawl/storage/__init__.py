"""The archive in a database: SQLite, PostgreSQL or MariaDB.

with Store.open("sqlite:///news.db") as store:
    for hit in store.search(Query(words="interest rates", limit=5)):
        print(hit.published_at, hit.headline)
"""

from newscrawl.states import CaptureState, ListState, PageState, State
from newscrawl.storage.articles.deletion import Deletion
from newscrawl.storage.articles.merge import CONTENT_FIELDS, Version
from newscrawl.storage.articles.reextract import ReextractedArticle, ReextractFilter
from newscrawl.storage.articles.restore import RestoredArticle
from newscrawl.storage.crawl_state.captures import FileProgress
from newscrawl.storage.crawl_state.page_results import PageOutcome, PageResult, RecordedPage
from newscrawl.storage.crawl_state.pages import PageConditions
from newscrawl.storage.crawl_state.run_leaves import RunProof
from newscrawl.storage.crawl_state.runs import KILLED, Process, Run
from newscrawl.storage.crawl_state.sites import SiteResult, SiteState
from newscrawl.storage.docs.sample_queries import QUESTIONS, Question
from newscrawl.storage.engine import sqlite_file
from newscrawl.storage.maintenance.check import Check, CheckResult
from newscrawl.storage.maintenance.content import DamagedArticle, DigestProof
from newscrawl.storage.query.articles import Hit, StoredArticle
from newscrawl.storage.query.clusters import Cluster
from newscrawl.storage.query.counts import BY, TIMES, By, Count
from newscrawl.storage.query.exports import Export, Exported
from newscrawl.storage.query.facets import FacetSummary
from newscrawl.storage.query.gaps import Gap
from newscrawl.storage.query.names import ArticleName, fold_name
from newscrawl.storage.query.sites import ListFacts, SiteSummary
from newscrawl.storage.query.statement import SORTS, Query, Sort
from newscrawl.storage.query.statistics import LAGS, Lag, Month, Point, Reason, Series, Statistics
from newscrawl.storage.query.watches import TARGET_KINDS, Report, TargetKind, Watch, WatchTarget
from newscrawl.storage.store import Store, back_up_before_upgrade, upgrade

__all__ = [
    "BY",
    "CONTENT_FIELDS",
    "KILLED",
    "LAGS",
    "QUESTIONS",
    "SORTS",
    "TARGET_KINDS",
    "TIMES",
    "ArticleName",
    "By",
    "CaptureState",
    "Check",
    "CheckResult",
    "Cluster",
    "Count",
    "DamagedArticle",
    "Deletion",
    "DigestProof",
    "Export",
    "Exported",
    "FacetSummary",
    "FileProgress",
    "Gap",
    "Hit",
    "Lag",
    "ListFacts",
    "ListState",
    "Month",
    "PageConditions",
    "PageOutcome",
    "PageResult",
    "PageState",
    "Point",
    "Process",
    "Query",
    "Question",
    "Reason",
    "RecordedPage",
    "ReextractFilter",
    "ReextractedArticle",
    "Report",
    "RestoredArticle",
    "Run",
    "RunProof",
    "Series",
    "SiteResult",
    "SiteState",
    "SiteSummary",
    "Sort",
    "State",
    "Statistics",
    "Store",
    "StoredArticle",
    "TargetKind",
    "Version",
    "Watch",
    "WatchTarget",
    "back_up_before_upgrade",
    "fold_name",
    "sqlite_file",
    "upgrade",
]
