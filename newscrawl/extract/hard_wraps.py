"""Joins the lines of a text dump: those of hard-wrapped paragraphs, and the pieces of a sentence.

Two kinds of dumps break a paragraph into lines. A hard-wrapped one breaks where the next word does not fit into its
width: a line goes on if the first word of the next line would not have fitted. A dump of text nodes breaks around each
link: a piece goes on if it or the next one cannot be a line of its own. Both are decided block by block; a block is
what blank lines enclose.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from newscrawl.extract import dump_header
from newscrawl.extract.fields import byline
from newscrawl.extract.text import normalize_space

_MAX_WIDTH = 100
"""Longest line of hard-wrapped text."""
_MIN_WIDTH = 38
_SLACK = 14
"""How much shorter than the width a full line is at most, as a rule: the length of a long word."""
_FULL_SHARE = 0.6
_MIN_HEAD_LENGTH = 20
_MAX_HEAD_ROWS = 6
_GAP = re.compile(r"(?<=\S)\s{2,}(?=\S)")
_MAX_ROW = 3_000
"""A longer line is that of a whole page: the source of the page has no line ends."""
_WIDE_GAP = re.compile(r"[^\S\n]{3,}")
_GLUED = re.compile(
    r"(?<=[a-z\d%)][.!?])(?=[“\"‘]?(?:[A-Z][a-z]|[AI] [a-z]))|(?<=[.!?][”\"’])(?=[“\"‘]?(?:[A-Z][a-z]|[AI] [a-z]))"
    r"|(?<=[\w.!?”\"’])(?=\(function ?\()|(?<=[;}])(?=[“‘]?[A-Z][a-z’]+ [a-z])"
)
"""Where the text of a block follows that of the one before it, or a script."""
_SPACE_WITHIN = re.compile(r"(?<=[\w)”\"’%]) (?=[,.;:)’](?:\s|$))|(?<=[(“]) (?=\w)| (?=[’']s\b)")
"""A space between a link and the punctuation beside it."""
_TAB = 5
_NAME = re.compile(r"[^\W\d_a-z][\w.’'-]+(?: [^\W\d_a-z][\w.’'-]*){1,3}")
_MAX_MARGIN = 200
_MAX_COLUMNS = 4
_MIN_COLUMN_ROWS = 5
_MIN_SOURCE_INDENT = 8
_MIN_SOURCE_ROWS = 5
_PAGE_BREAK = re.compile(
    r"\n*(?:[^\S\n]*(?:page\s+)?-?\s?\d{1,4}(?:\s+of\s+\d{1,4})?\s?-?[^\S\n]*\n+)?[^\S\n]*\f\n*", re.I
)
_PAGE_NUMBER = re.compile(r"page\s+\d{1,4}(?:\s+of\s+\d{1,4})?|-\s?\d{1,3}\s?-", re.I)
_BULLET = re.compile(r"(?:[•*·‣▪◦–+o-]|\d{1,2}[.)])\s+\S")
_COLUMNS = re.compile(r"\S(?:\s{3,}|\t)\S")
_BY = re.compile(r"(?i:by|von|par|por)\s+[^\W_a-z]")
_NOTE = re.compile(r"\((?:updates?|corrects?|adds|recasts|repeats)\s", re.I)
_TIME = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
    r"(?:\d{4}-\d\d-\d\d|[a-z]{3,9}\.?\s+\d{1,2},?\s+\d{4}|\d{1,2}\s+[a-z]{3,9}\.?\s+\d{4})"
    r"(?:[\s,|·—–T-]+(?:at\s+)?\d{1,2}:\d\d[\d:.]*\s*(?:[ap]\.?m\.?)?\s*[a-z]{0,4})?$",
    re.I,
)
_SIGNATURE = re.compile(r"--\s?[^\W\d_]|-0-")
_ENDS = re.compile(r"[.!?…:][”’\"')\]]*$")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+$", re.I)
_OPEN = re.compile(r"(?:[(\[“‘$€£]|(?<!\w)[\"'])$")
_CLOSES = re.compile(r"[)\],;.?!%”’](?!\.\.)|'s\b|:\s")
_CONNECTS = re.compile(
    r"(?:,|\b(?:a|an|the|of|in|on|at|to|by|for|from|with|and|or|as|that|which|said|is|was|were|are|its|his|her|their|than"
    r"|into|over|under|after|before|about|between|against|through|via|per|Mr\.|Ms\.|Dr\.))$"
)
_STARTS_LOW = re.compile(r"[“‘\"'(]?[a-zß-öø-ÿ](?![A-Z])")
_CONTACT_HEAD = re.compile(r"[-–—\s]*to\s+contact\s+(?:the\s+)?[\w’' ]{3,60}", re.I)
_CONTACT_ENDS = re.compile(r"(?::|,|;|\b(?:at|in|and|or|this|the|story|responsible|for))$", re.I)
_EMAIL = re.compile(r"[<(]?(?:at\s+)?[\w.+-]{1,64}@[\w.-]{1,90}")
_EMAIL_END = re.compile(r"@[\w.-]{1,90}[.)>]*$")
_MAX_CONTACT_PIECES = 40
_LINK_LIST_HEAD = re.compile(r"(?:references|links|visible links|footnotes)[:.]?", re.I)
_LINK_LIST = re.compile(
    rf"^[^\S\n]*{_LINK_LIST_HEAD.pattern}[^\S\n]*\n(?:[^\S\n]*\n)*(?:[^\S\n]*visible links:?[^\S\n]*\n)?"
    r"[^\S\n]*(?:\[?\d+[.\]])\s+(?:https?|file|ftp|mailto):",
    re.I | re.M,
)
_LINK_NUMBER = re.compile(r"\[\d{1,5}\]")
_HEADS = (_BULLET, _CONTACT_HEAD, _BY, _NOTE, _SIGNATURE, _TIME, _ADDRESS)


@dataclass(frozen=True, slots=True)
class _Row:
    text: str
    indent: int = 0
    is_open: bool = False
    """Whether a space follows the text, as it does before a link."""
    is_piece: bool = False
    """Whether one space precedes it, as it does after a link."""

    @property
    def length(self) -> int:
        return self.indent + len(self.text)


def join_lines(text: str) -> list[str]:
    """Return the lines of a text, each on one line as its author wrote it, without empty ones."""
    rows = _join_nodes(list(map(_read_row, _repair_breaks(text).split("\n"))))
    is_spaced = _is_spaced(rows)
    rows = _split_columns([replace(row, is_open=False, is_piece=False) for row in rows] if is_spaced else rows)
    blocks = [list(block) for is_text, block in groupby(_close_up(rows), key=lambda row: bool(row.text)) if is_text]
    width = _find_usual_width(blocks)
    lines: list[str] = []
    counts = Counter(_NAME.findall(text))
    for block in blocks:
        for line in _join_head(block, counts) if width and _is_head(block, lines) else _join_block(block, width):
            if lines and _is_open_contact(lines[-1]) and not _CONTACT_HEAD.match(line):
                lines[-1] = f"{lines[-1]} {line}"
            else:
                lines.append(line)
    lines = [line for line in lines if not _PAGE_NUMBER.fullmatch(line)]
    if is_spaced:
        lines = [_SPACE_WITHIN.sub("", line) for line in lines]
    return _remove_link_numbers(lines) if _LINK_LIST.search(text) else lines


def _remove_link_numbers(lines: Sequence[str]) -> list[str]:
    """Remove the numbers of links, and their list at the end, as text browsers print them."""
    end = max((at for at, line in enumerate(lines) if _LINK_LIST_HEAD.fullmatch(line)), default=len(lines))
    plain = (" ".join(_LINK_NUMBER.sub(" " if "][" in line else "", line).split()) for line in lines[:end])
    return list(filter(None, plain))


def join_pieces(pieces: Sequence[str]) -> list[str]:
    """Return the lines of a block that is not wrapped, given its lines: pieces of one sentence as one line."""
    return list(_join_rows([_Row(piece) for piece in pieces], None))


def begins_line(text: str) -> bool:
    """Return whether a text never continues the line before it: a contact head, a byline, an item, a time, a note."""
    return any(shape.match(text) for shape in _HEADS) or dump_header.is_metadata(text)


def unify_line_ends(text: str) -> str:
    """Return a text whose lines end with a line feed only, whatever ended them."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\u2028", "\n").replace("\u2029", "\n\n").replace("\x0b", "\n").replace("\x85", "\n")


