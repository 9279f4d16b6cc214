"""What an archive must be at any moment, and what it must hold in the end: each check names what breaks it."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select
from sqlalchemy.engine import URL

from newscrawl.archives.capture import CaptureFolder
from newscrawl.archives.revisits import Originals
from newscrawl.archives.warc_reader import read_captures
from newscrawl.batch.verify_captures import find_lost_files, find_lost_records
from newscrawl.errors import ArchiveError
from newscrawl.operations.archive import open_archive
from newscrawl.publishers import normalize_by_publisher
from newscrawl.states import State
from newscrawl.storage import Query
from newscrawl.storage.engine import parse_url
from newscrawl.storage.tables import (
    ArticleAuthorRow,
    ArticleKeyRow,
    ArticleRow,
    AuthorRow,
    Base,
    CaptureRow,
    PageRow,
    RevisionRow,
    RunRow,
    table_of,
)
from tests.kills.edition import Edition, Story, path_of

Findings = dict[str, list[str]]
"""What is wrong, by check; a check that finds nothing is there with nothing."""
STORED = ("stored", "unchanged")
_TABLES: tuple[type[Base], ...] = (
    ArticleRow,
    ArticleKeyRow,
    AuthorRow,
    ArticleAuthorRow,
    RevisionRow,
    PageRow,
    CaptureRow,
    RunRow,
)


@dataclass(frozen=True)
class Archive:
    """All rows of a database, read in one transaction, and the articles that full-text search finds."""

    rows: dict[str, list[Any]]
    searched: frozenset[int]
    has_spare_authors: bool = False
    """Whether new names are added in a transaction before that of their articles, as where several may write."""

    @classmethod
    def read(cls, url: str) -> Archive:
        """Read the database of `url`, which must have its tables."""
        engine = create_engine(parse_url(url))
        with engine.connect() as connection:
            rows = {kind.__tablename__: list(connection.execute(select(table_of(kind)))) for kind in _TABLES}
        engine.dispose()
        with open_archive(url, create=False) as store:
            found = store.search(Query(words="crossing printing", limit=None))
        return cls(rows, frozenset(hit.id for hit in found), has_spare_authors=file_of(url) is None)

    def of_host(self, base: str) -> Archive:
        """The part of it that came from a site."""
        ids = {page.article_id for page in self.rows["pages"] if page.url.startswith(base)}
        rows = dict(self.rows)
        rows["pages"] = [page for page in rows["pages"] if page.url.startswith(base)]
        rows["articles"] = [article for article in rows["articles"] if article.id in ids]
        for table in ("article_keys", "article_authors", "revisions"):
            rows[table] = [row for row in rows[table] if row.article_id in ids]
        return replace(self, rows=rows, searched=self.searched & ids)

    def urls(self, state: State) -> list[str]:
        """The addresses of the pages in a state."""
        return [page.url for page in self.rows["pages"] if page.state == state]

    @property
    def stored_paths(self) -> frozenset[str]:
        """The paths whose articles are stored."""
        return frozenset(path_of(page.url) for page in self.rows["pages"] if page.state in STORED)


def consistent(archive: Archive, edition: Edition) -> Findings:
    """What holds at any moment, a kill's included."""
    return {
        "articles twice": list(_articles_twice(archive)),
        "addresses twice": _twice(normalize_by_publisher(page.url) for page in archive.rows["pages"]),
        "articles that read as they never were": list(_misread(archive, edition)),
        "articles torn": list(_torn(archive)),
        "revisions torn": list(_torn_revisions(archive)),
        "orphans": list(_orphans(archive)),
        "pages stored without article": [
            page.url for page in archive.rows["pages"] if page.state in STORED and page.article_id is None
        ],
    }


def complete(archive: Archive, edition: Edition) -> Findings:
    """What holds when a run has ended by itself."""
    return {
        "articles missing": list(_missing(archive, edition)),
        "addresses missing": sorted(set(edition.listed) - {path_of(page.url) for page in archive.rows["pages"]}),
        "addresses in a wrong state": list(_wrong_states(archive, edition)),
        "revisions missing or made up": list(_wrong_revisions(archive, edition)),
        "runs without an end": [f"run {run.id}" for run in archive.rows["runs"] if run.ended_at is None],
    }


def file_checks(database: Path) -> Findings:
    """SQLite's own checks of a file and of its full-text index."""
    with closing(sqlite3.connect(database)) as connection:
        integrity = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        foreign = [str(row) for row in connection.execute("PRAGMA foreign_key_check")]
        return {
            "PRAGMA integrity_check": integrity,
            "PRAGMA foreign_key_check": foreign,
            "FTS5 integrity-check": _broken_index(connection),
        }


