"""How feedparser's own test feeds are read, compared with feedparser: entries, URLs, headlines, times.

python -m bench.feedparser_feeds [--show]     prints what differs; --show with every difference

Fetches the pinned source distribution of feedparser from the package index, once, into the cache folder of the user.
"""

from __future__ import annotations

import argparse
import re
import tarfile
import warnings
from calendar import timegm
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urljoin

import feedparser

from bench.source_distributions import fetch_source
from newscrawl import discovery
from newscrawl.article import Link
from newscrawl.discovery import feed as feed_reader
from newscrawl.errors import DiscoveryError
from newscrawl.syntax.encodings import decode_to_utf8

VERSION = "6.0.14"
_SHA256 = "088679b0c4b543ee211a820dd544698c76a402122eae7473c04a43425f283d06"
_URL = "http://harbour.example/feed"
_CONTENT_TYPE = re.compile(rb"^Content-type:\s*(.+?)\s*$", re.I | re.M)
_ENTRY = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)(?=[\s>])[^<>]*(?<!/)>", re.I)
_TAG = re.compile(r"<[^<>]*>")
EXPECTED = {
    "illformed/rss_incomplete_cdata.xml": "its only item is cut short in its headline and has no end",
    "wellformed/atom/entry_updated_multiple_values.xml": "of two times of an update, feedparser takes the last",
    "wellformed/atom10/entry_id_with_attributes.xml": "an id that is no URL is not a relative one",
    "wellformed/base/http_entry_id_base_content_location.xml": "an id that is no URL is not a relative one",
    "wellformed/base/http_entry_id_base_docuri.xml": "an id that is no URL is not a relative one",
    "wellformed/lang/http_content_language_entry_title_inherit_2.xml": "an id that is no URL is not a relative one",
    "wellformed/node_precedence/atom10_id.xml": "an id that is no URL is not a relative one",
    "illformed/rdf_channel_empty_textinput.xml": "rdf:about of an item is its URL",
    "wellformed/rdf/rdf_item_description.xml": "rdf:about of an item is its URL",
    "wellformed/rdf/rdf_item_rdf_about.xml": "rdf:about of an item is its URL",
    "wellformed/rdf/rdf_item_title.xml": "rdf:about of an item is its URL",
    "wellformed/rss/item_category_image.xml": "the headline of a picture within a category is none of the item",
    "wellformed/sanitize/entry_title_crazy.xml": "a whole page in a headline, of which both leave other remains",
    "illformed/chardet/shiftjis.xml": "declares no encoding: each guesses another one",
}
"""Files that are read differently on purpose, and why."""


class Difference(NamedTuple):
    """What differs in a file. `field` is "entries", "url", "headline" or "times"."""

    file: str
    field: str
    ours: object
    theirs: object


def fetch_feeds() -> Path:
    """Return the folder with feedparser's tests; fetch it first if it is not there. Raises OSError with the reason."""
    name = f"feedparser-{VERSION}"
    archive = fetch_source(name, _SHA256)
    folder = archive.parent
    if not (folder / name).exists():
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
    return folder / name / "tests"


def compare(tests: Path) -> tuple[Counter[str], list[Difference]]:
    """Read all feeds; return how many files, entries and comparisons there were, and the differences."""
    counts: Counter[str] = Counter()
    differences: list[Difference] = []
    for path in sorted(tests.rglob("*")):
        if path.is_file() and path.suffix != ".py":
            counts["files"] += 1
            differences += _compare_file(path, path.relative_to(tests).as_posix(), counts)
    return counts, differences


def _compare_file(path: Path, name: str, counts: Counter[str]) -> Iterator[Difference]:
    body = path.read_bytes()
    header = _CONTENT_TYPE.search(body[:2000])
    content_type = header[1].decode("latin-1") if header else None
    theirs = _read_with_feedparser(body, content_type)
    try:
        listing = discovery.read("feed", body, _URL, content_type=content_type)
        found = len(listing.links) + len(listing.refused)
    except DiscoveryError:
        found = 0
    counts["entries"] += len(theirs)
    if found < len(theirs):
        yield Difference(name, "entries", found, len(theirs))
    entries = _read_in_order(body, content_type)
    for number, (entry, their) in enumerate(zip(entries, theirs, strict=False)):
        url = urljoin(_URL, their.get("link")) if their.get("link") else None
        counts["url"] += 1
        if url != (entry.url if isinstance(entry, Link) else None):
            yield Difference(name, "url", entry, url)
        yield from _compare_texts(_read_in_order(body, content_type, with_urls=True)[number], their, name, counts)


def _compare_texts(entry: object, theirs: dict[str, Any], name: str, counts: Counter[str]) -> Iterator[Difference]:
    assert isinstance(entry, Link), f"{name}: an entry with a URL is refused"
    counts["headline"] += 1
    if _letters(entry.headline) != _letters(theirs.get("title")):
        yield Difference(name, "headline", entry.headline, theirs.get("title"))
    counts["times"] += 1
    ours = {time.replace(microsecond=0) for time in (entry.published_at, entry.updated_at) if time}
    parsed = (theirs.get("published_parsed"), theirs.get("updated_parsed"))
    times = {datetime.fromtimestamp(timegm(time), UTC) for time in parsed if time}
    if ours != times:
        yield Difference(name, "times", ours, times)


def _letters(text: str | None) -> str:
    """Return what both have of a text: feedparser keeps markup and its references."""
    plain = _TAG.sub("", (text or "").replace("&lt;", "<").replace("&gt;", ">"))
    return re.sub(r"&(?:amp|#38|#x26);|[\s<>]", lambda found: "&" if found[0].startswith("&") else "", plain)


def _read_in_order(body: bytes, content_type: str | None, *, with_urls: bool = False) -> list[object]:
    if not body.startswith(b"\x1f\x8b"):
        body = decode_to_utf8(body, content_type)[1]
    if with_urls:  # most test feeds have none
        link = rb"<feedburner:origLink>http://harbour.example/1</feedburner:origLink>"
        body = _ENTRY.sub(lambda entry: entry[0] + link, body)
    entries: list[object] = []
    try:
        for entry in feed_reader.read_links(body, _URL):
            entries.append(entry)  # noqa: PERF402 - those before an error count
    except DiscoveryError:
        pass
    return entries


def _read_with_feedparser(body: bytes, content_type: str | None) -> list[dict[str, Any]]:
    headers = {"content-type": content_type} if content_type else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # feedparser takes bytes for the name of a file, and a stream for a document
        read = feedparser.parse(
            BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
        return [dict(entry) for entry in read.entries]


def main() -> None:
    """Print the counts, and the differences that have no reason yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", action="store_true", help="show expected differences too")
    options = parser.parse_args()
    counts, differences = compare(fetch_feeds())
    print(*(f"{name}: {count}" for name, count in counts.items()), sep="\n")
    for difference in differences:
        reason = EXPECTED.get(difference.file)
        if options.show or not reason:
            print(
                difference.file,
                difference.field,
                repr(difference.ours),
                repr(difference.theirs),
                reason or "",
                sep="\n    ",
            )
    print(f"{len(differences)} differences, {sum(each.file not in EXPECTED for each in differences)} without a reason")


if __name__ == "__main__":
    main()