def _repair_breaks(text: str) -> str:
    if "\f" in text:
        # A page ends anywhere: within a paragraph the text goes on.
        text = _PAGE_BREAK.sub(
            lambda page: "\n\n" if _ENDS.search(text[max(0, page.start() - 20) : page.start()].rstrip()) else "\n", text
        )
    return text


def split_long_rows(text: str) -> str:
    """Split what is a whole page on one line, as its source has no line ends."""
    return "\n".join(_split_row(line) if len(line) > _MAX_ROW else line for line in text.split("\n"))


def _split_row(line: str) -> str:
    """Split a page on one line: at wide gaps, and where the text of a block follows that of the one before it."""
    return _GLUED.sub("\n\n\n", _WIDE_GAP.sub("\n\n\n", line))


def _is_spaced(rows: Sequence[_Row]) -> bool:
    """Return whether spaces stand around most lines: the tool's, which say nothing about sentences."""
    return 3 * sum(row.is_open or row.is_piece for row in rows) > sum(bool(row.text) for row in rows)


def _read_row(line: str) -> _Row:
    line = line.expandtabs(_TAB).replace("\u00a0", " ").replace("\u3000", " ")
    text = line.strip()
    indent = len(line) - len(line.lstrip()) if text else 0
    return _Row(text, indent, is_open=line.endswith(" ") and not line.endswith("  "), is_piece=indent == 1)


