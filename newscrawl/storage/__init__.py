"""The archive in a database: SQLite, PostgreSQL or MariaDB.

with Store.open("sqlite:///news.db") as store:
    for hit in store.search(Query(words="interest rates", limit=5)):
        print(hit.published_at, hit.headline)
"""

from newscrawl.storage.ledger import Outcome, PageResult, PageState, Run, Saved, State
from newscrawl.storage.queries import Hit, Query, StoredArticle
from newscrawl.storage.store import Store, upgrade

__all__ = [
    "Hit",
    "Outcome",
    "PageResult",
    "PageState",
    "Query",
    "Run",
    "Saved",
    "State",
    "Store",
    "StoredArticle",
    "upgrade",
]
