"""The store: the whole of storage, from above."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import Engine

from newscrawl.storage import schema
from newscrawl.storage.articles import rows
from newscrawl.storage.articles.merge import Version
from newscrawl.storage.articles.record import RecordStore
from newscrawl.storage.articles.reextract import ReextractStore
from newscrawl.storage.crawl_state.captures import CaptureStore
from newscrawl.storage.crawl_state.lists import ListStore
from newscrawl.storage.crawl_state.pages import PageStore
from newscrawl.storage.crawl_state.runs import RunStore
from newscrawl.storage.docs.answers import Answer, answer
from newscrawl.storage.docs.sample_queries import Question
from newscrawl.storage.duplicates import clusters
from newscrawl.storage.engine import file_of, make_engine, parse_url
from newscrawl.storage.maintenance import CHECKS, Check, Found, backup, subset
from newscrawl.storage.maintenance.subset import Progress
from newscrawl.storage.query import articles, counts, exports, facets, statistics
from newscrawl.storage.query.articles import Cluster, Hit, StoredArticle
from newscrawl.storage.query.counts import By, Count
from newscrawl.storage.query.exports import Export, Exported, Selection
from newscrawl.storage.query.facets import Extent, Kind
from newscrawl.storage.query.statement import Query
from newscrawl.storage.query.statistics import Statistics
from newscrawl.storage.values import split

_BATCH = 200


class Store(RunStore, PageStore, ListStore, CaptureStore, RecordStore, ReextractStore):
    """An open database. Its methods may be called from any thread; each is one transaction.

    All raise StorageError when the database refuses; then nothing of the call is stored. Times go in with any time
    zone and come out in UTC.
    """

    def search(self, query: Query) -> list[Hit]:
        """The articles of a query: the best matches first where words are asked for, else the newest (Query.sort)."""
        with self._reading() as connection:
            return articles.find(connection, query)

    def count(self, query: Query) -> int:
        """How many articles a query has, whatever its limit and offset."""
        with self._reading() as connection:
            return counts.count(connection, query)

    def count_by(self, query: Query, by: By) -> list[Count]:
        """How many articles of a query, whatever its limit and offset, each day, month or year (UTC) has, in order.

        Or how many each section (in any case), author or ticker has, the most first. An article counts once for each
        of its authors and tickers.
        """
        with self._reading() as connection:
            return counts.count_by(connection, query, by)

    def ids(self, query: Query) -> array[int]:
        """The numbers of the articles of a query, in its order, as 64-bit integers: for walks over many of them."""
        with self._reading() as connection:
            return articles.ids(connection, query)

    def article(self, asked: int | str) -> StoredArticle | None:
        """The article of a number or of any address that led to it; None where there is none."""
        with self._reading() as connection:
            found = articles.article_id(connection, asked)
            return articles.read(connection, [found])[0] if found else None

    def versions(self, article_id: int) -> tuple[Version, ...]:
        """All versions of an article that were seen, oldest first, each with its body; none where there is no article.

        newscrawl.diff tells what changed from one to the next.
        """
        with self._reading() as connection:
            histories = rows.load_histories(connection, rows.load(connection, [article_id]))
            return histories.get(article_id, ())

    def articles(self, query: Query) -> Iterator[StoredArticle]:
        """All of the articles of a query, in its order, read in batches; the memory for it does not grow with them."""
        return self.articles_of(self.ids(query))

    def articles_of(self, ids: Sequence[int]) -> Iterator[StoredArticle]:
        """The articles of these numbers that are there, in this order, read in batches."""
        for part in split(ids, _BATCH):
            with self._reading() as connection:
                batch = articles.read(connection, part)
            yield from batch

    def is_file(self, path: Path) -> bool:
        """Whether this file is the database itself."""
        own = file_of(self._engine.url)
        return own is not None and path.exists() and path.samefile(own)

    def selection(self, query: Query) -> Selection:
        """The articles of a query, to be exported, and until when every change was seen with them."""
        with self._reading() as connection:
            return exports.selection(connection, query)

    def span(self, ids: Sequence[int]) -> tuple[datetime, datetime] | None:
        """When the oldest and the newest of these articles came out; None: of none of them is that known."""
        with self._reading() as connection:
            return exports.span(connection, ids)

    def last_export(self, export: Export) -> Exported | None:
        """The last finished export to the same target, in the same form, of the same articles."""
        with self._reading() as connection:
            return exports.last(connection, export)

    def enter_export(self, export: Export, articles: int, changed_through: datetime | None) -> None:
        """Enter that an export is finished now: with how many articles, and until when every change was seen."""
        with self._writing() as connection:
            exports.enter(connection, export, articles, changed_through)

    def subset(self, target: Path, query: Query, progress: Progress | None = None) -> int:
        """Copy the articles of a query, and all that hangs on them, into a new SQLite file; how many.

        See newscrawl.storage.maintenance.subset. `progress` is called with how many are done, and of how many.
        """
        return subset.copy(self._engine, target, query, progress)

    def compare(self, *, batch: int = _BATCH) -> Iterator[int]:
        """Compare what is new or has changed with all that is there, for which articles tell the same story.

        Batch by batch, each a transaction; yields how many articles a batch had, until there are no more. Whoever
        breaks off goes on with it later. Nothing of an article changes by it.
        """
        while True:
            with self._writing() as connection:
                compared = clusters.compare(connection, batch)
            if not compared:
                return
            yield compared

    def uncompared(self) -> int:
        """How many articles `compare` has still to compare: each is alone until then."""
        with self._reading() as connection:
            return clusters.pending(connection)

    def clusters(self, limit: int | None = 20, *, largest: bool = False) -> list[Cluster]:
        """The stories that several articles tell, the one last published first, or the largest."""
        with self._reading() as connection:
            return articles.clusters(connection, limit, largest=largest)

    def cluster_totals(self) -> tuple[int, int]:
        """How many stories several articles tell, and how many articles these are."""
        with self._reading() as connection:
            return articles.cluster_totals(connection)

    def cluster_members(self, article_id: int, limit: int | None = None) -> list[Hit]:
        """The articles that tell the same story as this one, itself among them, the first published first."""
        with self._reading() as connection:
            return articles.cluster_members(connection, article_id, limit)

    def extent(self, kind: Kind, names: Collection[str]) -> Extent:
        """How many articles there are by authors, of tickers or of sections of exactly these names, by year."""
        with self._reading() as connection:
            return facets.extent(connection, kind, names)

    def shelf(self, kind: Kind, names: Collection[str], *, limit: int, offset: int = 0) -> list[Hit]:
        """The articles by authors, of tickers or of sections of exactly these names, newest first."""
        with self._reading() as connection:
            return facets.stand(connection, kind, names, limit=limit, offset=offset)

    def sections(self) -> list[tuple[str | None, int]]:
        """Every section with how many articles it has, the largest first; None for those that are in none."""
        with self._reading() as connection:
            return facets.sections(connection)

    def ends(self) -> tuple[datetime | None, datetime | None]:
        """When the oldest and the newest article came out; None where none has a date."""
        with self._reading() as connection:
            return facets.ends(connection)

    def days_around(self, day: date) -> tuple[date | None, date | None]:
        """The last day (UTC) before this one, and the first after it, of which there is an article."""
        with self._reading() as connection:
            return facets.days_around(connection, day)

    def totals(self) -> dict[str, int]:
        """How many articles, revisions, authors, pages and runs there are."""
        with self._reading() as connection:
            return articles.totals(connection)

    def answer(self, question: Question, parameters: Mapping[str, str] = MappingProxyType({})) -> Answer:
        """What a question comes to, with these values of its parameters or else its own.

        Raises StorageError where it cannot be asked: of another database than SQLite, or of words that FTS5 refuses.
        """
        with self._reading() as connection:
            return answer(connection, question, parameters)

    def statistics(self, *, since: datetime | None = None, until: datetime | None = None) -> Statistics:
        """The archive at a glance; of the articles published from `since` until before `until` where these are given.

        Takes seconds on a million articles.
        """
        with self._reading() as connection:
            return statistics.compute_statistics(connection, since, until)

    def checks(self) -> list[Check]:
        """What must hold of this database, in the order in which it is to be looked at and repaired."""
        return [check for check in CHECKS if self._engine.dialect.name in check.databases]

    def examine(self, check: Check) -> Found:
        """What a check finds wrong. Nobody can write meanwhile where the check says so."""
        with self._writing() if check.locks else self._reading() as connection:
            return check.find(connection)

    def repair(self, check: Check) -> None:
        """Put right what a check finds wrong, as far as it can be told how it should be, in one transaction."""
        if check.repair:
            with self._writing() as connection:
                check.repair(connection)

    def back_up(
        self, target: Path | None = None, *, replace: bool = False, progress: Progress = lambda done, total: None
    ) -> Path:
        """Copy a SQLite database, as it is at one moment, into a file; its path. Others may write meanwhile.

        By default it stands beside the database, and is called after the moment. It appears whole or not at all.
        Raises StorageError where the file is there (unless `replace`), and for a database on a server.
        """
        return backup.back_up(self._engine, target, replace=replace, progress=progress)

    def make_compact(self) -> tuple[int, int]:
        """Give back the room that deleted rows took, and bring statistics up; bytes before and after."""
        return backup.make_compact(self._engine)


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring a database to this version's schema, or make it: versions before (None: new) and after.

    Raises StorageError where it cannot be opened or is not newscrawl's.
    """
    with _engine(url) as engine:
        return schema.upgrade(engine)


def back_up_before_upgrade(url: str, progress: Progress = lambda done, total: None) -> Path | None:
    """Copy a SQLite file that `upgrade` would change, to beside it: news.db.before-0004. None: nothing to be copied.

    One of an upgrade that came to nothing is replaced. Raises StorageError.
    """
    with _engine(url) as engine:
        file = file_of(engine.url)
        if file is None or not schema.is_behind(engine):
            return None
        target = file.with_name(f"{file.name}.before-{schema.head()}")
        return backup.back_up(engine, target, replace=True, progress=progress)


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = make_engine(parse_url(url))
    try:
        yield engine
    finally:
        engine.dispose()