def _join_nodes(rows: list[_Row]) -> list[_Row]:
    """Join the lines of a text node that is wrapped and indented in the source of its page.

    Such a dump has more blank lines than others, from the nodes that are only space.
    """
    goes_on = [bool(a.text and b.text) and b.indent >= _MIN_SOURCE_INDENT for a, b in pairwise(rows)]
    if sum(goes_on) < _MIN_SOURCE_ROWS or 2 * sum(not row.text for row in rows) < len(rows):
        return rows
    joined = rows[:1]
    for row, is_more in zip(rows[1:], goes_on, strict=True):
        if is_more:
            joined[-1] = replace(joined[-1], text=f"{joined[-1].text} {row.text}", is_open=row.is_open)
        else:
            joined.append(row)
    return joined


def _split_columns(rows: list[_Row]) -> list[_Row]:
    """Set columns of prose below each other, as a table that lays out a page has them; tables of figures stay."""
    for _ in range(_MAX_COLUMNS):
        at = _find_column(rows)
        if at is None:
            break
        cuts = [_find_gap(row, at) for row in rows]
        inside = [place for place, cut in enumerate(cuts) if cut is not None]
        first, last = inside[0], inside[-1] + 1
        while first and (not rows[first - 1].text or rows[first - 1].indent >= at):
            first -= 1
        while last < len(rows) and (not rows[last].text or rows[last].indent >= at):
            last += 1
        left: list[_Row] = []
        right: list[_Row] = []
        for row, cut in zip(rows[first:last], cuts[first:last], strict=True):
            is_right = cut is None and row.indent >= at
            left.append(_Row("") if is_right else _Row(row.text[:cut].rstrip(), row.indent))
            right.append(
                replace(row, indent=row.indent - at) if is_right else _Row("" if cut is None else row.text[cut:])
            )
        rows = [*rows[:first], *left, _Row(""), *right, _Row(""), *rows[last:]]
    return rows


def _find_column(rows: Sequence[_Row]) -> int | None:
    """Return where a column of prose begins beside another column; None if there is none."""
    starts: Counter[int] = Counter()
    lengths: Counter[int] = Counter()
    for row in rows:
        for gap in _GAP.finditer(row.text[:_MAX_MARGIN]):
            starts[row.indent + gap.end()] += 1
            lengths[row.indent + gap.end()] += len(row.text) - gap.end()
    for at, count in sorted(starts.items()):
        if count < _MIN_COLUMN_ROWS:
            continue
        alone = sum(row.indent == at for row in rows)
        if lengths[at] >= count * _MIN_WIDTH or alone >= _MIN_COLUMN_ROWS:
            return at
    return None


