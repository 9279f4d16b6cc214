"""A page as an article, and an article as text."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from newscrawl.article import Article, Page
from newscrawl.batch.extraction import extract_page
from newscrawl.errors import ArgumentError
from newscrawl.export import formats
from newscrawl.export.exporter import ExportedArticle, encode_json_line
from newscrawl.export.zip_exporter import FilePerArticleExporter
from newscrawl.extract import MAX_BYTES
from newscrawl.syntax.encodings import encode_text


def extract_article(  # noqa: PLR0913 - what is known of a page
    body: bytes | str,
    url: str,
    *,
    content_type: str | None = None,
    fetched_at: datetime | None = None,
    status: int = 200,
    max_bytes: int = MAX_BYTES,
) -> Article:
    """Extract the article of a page: `body` as it came, content encodings decoded, and the address that it came from.

    The publisher is found by the host of `url`; pages of hosts that newscrawl does not know are read by the generic
    extractor. `content_type` is the HTTP header: its charset decodes the bytes, and pages of text are read as text. A
    `str` needs no charset. `fetched_at` (default: now) is the article's, and completes dates without a year.

    Raises ExtractError for a page without an article, BlockedError for a challenge; each has a `reason`.
    """
    encoded, content_type = encode_text(body, content_type)
    page = Page(
        url=url,
        body=encoded,
        content_type=content_type,
        fetched_at=_in_utc(fetched_at) if fetched_at else datetime.now(UTC),
        status=status,
    )
    return extract_page(page, max_bytes=max_bytes)


def format_article(article: Article, format_name: str = "json") -> str:
    """Return an article as text: "json" (Article.to_json), "ninjs", "markdown", "text", or another format of an export.

    Raises ArgumentError for a format that does not exist or is no text.
    """
    # as the archive would store it: what it does not store, no format can encode
    from newscrawl.storage.articles.rows import as_stored  # noqa: PLC0415 - the database is not needed before

    entry = ExportedArticle(article=as_stored(article))
    if format_name == "json":
        return encode_json_line(entry.article.to_json()).decode().rstrip("\n")
    try:
        exporter = formats.find_format(format_name)
    except ModuleNotFoundError:
        raise ArgumentError(
            f"{format_name!r}: there is no such format; there are {', '.join(_text_formats())}"
        ) from None
    if issubclass(exporter, FilePerArticleExporter):
        return exporter.make_file(entry)[1].decode()
    if not exporter.is_text:
        raise ArgumentError(f"{format_name!r} is no text; there are {', '.join(_text_formats())}")
    file = io.BytesIO()
    writer = exporter(file)
    writer.begin()
    writer.write(entry)
    writer.end()
    return file.getvalue().decode().rstrip("\n")


def _text_formats() -> list[str]:
    texts = [name for name in formats.list_formats() if _is_text(name)]
    return ["json", *texts]


def _is_text(format_name: str) -> bool:
    exporter = formats.find_format(format_name)
    return exporter.is_text or issubclass(exporter, FilePerArticleExporter)


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
