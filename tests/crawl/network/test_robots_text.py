"""How a robots.txt is prepared for its parser. The real ones come from the source distribution of Protego."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

import pytest
from protego import Protego

from bench.source_distributions import fetch_source
from newscrawl.crawl.network.robots_text import MAX_BYTES, decode, simplify
from tests.cpu_time import at_most

AGENT = "newscrawl"
PROTEGO = "protego-0.7.0"
SHA256 = "2c032d9736a1f4f0c4318f3558353ae34da5cd038f1a5e064ded7548df315e5a"


def parse(body: bytes, *, is_cut: bool = False) -> Protego:
    return Protego.parse(simplify(decode(body, is_cut=is_cut), AGENT))


def is_allowed(body: bytes, path: str) -> bool:
    return parse(body).can_fetch(f"https://quay.example{path}", AGENT)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, newline: str) -> None:
    text = newline.join(("User-agent: *", "Disallow: /secret", "Crawl-delay: 3", "Sitemap: https://quay.example/s.xml"))
    rules = parse(text.encode(encoding))
    assert not rules.can_fetch("https://quay.example/secret", AGENT)
    assert rules.can_fetch("https://quay.example/open", AGENT)
    assert (rules.crawl_delay(AGENT), list(rules.sitemaps)) == (3, ["https://quay.example/s.xml"])


@pytest.mark.parametrize(("encoding", "forbidden"), [("utf-8", "/k%C3%BCste/a"), ("latin-1", "/k%FCste/a")])
def test_octets_of_a_path_are_those_of_the_url(encoding: str, forbidden: str) -> None:
    body = "User-agent: *\nDisallow: /küste/".encode(encoding)
    assert not is_allowed(body, forbidden)
    assert is_allowed(body, "/kste/a")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!DOCTYPE html><html><head><title>Not here</title></head><body>Disallow us: never</body></html>",
        b"\x00\xff\xfe\x00",
        b"\xff\xfe\x00",
        b"\n" * 1000,
    ],
    ids=["empty", "html", "octets", "half a character", "lines"],
)
def test_what_has_no_rules_allows_everything(body: bytes) -> None:
    assert is_allowed(body, "/open")


def test_of_a_large_file_the_first_part_is_read_without_half_a_line() -> None:
    start = b"User-agent: *\nDisallow: /secret\n"
    filler = b"# tide\n" * ((MAX_BYTES - len(start)) // 7)
    body = start + filler + b"Disallow: /open-to-all\nDisallow: /late\n"
    assert len(start + filler) < MAX_BYTES < len(body)
    for path in ("/secret", "/open", "/open-to-all", "/late"):
        assert is_allowed(body, path) is (path != "/secret")
    assert decode(b"Disallow: /a\rDisallow: /b", is_cut=True) == "Disallow: /a\r"


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [
        ("10", 10),
        ("0.5", 0.5),
        (".5", 0.5),
        ("1,5", 1.5),
        (",5", 0.5),
        ("[5]", 5),
        ('"5"', 5),
        ("10s", 10),
        ("3 seconds between requests", 3),
        ("30 # between requests", 30),
        ("30#between requests", 30),
        ("0", 0),
        ("86400", 86400),
        ("-5", None),
        ("five", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("-inf", None),
        ("9" * 5000, 1e300),
        ("1e400", 1e300),
    ],
)
def test_delays(delay: str, seconds: float | None) -> None:
    for name in ("Crawl-delay: ", "crawl-delay:", " CRAWL-DELAY : ", "Crawl delay: ", "Crawl-delay "):
        assert parse(f"User-agent: *\n{name}{delay}\n".encode()).crawl_delay(AGENT) == seconds


def test_our_group_is_the_most_specific_one() -> None:
    body = (
        b"User-agent: *\nDisallow: /\nUser-agent: otherbot\nUser-agent: newscrawl*\nDisallow: /secret\n"
        b"User-agent: newscrawler\nDisallow: /\nUser-agent: another\nDisallow: /\n"
    )
    assert is_allowed(body, "/open")
    assert not is_allowed(body, "/secret")


def test_rules_of_many_agents_cost_no_more_than_those_of_one() -> None:
    # each of 16,000 agents would have a copy of each of 20,000 rules
    agents = b"".join(b"User-agent: agent%d\n" % number for number in range(12_000))
    body = agents + b"".join(b"Disallow: /%d\n" % number for number in range(15_000)) + b"User-agent: *\nDisallow: /a"
    assert 400_000 < len(body) < MAX_BYTES
    with at_most(10):
        assert not is_allowed(body, "/a")
        assert is_allowed(body, "/1")


@pytest.fixture(scope="module")
def real() -> list[tuple[str, bytes]]:
    """Name and bytes of the robots.txt files in the source distribution of Protego."""
    try:
        source = fetch_source(PROTEGO, SHA256)
    except OSError as error:
        pytest.skip(str(error))
    with tarfile.open(source) as archive:
        members = [each for each in archive if each.isfile() and "/tests/test_data/" in each.name]
        return [(Path(each.name).name, archive.extractfile(each).read()) for each in members]  # type: ignore[union-attr]


@pytest.mark.long
def test_real_files_are_read_as_their_parser_reads_them(real: list[tuple[str, bytes]]) -> None:
    paths = ("/", "/search", "/news/articles/2024-03-05/harbour", "/admin/", "/a?b=c", "/wp-admin/x.php", "/index.html")
    differences, delays, sitemaps = [], 0, 0
    for name, body in real:
        text = decode(body)
        ours, plain = Protego.parse(simplify(text, AGENT)), Protego.parse(text)
        stated = re.findall(r"(?im)^[ \t]*sitemaps?[ \t]*:[ \t]*([^\s#][^\r\n#]*)", text)
        assert sorted(set(map(str.strip, stated)) - set(ours.sitemaps)) == [], name
        assert list(ours.sitemaps) == list(plain.sitemaps), name
        for path in paths:
            assert ours.can_fetch(f"https://{name}{path}", AGENT) == plain.can_fetch(f"https://{name}{path}", AGENT), (
                name
            )
        if ours.crawl_delay(AGENT) != plain.crawl_delay(AGENT):
            differences.append((name, ours.crawl_delay(AGENT), plain.crawl_delay(AGENT)))
        delays += ours.crawl_delay(AGENT) is not None
        sitemaps += bool(list(ours.sitemaps))
    assert len(real) > 4000
    assert (differences, delays > 500, sitemaps > 2000) == ([], True, True)
