"""Whole crawls of sites that are named when a run starts: each is a publisher of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from newscrawl.operations import process
from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query
from tests.crawls.crawler import Crawled, Crawler
from tests.crawls.loopback import HTML, Answer, Publisher, publisher

WORDS = ("harbour", "ferry", "council", "price", "timber", "winter", "school", "bridge", "market", "grain")


def story(number: int, *, extra: str = "") -> Answer:
    """An article of an unknown publisher."""
    word = WORDS[number % len(WORDS)]
    text = "".join(
        f"<p>The {word} board of Vell said on Tuesday that repairs number {number}.{part} would cost more than was "
        f"planned, and that work on them begins in spring.</p>"
        for part in range(6)
    )
    head = f"{word.title()} Repairs Cost More {number}"
    page = f"""<!DOCTYPE html><html lang="en"><head><title>{head}</title>{extra}</head><body><main><article>
    <h1>{head}</h1><p>By <a rel="author" href="/by/a">Ada Venn</a>
    <time datetime="2026-11-{number % 28 + 1:02}T08:00:00Z">today</time></p>{text}</article></main></body></html>"""
    return 200, HTML, page.encode()


def path(number: int) -> str:
    return f"/news/{number + 5000}-{WORDS[number % len(WORDS)]}-repairs-cost-more"


def publish(site: Publisher, stories: int) -> None:
    """Give a site a front page with links to some articles."""
    links = "".join(
        f'<li><h3><a href="{path(n)}">The repairs cost more than was planned</a></h3></li>' for n in range(stories)
    )
    site.routes |= {path(number): story(number) for number in range(stories)}
    site.routes["/"] = 200, HTML, f"<html><body><h1>Vell Post</h1><ul>{links}</ul></body></html>".encode()


@pytest.fixture
def sites() -> Iterator[list[Publisher]]:
    """Three sites on ports of their own, with 3, 9 and 9 articles."""
    with ExitStack() as stack:
        servers = [stack.enter_context(publisher()) for _ in range(3)]
        for server, stories in zip(servers, (3, 9, 9), strict=True):
            publish(server, stories)
        yield servers


def crawl_news(crawl: Crawler, *arguments: str) -> Crawled:
    crawl.modules = "newscrawl.spiders"
    return crawl(*arguments, "-s", "NEWSCRAWL_CLUSTERS=0", "-s", "NEWSCRAWL_EXTRACT_PROCESSES=0", spider="news")


def site_of(server: Publisher) -> str:
    return server.base.removeprefix("http://")


def stored(done: Crawled) -> dict[str, int]:
    """Number of stored pages by site."""
    pages = [page.site for page in done.pages if page.state == "stored"]
    return {site: pages.count(site) for site in set(pages)}


def test_each_site_of_a_file_is_a_publisher(crawl: Crawler, sites: list[Publisher], tmp_path: Path) -> None:
    one, two, three = sites
    # a copy of a story of the second site, which says so; and a site that blocks
    one.routes[path(0)] = story(0, extra=f'<link rel="canonical" href="{two.base}{path(0)}">')
    three.routes["/"] = 403, HTML, b"<title>No</title>"
    listed = tmp_path / "sites.txt"
    listed.write_text(f"{one.base}\nnot a site\n{two.base}/ # the second\n{three.base}\n{two.base}\n")
    done = crawl_news(crawl, "-a", f"sites={listed}")
    assert stored(done) == {site_of(one): 3, site_of(two): 9}
    assert done.code == 7
    line = next(line for line in done.out.splitlines() if line.startswith("news: partly failed"))
    assert f"(1 of 3 sites: blocked {site_of(three)} (" in line
    assert "entries of the sites file not read: 1" in line
    assert "sites.txt, line 2: 'not a site' is no address of a site" in done.err
    (run,) = done.store.runs()
    counts = done.store.run_sites(run.id)
    assert {site: (n or {}).get("outcome/stored", 0) for site, n in counts.items()} == {
        site_of(one): 3,
        site_of(two): 9,
        site_of(three): 0,
    }
    assert counts[site_of(three)]["exit_code"] == 4  # type: ignore[index]
    known = {each.site: each for each in done.store.sites()}
    assert {site: bool(each.trouble and each.trouble.startswith("blocked (")) for site, each in known.items()} == {
        site_of(one): False,
        site_of(two): False,
        site_of(three): True,
    }
    assert known[site_of(two)].home == f"{two.base}/"
    assert known[site_of(two)].read_at
    assert known[site_of(two)].delay_seconds is not None
    assert len({row.article.url for row in done.store.articles(Query(limit=None))}) == 12
    # the next run, an hour later, reads the lists of each site again, and no article
    crawl.later(hours=2)
    before = len(two.paths)
    again = crawl_news(crawl, "-a", f"site={two.base}")
    assert (again.code, two.paths[before:].count("/")) == (0, 1)


def test_a_limit_is_shared_by_the_sites(crawl: Crawler, sites: list[Publisher]) -> None:
    done = crawl_news(crawl, "-a", f"site={','.join(site.base for site in sites)}", "-a", "limit=15")
    one, two, three = map(site_of, sites)
    assert stored(done) == {one: 3, two: 6, three: 6}
    assert done.code == 0


def test_sites_that_another_run_works_on_are_left_to_it(crawl: Crawler, sites: list[Publisher]) -> None:
    one, two, _ = sites
    with open_archive(crawl.url) as store:
        other = store.start_run("news", {}, process=process.identity(), sites=[site_of(one)])
        done = crawl_news(crawl, "-a", f"site={one.base},{two.base}")
        assert done.code == 0
        assert stored(done) == {site_of(two): 9}
        assert not one.requests
        assert f"left to it: {site_of(one)}" in done.err
        locked = crawl_news(crawl, "-a", f"site={one.base}")
        assert locked.code == 9
        store.end_run(other, finish_reason="finished", exit_code=0, counts={})


@pytest.mark.parametrize(
    ("spider", "arguments", "says"),
    [
        ("news", (), "name the site: -a site="),
        ("news", ("-a", "site=nowhere"), "'nowhere' is no address of a site"),
        ("news", ("-a", "sites=nowhere.txt"), "no readable file"),
        ("loopback", ("-a", "site=https://tern.example/"), "are arguments of the spider news"),
    ],
)
def test_what_names_no_site_is_a_usage_error(
    crawl: Crawler, spider: str, arguments: tuple[str, ...], says: str
) -> None:
    crawl.modules = "newscrawl.spiders" if spider == "news" else crawl.modules
    done = crawl.without_store(*arguments, spider=spider)
    assert done.returncode == 2
    assert says in done.stderr
