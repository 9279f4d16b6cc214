"""`extract`: print the article of one page."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from newscrawl.archives import saved_pages
from newscrawl.article import Article, Page
from newscrawl.batch.extraction import explain_page
from newscrawl.cli.output import print_error, shorten
from newscrawl.cli.project import Project
from newscrawl.errors import CommandLineError, NewscrawlError
from newscrawl.export.display import strip_controls
from newscrawl.export.formats.text import render_text
from newscrawl.extract.layout import Extraction

SYNTAX = "[options] FILE|URL"
DESCRIPTION = "Read a page as a crawl does, and print the article, or how it was read."


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", metavar="ADDRESS", help="the address of a saved page")
    parser.add_argument("--format", choices=("json", "text"), default="json", help="json (default), or text to read")
    printed = "the body as the page prints it: after the dateline, with captions at the end"
    parser.add_argument("--printed", action="store_true", help=printed)
    parser.add_argument("--explain", action="store_true", help="print instead where each field was read")


def run(names: list[str], opts: argparse.Namespace, project: Project, *, fetch: Callable[[str], Page]) -> int:
    """Print the article, or why there is none. `fetch` fetches the page of an address; raises NewscrawlError."""
    if len(names) != 1:
        raise CommandLineError
    try:
        if names[0].startswith(("http://", "https://")):
            page = fetch(names[0])
        else:
            page = saved_pages.read(Path(names[0]), project.max_page_bytes)
            page = replace(page, url=opts.url) if opts.url else page
        reading = explain_page(page, max_bytes=project.max_page_bytes)
    except (NewscrawlError, OSError) as error:
        print_error(f"no article: {error}")
        return 1
    article = reading.article.with_printed_body() if opts.printed else reading.article
    if opts.explain:
        printed = strip_controls("\n".join(_explain(reading))) + "\n"
    elif opts.format == "text":
        printed = render_text(article, shutil.get_terminal_size().columns)
    else:
        printed = json.dumps(article.to_json(), ensure_ascii=False) + "\n"
    sys.stdout.write(printed)
    return 0


def _explain(reading: Extraction) -> Iterator[str]:
    article, notes = reading.article, reading.notes
    yield f"{'layout':14} {article.layout}"
    if article.confidence is not None:
        yield f"{'confidence':14} {article.confidence:.3f}"
    for field in fields(Article):
        source, missed = article.sources.get(field.name), notes.missed.get(field.name, [])
        if source or missed:
            yield f"{field.name:14} {_format_value(getattr(article, field.name))}"
            yield from (f"{'':14}   passed over {place}: {why}" for place, why in missed)
            yield f"{'':14}   read at {source}" if source else f"{'':14}   found nowhere"
    for reason, line in notes.excluded:
        yield f"{'left out':14} {reason}: {_format_value(line)}"


def _format_value(value: Any) -> str:
    if isinstance(value, tuple):
        value = f"{len(value)}: " + "; ".join(str(getattr(part, "text", part)) for part in value) if value else "-"
    return shorten("-" if value is None else str(value), 90)
