"""Scrapy's settings where newscrawl needs another value, and its own, NEWSCRAWL_*. `-s NAME=VALUE` overrides them."""

import os
from importlib.util import find_spec

from newscrawl import __version__
from newscrawl.export import scrapy_feeds

BOT_NAME = "newscrawl"
SPIDER_MODULES = ["newscrawl.spiders"]
SPIDER_LOADER_CLASS = "newscrawl.spiders.PublisherSpiderLoader"
NEWSPIDER_MODULE = "newscrawl.spiders"
COMMANDS_MODULE = "newscrawl.commands"

# The database: sqlite:///FILE, postgresql://..., mariadb://...
NEWSCRAWL_DATABASE_URL = os.environ.get("NEWSCRAWL_DATABASE_URL", "sqlite:///news.db")
# A URL or e-mail address for the user agent, so that publishers can write to you.
NEWSCRAWL_CONTACT = os.environ.get("NEWSCRAWL_CONTACT", "")
# Requested at the start and the end of every run (healthchecks.io protocol); "%(spider)s" is the spider's name.
NEWSCRAWL_PING_URL = os.environ.get("NEWSCRAWL_PING_URL", "")
# File for the metrics of the last run, for node_exporter's textfile collector; "%(spider)s" as above.
NEWSCRAWL_PROMETHEUS_FILE = os.environ.get("NEWSCRAWL_PROMETHEUS_FILE", "")
# The function that extracts an article: called with a Page and max_bytes=, also in worker processes.
NEWSCRAWL_EXTRACT = "newscrawl.batch.extraction:extract_page"
# Processes that extract: "auto" (cores - 1, once pages queue up), a number (from the first page on), or 0 for a thread.
NEWSCRAWL_EXTRACT_PROCESSES = "auto"
# Seconds for one page; then it counts as failed.
NEWSCRAWL_EXTRACT_TIMEOUT = 30.0
NEWSCRAWL_MAX_PAGE_BYTES = 16 * 2**20
# Allow connections to private addresses: "1" for all, or networks ("10.20.0.0/16").
NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES = os.environ.get("NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES", "")
# Least delay in seconds after the first 429 or 503 of a host; each further one doubles the delay.
NEWSCRAWL_SLOWDOWN = 1.0
# Longest Retry-After or Crawl-delay in seconds; a host that asks for more is left for the next run.
NEWSCRAWL_MAX_WAIT = 120.0
# Folder of the WARC files that record every fetched page; empty: none are recorded.
NEWSCRAWL_WARC_DIR = os.environ.get("NEWSCRAWL_WARC_DIR", "warc")
# Bytes after which the next WARC file is started.
NEWSCRAWL_WARC_MAX_BYTES = 2**30
# URLs of web archives: index and captures. Any CDX server and Wayback replay works.
NEWSCRAWL_WAYBACK_INDEX = "https://web.archive.org/cdx/search/cdx"
NEWSCRAWL_WAYBACK_REPLAY = "https://web.archive.org/web/{timestamp}id_/{url}"
NEWSCRAWL_COMMONCRAWL_INDEX = "https://index.commoncrawl.org/collinfo.json"
NEWSCRAWL_COMMONCRAWL_DATA = "https://data.commoncrawl.org/"
# Queries per minute to the index of each: who sends more to Wayback's (24) is banned for an hour, and then for longer.
# Common Crawl states no number; its own client waits three seconds. 0 is no limit.
NEWSCRAWL_WAYBACK_QUERIES = 24
NEWSCRAWL_COMMONCRAWL_QUERIES = 20
# Seconds between two requests to a web archive, which few people run for many.
NEWSCRAWL_ARCHIVE_DELAY = 2.0
# The program of a browser, for pages whose text is made by scripts; empty: Chromium or Chrome, where it is installed.
NEWSCRAWL_BROWSER = os.environ.get("NEWSCRAWL_BROWSER", "")
# Pages in the browser at once, and seconds for each.
NEWSCRAWL_BROWSER_PAGES = 2
NEWSCRAWL_RENDER_TIMEOUT = 30.0
# At the end of a run, find articles on the same story: about a second for a few hundred new ones.
NEWSCRAWL_CLUSTERS = True
# Progress on a terminal: "auto", or on and off.
NEWSCRAWL_PROGRESS = "auto"

# Polite: obey robots.txt, one request at a time, at least one second apart.
USER_AGENT = f"newscrawl/{__version__}"
# Only encodings that every reader of WARC files knows: bodies are recorded as they were sent.
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

# Safe: Scrapy's defaults open two ports, trust any certificate, and accept any scheme and bodies of 1 GiB.
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
# The length that servers should support at least (RFC 9110, 4.1).
URLLENGTH_LIMIT = 8000
# MiB, including worker processes.
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
    "newscrawl.crawl.network.hosts.HostGuard": 110,  # after robots.txt, whose failures it handles
    "newscrawl.crawl.network.shutdown.Shutdown": 120,  # after robots.txt, which requests may wait for
    "newscrawl.crawl.network.archive_service.ArchiveService": 555,  # before retries: a refusal is final
    "newscrawl.crawl.network.hosts.DeadHosts": 556,
    "newscrawl.crawl.network.pace.Slowdown": 560,  # after retries, which it delays
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "newscrawl.middlewares.HttpCompressionMiddleware": 590,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "newscrawl.middlewares.RedirectMiddleware": 600,
    "newscrawl.crawl.warc_recorder.RecordResponses": 610,  # before redirects and decompression
    "newscrawl.crawl.network.query_pace.QueryPace": 620,  # next to the downloader: every attempt counts
}
SPIDER_MIDDLEWARES = {
    "newscrawl.crawl.planner.Planner": 950,
    # Not needed here, and each costs time on every page.
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
    "newscrawl.crawl.warc_recorder.WarcRecorder": 0,
    "newscrawl.crawl.browser.BrowserRenderer": 5,  # before WarcRecorder closes its file
    "newscrawl.crawl.progress.Progress": 10,
}

# A faster event loop, where it is installed (not on Windows).
ASYNCIO_EVENT_LOOP = "uvloop.Loop" if find_spec("uvloop") else None
# News pages reload themselves; that is no redirect.
METAREFRESH_ENABLED = False
# Scrapy starts as many tasks for each response; a page is one item.
CONCURRENT_ITEMS = 2
# Bytes of pages between download and commit: enough for commits of many articles.
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 20 * 2**20
# Long lists are requested in their order.
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"
SCHEDULER_DISK_QUEUE = "scrapy.squeues.PickleFifoDiskQueue"

# Quiet: one line for each problem, then the summary.
LOG_LEVEL = "WARNING"
LOG_FORMATTER = "newscrawl.crawl.progress.LogFormatter"
RETRY_GIVE_UP_LOG_LEVEL = "INFO"
FEED_EXPORT_ENCODING = "utf-8"
# -O FILE: the formats of `scrapy export`.
FEED_EXPORTERS = scrapy_feeds.make_feed_exporters()
