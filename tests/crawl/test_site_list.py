"""The sites of a run as a user names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from newscrawl.crawl.arguments import read_arguments
from newscrawl.crawl.site_list import SiteList, list_delays, read_site, read_site_file
from newscrawl.errors import ArgumentError
from newscrawl.publishers.bloomberg import PUBLISHER


def read(folder: Path, text: str, name: str = "sites.txt") -> SiteList:
    """Read a file with this text; its name is shown without its folder."""
    (file := folder / name).write_text(text, "utf-8")
    found = read_site_file(str(file))
    return SiteList(sites=found.sites, problems=tuple(line.removeprefix(f"{folder}/") for line in found.problems))


def homes(found: SiteList) -> list[str]:
    return [site.publisher.home for site in found.sites]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("https://www.tern.example/", ["tern.example"]),
        ("tern.example", ["tern.example"]),
        ("tern.example,https://gull.example/de", ["tern.example", "gull.example"]),
        ("tern.example, http://www.tern.example/,TERN.example:443", ["tern.example"]),
        ("http://127.0.0.1:8000,http://127.0.0.1:8001", ["127.0.0.1:8000", "127.0.0.1:8001"]),
        ("https://küste.example", ["xn--kste-0ra.example"]),
        ("https://www.bloomberg.com/", ["bloomberg"]),
    ],
)
def test_sites_are_named_by_their_front_pages(text: str, names: list[str]) -> None:
    assert [site.name for site in read_site(text).sites] == names


@pytest.mark.parametrize(
    "text",
    ["", " , ", "tern", "a b.example", "ftp://tern.example/", "https://", "http://[tern", "https://a:b@tern.example"],
)
def test_what_is_no_site_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError):
        read_site(text)


def test_a_known_publisher_is_that_publisher() -> None:
    (site,) = read_site("bloomberg.com").sites
    assert site.publisher == PUBLISHER


def test_a_file_has_a_site_on_each_line(tmp_path: Path) -> None:
    text = "\ufeff# Coast\n\nhttps://tern.example/ # the first\ngull.example\n  https://gull.example/\n"
    found = read(tmp_path, text)
    assert homes(found) == ["https://tern.example/", "https://gull.example/"]
    assert found.problems == ()


def test_a_bad_line_costs_no_other_one(tmp_path: Path) -> None:
    found = read(tmp_path, "tern.example\nnot an address\nftp://gull.example\ngull.example\n")
    assert homes(found) == ["https://tern.example/", "https://gull.example/"]
    assert found.problems == (
        "sites.txt, line 2: 'not an address' is no address of a site",
        "sites.txt, line 3: 'ftp://gull.example' is no address of a site",
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "not an address\n"])
def test_a_file_without_any_site_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ArgumentError):
        read(tmp_path, text)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="no readable file"):
        read_site_file(str(tmp_path / "sites.txt"))


TOML = """
delay = 2
language = "en"

[[site]]
url = "tern.example"
language = "De"
time_zone = "Europe/Berlin"
lists = ["https://tern.example/news.rss", "tern.example/sitemap.xml", {kind = "news_sitemap", url = "https://tern.example/n"}]
sections = ["https://tern.example/harbour"]
hosts = ["tern-media.example"]
delay = 0.5
limit = 30
browser = true

[[site]]
url = "https://gull.example/"

[[site]]
url = "https://auk.example/"
limit = "many"

[[site]]
url = "https://skua.example/"
speed = 3
"""


def test_toml_has_settings_for_each_site(tmp_path: Path) -> None:
    found = read(tmp_path, TOML, "sites.toml")
    tern, gull = found.sites
    assert (tern.delay, tern.limit, tern.browser) == (0.5, 30, True)
    assert (tern.publisher.language, tern.publisher.time_zone) == ("de", "Europe/Berlin")
    assert tern.publisher.lists == (
        ("front_page", "https://tern.example/"),
        ("feed", "https://tern.example/news.rss"),
        ("sitemap", "https://tern.example/sitemap.xml"),
        ("news_sitemap", "https://tern.example/n"),
        ("front_page", "https://tern.example/harbour"),
    )
    assert tern.publisher.hosts == {"tern.example", "tern-media.example"}
    assert (gull.delay, gull.limit, gull.publisher.language) == (2.0, None, "en")
    auk, skua = found.problems
    assert auk == "sites.toml, line 20: limit: 'many' is no number of pages"
    assert skua.startswith("sites.toml, line 24: there is no setting 'speed'; there are language")
    assert list_delays(found.sites)["gull.example"] == {"delay": 2.0, "jitter": 0.0}


@pytest.mark.parametrize("text", ['[site."tern.example"]\nlimit = 3\n', 'sites = ["tern.example"]\n'])
def test_other_forms_of_toml_are_read(tmp_path: Path, text: str) -> None:
    assert homes(read(tmp_path, text, "sites.toml")) == ["https://tern.example/"]


@pytest.mark.parametrize("text", ["[[site]\n", "delay = 2\n", '[[site]]\nlanguage = "en"\n'])
def test_toml_without_a_site_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ArgumentError):
        read(tmp_path, text, "sites.toml")


def test_sites_of_both_arguments_are_merged(tmp_path: Path) -> None:
    (file := tmp_path / "sites.txt").write_text("tern.example\ngull.example")
    arguments = read_arguments({"site": "gull.example,auk.example", "sites": str(file)})
    assert [site.name for site in arguments.named_sites] == ["gull.example", "auk.example", "tern.example"]
