"""news-please over a WARC file, as its CommonCrawlExtractor reads Common Crawl's, in one process.

NEWS_PLEASE_PYTHON bench/peers/news_please_reader.py WARM FILE RESULT

CommonCrawlExtractor.extract_from_commoncrawl does it all, with its own defaults (no filter by host or date, no images
fetched). It would ask Amazon whether it may read the archive there: that is answered with no. Then it takes a file that
lies in its folder for one that it has downloaded; the bench's lies there, and is kept.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import boto3
import botocore.exceptions
from newsplease.crawler.commoncrawl_crawler import CommonCrawlExtractor


def _no_amazon(*_: object) -> None:
    raise botocore.exceptions.NoCredentialsError


def _articles(path: str) -> list[Any]:
    folder, name = os.path.split(path)
    found: list[Any] = []
    CommonCrawlExtractor().extract_from_commoncrawl(
        name,
        found.append,
        callback_on_warc_completed=lambda *_: None,
        local_download_dir_warc=folder,
        delete_warc_after_extraction=False,
    )
    return found


def main(warm: str, path: str, result: str) -> None:
    """Read `warm`, then `path`, timed; write what was read."""
    boto3.client = _no_amazon
    _articles(warm)
    started = time.perf_counter(), time.process_time()
    found = _articles(path)
    ended = time.perf_counter(), time.process_time()
    seconds, cpu = (end - start for end, start in zip(ended, started, strict=True))
    articles = [(one.url, one.title, one.maintext) for one in found]
    with open(result, "w", encoding="utf-8") as stream:
        json.dump({"seconds": seconds, "cpu": cpu, "articles": articles}, stream)


if __name__ == "__main__":
    main(*sys.argv[1:])