def _find_gap(row: _Row, at: int) -> int | None:
    cut = at - row.indent
    return cut if 2 < cut < len(row.text) and row.text[cut - 2 : cut] == "  " else None


def _close_up(rows: Sequence[_Row]) -> Sequence[_Row]:
    """Remove the blank lines of double-spaced text: one after each line, more between paragraphs."""
    pairs = [(a, c) for a, b, c in zip(rows, rows[1:], rows[2:], strict=False) if a.text and not b.text and c.text]
    adjacent = sum(1 for a, b in pairwise(rows) if a.text and b.text)
    going_on = sum(
        1 for a, c in pairs if not _ENDS.search(a.text) and len(a.text) >= _MIN_WIDTH and _STARTS_LOW.match(c.text)
    )
    if adjacent * 5 > len(pairs) or going_on * 8 < len(pairs) or len(pairs) < 4:
        return rows
    kept: list[_Row] = []
    for row, after in zip(rows, (*rows[1:], _Row("")), strict=True):
        if row.text or not after.text or (kept and not kept[-1].text):
            kept.append(row)
    return kept


def _measure(rows: Iterable[_Row]) -> int | None:
    """Return the width of rows: that of the longest, but for a few; None if they are too long or too short."""
    lengths = sorted(row.length for row in rows if " " in row.text and not _COLUMNS.search(row.text))
    if not lengths:
        return None
    usual = lengths[min(len(lengths) - 1, len(lengths) * 9 // 10)]
    width = max(length for length in lengths if length <= usual + _SLACK // 2)
    return width if width <= _MAX_WIDTH else None


def _does_not_fit(row: _Row, after: _Row, width: int) -> bool:
    return row.length + 1 + len(after.text.partition(" ")[0]) > width


def _is_wrapped(block: Sequence[_Row], width: int) -> bool:
    """Return whether most lines of a block but the last are full."""
    full = sum(row.length >= width - _SLACK for row in block[:-1])
    return width >= _MIN_WIDTH and full >= _FULL_SHARE * (len(block) - 1)


def _find_usual_width(blocks: Sequence[Sequence[_Row]]) -> int | None:
    """Return the width to which most text is wrapped; None if it is not."""
    prose = [block for block in blocks if len(block) > 1 and not _BULLET.match(block[0].text)]
    widths = [width for block in prose if len(block) > 2 and (width := _measure(block)) and _is_wrapped(block, width)]
    if widths:
        return max(set(widths), key=lambda width: (sum(abs(width - other) < 8 for other in widths), width))
    rows = [row for block in prose for row in block]
    width = _measure(rows)
    pairs = [pair for block in prose for pair in pairwise(block)]
    if width is None or width < _MIN_WIDTH or len(prose) < 2:
        return None
    return width if sum(_does_not_fit(a, b, width) for a, b in pairs) >= _FULL_SHARE * len(pairs) else None


def _find_width(block: Sequence[_Row], usual: int | None) -> int | None:
    """Return the width to which a block is wrapped; None if its lines stand alone."""
    own = _measure(block)
    if own is None:
        return None
    if len(block) > 2 and _is_wrapped(block, own):
        return own
    if usual is None:
        return None
    if own <= usual + _SLACK // 2:
        return max(own, usual)
    return usual if sum(row.length <= usual for row in block) >= _FULL_SHARE * len(block) else own


def _is_head(block: Sequence[_Row], above: Sequence[str]) -> bool:
    """Return whether a block is a headline of several lines, which may have a width of its own."""
    if not 2 <= len(block) <= _MAX_HEAD_ROWS or any(_ENDS.search(line) and len(line) > _MIN_WIDTH for line in above):
        return False
    longest = max(row.length for row in block)
    fits = any(
        row.length < _MIN_HEAD_LENGTH or not _does_not_fit(row, after, longest)
        for row, after in pairwise(block)
        if not begins_line(after.text)
    )
    return not fits and not _ENDS.search(block[-1].text) and not begins_line(block[0].text)


def _join_head(block: Sequence[_Row], names: Mapping[str, int]) -> Iterator[str]:
    line = block[0].text
    for row in block[1:]:
        # A name without "By" is that of a contact below.
        if begins_line(row.text) or (names.get(row.text, 0) > 1 and byline.parse_person(row.text)):
            yield line
            line = row.text
        else:
            line = f"{line} {row.text}"
    yield line


def _join_block(block: Sequence[_Row], usual: int | None) -> Iterator[str]:
    return _join_rows(block, _find_width(block, usual))


def _join_rows(block: Sequence[_Row], width: int | None) -> Iterator[str]:
    margin = min(row.indent for row in block)
    has_email_below = _find_emails_below(block)
    pieces = [block[0].text]
    for at, (before, row) in enumerate(pairwise(block), 1):
        if _CONTACT_HEAD.match(pieces[0]) and len(pieces) < _MAX_CONTACT_PIECES:
            goes_on = _continues_contact(before.text, row.text, has_email_below=has_email_below[at])
        else:
            goes_on = _goes_on(pieces, before, row, width, margin)
        if goes_on:
            pieces += [_find_space(before, row, width), row.text]
        else:
            yield normalize_space("".join(pieces))
            pieces = [row.text]
    yield normalize_space("".join(pieces))


def _find_emails_below(block: Sequence[_Row]) -> list[bool]:
    """Return for each row whether it or one below it has an address, before the next contact head."""
    found: list[bool] = []
    has_email = False
    for row in reversed(block):
        has_email = "@" in row.text or (has_email and not _CONTACT_HEAD.match(row.text))
        found.append(has_email)
    return found[::-1]


def _find_space(before: _Row, row: _Row, width: int | None) -> str:
    if width:
        return "\n"  # where a hyphen may be that belongs to the word
    return "" if _CLOSES.match(row.text) or _OPEN.search(before.text[-2:]) else " "


def _goes_on(pieces: Sequence[str], before: _Row, row: _Row, width: int | None, margin: int) -> bool:
    first = pieces[0]
    if begins_line(row.text) or any(map(_COLUMNS.search, (before.text, row.text))) or _ADDRESS.match(before.text):
        return False
    if width is None:
        return _is_one_sentence(before, row, is_long=len(pieces) > 1)
    if row.indent > margin + 1 and not _BULLET.match(first):
        return False  # the first line of a paragraph is indented
    if before.length > width + _SLACK:
        return False  # of text that is not wrapped
    if _does_not_fit(before, row, width) or (bool(_BY.match(first)) and _connects(before.text)):
        return True
    is_within = before.length >= _MIN_WIDTH and not _ENDS.search(before.text[-20:])
    return is_within and bool(_STARTS_LOW.match(row.text)) and not _BULLET.match(first)


def _continues_contact(before: str, text: str, *, has_email_below: bool) -> bool:
    if _CONTACT_HEAD.match(text) or _SIGNATURE.match(text):
        return False
    if (
        _CONTACT_ENDS.search(before[-20:])
        or _EMAIL.match(text)
        or text.startswith((";", ",", "or ", "at ", "in ", "and "))
    ):
        return True
    return has_email_below and not _EMAIL_END.search(before[-100:])


def _connects(text: str) -> bool:
    return bool(_CONNECTS.search(text[-20:]))


def _is_one_sentence(before: _Row, row: _Row, *, is_long: bool) -> bool:
    """Return whether two lines of text that is not wrapped are pieces of one sentence."""
    if _CLOSES.match(row.text) or _OPEN.search(before.text[-2:]):
        return True
    if _ENDS.search(before.text[-20:]):
        return False
    is_long = is_long or len(before.text) >= _MIN_HEAD_LENGTH
    if before.is_open or row.is_piece:
        return is_long or len(row.text) >= _MIN_HEAD_LENGTH
    if not is_long and len(before.text) < _MIN_WIDTH:
        return False
    is_text = len(row.text) >= _MIN_HEAD_LENGTH or _ENDS.search(row.text)
    starts_with_number = row.text[0].isdigit() and bool(is_text)
    return starts_with_number or _connects(before.text) or bool(_STARTS_LOW.match(row.text))


def _is_open_contact(line: str) -> bool:
    return len(line) < 200 and bool(_CONTACT_HEAD.match(line)) and bool(re.search(r"(?::|\b(?:at|story))$", line))
