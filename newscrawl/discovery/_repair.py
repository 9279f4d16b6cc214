"""Repairs what XML forbids in an entry, without loss: references, ampersands, "<" in text, control characters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from html.entities import html5
from xml.sax.saxutils import escape

_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]+|\xef\xbf[\xbe\xbf]|\xed[\xa0-\xbf][\x80-\xbf]")
"""Control characters, U+FFFE, U+FFFF and surrogates, in UTF-8."""
_CDATA = re.compile(rb"(<!\[CDATA\[(?:(?!<!\[CDATA\[).)*?\]\]>)", re.S)
_REFERENCES = re.compile(rb"(?:&#(?:\d+|[xX][\da-fA-F]+);)+")
_NUMBER = re.compile(rb"&#(?:(\d{1,10});|[xX]([\da-fA-F]{1,8});)|[^;]+;")
_NAMED = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)([a-zA-Z][\w.-]{0,31});")
_BARE_AMPERSAND = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);)")
_BARE_LESS_THAN = re.compile(rb"<(?![a-zA-Z_:]|/[a-zA-Z_:]|\?|!--)")
"""Also "<![CDATA[" without an end, and "<!DOCTYPE" inside an entry."""


def repair_markup(markup: bytes, entities: Mapping[str, str]) -> bytes:
    """Repair UTF-8 markup; `entities` are the texts of those that its DTD declares, beside those of HTML."""
    parts = _CDATA.split(remove_forbidden(markup))
    parts[::2] = [_repair_text(part, entities) for part in parts[::2]]
    return b"".join(parts)


def remove_forbidden(markup: bytes) -> bytes:
    return _FORBIDDEN.sub(b"", markup)


def _repair_text(text: bytes, entities: Mapping[str, str]) -> bytes:
    # A parser that recovers from errors silently drops "&b" of "?a=1&b=2", which is then the URL of another page.
    text = text.replace(b"<![CDATA[", b"").replace(b"]]>", b"]]&gt;")
    text = _NAMED.sub(lambda entity: _resolve_entity(entity, entities), text)
    text = _REFERENCES.sub(_resolve_references, text)
    return _BARE_LESS_THAN.sub(b"&lt;", _BARE_AMPERSAND.sub(b"&amp;", text))


def _resolve_entity(entity: re.Match[bytes], entities: Mapping[str, str]) -> bytes:
    name = entity[1].decode("ascii", "replace")
    text = entities.get(name) or html5.get(f"{name};")
    return escape(text).encode() if text else b"&amp;" + entity[0][1:]


def _resolve_references(references: re.Match[bytes]) -> bytes:
    """Resolve adjacent numeric references: WordPress writes an emoji as the two surrogates of UTF-16."""
    codes = (int(number[1] or int(number[2] or b"fffd", 16)) for number in _NUMBER.finditer(references[0]))
    characters = (chr(code) if code <= 0x10FFFF else "\ufffd" for code in codes)
    text = "".join(characters).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return escape("".join(map(_replace_forbidden, text))).encode()


def _replace_forbidden(character: str) -> str:
    """Replace what XML forbids as HTML does: "&#146;" is an apostrophe of windows-1252."""
    if "\x7f" < character < "\xa0":
        return unescape(f"&#{ord(character)};")
    is_forbidden = (character < " " and character not in "\t\n\r") or character in "\ufffe\uffff"
    return "\ufffd" if is_forbidden else character
