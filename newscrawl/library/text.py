"""Pages and lists that are given as text."""

from __future__ import annotations


def encode_text(body: bytes | str, content_type: str | None) -> tuple[bytes, str | None]:
    """Return a body as bytes, and the Content-Type that decodes them: a text needs no other charset than UTF-8.

    >>> encode_text("Tern", "text/html; charset=latin-1")
    (b'Tern', 'text/html; charset=utf-8')
    """
    if not isinstance(body, str):
        return bytes(body), content_type
    media_type = (content_type or "text/html").partition(";")[0].strip()
    return body.encode("utf-8", "surrogatepass"), f"{media_type}; charset=utf-8"