def check_captures(archive: Archive, edition: Edition, warcs: Path) -> Findings:
    """What holds at any moment of the files of captures in a folder, of which a kill may cut the last record off."""
    places, broken = _read_files(warcs)
    return {
        "captures torn or missing": list(_lost(archive, places)),
        "files of captures broken before their end": broken,
        "pages without a capture": list(_without_capture(archive, edition)),
    }


def audit(url: str, edition: Edition, warcs: Path) -> Findings:
    """All checks, of a database that no run has open, after a run that has ended by itself."""
    found: Findings = {}
    if file := file_of(url):
        left = [path.name for path in (file.with_name(f"{file.name}-wal"),) if path.exists()]
        found = {"WAL left over": left, **file_checks(file)}
    archive = Archive.read(url)
    found |= {**complete(archive, edition), **consistent(archive, edition), **check_captures(archive, edition, warcs)}
    return {**found, **checked(url, warcs)}


def checked(url: str, warcs: Path) -> Findings:
    """What `scrapy db check --deep` finds."""
    with open_archive(url, create=False) as store:
        found = {f"db check: {check.name}": list(store.examine(check).examples) for check in store.checks()}
        captures = CaptureFolder(str(warcs))
        lost = [*find_lost_files(store, captures), *find_lost_records(store, captures, lambda done, total: None)]
        return found | {"db check: files": [each.reason for each in lost]}


def snapshot(url: str, edition: Edition, warcs: Path) -> tuple[Archive | None, Findings]:
    """What holds at any moment, and the archive (None: no table yet), at the moment; a SQLite file is left as it is.

    A copy is looked at, because to open a file is to mend it: that is for the next run to do.
    """
    file = file_of(url)
    with tempfile.TemporaryDirectory() as folder:
        if file and file.exists():
            for path in file.parent.glob(f"{file.name}*"):
                shutil.copy(path, folder)
            url = f"sqlite:///{folder}/{file.name}"
        if not _has_tables(url):
            return None, {}
        archive = Archive.read(url)
        found = consistent(archive, edition) | check_captures(archive, edition, warcs)
        return archive, found | (file_checks(Path(folder, file.name)) if file else {})


def file_of(url: str) -> Path | None:
    """The file of a SQLite URL; None for a server's."""
    parsed: URL = parse_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def _has_tables(url: str) -> bool:
    file = file_of(url)
    if file and not file.exists():
        return False
    engine = create_engine(parse_url(url))
    with engine.connect() as connection:
        # made last, with all others where the database can
        found = engine.dialect.has_table(connection, "data_dictionary")
    engine.dispose()
    return found


