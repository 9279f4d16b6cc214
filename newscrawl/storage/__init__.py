"""The archive in a database: SQLite, PostgreSQL or MariaDB.

with Store.open("sqlite:///news.db") as store:
    for hit in store.search(Query(words="interest rates", limit=5)):
        print(hit.published_at, hit.headline)
"""

from newscrawl.states import CaptureState, ListState, PageState, State
from newscrawl.storage.asking import SORTS, Query, Sort
from newscrawl.storage.captures import FileProgress
from newscrawl.storage.counts import BY, TIMES, By, Count
from newscrawl.storage.exports import Export, Exported
from newscrawl.storage.ledger import Outcome, PageResult, Saved
from newscrawl.storage.queries import Hit, StoredArticle
from newscrawl.storage.rereading import TOLD, Reread, Wanted
from newscrawl.storage.runs import KILLED, Process, Run
from newscrawl.storage.store import Store, upgrade

__all__ = [
    "BY",
    "KILLED",
    "SORTS",
    "TIMES",
    "TOLD",
    "By",
    "CaptureState",
    "Count",
    "Export",
    "Exported",
    "FileProgress",
    "Hit",
    "ListState",
    "Outcome",
    "PageResult",
    "PageState",
    "Process",
    "Query",
    "Reread",
    "Run",
    "Saved",
    "Sort",
    "State",
    "Store",
    "StoredArticle",
    "Wanted",
    "upgrade",
]
