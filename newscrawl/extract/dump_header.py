r"""Reads what stands before the text in a dump: front matter, "-- " lines or "Key: value" lines.

>>> split("-- Rain Falls\n-- B y   J o   D o e\n-- 2011-03-09\n\n  It rained.")[0].authors
('By Jo Doe',)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from newscrawl.extract.fields import byline
from newscrawl.syntax import dates

_MAX_LINES = 200
_MAX_LENGTH = 2000
_FENCE = re.compile(r"(?:---|\+\+\+)\s*$")
_PAIR = re.compile(r"(?P<key>[^\W\d_][\w .:-]{0,40}?)\s*(?:=|:(?=\s|$))\s*(?P<value>.*)")
_FOLDED = re.compile(r"[>|][+-]?\d?")
_ITEM = re.compile(r"\s*-\s+(?P<value>.*)")
_WIKI_LINK = re.compile(r"\[\[(?:[^\]|]*\|)?([^\]|]*)\]\]|\[([^\]]*)\]\([^()\s]*\)")
_SPACED_OUT = re.compile(r"\S(?:\s\S)*(?:\s{2,}\S(?:\s\S)*)+")
_DASHES = re.compile(r"--(?:\s+|$)")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "headline", "titel", "titre", "título", "titulo", "titolo", "标题", "タイトル"),
    "authors": ("author", "authors", "byline", "by", "creator", "autor", "autoren", "auteur", "autore", "作者", "著者"),
    # Never "created", "modified", "saved" or "clipped": those are the times of the file.
    "published": (
        *("published", "date published", "datepublished", "published at", "published on", "published time", "pubdate"),
        *("pub date", "publish date", "publication date", "article published time", "veröffentlicht", "publié"),
        *("publicado", "date", "datum", "fecha", "data", "日期", "日付"),
    ),
    "url": (
        "url",
        "source",
        "source url",
        "url source",
        "link",
        "canonical",
        "canonical url",
        "original url",
        "quelle",
    ),
    "site": ("sitename", "site name", "site", "hostname", "publisher", "publication"),
    "description": ("description", "excerpt", "summary", "beschreibung", "abstract"),
    "language": ("lang", "language", "sprache", "langue", "idioma"),
}
_OTHER_KEYS = (
    *("tags", "tag", "categories", "category", "keywords", "topics", "section", "subject", "created", "modified"),
    *("updated", "clipped", "saved", "from", "to", "cc", "id", "uid", "slug", "aliases", "type", "status", "layout"),
    *(
        "permalink",
        "image",
        "images",
        "cover",
        "thumbnail",
        "fingerprint",
        "markdown content",
        "draft",
        "sent",
        "reply-to",
    ),
    *("schlagwörter", "kategorien", "kategorie", "catégories", "catégorie", "étiquettes", "categorías", "etiquetas"),
    *("read time", "reading time", "rating", "comments", "license", "copyright", "isbn", "doi", "message-id"),
)
_FIELDS = {key: name for name, keys in _KEYS.items() for key in keys}
_KNOWN_KEYS = frozenset((*_FIELDS, *_OTHER_KEYS))


@dataclass(frozen=True, slots=True)
class Header:
    """What a dump states about its article, as printed; None or () if it does not."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    url: str | None = None
    """Absolute."""
    site: str | None = None
    description: str | None = None
    language: str | None = None

    @property
    def names_article(self) -> bool:
        """Whether it has a title, and an author, a time or an address."""
        return bool(self.title and (self.authors or self.published or self.url))


def split(text: str) -> tuple[Header, str]:
    """Split a text into its header, which may be empty, and the rest."""
    text = text.lstrip("\ufeff \n")
    lines = text.split("\n", _MAX_LINES)
    head = [line[:_MAX_LENGTH] for line in lines[:_MAX_LINES]]
    for read in (_read_front_matter, _read_dashed_lines, _read_pairs):
        if found := read(head):
            header, end = found
            return header, "\n".join(lines[end:])
    return Header(), text


def is_metadata(line: str) -> bool:
    """Return whether a line begins with a known key and a colon: "date: 2011-03-09"; "Opinion: Wait" does not."""
    pair = _PAIR.match(line)
    return bool(pair and "=" not in line[: pair.start("value")] and _fold(pair["key"]) in _KNOWN_KEYS)


def _fold(key: str) -> str:
    return re.sub(r"[\s_.:-]+", " ", key).strip().casefold()


def _read_front_matter(lines: list[str]) -> tuple[Header, int] | None:
    if not _FENCE.match(lines[0]):
        return None
    end = next((at for at, line in enumerate(lines[1:], 1) if _FENCE.match(line) or line.rstrip() == "..."), None)
    if end is None or not any(map(_PAIR.match, lines[1:end])):
        return None
    return _make_header(_read_yaml(lines[1:end])), end + 1