def _broken_index(connection: sqlite3.Connection) -> list[str]:
    try:
        connection.execute("INSERT INTO search_words (search_words, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return []


def _read_files(warcs: Path) -> tuple[dict[tuple[str, int], str | None], list[str]]:
    """The digest of the payload at each place, and what is wrong with a file beside a torn last record."""
    places: dict[tuple[str, int], str | None] = {}
    broken: list[str] = []
    with Originals() as originals:  # of all files: revisits are of earlier ones, too
        for path in sorted(warcs.rglob("*.warc.gz")):
            errors: list[ArchiveError] = []
            read = [one for one in read_captures(path, report=errors.append, originals=originals) if one.location]
            name = path.relative_to(warcs).as_posix()
            here = {(name, one.location.offset): one.digest for one in read if one.location}
            last = max((offset for _, offset in here), default=-1)
            broken += [str(error) for at, error in enumerate(errors) if at or (error.offset or 0) < last]
            places |= here
    return places, broken


def _lost(archive: Archive, places: Mapping[tuple[str, int], str | None]) -> Iterator[str]:
    """Captures that a row names, and that do not stand where it says."""
    for row in archive.rows["captures"]:
        digest = places.get((row.file or "", -1 if row.file_offset is None else row.file_offset))
        if digest is None or digest != row.digest:
            yield f"capture {row.id}: {row.file} at byte {row.file_offset}: {digest or 'nothing'}, for {row.digest}"


def _without_capture(archive: Archive, edition: Edition) -> Iterator[str]:
    """Pages that came, and of which no bytes are named; a redirect's are those of where it led."""
    doors = {door for story in edition.stories for door in story.doors}
    named = {row.page_id for row in archive.rows["captures"]}
    for page in archive.rows["pages"]:
        came = page.state in STORED or page.reason == "http_404"
        if came and page.id not in named and path_of(page.url) not in doors:
            yield f"{path_of(page.url)}: {page.state}"


def _twice(values: Iterable[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]


def _articles_twice(archive: Archive) -> Iterator[str]:
    yield from _twice(article.headline for article in archive.rows["articles"])


def _missing(archive: Archive, edition: Edition) -> Iterator[str]:
    there = {article.headline for article in archive.rows["articles"]}
    yield from (story.headline for story in edition.stories if story.headline not in there)


def _texts(story: Story, versions: Iterable[int]) -> list[str]:
    return ["\n\n".join(story.paragraphs(version)) for version in versions]


def _misread(archive: Archive, edition: Edition) -> Iterator[str]:
    stories = {story.headline: story for story in edition.stories}
    for article in archive.rows["articles"]:
        story = stories.get(article.headline)
        versions = [v for path in story.paths for v in edition.shown.get(path, ())] if story else []
        if not story or article.body_text not in _texts(story, versions):
            yield f"article {article.id}: {article.headline}"
        elif "\n\n".join(block["text"] for block in article.body) != article.body_text:
            yield f"article {article.id}: body and body_text differ"


def _torn(archive: Archive) -> Iterator[str]:
    """An article without a part that every article of the edition has."""
    for name, present in (
        ("key", {row.article_id for row in archive.rows["article_keys"]}),
        ("revision", {row.article_id for row in archive.rows["revisions"]}),
        ("author", {row.article_id for row in archive.rows["article_authors"]}),
        ("page", {row.article_id for row in archive.rows["pages"]}),
        ("row of full text", archive.searched),
    ):
        yield from (f"article {row.id}: no {name}" for row in archive.rows["articles"] if row.id not in present)


def _orphans(archive: Archive) -> Iterator[str]:
    articles = {row.id for row in archive.rows["articles"]}
    for table in ("article_keys", "article_authors", "revisions", "pages"):
        lost = (row.article_id for row in archive.rows[table] if row.article_id not in {*articles, None})
        yield from (f"{table}: article {article_id} is not there" for article_id in lost)
    named = {row.author_id for row in archive.rows["article_authors"]}
    unnamed = [row.name for row in archive.rows["authors"] if row.id not in named]
    yield from (f"authors: {name} wrote nothing" for name in unnamed if not archive.has_spare_authors)
    yield from (f"full text: article {lost} is not there" for lost in archive.searched - articles)


def _histories(archive: Archive) -> dict[int, list[Any]]:
    histories = defaultdict(list)
    for row in sorted(archive.rows["revisions"], key=lambda row: (row.article_id, row.number)):
        histories[row.article_id].append(row)
    return histories


def _bodies(history: Sequence[Any], current: str) -> list[str]:
    """A revision's body is NULL where it is the next one's."""
    bodies = [current]
    for revision in reversed(history):
        bodies.append(bodies[-1] if revision.body_text is None else revision.body_text)
    return bodies[:0:-1]


def _torn_revisions(archive: Archive) -> Iterator[str]:
    histories = _histories(archive)
    for article in archive.rows["articles"]:
        history = histories[article.id]
        bodies = _bodies(history, article.body_text)
        if [revision.number for revision in history] != list(range(1, article.revision + 1)):
            yield f"article {article.id}: revision {article.revision} of {[row.number for row in history]}"
        elif any(before.seen_at > after.seen_at for before, after in pairwise(history)):
            yield f"article {article.id}: revisions out of order"
        elif any(before == after for before, after in pairwise(bodies)):
            yield f"article {article.id}: the same revision twice"


def _wrong_revisions(archive: Archive, edition: Edition) -> Iterator[str]:
    """What an address was answered with last was stored; nothing but a kill keeps an earlier answer out."""
    articles, histories = {row.headline: row for row in archive.rows["articles"]}, _histories(archive)
    for story in edition.stories:
        if article := articles.get(story.headline):
            expected = {versions[-1] for path in story.paths if (versions := edition.shown.get(path))}
            if set(_bodies(histories[article.id], article.body_text)) != set(_texts(story, expected)):
                yield f"article {article.id}: {article.revision} revisions, printings {sorted(expected)}"


def _wrong_states(archive: Archive, edition: Edition) -> Iterator[str]:
    articles = {row.headline: row.id for row in archive.rows["articles"]}
    stored = {path: articles.get(story.headline) for story in edition.stories for path in (*story.paths, *story.doors)}
    doors = {door for story in edition.stories for door in story.doors}
    refused = dict.fromkeys(edition.gone, "http_404") | dict.fromkeys(edition.videos, "video")
    for page in archive.rows["pages"]:
        path = path_of(page.url)
        met = (page.state, page.reason, page.article_id)
        if path in refused and met != ("refused", refused[path], None):
            yield f"{path}: {met}, for refused ({refused[path]})"
        elif path in doors and met == ("refused", "redirects_to_known", None):
            continue
        elif path in stored and (page.state not in STORED or page.article_id != stored[path]):
            yield f"{path}: {met}, for stored as article {stored[path]}"
        elif path not in refused and path not in stored:
            yield f"{path}: never listed"
