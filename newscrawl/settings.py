"""Scrapy's settings where newscrawl needs another value, and its own, NEWSCRAWL_*. `-s NAME=VALUE` overrides them."""

import sys
from importlib.util import find_spec

from newscrawl import __version__
from newscrawl.configuration import ConfigurationError, load_configuration
from newscrawl.export import scrapy_feeds
from newscrawl.remote_files import SCHEMES

BOT_NAME = "newscrawl"
SPIDER_MODULES = ["newscrawl.spiders"]
SPIDER_LOADER_CLASS = "newscrawl.spiders.PublisherSpiderLoader"
NEWSPIDER_MODULE = "newscrawl.spiders"
COMMANDS_MODULE = "newscrawl.commands"

try:
    _configuration = load_configuration()
except ConfigurationError as error:
    # Scrapy imports this module before it knows the command: this is the only place to end it with one line.
    print(error, file=sys.stderr)
    raise SystemExit(2) from None
for _note in _configuration.notes:
    print(_note, file=sys.stderr)
# NEWSCRAWL_*: see newscrawl/configuration/options.py, which has every setting with its default and what it is for.
globals().update(_configuration.values)

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
DOWNLOAD_MAXSIZE = _configuration["NEWSCRAWL_MAX_PAGE_BYTES"]
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
    "newscrawl.middlewares.ReportRefusals": 30,
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
# The base, to which Scrapy adds ITEM_PIPELINES: of -s ITEM_PIPELINES={…} or a spider's custom_settings.
ITEM_PIPELINES_BASE = {
    "newscrawl.pipelines.ExtractPipeline": 100,
    "newscrawl.pipelines.StorePipeline": 101,
}
EXTENSIONS = {
    "scrapy.extensions.memusage.MemoryUsage": None,
    "newscrawl.crawl.memory.MemoryUsage": 0,
    "newscrawl.crawl.progress.LogLevel": 0,
    "newscrawl.crawl.memory.GarbageCollection": 0,
    "newscrawl.crawl.run_recorder.RunRecorder": 0,
    "newscrawl.crawl.warc_recorder.WarcRecorder": 0,
    "newscrawl.crawl.feed_storage.FeedFailures": 0,
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
FEED_STORAGES = dict.fromkeys(SCHEMES, "newscrawl.crawl.feed_storage.RemoteFeedStorage")

# The table [scrapy] of newscrawl.toml; entries of its tables are added to ours.
for _name, _setting in _configuration.scrapy.items():
    _ours = globals().get(_name)
    if isinstance(_ours, dict) and isinstance(_setting.value, dict):
        globals()[_name] = {**_ours, **_setting.value}
    else:
        globals()[_name] = _setting.value
