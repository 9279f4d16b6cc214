"""Front pages."""

import pytest

from newscrawl import discovery
from newscrawl.errors import DiscoveryError

AT = "https://www.bloomberg.example/"


def test_each_address_once_with_its_longest_words() -> None:
    body = b"""<html><body><nav><a href="/markets">Markets</a></nav>
    <a href="/news/articles/2024-03-05/a"><img alt=""></a>
    <a href="/news/articles/2024-03-05/a">Tern  <b>Lines</b> Rises</a>
    <a href="mailto:desk@bloomberg.example">Write</a><a>Nowhere</a><a href="http://[x">Broken</a>
    <a href="//m.bloomberg.example/b">B</a></body></html>"""
    assert [(link.url, link.headline) for link in discovery.read("front_page", body, AT).links] == [
        ("https://www.bloomberg.example/markets", "Markets"),
        ("https://www.bloomberg.example/news/articles/2024-03-05/a", "Tern Lines Rises"),
        ("https://m.bloomberg.example/b", "B"),
    ]


def test_a_base_is_heeded() -> None:
    [link] = discovery.read("front_page", b'<base href="/news/"><a href="a">A</a>', AT).links
    assert link.url == "https://www.bloomberg.example/news/a"


@pytest.mark.parametrize("body", [b"", b"plain words", b"<!-- -->"])
def test_what_is_no_page_is_refused(body: bytes) -> None:
    with pytest.raises(DiscoveryError):
        discovery.read("front_page", body, AT)
