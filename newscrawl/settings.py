"""Settings: Scrapy's where crawling news wants another value, and our own, NEWSCRAWL_. `-s NAME=VALUE` overrides."""

import os
from importlib.util import find_spec

from newscrawl import __version__
from newscrawl.export import scrapy_feeds

BOT_NAME = "newscrawl"
SPIDER_MODULES = ["newscrawl.spiders"]
NEWSPIDER_MODULE = "newscrawl.spiders"
COMMANDS_MODULE = "newscrawl.commands"

# Where articles go: sqlite:///FILE, postgresql://..., mariadb://...
NEWSCRAWL_DATABASE_URL = os.environ.get("NEWSCRAWL_DATABASE_URL", "sqlite:///news.db")
# An address or e-mail for the user agent: whom a publisher may tell.
NEWSCRAWL_CONTACT = os.environ.get("NEWSCRAWL_CONTACT", "")
# Asked for at the start and the end of every run, as healthchecks.io has it; "%(spider)s" is the spider's name.
NEWSCRAWL_PING_URL = os.environ.get("NEWSCRAWL_PING_URL", "")
# Where the figures of the last run are written for node_exporter's textfile collector; "%(spider)s" as above.
NEWSCRAWL_PROMETHEUS_FILE = os.environ.get("NEWSCRAWL_PROMETHEUS_FILE", "")
# What makes an article of a page: called with a Page and max_bytes=, in other processes too.
NEWSCRAWL_EXTRACT = "newscrawl.batch.extraction:extract_page"
# Processes that extract: "auto" (cores - 1, once pages queue up), a number (from the first page on), or 0 for a thread.
NEWSCRAWL_EXTRACT_PROCESSES = "auto"
# Seconds for one page; it is failed beyond.
NEWSCRAWL_EXTRACT_TIMEOUT = 30.0
NEWSCRAWL_MAX_PAGE_BYTES = 16 * 2**20
# Addresses that are not public (this machine, a local network) may be asked: "1", or networks ("10.20.0.0/16").
NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES = os.environ.get("NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES", "")
# Seconds between requests at the first 429 or 503 of a host, where they were fewer; each further one doubles them.
NEWSCRAWL_SLOWDOWN = 1.0
# Seconds that a host may ask to wait; one that asks for more is left for the next run.
NEWSCRAWL_MAX_WAIT = 120.0
# Where the bytes of every fetched page are kept, as WARC files; empty: nowhere.
NEWSCRAWL_WARC_DIR = os.environ.get("NEWSCRAWL_WARC_DIR", "warc")
# Bytes after which a file is full, and the next one is begun.
NEWSCRAWL_WARC_MAX_BYTES = 2**30
# Web archives: what to ask for their index, and for a capture. Any CDX server and Wayback replay will do.
NEWSCRAWL_WAYBACK_INDEX = "https://web.archive.org/cdx/search/cdx"
NEWSCRAWL_WAYBACK_REPLAY = "https://web.archive.org/web/{timestamp}id_/{url}"
NEWSCRAWL_COMMONCRAWL_INDEX = "https://index.commoncrawl.org/collinfo.json"
NEWSCRAWL_COMMONCRAWL_DATA = "https://data.commoncrawl.org/"
# Seconds between two requests to a web archive: they are run by few people for many.
NEWSCRAWL_ARCHIVE_DELAY = 2.0
# At the end of a run, find out which articles tell the same story: a second for some hundreds of new ones.
NEWSCRAWL_CLUSTERS = True
# Progress on a terminal: "auto", or on and off.
NEWSCRAWL_PROGRESS = "auto"

# Polite: as told by robots.txt, one request at a time, one second apart and never less.
USER_AGENT = f"newscrawl/{__version__}"
# What every reader of WARC files unpacks: bodies are kept as they were sent.
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en",
    "Accept-Encoding": "gzip, deflate",
}
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "newscrawl"
DOWNLOADER = "newscrawl.crawl.network.pace.Downloader"
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0.0
DOWNLOAD_TIMEOUT = 60
COOKIES_ENABLED = False

# Safe: Scrapy's defaults open two ports, trust any certificate, read any scheme and bodies of a gigabyte.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_MAXSIZE = NEWSCRAWL_MAX_PAGE_BYTES
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_HANDLERS = {
    **dict.fromkeys(("http", "https"), "newscrawl.crawl.network.download.HttpDownloadHandler"),
    **dict.fromkeys(("file", "data", "ftp", "s3")),
}
REDIRECT_MAX_TIMES = 10
# What servers are asked to take at least (RFC 9110, 4.1); no longer address is followed.
URLLENGTH_LIMIT = 8000
# MiB held at once, with the processes that extract.
MEMUSAGE_LIMIT_MB = 1024
MEMUSAGE_CHECK_INTERVAL_SECONDS = 3.0

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "newscrawl.middlewares.SavedPages": 40,
    "newscrawl.middlewares.OffsiteMiddleware": 50,
    "newscrawl.middlewares.PrivateAddresses": 60,
    "newscrawl.crawl.network.pace.CrawlDelay": 90,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "newscrawl.crawl.network.robots.RobotsTxtMiddleware": 100,
    "newscrawl.crawl.network.hosts.HostGuard": 110,  # behind robots.txt, which it sees fail
    "newscrawl.crawl.network.shutdown.Stopping": 120,  # behind robots.txt, which a request may have waited for
    "newscrawl.crawl.network.pace.Slowdown": 560,  # behind retries, which it makes wait
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "newscrawl.middlewares.HttpCompressionMiddleware": 590,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "newscrawl.middlewares.RedirectMiddleware": 600,
    "newscrawl.crawl.warc_recorder.KeepPages": 610,  # before the answer is followed, or unpacked
}
SPIDER_MIDDLEWARES = {
    "newscrawl.crawl.planner.Planner": 950,
    # Each costs every page something: long addresses are asked for, depth says nothing here, no meta is copied.
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}
ITEM_PIPELINES = {
    "newscrawl.pipelines.ExtractPipeline": 300,
    "newscrawl.pipelines.StorePipeline": 400,
}
EXTENSIONS = {
    "scrapy.extensions.memusage.MemoryUsage": None,
    "newscrawl.crawl.memory.MemoryUsage": 0,
    "newscrawl.crawl.progress.LogLevel": 0,
    "newscrawl.crawl.memory.GarbageCollection": 0,
    "newscrawl.crawl.run_recorder.RunRecorder": 0,
    "newscrawl.crawl.warc_recorder.Keeping": 0,
    "newscrawl.crawl.progress.Progress": 10,
}

# A faster event loop, where it is to be had (not on Windows).
ASYNCIO_EVENT_LOOP = "uvloop.Loop" if find_spec("uvloop") else None
# A news page that reloads itself is no redirect.
METAREFRESH_ENABLED = False
# Scrapy starts so many tasks for each response; a page is one item.
CONCURRENT_ITEMS = 2
# Bytes of pages between download and commit, so that commits are of many articles.
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 20 * 2**20
# Lists of years are long: first come, first served.
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"
SCHEDULER_DISK_QUEUE = "scrapy.squeues.PickleFifoDiskQueue"

# Quiet: what went wrong is a line, the rest is the summary.
LOG_LEVEL = "WARNING"
LOG_FORMATTER = "newscrawl.crawl.progress.LogFormatter"
RETRY_GIVE_UP_LOG_LEVEL = "INFO"
FEED_EXPORT_ENCODING = "utf-8"
# -O FILE: in our forms, as `scrapy export` writes them.
FEED_EXPORTERS = scrapy_feeds.make_feed_exporters()