def _read_yaml(lines: Iterable[str]) -> dict[str, list[str]]:
    """Return the values of a block in YAML or TOML, as clippers write it, by key ("key.part" for a nested one)."""
    values: dict[str, list[str]] = {}
    key = place = ""
    is_folded = False
    for line in lines:
        is_nested = line[:1].isspace()
        pair = None if is_nested and (is_folded or values.get(key)) else _PAIR.match(line.strip())
        if item := _ITEM.match(line):
            named = re.match(r"(?:name|title):\s+(.*)", item["value"])
            values.setdefault(place, []).extend(_read_value(named[1] if named else item["value"]))
        elif pair:
            name = _fold(pair["key"])
            key, place = (key, f"{key}.{name}") if is_nested else (name, name)
            values[place] = _read_value(pair["value"])
            is_folded = bool(_FOLDED.fullmatch(pair["value"].strip()))
        elif place and line.strip():
            values[place] = [" ".join((*values.get(place, ()), *_read_value(line))).strip("\"'")]
    return values


def _read_value(text: str) -> list[str]:
    text = text.strip()
    if _FOLDED.fullmatch(text):
        return []
    if re.fullmatch(r"\[(?!\[).*\]", text) and not _WIKI_LINK.fullmatch(text):
        parts = re.findall(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^']|'')*)'|([^\s,\"'][^,]*)", text[1:-1])
        return [value for part in parts for value in _read_value("".join(part))]
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].replace('\\"', '"').replace("\\\\", "\\").replace("''", "'")
    text = _WIKI_LINK.sub(lambda link: link[1] or link[2] or "", text).strip()
    return [text] if text and text not in ("null", "~", "[]") else []


def _make_header(values: Mapping[str, list[str]]) -> Header:
    found: dict[str, list[str]] = {}
    for name, keys in _KEYS.items():
        found[name] = next((values[key] for key in (*keys, *(f"{key}.name" for key in keys)) if values.get(key)), [])
    addresses = [value for key in _KEYS["url"] for value in values.get(key, []) if re.match(r"https?://\S+$", value)]
    one = {name: found[name][0] if found[name] else None for name in _KEYS}
    return Header(
        title=one["title"],
        authors=tuple(found["authors"]),
        published=one["published"],
        url=addresses[0] if addresses else None,
        site=one["site"],
        description=one["description"],
        language=one["language"],
    )


def _read_dashed_lines(lines: list[str]) -> tuple[Header, int] | None:
    """Read "-- HEADLINE", "-- B y   N A M E", "-- DATE", "-- URL"; a value may stand on the line below its dashes."""
    entries, end = _split_entries(lines)
    if len(entries) < 2 or not entries[0]:
        return None
    header = Header(title=" ".join(entries[0].split()))
    for entry in map(_close_up, entries[1:]):
        if "://" in entry:
            header = replace(header, url=header.url or entry)
        elif dates.parse(entry):
            header = replace(header, published=header.published or entry)
        elif byline.parse_names(entry) or byline.find_desk(entry):
            header = replace(header, authors=(*header.authors, entry))
    return (header, end) if header.names_article else None


def _split_entries(lines: list[str]) -> tuple[list[str], int]:
    """Return the values after leading dashes, and the number of lines that have them."""
    entries: list[str] = []
    end = 0
    for at, line in enumerate(lines):
        if dashes := _DASHES.match(line):
            entries.append(line[dashes.end() :].rstrip())
        elif not line.strip():
            continue
        elif entries and at == end and not line[0].isspace():  # right below: the entry goes on
            entries[-1] = f"{entries[-1]} {line.strip()}".strip()
        else:
            break
        end = at + 1
    return entries, end


def _close_up(text: str) -> str:
    """Return the "By Jo Doe" of "B y   J o   D o e"."""
    if not _SPACED_OUT.fullmatch(text):
        return text
    return " ".join("".join(word.split()) for word in re.split(r"\s{2,}", text))


def _read_pairs(lines: list[str]) -> tuple[Header, int] | None:
    """Read leading "Key: value" lines with known keys, which blank lines may separate."""
    values: dict[str, list[str]] = {}
    end = 0
    for at, line in enumerate(lines):
        pair = _PAIR.match(line) if is_metadata(line) else None
        if pair:
            values.setdefault(_fold(pair["key"]), _read_value(pair["value"]))
            end = at + 1
        elif line.strip():
            break
    header = _make_header(values)
    return (header, end) if header.names_article else None
