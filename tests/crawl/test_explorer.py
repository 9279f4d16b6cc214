"""What a run finds out about a site of which only the home page is known."""

from datetime import UTC, datetime, timedelta

from newscrawl import discovery
from newscrawl.article import Anchor, CaptureRef, Link
from newscrawl.crawl.explorer import Explorer
from newscrawl.items import ListRequest
from newscrawl.publishers import make_site
from newscrawl.states import ListState, UrlPattern

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOME = "https://www.tern.example/"
STORIES = [f"{HOME}harbour/ferry-leaves-at-noon-{n}" for n in range(10)]


def explorer() -> Explorer:
    return Explorer(make_site(HOME))


def links(*urls: str, source: str = "front_page", words: int = 6) -> list[Link]:
    return [Link(url=url, source=source, anchor=Anchor(words=words)) for url in urls]


def read(source: str, url: str, entries: int = 10) -> ListState:
    return ListState(url=url, source=source, outcome="read", asked_at=NOW, read_at=NOW, entries=entries)


def wanted(of_site: Explorer, *states: ListState) -> list[str]:
    found = of_site.find_lists({state.url: state for state in states}, NOW)
    for each in found:
        of_site.expect(each.url)
    return [each.url.removeprefix(HOME) for each in found]


def test_the_next_lists_are_found_when_all_before_have_been_answered() -> None:
    site = explorer()
    site.named = (f"{HOME}news.xml",)
    assert wanted(site) == ["news.xml", ""]
    site.finish(f"{HOME}news.xml")
    assert wanted(site) == []
    site.finish(HOME)
    states = read("front_page", HOME), read("news_sitemap", f"{HOME}news.xml")
    assert wanted(site, *states, ListState(url=f"{HOME}rss", source="feed")) == ["rss"]


def test_a_common_address_is_a_guess_unless_it_was_read_or_robots_txt_names_it() -> None:
    def is_guess(site: Explorer, *states: ListState) -> bool:
        site.expect(HOME)
        site.finish(HOME)
        found = site.find_lists({state.url: state for state in states}, NOW)
        return next(each.is_guess for each in found if each.url == f"{HOME}sitemap.xml")

    site = explorer()
    assert is_guess(site, read("front_page", HOME))
    assert not is_guess(explorer(), read("front_page", HOME), read("sitemap", f"{HOME}sitemap.xml"))
    site = explorer()
    site.named = (f"{HOME}sitemap.xml",)
    assert not is_guess(site)


def test_sections_wait_until_it_is_known_what_other_lists_leave_out() -> None:
    states = [read("front_page", HOME), read("feed", f"{HOME}rss"), read("sitemap", f"{HOME}sitemap.xml")]
    states += [ListState(url=f"{HOME}{name}", source="front_page") for name in ("coast", "town", "north")]
    for order in ((HOME, f"{HOME}rss"), (f"{HOME}rss", HOME)):
        site = explorer()
        site.expect(HOME)
        site.finish(HOME)
        assert wanted(site, *states) == ["rss", "sitemap.xml"]
        for each in states:
            site.finish(each.url)
        for url in order:
            source = "front_page" if url == HOME else "feed"
            site.note(ListRequest(source=source, url=url), links(*STORIES[: 10 if url == HOME else 4]), 0)
        assert wanted(site, *states) == ["coast", "town"]


def test_a_front_page_is_read_on_while_most_of_its_articles_are_new() -> None:
    states = [read("front_page", HOME), *(ListState(url=f"{HOME}{at}", source="sitemap", asked_at=NOW) for at in "ab")]
    site = explorer()
    page = (
        b'<a href="/page/2" rel="nofollow next">Older</a><a href="/harbour/gulls-land-on-mast">Gulls land on mast</a>'
    )

    def turn(url: str, depth: int, new: int) -> list[str]:
        at = ListRequest(source="front_page", url=url, depth=depth)
        site.expect(url)
        site.name_lists(at, discovery.read("front_page", page.replace(b"/2", b"/%d" % (depth + 2)), url), url)
        site.note(at, links(*STORIES), new)
        site.finish(url)
        while (found := wanted(site, *states)) and not found[0].startswith("page"):
            for each in found:  # common addresses, which are not there
                site.finish(f"{HOME}{each}")
        return found

    assert turn(HOME, 0, 9) == ["page/2"]
    assert turn(f"{HOME}page/2", 1, 5) == ["page/3"]
    assert turn(f"{HOME}page/3", 2, 4) == []


def test_links_are_followed_once_each_the_likeliest_first_without_fronts_and_trackers() -> None:
    site = explorer()
    listing = discovery.read("front_page", b'<nav><a href="/coast">Coast</a><a href="/a">A</a></nav>', HOME)
    named = site.name_lists(ListRequest(source="front_page", url=HOME), listing, HOME)
    assert ("front_page", f"{HOME}coast") in named
    found, others = site.select(links(f"{STORIES[0]}?ref=home", STORIES[0], f"{HOME}coast", HOME, f"{HOME}map.pdf"))
    assert [link.url for link in found] == STORIES[:1]
    assert others == 1


def test_each_capture_of_a_page_is_followed() -> None:
    url = f"{STORIES[0]}?ref=home"
    captures = [CaptureRef(url=url, captured_at=NOW + timedelta(days=day)) for day in range(3)]
    found, _ = explorer().select([Link(url=url, source="cdx", capture=capture) for capture in captures])
    assert [link.capture for link in found] == captures
    assert {link.url for link in found} == {url}


def test_links_that_were_kept_are_followed_when_others_like_them_were_articles() -> None:
    site = explorer()
    kept = [f"{HOME}n/{name}" for name in ("gull", "tern", "seal")]
    probes, others = site.select(links(*kept, words=2))
    assert (len(probes), others) == (1, 2)
    assert site.take_likely() == []
    for _ in range(3):
        site.patterns.add_result(probes[0].url, is_article=True, now=NOW)
    assert {link.url for link in site.take_likely()} == {*kept} - {probes[0].url}
    assert site.take_likely() == []


def test_what_earlier_runs_learned_counts() -> None:
    site = explorer()
    site.know([UrlPattern(pattern="/harbour/{slug}", rule="deny", changed_at=NOW)])
    assert site.select(links(*STORIES)) == ([], 10)
