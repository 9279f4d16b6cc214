"""Builds the sample edition.

    python -m sample.build [FILE]        writes newscrawl/sample/edition.warc, or FILE
    python -m sample.build --expected    prints what a reader should find in each article, a JSON object a line

The same stories and templates give the same bytes: every time and identifier in the file is made from them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from newscrawl.archives.capture import Capture
from newscrawl.sample import EDITION, HOSTS, ROBOTS, SEEDS, VISITS
from sample import lists
from sample.pages import page, render, rfc822
from sample.story import HOST, Rendition, renditions
from sample.warc_file import write_captures

_HTML = "text/html; charset=utf-8"
_XML = "application/xml; charset=utf-8"


def captures() -> list[Capture]:
    """Every capture of the edition, by time and address."""
    stories = renditions()
    articles = list(_articles(stories))
    lists_ = [capture for visit in VISITS for capture in _lists(visit, stories)]
    records = [*articles, *_tracked(articles, stories), *_others(), *lists_]
    return sorted(records, key=lambda capture: (capture.captured_at, capture.url))


def _articles(stories: Sequence[Rendition]) -> Iterator[Capture]:
    for story in stories:
        content_type, body = render(story, stories)
        yield _capture(story.url, story.captured, body, content_type)


def _tracked(articles: Sequence[Capture], stories: Sequence[Rendition]) -> Iterator[Capture]:
    """Some articles at the addresses that the front page gives them: servers answer as if the query were not there."""
    recalled = {item.url for item in lists.archive(lists.known_at(VISITS[0], stories))}
    yield from (replace(one, url=one.url + lists.TRACKED) for one in articles if one.url in recalled)


def _lists(visit: datetime, stories: Sequence[Rendition]) -> Iterator[Capture]:
    """The lists as they were shortly before a visit."""
    moment = visit - timedelta(minutes=10)
    items = lists.known_at(moment, stories)
    for host in HOSTS:
        yield _capture(ROBOTS.replace(HOST, host), moment, lists.robots_txt(stories), "text/plain")
    addresses = dict(SEEDS)
    yield _capture(addresses["feed"], moment, lists.feed(moment, items), "application/rss+xml; charset=utf-8")
    yield _capture(addresses["front_page"], moment, lists.front_page(moment, items), _HTML)
    yield _capture(f"https://{HOST}/technology", moment, lists.front_page(moment, items, "Technology"), _HTML)
    yield _capture(f"https://{HOST}/sitemaps/news/latest.xml", moment, lists.news_sitemap(moment, items), _XML)
    yield _capture(f"https://{HOST}/sitemaps/news/index.xml", moment, lists.sitemap_index(items), _XML)
    for path, listed in lists.months(items):
        yield _capture(f"https://{HOST}{path}", moment, lists.month_sitemap(listed), _XML)


def _others() -> Iterator[Capture]:
    """Pages that are no articles."""
    for entry in lists.OTHERS["media"]:
        item = {**entry, "url": f"https://{HOST}{entry['address']}"}
        yield _capture(item["url"], entry["published"], page("media.html.j2", item=item, kind=entry["kind"]), _HTML)
    for entry in lists.OTHERS["gone"]:
        yield _capture(f"https://{HOST}{entry['address']}", VISITS[0], page("gone.html.j2"), _HTML, 404)
    for entry in lists.OTHERS["moved"]:
        story = next(one for one in renditions() if one.name == entry["story"])
        yield _redirect(f"https://{HOST}{entry['address']}", story.url, VISITS[0], 301)
    for entry in lists.OTHERS["challenged"]:
        yield from _challenge(f"https://{HOST}{entry['address']}", entry.get("redirect"), entry["published"])


def _challenge(url: str, redirect: str | None, moment: datetime) -> Iterator[Capture]:
    stands_at = f"https://{HOST}{redirect}" if redirect else url
    if redirect:
        yield _redirect(url, stands_at, moment, 302)
    yield _capture(stands_at, moment, page("challenge.html.j2"), _HTML)


def _redirect(url: str, target: str, moment: datetime, status: int) -> Capture:
    headers = (("Location", target), ("Date", rfc822(moment)))
    return Capture(url=url, status=status, headers=headers, captured_at=moment)


def _capture(url: str, moment: datetime, body: bytes, content_type: str, status: int = 200) -> Capture:
    headers = (("Content-Type", content_type), ("Date", rfc822(moment)))
    return Capture(url=url, status=status, headers=headers, body=body, captured_at=moment)


def main(arguments: Sequence[str]) -> None:
    """Write the edition to the file that `arguments` name, else into the package; or print the expectations."""
    if list(arguments) == ["--expected"]:
        for story in renditions():
            sys.stdout.write(json.dumps(story.article().to_json(), ensure_ascii=False) + "\n")
        return
    target = Path(arguments[0]) if arguments else EDITION
    records = captures()
    write_captures(target, records, software="newscrawl sample edition")
    sys.stdout.write(f"{target}: {len(records)} captures, {target.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
