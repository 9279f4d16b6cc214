"""The log of a crawl as JSON, an object a line, for programs that collect logs."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from pythonjsonlogger.json import JsonFormatter
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings
from scrapy.utils.log import get_scrapy_root_handler

from newscrawl.configuration import redact
from newscrawl.crawl.spider import NewsSpider
from newscrawl.operations import exit_codes
from newscrawl.operations.exit_codes import Conclusion, ExitCode

_NAMES = {"levelname": "level", "name": "logger", "exc_info": "exception", "stack_info": "stack"}


class RunLogFormatter(JsonFormatter):
    """Formats a record with time, level, logger and message; with spider, run, site and URL where they are known."""

    crawler: Crawler | None = None

    def __init__(self) -> None:
        super().__init__(["levelname", "name", "message"], timestamp="time", rename_fields=_NAMES)

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        super().add_fields(log_data, record, message_dict)
        spider = self.crawler.spider if self.crawler else None
        if not isinstance(log_data.get("spider"), str):  # Scrapy adds the object
            log_data.pop("spider", None)
        if spider and self.crawler and "spider" not in log_data:
            log_data["spider"] = spider.name
            if run := self.crawler.stats.get_value(f"{exit_codes.PREFIX}run"):
                log_data["run"] = run
        if url := _find_url(record.args):
            log_data["url"] = url
            if isinstance(spider, NewsSpider):
                log_data["site"] = spider.find_site_key(url)

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {"time": log_data.pop("time"), **log_data}

    def serialize_log_record(self, log_data: dict[str, Any]) -> str:
        # The values of a record, unlike its message, are not without secrets yet.
        return redact(str(super().serialize_log_record(log_data)))


class _OwnHandler(logging.StreamHandler[Any]):
    """Takes the place of Scrapy's handler, which Scrapy makes anew for each crawler."""


def is_json(settings: BaseSettings) -> bool:
    return settings.get("NEWSCRAWL_LOG_FORMAT") == "json" and _find_handler() is not None


def start_json(settings: BaseSettings) -> None:
    """Write all log records of this process as JSON instead of Scrapy's lines, if the settings say so."""
    if settings.get("NEWSCRAWL_LOG_FORMAT") != "json" or not settings.getbool("LOG_ENABLED") or _find_handler():
        return
    file = settings.get("LOG_FILE")
    stream = open(file, "a" if settings.getbool("LOG_FILE_APPEND") else "w", encoding="utf-8") if file else None  # noqa: SIM115 - for the whole process
    handler = _OwnHandler(stream)
    handler.setLevel(settings.get("LOG_LEVEL"))
    handler.setFormatter(RunLogFormatter())
    logging.root.addHandler(handler)
    settings.set("LOG_ENABLED", False, "cmdline")


def describe_run(crawler: Crawler) -> None:
    """Add to each record what is known of a crawler's run.

    In another program than `scrapy crawl`, Scrapy's handler writes JSON from now on.
    """
    handler: logging.Handler | None = _find_handler()
    if handler is None and crawler.settings.get("NEWSCRAWL_LOG_FORMAT") == "json":
        handler = get_scrapy_root_handler()
    if handler:
        formatter = RunLogFormatter()
        formatter.crawler = crawler
        handler.setFormatter(formatter)


def write_end(
    spider: str, stats: Mapping[str, Any], conclusion: Conclusion, sites: Mapping[str, Mapping[str, int]]
) -> None:
    """Write how a run ended as one object, whatever LOG_LEVEL is; `sites` are the counts of each."""
    counts = exit_codes.counts(stats)
    fields: dict[str, Any] = {"run": counts.pop("run")} if "run" in counts else {}
    fields["counts"] = counts
    if matches := stats.get(exit_codes.NEW_MATCHES):
        fields["new_matches"] = matches
    if conclusion.advice:
        fields["advice"] = conclusion.advice
    if len(sites) > 1:
        codes = exit_codes.conclude_each_site(stats, sites)
        fields["sites"] = {site: {"exit_code": int(codes[site]), **counts} for site, counts in sites.items()}
    _write(spider, conclusion.line, conclusion.code, fields)


def write_failure(spider: str, line: str, code: ExitCode) -> None:
    """Write why a crawl could not start as one object."""
    _write(spider, line, code, {})


def _write(spider: str, line: str, code: ExitCode, fields: Mapping[str, Any]) -> None:
    handler, logger = _find_handler(), logging.getLogger("newscrawl")
    level = logging.INFO if code is ExitCode.DONE else logging.ERROR
    extra = {"event": "run_ended", "spider": spider, "exit_code": int(code), "result": code.name.lower(), **fields}
    if handler:
        handler.handle(logger.makeRecord(logger.name, level, "", 0, f"{spider}: {line}", (), None, extra=extra))


def _find_handler() -> _OwnHandler | None:
    return next((each for each in logging.root.handlers if isinstance(each, _OwnHandler)), None)


def _find_url(args: object) -> str | None:
    """Return the URL of the first thing with one that a record is about: a request, a response, a link or an error."""
    values: Iterable[object] = args.values() if isinstance(args, Mapping) else args if isinstance(args, tuple) else ()
    for value in values:
        url = value if isinstance(value, str) else getattr(value, "url", None)
        if isinstance(url, str) and url.startswith(("http://", "https://")) and " " not in url:
            return url
    return None
