"""Markdown with front matter: a file an article, for notes and static sites."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, ClassVar

from newscrawl.article import Article, Block, Image
from newscrawl.export.formats._exporter import Entry, stamp
from newscrawl.export.formats._files import FileEach
from newscrawl.export.formats._uri import link
from newscrawl.export.formats.text import caption
from newscrawl.urls import slug

_SLUG_LENGTH = 60
_MEANING = re.compile(r"[\\`*_\[\]<>&~|{}]|(?<={)%")
"""What Markdown gives a meaning wherever it stands (CommonMark, and the tables and strokes of GitHub); and the braces
of what the makers of static sites would run (Liquid, Hugo's shortcodes)."""
_OPENING = re.compile(r"^([#+=:-]|\d{1,9}[.)])")
"""What it gives a meaning at the beginning of a line."""
_NOT_IN_YAML = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON may hold as it is and YAML may not, or takes for the end of a line."""
_UNWRITTEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Markdown(FileEach):
    """DATE-SLUG-ID.md in a folder or a zip. Front matter is YAML, each value as JSON; the story renders as its text."""

    extensions: ClassVar = (".zip", "/")

    @classmethod
    def member(cls, entry: Entry) -> tuple[str, bytes]:
        """The name of an article's file, and what is in it."""
        return f"{_stem(entry)}.md", "\n".join(_lines(entry)).encode()


def _stem(entry: Entry) -> str:
    """The day it came out, the words of its address, and what tells it from all others: its number, or a hash."""
    article = entry.article
    day = (article.published_at or entry.first_seen_at or article.fetched_at).date().isoformat()
    words = _ascii(_slug(article) or article.headline)[:_SLUG_LENGTH].strip("-")
    number = entry.id or hashlib.sha256(entry.url.encode()).hexdigest()[:10]
    return "-".join(filter(None, (day, words, str(number))))


def _slug(article: Article) -> str | None:
    """The words of its address; None where those of an older address are no words ("/apps/news?…")."""
    try:
        words = slug(article.url)
    except ValueError:
        return None
    return words if words and "-" in words else None


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _lines(entry: Entry) -> Iterator[str]:
    article = entry.article
    yield from _front_matter(entry)
    yield from ["", f"# {_escaped(article.headline)}", ""]
    if article.dek:
        yield from [f"*{_escaped(article.dek)}*", ""]
    yield from _list(article.abstract)
    yield from _blocks(article.body)
    for image in article.images:
        yield from _picture(image)
    if article.correction:
        yield from [f"*{_escaped(article.correction)}*", ""]


def _front_matter(entry: Entry) -> Iterator[str]:
    """What is told of the article besides its story; absent is left out."""
    article = entry.article
    told: dict[str, Any] = {
        "title": article.headline,
        "description": article.dek,
        "date": stamp(article.published_at),
        "updated": stamp(article.updated_at),
        "authors": article.byline,
        "place": article.dateline.place if article.dateline else None,
        "section": article.section,
        "tags": article.topics,
        "tickers": article.tickers,
        "language": article.language,
        "access": article.access,
        "publisher": article.publisher,
        "url": entry.url,
        "id": entry.id,
        "revision": entry.revision,
    }
    yield "---"
    yield from (f"{name}: {_yaml(value)}" for name, value in told.items() if value not in (None, ()))
    yield "---"


def _yaml(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _blocks(body: Iterable[Block]) -> Iterator[str]:
    for kind, blocks in groupby(body, lambda block: block.kind):
        texts = [block.text for block in blocks]
        if kind == "list_item":
            yield from _list(texts)
        else:
            for text in texts:
                yield from [*(_table(text) if kind == "table" else [_block(kind, text)]), ""]


def _block(kind: str, text: str) -> str:
    marks = {"subhead": "## ", "quote": "> "}
    return f"{marks.get(kind, '')}{_escaped(text)}"


def _list(items: Iterable[str]) -> Iterator[str]:
    lines = [f"- {_escaped(item)}" for item in items]
    yield from [*lines, ""] if lines else []


def _table(text: str) -> Iterator[str]:
    """A table with an empty heading, as the first row of ours may be none."""
    rows = [row.split("\t") for row in text.split("\n")]
    width = max(map(len, rows))
    yield _row([""] * width)
    yield _row(["---"] * width)
    for row in rows:
        yield _row([_escaped(cell) for cell in row] + [""] * (width - len(row)))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _picture(image: Image) -> Iterator[str]:
    address = link(image.url)
    shown = _escaped(caption(image) or address or "")
    if shown:
        yield from [f"[{shown}]({address.replace('(', '%28').replace(')', '%29')})" if address else shown, ""]


def _escaped(text: str) -> str:
    """The text on one line, with a backslash before whatever Markdown would not show as it is."""
    line = " ".join(_UNWRITTEN.sub("\ufffd", text).split())
    line = _MEANING.sub(r"\\\g<0>", line)
    return _OPENING.sub(lambda found: f"{found[1][:-1]}\\{found[1][-1]}", line)
