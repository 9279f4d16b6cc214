"""How much of an article is read from text dumps of its page, compared with the page itself.

python -m bench.texts [GLOB ...] [--rendering NAME] [--verbose]

Pages: by default the project's own (the sample edition and the fixtures). Each page is rendered as text by the tools
that people use for it; the columns are the mean F1 of the words and of the blocks of the body, how many bodies have an
F1 of at least .9, and how many headlines and bylines are equal.
"""

from __future__ import annotations

import argparse
import glob
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

from rich.console import Console
from rich.table import Table

from newscrawl.archives.warc_reader import read_captures
from newscrawl.article import Article, Page
from newscrawl.batch.extraction import extract_page
from newscrawl.errors import ExtractError, NewscrawlError
from newscrawl.sample import EDITION
from tests.extract.renderings import LIBRARIES, MARKDOWN, PROGRAMS, score_blocks, score_words

_FIXTURES = Path(__file__).parents[1] / "tests/pages"
_NOW = datetime(2026, 1, 31, tzinfo=UTC)


def main() -> None:
    """Print a row for each rendering."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("globs", nargs="*")
    parser.add_argument("--rendering", choices=[*LIBRARIES, *PROGRAMS])
    parser.add_argument("--verbose", action="store_true", help="a row for each page as well")
    options = parser.parse_args()
    pages = list(_read_files(options.globs) if options.globs else _own_pages())
    known = [(page, article) for page in pages if (article := _extract(page)) and article.body]
    table = Table("rendering", "words", "blocks", "≥ .9", "headline", "byline", box=None, title=f"{len(known)} pages")
    for name, render in {**LIBRARIES, **PROGRAMS}.items():
        if options.rendering in (None, name):
            content_type = "text/markdown" if name in MARKDOWN else "text/plain"
            rows = [_compare(page, article, render, content_type) for page, article in known]
            if options.verbose:
                for (page, _), row in zip(known, rows, strict=True):
                    table.add_row(f"  {page.url[-50:]}", *(f"{value:.2f}" for value in row))
            table.add_row(name, *(f"{mean(column):.3f}" for column in zip(*rows, strict=True)))
    Console(width=120).print(table)


def _own_pages() -> Iterator[Page]:
    pages = (capture.page() for capture in read_captures(EDITION))
    yield from (page for page in pages if "html" in (page.content_type or ""))
    yield from _read_files([str(_FIXTURES / "*/*.html")])


def _read_files(globs: list[str]) -> Iterator[Page]:
    for path in sorted({path for pattern in globs for path in glob.glob(pattern)}):
        body = Path(path).read_bytes()
        yield Page(url=Path(path).resolve().as_uri(), body=body, fetched_at=_NOW, content_type="text/html")


def _extract(page: Page) -> Article | None:
    try:
        return extract_page(page)
    except (ExtractError, NewscrawlError):
        return None


def _compare(page: Page, want: Article, render: Callable[[str], str], content_type: str) -> tuple[float, ...]:
    text = render(page.body.decode("utf-8", "replace"))
    dump = Page(url="file:///dump.txt", body=text.encode(), fetched_at=_NOW, content_type=content_type)
    got = _extract(dump)
    words = score_words(got, want)
    same = [got is not None and getattr(got, name) == getattr(want, name) for name in ("headline", "byline")]
    return (words, score_blocks(got, want), words >= 0.9, *same)


if __name__ == "__main__":
    main()
