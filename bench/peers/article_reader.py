"""One extractor of articles over saved pages, timed, in the interpreter that has it.

PYTHON bench/peers/article_reader.py NAME PAGES RESULT [MODELS]

PAGES is a JSON list of {"id", "url", "file"}. RESULT gets {"version", "cpu_ms", "answers": {id: {"title", "authors",
"published", "body"}}}, where a page that an extractor refuses has {"error"}. MODELS is a folder with other models of
newscrawl. Exit code 3: it is not installed here.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

Answer = dict[str, Any]
Reader = Callable[[bytes, str], Answer]
DISTRIBUTIONS = {
    "newscrawl": "",
    "trafilatura": "trafilatura",
    "trafilatura-precision": "trafilatura",
    "readability-lxml": "readability-lxml",
    "resiliparse": "resiliparse",
    "newspaper4k": "newspaper4k",
}
_WARM_UP = 5


def _newscrawl() -> Reader:
    from newscrawl.article import Page  # noqa: PLC0415 - each extractor is imported where it is measured
    from newscrawl.extract import extract  # noqa: PLC0415
    from newscrawl.publishers import find_publisher  # noqa: PLC0415

    def read(html: bytes, url: str) -> Answer:
        page = Page(url=url, body=html, fetched_at=datetime.now(UTC), content_type="text/html")
        article = extract(page, find_publisher(url))
        return {
            "title": article.headline,
            "authors": list(article.byline),
            "published": article.published_at and article.published_at.isoformat(),
            "body": [block.text for block in article.body if str(block.kind) != "embed"],
            "confidence": getattr(article, "confidence", None),
        }

    return read


def _trafilatura(*, favor_precision: bool = False) -> Reader:
    from trafilatura import bare_extraction  # noqa: PLC0415

    def read(html: bytes, url: str) -> Answer:
        found: Any = bare_extraction(
            html, url=url, include_comments=False, with_metadata=True, favor_precision=favor_precision
        )
        if not found:
            return {}
        return {
            "title": found.title,
            "authors": [name.strip() for name in (found.author or "").split(";") if name.strip()],
            "published": found.date,
            "body": (found.text or "").split("\n"),
        }

    return read


def _readability() -> Reader:
    import lxml.html  # noqa: PLC0415
    from readability import Document  # noqa: PLC0415

    block = re.compile(r"(?i)(<(?:p|div|li|h\d|blockquote|tr|br|figure|figcaption|section|article)\b)")

    def read(html: bytes, url: str) -> Answer:
        document = Document(html, url=url)
        summary = block.sub(r"\n\1", document.summary(html_partial=True))
        text = lxml.html.fromstring(summary).text_content() if summary.strip() else ""
        return {"title": document.short_title(), "body": [line.strip() for line in text.split("\n") if line.strip()]}

    return read


def _resiliparse() -> Reader:
    from resiliparse.extract.html2text import extract_plain_text  # noqa: PLC0415
    from resiliparse.parse.encoding import detect_encoding  # noqa: PLC0415
    from resiliparse.parse.html import HTMLTree  # noqa: PLC0415

    def read(html: bytes, url: str) -> Answer:
        tree = HTMLTree.parse_from_bytes(html, detect_encoding(html))
        text = extract_plain_text(tree, main_content=True, alt_texts=False, links=False)
        return {"title": tree.title, "body": [line.strip() for line in text.split("\n") if line.strip()]}

    return read


def _newspaper() -> Reader:
    from newspaper import Article  # noqa: PLC0415

    def read(html: bytes, url: str) -> Answer:
        article = Article(url, fetch_images=False)
        article.download(input_html=html)
        article.parse()
        moment = article.publish_date
        return {
            "title": article.title,
            "authors": article.authors,
            "published": moment.isoformat() if isinstance(moment, datetime) else moment or None,
            "body": article.text.split("\n"),
        }

    return read


READERS: dict[str, Callable[[], Reader]] = {
    "newscrawl": _newscrawl,
    "trafilatura": _trafilatura,
    "trafilatura-precision": lambda: _trafilatura(favor_precision=True),
    "readability-lxml": _readability,
    "resiliparse": _resiliparse,
    "newspaper4k": _newspaper,
}


def _answer(read: Reader, path: str, url: str) -> tuple[Answer, float]:
    html = Path(path).read_bytes()
    started = time.process_time()
    try:
        answer = read(html, url)
    except Exception as error:  # noqa: BLE001 - whatever an extractor raises, it has no answer for this page
        answer = {"error": f"{type(error).__name__}: {error}"[:200]}
    return answer, time.process_time() - started


def _use_models(folder: Path) -> None:
    from newscrawl.extract.generic import classifier  # noqa: PLC0415 - peers have none

    classifier.MODELS = folder


def main(name: str, pages_file: str, result: str, *models: str) -> None:
    """Read the pages; write the answers."""
    for folder in models:
        _use_models(Path(folder))
    try:
        read = READERS[name]()
        found = version(DISTRIBUTIONS[name]) if DISTRIBUTIONS[name] else ""
    except ImportError:
        sys.exit(3)
    pages = json.loads(Path(pages_file).read_text("utf-8"))
    for page in pages[:_WARM_UP]:
        _answer(read, page["file"], page["url"])
    answers: dict[str, Answer] = {}
    seconds = 0.0
    for page in pages:
        answers[page["id"]], spent = _answer(read, page["file"], page["url"])
        seconds += spent
    content = {"version": found, "cpu_ms": 1000 * seconds / max(1, len(pages)), "answers": answers}
    Path(result).write_text(json.dumps(content, default=str), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
