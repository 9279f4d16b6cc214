"""The archive in a database: SQLite, PostgreSQL or MariaDB.

with Store.open("sqlite:///news.db") as store:
    for hit in store.search(Query(words="interest rates", limit=5)):
        print(hit.published_at, hit.headline)
"""

from newscrawl.states import CaptureState, ListState, PageState, State
from newscrawl.storage.asking import SORTS, Query, Sort
from newscrawl.storage.captures import FileProgress
from newscrawl.storage.counts import BY, TIMES, By, Count
from newscrawl.storage.coverage import Gap
from newscrawl.storage.engine import sqlite_file
from newscrawl.storage.exports import Export, Exported
from newscrawl.storage.ledger import Outcome, PageResult, Saved
from newscrawl.storage.queries import Cluster, Hit, StoredArticle
from newscrawl.storage.questions import QUESTIONS, Question
from newscrawl.storage.rereading import TOLD, Reread, Wanted
from newscrawl.storage.revisions import Version
from newscrawl.storage.runs import KILLED, Process, Run
from newscrawl.storage.shelves import Extent
from newscrawl.storage.statistics import LAGS, REASONED, Lag, Month, Reason, Statistics
from newscrawl.storage.store import Store, back_up_before_upgrade, upgrade
from newscrawl.storage.upkeep import Check, Found

__all__ = [
    "BY",
    "KILLED",
    "LAGS",
    "QUESTIONS",
    "REASONED",
    "SORTS",
    "TIMES",
    "TOLD",
    "By",
    "CaptureState",
    "Check",
    "Cluster",
    "Count",
    "Export",
    "Exported",
    "Extent",
    "FileProgress",
    "Found",
    "Gap",
    "Hit",
    "Lag",
    "ListState",
    "Month",
    "Outcome",
    "PageResult",
    "PageState",
    "Process",
    "Query",
    "Question",
    "Reason",
    "Reread",
    "Run",
    "Saved",
    "Sort",
    "State",
    "Statistics",
    "Store",
    "StoredArticle",
    "Version",
    "Wanted",
    "back_up_before_upgrade",
    "sqlite_file",
    "upgrade",
]
