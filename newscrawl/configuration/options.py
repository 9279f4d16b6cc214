"""Every setting of newscrawl, in one table: checks, docs and the file of `newscrawl init` come from it."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from newscrawl.configuration import kinds
from newscrawl.configuration.kinds import Kind

PREFIX = "NEWSCRAWL_"


@dataclass(frozen=True, slots=True)
class Option:
    """One setting."""

    key: str
    """Its name in newscrawl.toml; everywhere else it is upper case and has the prefix."""
    kind: Kind
    default: Any
    help: str
    """What it is for, in one line of Markdown."""
    _: KW_ONLY
    shown_default: str | None = None
    """The default as people read it, where that is not the value."""
    is_secret: bool = False
    """Whether no message may show more than the host of its URL; passwords in URLs are hidden in any case."""
    is_common: bool = False
    """Whether the README names it, and the file of `newscrawl init` begins with it."""

    @property
    def name(self) -> str:
        return PREFIX + self.key.upper()


OPTIONS: tuple[Option, ...] = (
    Option(
        "database_url",
        kinds.DATABASE_URL,
        "sqlite:///news.db",
        "the database: a SQLite file, `postgresql://…` (`pip install 'psycopg[binary]'`) or `mariadb://…` "
        "(`pip install pymysql`). Where none is set, the sample edition has `sample.db`",
        is_common=True,
    ),
    Option(
        "contact",
        kinds.TEXT,
        "",
        "your e-mail address or URL for the user agent, so that publishers can write to you",
        is_common=True,
    ),
    Option(
        "warc_dir",
        kinds.PATH,
        "warc",
        "folder of the WARC files, which hold fetched pages as they were sent, or its URL (`s3://BUCKET/NAME`); empty: "
        "do not store them",
        is_common=True,
    ),
    Option(
        "warc_spool",
        kinds.PATH,
        "warc-spool",
        "with a URL in `warc_dir`: folder where files are written, each until it is uploaded; keep it between runs",
    ),
    Option("warc_max_bytes", kinds.SIZE, 2**30, "size at which a new WARC file begins", shown_default="1GiB"),
    Option(
        "warc_compression",
        kinds.COMPRESSION,
        "zlib-ng:5",
        "library and level that compress what servers send uncompressed: `isal:2` (`pip install isal`) takes a quarter "
        "of the CPU for 15 % more bytes",
    ),
    Option(
        "ping_url",
        kinds.OPTIONAL_HTTP_URL,
        "",
        "fetched at the start and end of each run, as healthchecks.io expects; `%(spider)s` is the spider's name",
        is_secret=True,
        is_common=True,
    ),
    Option(
        "prometheus_file",
        kinds.PATH,
        "",
        "file for the figures of the last run, for node_exporter; `%(spider)s` is the spider's name",
        is_common=True,
    ),
    Option(
        "allow_private_addresses",
        kinds.NETWORKS,
        "",
        "for an intranet: connections to addresses that are not public; `1` for all, or networks (`10.20.0.0/16`)",
        is_common=True,
    ),
    Option(
        "max_wait",
        kinds.SECONDS,
        120.0,
        "longest Retry-After or Crawl-delay in seconds; a host that asks for more is left for the next run",
    ),
    Option(
        "slowdown",
        kinds.SECONDS,
        1.0,
        "least delay in seconds after the first 429 or 503 of a host; each further one doubles the delay",
    ),
    Option("max_page_bytes", kinds.SIZE, 16 * 2**20, "larger pages are refused", shown_default="16MiB"),
    Option(
        "extract_processes",
        kinds.AUTO_COUNT,
        "auto",
        "extraction processes: cores minus one, once pages queue up (`auto`); a number: from the first page on; "
        "0: a thread",
    ),
    Option("extract_timeout", kinds.SECONDS, 30.0, "seconds per page; a page that takes longer fails"),
    Option(
        "extract",
        kinds.FUNCTION,
        "newscrawl.batch.extraction:extract_page",
        "the function that extracts an article, called with a Page and `max_bytes=`, also in worker processes",
    ),
    Option("extraction", kinds.FLAG, True, "of other spiders (docs/embed.md): extract the pages that they yield"),
    Option("storage", kinds.FLAG, True, "of other spiders: store their articles"),
    Option("ledger", kinds.FLAG, True, "of other spiders: record their pages that gave no article, with the reason"),
    Option("captures", kinds.FLAG, True, "of other spiders: store their responses in WARC files"),
    Option("exit_codes", kinds.FLAG, True, "of other spiders: exit with a code that says how the crawl ended"),
    Option(
        "mix_sample",
        kinds.FLAG,
        False,
        "the sample edition and real articles may be in one database",
    ),
    Option(
        "clusters",
        kinds.FLAG,
        True,
        "at the end of a run, search for copies, for at most 5 % of its CPU time",
    ),
    Option(
        "title",
        kinds.TEXT,
        "",
        "the name of the archive, which heads the pages of `scrapy browse`; empty: that of the database",
    ),
    Option(
        "mail_server",
        kinds.SERVER,
        "",
        "HOST or HOST:PORT that takes the mail of `scrapy watch`; empty: the program sendmail, else port 25 here",
    ),
    Option("log_format", kinds.LOG_FORMAT, "text", "the log of a crawl: lines of `text`, or `json`, an object a line"),
    Option("progress", kinds.AUTO_FLAG, "auto", "the progress bar; `auto`: on a terminal"),
    Option(
        "browser",
        kinds.PROGRAM,
        "",
        "the program of a browser, for pages whose text is made by scripts (`make extras`); empty: Chromium or Chrome",
    ),
    Option("browser_pages", kinds.POSITIVE, 2, "pages in the browser at once"),
    Option("render_timeout", kinds.SECONDS, 30.0, "seconds for each page in the browser"),
    Option(
        "wayback_index",
        kinds.HTTP_URL,
        "https://web.archive.org/cdx/search/cdx",
        "a CDX server: any that answers as Wayback or pywb does",
    ),
    Option(
        "wayback_replay",
        kinds.REPLAY_URL,
        "https://web.archive.org/web/{timestamp}id_/{url}",
        "the captures of the same server",
    ),
    Option(
        "wayback_queries",
        kinds.COUNT,
        24,
        "queries per minute to the Wayback index; 0: no limit. Wayback bans who sends more than 24 for an hour, and "
        "then for longer",
    ),
    Option(
        "commoncrawl_index",
        kinds.HTTP_URL,
        "https://index.commoncrawl.org/collinfo.json",
        "the list of Common Crawl's crawls",
    ),
    Option(
        "commoncrawl_data",
        kinds.HTTP_URL,
        "https://data.commoncrawl.org/",
        "where the files of Common Crawl are",
    ),
    Option("commoncrawl_queries", kinds.COUNT, 20, "queries per minute to the Common Crawl index; 0: no limit"),
    Option("archive_delay", kinds.SECONDS, 2.0, "seconds between two requests to a web archive"),
)
BY_NAME = {option.name: option for option in OPTIONS}
BY_KEY = {option.key: option for option in OPTIONS}
