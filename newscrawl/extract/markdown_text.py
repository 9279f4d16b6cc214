"""Reads Markdown: each block as one line of text, with what its marks say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from newscrawl.extract.fields import captions, tickers
from newscrawl.extract.hard_wraps import begins_line, join_pieces
from newscrawl.extract.text import normalize_space

if TYPE_CHECKING:
    from markdown_it.token import Token

_MAX_LENGTH = 500_000
"""Longer texts are read without their marks: parsing takes up to 20 microseconds per character."""
_MAX_LINE_LENGTH = 100
_HEADING = re.compile(r"^#{1,6}[ \t]+[^\s#].*$|^[^\s>*+#-].{0,200}\n(?:={3,}|-{3,})[ \t]*$", re.M)
_LINK = re.compile(r"\]\((?:<?https?:|<?/|#|mailto:|\s*\))|^\[[^\]^\n]+\]:\s+\S+|\]\[[\w-]*\]", re.M)
_MIN_LINKS = 2
_ATTRIBUTES = re.compile(r"\{(?:[#.][\w-]|[\w-]+=\")[^{}]*\}")
_SPAN = re.compile(r"\[([^\[\]]*)\](?=\{(?:[#.][\w-]|[\w-]+=\"))")
_BROKEN_ADDRESS = re.compile(r"(\]\([^\s()]{1,500}(?:\n[^\s()]{1,500}){0,5})\n(?=[^\s()]{0,500}\))")
_FENCED_DIV = re.compile(r"^[ \t>]*:{3,}.*$", re.M)
_FOOTNOTE = re.compile(r"^\[\^[^\]\s]{1,40}\]:.*(?:\n(?![ \t]*\n).*)*|\[\^[^\]\s]{1,40}\]", re.M)
_TAG = re.compile(r"</?[a-zA-Z!][^<>]*>")
_LAYOUT_ROW = re.compile(r"^\|.{1500,}$", re.M)
"""A table that lays out a page: a cell holds a story."""
_CELL = re.compile(r"\s*(?<!\\)\|\s*|\s{2,}")
_HARD_BREAK = "\x1e"
BULLET = "• "


@dataclass(slots=True)
class MarkedText:
    """The lines of a text, and what its marks say about them, by line."""

    lines: list[str] = field(default_factory=list)
    headings: dict[str, int] = field(default_factory=dict)
    """Headings and their level, 1 to 6."""
    quotes: set[str] = field(default_factory=set)
    tables: dict[str, str] = field(default_factory=dict)
    """Line to the table as in Block.text."""
    links: set[str] = field(default_factory=set)
    """Lines that are nothing but links."""
    pictures: dict[str, str] = field(default_factory=dict)
    """The line below a picture, which may be its caption, and the address of the picture."""
    tickers: dict[str, list[str]] = field(default_factory=dict)


def is_markdown(text: str, content_type: str | None) -> bool:
    """Return whether a text is Markdown: by its type, or as it has a heading or several links."""
    if len(text) > _MAX_LENGTH:
        return False
    if (content_type or "").startswith("text/markdown") or _HEADING.search(text):
        return True
    return sum(1 for _ in zip(range(_MIN_LINKS), _LINK.finditer(text), strict=False)) == _MIN_LINKS


def read(text: str) -> MarkedText:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - needed only for such texts

    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).disable("code")
    marked = MarkedText()
    _Reader(marked).read(parser.parse(_remove_extensions(text)))
    return marked


def _remove_extensions(text: str) -> str:
    """Remove marks that only some dialects know: attributes, divs and spans of Pandoc, footnotes."""
    # Addresses wrapped at a hyphen, as html2text does.
    text = _BROKEN_ADDRESS.sub(lambda broken: broken[1].replace("\n", ""), text)
    if _ATTRIBUTES.search(text):
        for _ in range(3):  # spans are nested
            text = _SPAN.sub(r"\1", text)
            text = _ATTRIBUTES.sub("", text)
        text = _FENCED_DIV.sub("", text)
    return _LAYOUT_ROW.sub(lambda row: _CELL.sub("\n\n", row[0]), _FOOTNOTE.sub("", text))


class _Reader:
    def __init__(self, marked: MarkedText) -> None:
        self.marked = marked
        self._picture: str | None = None
        self._rows: list[list[str]] = []

    def read(self, tokens: Sequence[Token]) -> None:
        path: list[str] = []
        for token in tokens:
            if token.nesting:
                path = [*path, token.tag] if token.nesting > 0 else path[:-1]
            if token.tag in ("tr", "table"):
                self._read_row(token)
            elif token.type == "inline" and path[-1:] in (["td"], ["th"]):
                self._rows[-1].append(normalize_space("".join(self._read_inline(token.children or []))))
            elif token.type == "inline":
                self._add_block(token, path)
            elif token.type == "html_block":
                self._add_lines(_TAG.sub("", token.content).splitlines())

    def _read_row(self, token: Token) -> None:
        if token.type == "tr_open":
            self._rows.append([])
        elif token.type == "table_close":
            self._add_table(list(filter(None, ("\t".join(row).strip("\t") for row in self._rows))))
            self._rows = []

    def _add_table(self, rows: list[str]) -> None:
        if len(rows) > 1 and "\t" in rows[0]:
            line = normalize_space(" ".join(rows))
            self._add_line(line, ["table"])
            self.marked.tables[line] = "\n".join(rows)
        else:
            self._add_lines(rows)

    def _add_lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._add_line(normalize_space(line), ())

    def _add_block(self, token: Token, path: Sequence[str]) -> None:
        children = token.children or []
        found: list[str] = []
        text = "".join(self._read_inline(children, found))
        is_link = _is_all_links(children)
        for part in text.split(_HARD_BREAK):
            for line in _split_lines(part):
                self._add_line(line, path)
                if found:
                    self.marked.tickers[line] = found
                if is_link:
                    self.marked.links.add(self.marked.lines[-1])

    def _add_line(self, line: str, path: Sequence[str]) -> None:
        if not any(map(str.isalnum, line)):
            return
        if "li" in path:
            line = f"{BULLET}{line}"
        if "blockquote" in path:
            self.marked.quotes.add(line)
        if path and re.fullmatch(r"h[1-6]", path[-1]):
            self.marked.headings.setdefault(line, int(path[-1][1]))
        elif self._picture:
            self.marked.pictures.setdefault(line, self._picture)
            self._picture = None
        self.marked.lines.append(line)

    def _read_inline(self, tokens: Sequence[Token], found: list[str] | None = None) -> Iterator[str]:
        for token in tokens:
            if token.type == "image":
                self._picture = str(token.attrGet("src") or "") or None
                if captions.split(token.content)[1]:
                    yield f"{token.content}{_HARD_BREAK}"
            elif token.type == "link_open":
                ticker = tickers.parse_link(unquote(str(token.attrGet("href") or "")))
                if ticker and found is not None:
                    found.append(ticker)
            else:
                yield _read_text(token)


def _read_text(token: Token) -> str:
    if token.type == "html_inline":
        return _HARD_BREAK if token.content.lower().startswith("<br") else ""
    return {"softbreak": "\n", "hardbreak": _HARD_BREAK}.get(token.type, token.content)


def _split_lines(text: str) -> list[str]:
    """Return the lines of a paragraph: one if it is wrapped, but a byline or a contact head begins another."""
    pieces = [piece.strip() for piece in text.split("\n") if piece.strip()]
    if any(len(piece) > _MAX_LINE_LENGTH for piece in pieces):
        return join_pieces(pieces)
    lines: list[list[str]] = []
    for piece in pieces:
        if lines and not begins_line(piece):
            lines[-1].append(piece)
        else:
            lines.append([piece])
    return [normalize_space("\n".join(line)) for line in lines]


def _is_all_links(tokens: Sequence[Token]) -> bool:
    depth = 0
    has_link = False
    for token in tokens:
        depth += token.nesting if token.type in ("link_open", "link_close") else 0
        has_link = has_link or token.type == "link_open"
        if not depth and any(map(str.isalnum, token.content)) and token.type in ("text", "code_inline"):
            return False
    return has_link
