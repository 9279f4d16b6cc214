"""Limits on HTML that protect the parser from hostile pages."""

from __future__ import annotations

import re

MAX_ATTRIBUTES = 10_000
"""Attributes that one tag may have. libxml2 takes the square of their number: 150 seconds for 200,000."""
_MIN_LENGTH = 2**17
_TAG = re.compile(rb"""<[a-zA-Z][^>"']*+(?:(?:"[^"]*+"|'[^']*+'|["'])[^>"']*+)*+""")
_QUOTED_VALUE = re.compile(rb"""=\s*+(?:"[^"]*+"|'[^']*+')""")
_ATTRIBUTE = re.compile(rb"""[\s/"'][^\s/"'=>]""")


def has_hostile_tag(html: bytes) -> bool:
    """Return whether a tag has more than MAX_ATTRIBUTES attributes."""
    tags = _TAG.findall(html) if len(html) > _MIN_LENGTH else ()
    long_tags = (tag for tag in tags if len(tag) > _MIN_LENGTH)
    return any(len(_ATTRIBUTE.findall(_QUOTED_VALUE.sub(b"= ", tag))) > MAX_ATTRIBUTES for tag in long_tags)
