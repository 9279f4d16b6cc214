"""What programs of the command line need of the project, and what every program has."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from newscrawl.cli.output import print_error
from newscrawl.configuration import Configuration
from newscrawl.errors import ArgumentError
from newscrawl.operations.user_agent import make_user_agent
from newscrawl.publisher import SITES_SPIDER, Publisher

if TYPE_CHECKING:
    from newscrawl.archives.capture import CaptureFolder
    from newscrawl.storage import Store
    from newscrawl.storage.database import Database

_Part = TypeVar("_Part", bound="Database")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The settings of a project, and its spiders."""

    configuration: Configuration
    database_url: str
    """Where crawls and ingests write."""
    sample_database: str | None
    """Where the sample edition is; None: in the same database."""
    mixes_sample: bool
    """Whether the sample edition and real articles may be in one database."""
    title: str
    """The name of the archive, for people; empty: that of its database."""
    warc_dir: str
    """The folder of our own captures, or its URL."""
    warc_spool: str
    """For a URL, the local folder of captures that are not uploaded yet."""
    prometheus_file: str
    """Where a crawl writes its metrics; empty: nowhere."""
    extract_function: str
    """As "module:name"."""
    extract_timeout: float
    """Seconds per page."""
    max_page_bytes: int
    updates_clusters: bool
    """Whether new articles are compared when a run ends."""
    allow_private_addresses: str
    """NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES."""
    contact: str
    """E-mail address or URL of who crawls; empty: unknown."""
    commoncrawl_data: str
    """The URL of Common Crawl's files."""
    mail_server: str
    """HOST or HOST:PORT that takes mail; empty: the local one."""
    folder: Path
    """Where scrapy.cfg is."""
    spider_names: Callable[[], Sequence[str]]
    """In alphabetical order; loads the spiders."""
    find_publisher: Callable[[str], Publisher]
    """Called with the name of a spider."""
    make_crawl_settings: Callable[[], Any]
    """Makes Scrapy's settings, for functions of newscrawl.crawl; imports Scrapy."""

    @classmethod
    def make(
        cls,
        configuration: Configuration,
        *,
        folder: Path,
        spider_names: Callable[[], Sequence[str]],
        find_publisher: Callable[[str], Publisher],
        make_crawl_settings: Callable[[], Any],
    ) -> Self:
        """Make it from a configuration."""
        values = configuration.values
        return cls(
            configuration=configuration,
            database_url=values["NEWSCRAWL_DATABASE_URL"],
            sample_database=configuration.sample_database,
            mixes_sample=values["NEWSCRAWL_MIX_SAMPLE"],
            title=values["NEWSCRAWL_TITLE"],
            warc_dir=values["NEWSCRAWL_WARC_DIR"],
            warc_spool=values["NEWSCRAWL_WARC_SPOOL"],
            prometheus_file=values["NEWSCRAWL_PROMETHEUS_FILE"],
            extract_function=values["NEWSCRAWL_EXTRACT"],
            extract_timeout=values["NEWSCRAWL_EXTRACT_TIMEOUT"],
            max_page_bytes=values["NEWSCRAWL_MAX_PAGE_BYTES"],
            updates_clusters=values["NEWSCRAWL_CLUSTERS"],
            allow_private_addresses=values["NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES"],
            contact=values["NEWSCRAWL_CONTACT"],
            commoncrawl_data=values["NEWSCRAWL_COMMONCRAWL_DATA"],
            mail_server=values["NEWSCRAWL_MAIL_SERVER"],
            folder=folder,
            spider_names=spider_names,
            find_publisher=find_publisher,
            make_crawl_settings=make_crawl_settings,
        )

    def list_publishers(self) -> list[str]:
        """Return the spiders that have a publisher; not that of any site, and none of `scrapy genspider`."""
        return [name for name in self.spider_names() if name != SITES_SPIDER and self._has_publisher(name)]

    def _has_publisher(self, spider: str) -> bool:
        try:
            self.find_publisher(spider)
        except ArgumentError:
            return False
        return True

    @property
    def user_agent(self) -> str:
        """How this project introduces itself to servers."""
        return make_user_agent(self.contact)

    @property
    def captures(self) -> CaptureFolder:
        """The folder of our own captures. Raises ArgumentError."""
        from newscrawl.archives.capture import CaptureFolder  # noqa: PLC0415 - 0.03 s CPU, which few programs need

        return CaptureFolder.read(self.warc_dir, self.warc_spool)

    @property
    def archive_url(self) -> str:
        """The database that is queried: that of the sample edition where no database is set, and no other is there."""
        if self.sample_database is None or _find_file(self.database_url).exists():
            return self.database_url
        if not _find_file(self.sample_database).exists():
            return self.database_url
        _note_sample(_find_file(self.sample_database).name, _find_file(self.database_url).name)
        return self.sample_database

    def open_archive(self) -> Store:
        """Open the database. Raises StorageError, also where there is none yet."""
        from newscrawl.operations.archive import open_archive  # noqa: PLC0415 - 0.4 s CPU, which not all programs need

        return open_archive(self.archive_url, create=False)

    def open_part(self, kind: type[_Part]) -> _Part:
        """Open the database as a class that Store inherits from. Raises StorageError as `open_archive` does."""
        from newscrawl.operations.archive import open_part  # noqa: PLC0415 - as above

        return open_part(kind, self.archive_url)


def _find_file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@cache
def _note_sample(file: str, default: str) -> None:
    """Print the note once."""
    print_error(f"{file} is read, the sample edition: there is no {default} yet")


class Program(Protocol):
    """A module of newscrawl.cli that is a command."""

    SYNTAX: str
    """The arguments, for the usage line."""
    DESCRIPTION: str
    """The text of its help."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add its options."""

    @property
    def run(self) -> Callable[..., int]:
        """Called with words, options and project; prints, and returns the exit code. Raises NewscrawlError."""
