"""The store: the whole of storage, from above."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import Engine

from newscrawl.article import Article, CaptureRef, Link
from newscrawl.states import CaptureState, ListState, PageState, State
from newscrawl.storage import schema
from newscrawl.storage.articles import reextract, rows
from newscrawl.storage.articles.merge import Version
from newscrawl.storage.articles.record import record
from newscrawl.storage.articles.reextract import Reread, Wanted
from newscrawl.storage.crawl_state import captures, lists, pages_read, pages_write, runs
from newscrawl.storage.crawl_state.captures import FileProgress
from newscrawl.storage.crawl_state.pages_write import PageResult, PutBack, Saved
from newscrawl.storage.crawl_state.runs import Process, Run
from newscrawl.storage.database import Database
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


class Store(Database):
    """An open database. Its methods may be called from any thread; each is one transaction.

    All raise StorageError when the database refuses; then nothing of the call is stored. Times go in with any time
    zone and come out in UTC.
    """

    def start_run(  # noqa: PLR0913 - what a run begins with
        self,
        spider: str,
        arguments: Mapping[str, str],
        *,
        source: str = "live",
        versions: Mapping[str, str] = MappingProxyType({}),
        process: Process | None = None,
        is_alive: Callable[[Run], bool] | None = None,
        alone: bool = True,
    ) -> int:
        """Enter that a run begins now; its id. Of two that begin at the same moment, one is the first.

        `is_alive` is asked of every run of the spider that has no end. One that is not was killed: it gets its last
        sign of life as its end, and keeps its counts. Raises LockedError, and enters nothing, where one over the same
        source is at work that began as `alone`. A run that is not alone (a look at what there is) neither asks nor
        keeps another from beginning; nor does one ask that brings no `is_alive`.
        """
        with self._writing() as connection:
            if alone and is_alive:
                runs.close_killed(connection, spider, source, is_alive)
            begun: dict[str, Any] = {"spider": spider, "source": source, "alone": alone}
            begun |= {"arguments": dict(arguments), "versions": dict(versions)}
            return runs.start(connection, begun, process)

    def alive(self, run_id: int, counts: Mapping[str, int]) -> bool:
        """Enter a sign of life, and the counts so far. False where the run has an end, as another took it for dead."""
        with self._writing() as connection:
            return runs.sign(connection, run_id, counts)

    def end_run(self, run_id: int, *, finish_reason: str, exit_code: int, counts: Mapping[str, int]) -> None:
        """Enter that a run ends now, and how."""
        with self._writing() as connection:
            runs.end(connection, run_id, finish_reason=finish_reason, exit_code=exit_code, counts=counts)

    def runs(
        self,
        limit: int | None = 20,
        *,
        spider: str | None = None,
        source: str | None = None,
        ended: bool | None = None,
        exit_code: int | None = None,
    ) -> list[Run]:
        """Runs, newest first: those that have an end (True), that have none (False), or both (None)."""
        with self._reading() as connection:
            return runs.read(connection, limit, spider=spider, source=source, ended=ended, exit_code=exit_code)

    def past_counts(self, spider: str, name: str, *, limit: int) -> list[Mapping[str, int]]:
        """The counts of those of the spider's last live runs that have an end and counted `name`, newest first."""
        with self._reading() as connection:
            return runs.past_counts(connection, spider, name, limit)

    def discover(self, links: Sequence[Link], *, run_id: int, spider: str) -> list[PageState | None]:
        """Enter what lists tell; for each link, in order, what was known of its page before (None: nothing).

        An address that is new, in any spelling, is "discovered" from now on. Of one that is known, `listed_at` moves
        to a later time, and `told` is filled where it was empty; nothing is written where that changes nothing.
        """
        with self._writing() as connection:
            return pages_write.discover(connection, links, run_id=run_id, spider=spider)

    def known(self, links: Sequence[Link]) -> list[PageState | None]:
        """For each link, in order, what is known of its page (None: nothing), as `discover`, but nothing is entered."""
        hashes = [pages_read.url_hash(link.url) for link in links]
        with self._reading() as connection:
            return list(map(pages_read.known(connection, hashes).get, hashes))

    def due(
        self, spider: str, now: datetime, *, limit: int | None = None, but_from: Collection[str] = ()
    ) -> list[PageState]:
        """The pages that a run of the spider begins with.

        First those that are discovered and were never come to, in the order of their discovery; then those that are
        due by `now`: failed, then stored or unchanged, then blocked ones, the longest due first. Those without a date
        are not, and refused ones never; nor those that were first found by a source of `but_from`.
        """
        with self._reading() as connection:
            return pages_read.due(connection, spider, now, limit, but_from)

    def record(
        self,
        results: Sequence[PageResult],
        *,
        run_id: int,
        extractor: str | None = None,
        files: Sequence[FileProgress] = (),
    ) -> list[Saved]:
        """Store what became of pages, articles and ledger together or not at all; one Saved for each, in order.

        An article that shares a key (newscrawl.urls.article_keys) with a stored one is the same article; one that
        shares keys with two makes them one, under the lower number. The other number goes on to find it. Captures may
        come in any order of fetched_at. What of a capture is taken over stands at the top of
        newscrawl.storage.articles.merge. U+0000 and surrogates, which databases refuse, become U+FFFD.

        A page that is "stored" again and reads as before becomes "unchanged". One of which a headline-only article was
        stored is "stored", and not "updated", by its first capture.

        A result's capture is entered beside it, with `extractor`, the version of what read it. What an archive tells of
        a page (is_past) changes its row only where nothing better is known of it. `files` are archive files, with what
        of them is read when these results are stored.
        """
        with self._writing() as connection:
            saved = record(connection, results, run_id=run_id, extractor=extractor)
            for file in files:
                captures.save_progress(connection, file, run_id=run_id)
            return saved

    def file_progress(self, path: str) -> FileProgress | None:
        """What was read of an archive file; None for one that was not begun."""
        with self._reading() as connection:
            return captures.progress(connection, path)

    def captured(
        self,
        refs: Sequence[CaptureRef],
        arguments: Mapping[str, str] = MappingProxyType({}),
        *,
        there: bool = False,
    ) -> list[bool]:
        """Whether each of these captures, in order, was read before: the same moment of the same page.

        `there`: and is kept where it says. A text (WET) is no page that is known; and what was out of the dates (since,
        until) of its run is not, for a run whose `arguments` have others.
        """
        with self._reading() as connection:
            return captures.known(connection, refs, arguments, there=there)

    def original(self, digest: str) -> CaptureRef | None:
        """A kept capture that holds the payload of this digest itself; None where there is none."""
        with self._reading() as connection:
            return captures.original(connection, digest)

    def original_then(self, url: str, moment: datetime) -> CaptureRef | None:
        """The latest kept capture of a page that holds its payload and is not after a moment; None: there is none."""
        with self._reading() as connection:
            return captures.original_then(connection, url, moment)

    def latest_capture(self, url: str) -> CaptureRef | None:
        """The last kept capture of a page that has a payload of status 200; None where there is none."""
        with self._reading() as connection:
            return captures.latest(connection, url)

    def to_reread(self, wanted: Wanted, *, batch: int) -> Iterator[list[CaptureState]]:
        """The kept captures of the articles that are wanted, all of an article together, some articles at a time.

        Then, where all articles are, those of pages that led to none. Read in batches, each as the database is then.
        """
        last = 0
        while True:
            with self._reading() as connection:
                ids = reextract.wanted_articles(connection, wanted, last, batch)
                found = captures.of_articles(connection, ids)
            if not ids:
                break
            last = ids[-1]
            yield [capture for capture in found if capture.file and capture.status == HTTPStatus.OK]
        last = 0
        while wanted.is_all:
            with self._reading() as connection:
                found = reextract.pages_without_article(connection, wanted, last, batch)
            if not found:
                return
            last = found[-1].id
            yield found

    def reread(self, readings: Mapping[int, Sequence[Article]], *, lists: Collection[str]) -> list[Reread]:
        """What readings of all its kept captures make of each article, by its number; nothing is written.

        `lists` names the discovery modules: what only a list told of an article, no page need repeat.
        """
        with self._reading() as connection:
            return list(reextract.reread(connection, readings, lists))

    def rewrite(
        self,
        readings: Mapping[int, Sequence[Article]],
        results: Sequence[PageResult],
        *,
        lists: Collection[str],
        run_id: int,
        extractor: str,
    ) -> list[Reread]:
        """As `reread`; and write the articles as they read now, with no revision, and how each capture was read."""
        with self._writing() as connection:
            told = list(reextract.reread(connection, readings, lists))
            reextract.rewrite(connection, [each for each in told if each.changes], extractor)
            record(connection, results, run_id=run_id, extractor=extractor)
            return told

    def captures(self, article_id: int) -> list[CaptureState]:
        """All captures of an article, under whichever of its addresses, oldest first."""
        with self._reading() as connection:
            return captures.of_article(connection, article_id)

    def capture_files(self) -> list[tuple[str, int]]:
        """The files in which captures are kept, and the byte at which the last of each ends."""
        with self._reading() as connection:
            return captures.files(connection)

    def captures_in(self, file: str, *, behind: int = -1) -> tuple[int, ...]:
        """Numbers of the captures that are kept in a file and end behind a byte of it."""
        with self._reading() as connection:
            return captures.kept_in(connection, file, behind)

    def kept_captures(self) -> int:
        """How many captures are kept in a file."""
        with self._reading() as connection:
            return captures.count_kept(connection)

    def kept(self, batch: int) -> Iterator[list[CaptureState]]:
        """All captures that are kept in a file, some at a time, in the order of their numbers."""
        last = 0
        while True:
            with self._reading() as connection:
                found = captures.kept_after(connection, last, batch)
            if not found:
                return
            last = found[-1].id
            yield found

    def forget_places(self, ids: Collection[int]) -> None:
        """Enter that of these captures, by number, nothing is kept: their files are gone."""
        with self._writing() as connection:
            captures.forget_places(connection, ids)

    def put_back(
        self,
        *,
        urls: Collection[str] | None = None,
        state: PutBack | None = None,
        reason: str | None = None,
        spider: str | None = None,
    ) -> int:
        """Make failed, blocked and refused pages "discovered" again, if all that is given holds; how many."""
        holds = pages_read.conditions(urls=urls, state=state, reason=reason, spider=spider)
        with self._writing() as connection:
            return pages_write.put_back(connection, holds)

    def pages(
        self,
        *,
        urls: Collection[str] | None = None,
        state: State | None = None,
        reason: str | None = None,
        spider: str | None = None,
        limit: int | None = 100,
    ) -> list[PageState]:
        """Pages of which all that is given holds, the one last tried first."""
        holds = pages_read.conditions(urls=urls, state=state, reason=reason, spider=spider)
        with self._reading() as connection:
            return pages_read.find(connection, holds, limit)

    def page_counts(self, spider: str | None = None) -> dict[tuple[str, State, str | None], int]:
        """How many pages there are, by spider, state and reason."""
        with self._reading() as connection:
            return pages_read.counts(connection, spider)

    def lists(self, spider: str) -> list[ListState]:
        """The spider's lists, in the order in which they were first met."""
        with self._reading() as connection:
            return lists.read(connection, spider)

    def save_list(self, spider: str, state: ListState, *, run_id: int) -> None:
        """Enter what a list has become; it is known by its address as it is, query and all."""
        with self._writing() as connection:
            lists.save(connection, spider, state, run_id=run_id)

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
