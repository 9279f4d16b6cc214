"""Finds the character encoding of pages and lists, by one rule for both, and decodes them."""

from __future__ import annotations

import re

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, to_unicode

_MOSTLY = 4
_HEAD = 4096
_FALLBACK = "cp1252"
_WEB_CODECS = frozenset(
    (
        *("big5hkscs", "cp949", "cp932", "euc_jp", "gb18030", "iso2022_jp", "cp866", "cp874", "koi8-r", "koi8-u"),
        *("mac-cyrillic", "mac-roman", *(f"cp{number}" for number in range(1250, 1259))),
        *(f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
    )
)
"""The encodings of the WHATWG standard except UTF, as Python names them. Other codecs of Python (EBCDIC, UTF-7, rot13,
hex) are no encodings of web pages, and some decode to no text at all."""
_WIDE = (
    ("utf-32-le", re.compile(rb"<\0\0\0[^\0]\0\0\0")),
    ("utf-32-be", re.compile(rb"\0\0\0<\0\0\0[^\0]")),
    ("utf-16-le", re.compile(rb"<\0[^\0]\0")),
    ("utf-16-be", re.compile(rb"\0<\0[^\0]")),
)
_OLD_LABEL = re.compile(r"\bx-(?=cp125\d|euc-jp|gbk|x-big5|mac-)", re.I)
"""Of labels that browsers know and Python does not: "x-cp1252", "x-euc-jp"."""


def decode_to_utf8(body: bytes, content_type: str | None) -> tuple[str, bytes]:
    """Return the encoding of a page or list, and its bytes in UTF-8 without byte order mark and NUL.

    The encoding is that of a byte order mark, else UTF-8 if the bytes are valid or nearly valid UTF-8, else the one of
    the HTTP header `content_type`, else the one that the document declares, else windows-1252. Names mean what the
    WHATWG standard says, often a superset: "iso-8859-1" is windows-1252, "gb2312" is GB 18030.
    """
    mark, signature = read_bom(body)
    if not mark:
        mark = next((name for name, begin in _WIDE if begin.match(body)), None)
    if mark and mark != "utf-8":
        text = body[len(signature or b"") :].decode(mark, "replace")
        return mark, text.replace("\0", "").encode("utf-8", "replace")
    body = body[len(signature or b"") :].replace(b"\0", b"")
    try:
        # No text in another encoding is valid UTF-8 by chance, except where all bytes are ASCII.
        body.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_legacy(body, content_type)
    if b"\x1b" in body and "iso2022_jp" in _declared(body, content_type):
        return "iso2022_jp", body.decode("iso2022_jp", "replace").encode("utf-8", "replace")
    return "utf-8", body


def _decode_legacy(body: bytes, content_type: str | None) -> tuple[str, bytes]:
    text = body.decode("utf-8", "replace")
    if len(text) - len(text.encode("ascii", "ignore")) > _MOSTLY * text.count("\ufffd"):
        return "utf-8", text.encode("utf-8", "replace")
    names = _declared(body, content_type) or [_FALLBACK]
    decoded = [(name, to_unicode(body, name)) for name in names]
    # the header wins, unless the document's own declaration fits its bytes better
    name, text = min(decoded, key=lambda each: each[1].count("\ufffd"))
    return name, text.encode("utf-8", "replace")


def _declared(body: bytes, content_type: str | None) -> list[str]:
    """Return the encodings that the HTTP header and the document name, where they are encodings of the web."""
    head = _OLD_LABEL.sub("", body[:_HEAD].decode("latin-1"))
    header = _OLD_LABEL.sub("", content_type) if content_type else None
    names = [http_content_type_encoding(header), html_body_declared_encoding(head)]
    known = [name for name in names if name in _WEB_CODECS]
    # Python's EUC-JP lacks the characters of NEC and IBM, which browsers know
    return known + ["euc_jis_2004"] * ("euc_jp" in known)


def encode_text(body: bytes | str, content_type: str | None) -> tuple[bytes, str | None]:
    """Return a body that is bytes or text as bytes, and the Content-Type that decodes them.

    Of a text, whatever its charset was: its bytes are UTF-8.

    >>> encode_text("Tern", "text/html; charset=latin-1")
    (b'Tern', 'text/html; charset=utf-8')
    """
    if not isinstance(body, str):
        return bytes(body), content_type
    media_type = (content_type or "").partition(";")[0].strip()
    return body.encode("utf-8", "surrogatepass"), f"{media_type}; charset=utf-8"
