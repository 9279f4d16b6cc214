"""Prepares a robots.txt for its parser: characters, size, and lines that parsers read in different ways."""

from __future__ import annotations

import codecs
import re
from math import isinf

from newscrawl.urls import decode_octets

MAX_BYTES = 500 * 1024
"""RFC 9309, 2.5: at least so much has to be read."""
_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_AGENT = re.compile(r"\s*user[- ]?agent(?:\s*:|\s)\s*(.*)", re.IGNORECASE)
_DELAY = re.compile(r"\s*crawl[- ]delay(?:\s*:|\s)\s*(.*)", re.IGNORECASE)
_NUMBER = re.compile(r"[\[(\"']?(\d+(?:[.,]\d+)?|[.,]\d+)")
_ANOTHER_AGENT = "User-agent: (another)"
_LONGEST_DELAY = "1e300"


def decode(body: bytes, *, is_cut: bool = False) -> str:
    """Decode the first MAX_BYTES of a robots.txt; `is_cut` says that more of it was not fetched.

    It should be UTF-8. Octets of other encodings stay octets, because URLs with them have the same ones.
    """
    if is_cut or len(body) > MAX_BYTES:
        start = body[:MAX_BYTES]
        body = start[: max(start.rfind(b"\n"), start.rfind(b"\r")) + 1]  # the last line may be half a path
    for mark, encoding in _UTF_16.items():
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    # UTF-16 of ASCII without a mark is ASCII with zeros
    return decode_octets(body.removeprefix(codecs.BOM_UTF8).replace(b"\0", b""))


def simplify(text: str, agent: str) -> str:
    """Rewrite the lines that decide about time and memory, for a reader named `agent`.

    Groups of other agents become one: Protego keeps a copy of the rules for each. A delay becomes a number as Python
    writes it: "1,5" and "[5]" were seen in the wild.
    """
    own = agent.lower()
    lines = []
    for line in text.splitlines():
        if named := _AGENT.match(line):
            name = _value(named).replace("*", "").lower()
            lines.append(_ANOTHER_AGENT if name and name not in own else line)
        elif delay := _DELAY.match(line):
            lines.append(f"Crawl-delay: {_read_delay(_value(delay))}")
        else:
            lines.append(line)
    return "\n".join(lines)


def _value(line: re.Match[str]) -> str:
    return line[1].partition("#")[0].strip()


def _read_delay(text: str) -> str:
    try:
        return _LONGEST_DELAY if isinf(float(text)) and text[0].isdigit() else text
    except ValueError:
        number = _NUMBER.match(text)
        return number[1].replace(",", ".") if number else text
