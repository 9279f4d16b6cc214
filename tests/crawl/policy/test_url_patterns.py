"""What an explored site's links are worth, by what came of others like them."""

from datetime import UTC, datetime, timedelta

from newscrawl.article import Anchor, Link
from newscrawl.crawl.policy.url_patterns import MAX_PATTERNS, MAX_PROBES, SitePatterns
from newscrawl.states import UrlPattern

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SITE = "tern.example"


def link(path: str, source: str = "front_page", words: int = 6) -> Link:
    anchor = Anchor(words=words) if source == "front_page" else None
    return Link(url=f"https://www.tern.example{path}", source=source, anchor=anchor)


def followed(patterns: SitePatterns, *links: Link, at: datetime = NOW) -> list[str]:
    decisions = patterns.decide(links, at)
    return [each.link.url.removeprefix("https://www.tern.example") for each in decisions if each.is_followed]


def add(patterns: SitePatterns, path: str, *, articles: int = 0, others: int = 0) -> None:
    for n in range(articles + others):
        patterns.add_result(f"https://www.tern.example{path}", is_article=n < articles, now=NOW)


def test_the_likeliest_links_come_first() -> None:
    paths = followed(SitePatterns(SITE), link("/gulls"), link("/2026/11/30/ferry-leaves-at-noon"))
    assert paths[0] == "/2026/11/30/ferry-leaves-at-noon"


def test_a_pattern_that_never_led_to_an_article_is_followed_less_and_less_often() -> None:
    patterns = SitePatterns(SITE)
    path = "/promo/best-hotels-of-the-coast"
    assert followed(patterns, link(path))
    add(patterns, path, others=12)
    assert followed(patterns, link(path)) == []
    later = [NOW + timedelta(days=day) for day in range(1, 200)]
    times = [
        at for at in later if followed(SitePatterns(SITE, patterns.take_changed() or [known(12)]), link(path), at=at)
    ]
    assert times[0] - NOW == timedelta(days=60)


def known(others: int, articles: int = 0, pattern: str = "/promo/{slug}") -> UrlPattern:
    return UrlPattern(pattern=pattern, fetched=others + articles, articles=articles, changed_at=NOW)


def test_one_that_always_did_is_followed_whatever_it_looks_like() -> None:
    plain, story = link("/gulls", words=2), link("/2026/11/30/ferry-leaves-at-noon")
    assert followed(SitePatterns(SITE), plain, story) == ["/2026/11/30/ferry-leaves-at-noon"]
    assert "/gulls" in followed(SitePatterns(SITE, [known(0, 9, "/{word}")]), plain, story)


def test_a_list_without_a_likely_article_gives_the_unlikely_ones_a_chance() -> None:
    assert followed(SitePatterns(SITE), link("/gulls", words=2)) == ["/gulls"]


def test_a_feed_that_lists_what_is_no_article_is_believed_less() -> None:
    clips = [link(f"/clips/the-ferry-in-pictures-part-{n}", "feed") for n in range(9)]
    assert len(followed(SitePatterns(SITE), *clips)) == 9
    assert followed(SitePatterns(SITE, [known(20, pattern="/clips/{slug}")]), *clips) == []


def test_what_is_known_of_a_shape_says_something_about_the_same_shape_elsewhere() -> None:
    new = link("/harbour/gulls", words=3)
    before = SitePatterns(SITE).decide([new], NOW)[0].chance
    after = SitePatterns(SITE, [known(0, 50, "/islands/{word}")]).decide([new], NOW)[0].chance
    assert before < 0.35 < after


def test_probes_are_few_and_of_different_patterns() -> None:
    patterns = SitePatterns(SITE)
    links = [link(f"/{section}/{page}", words=4) for section in "abcdefgh" for page in ("gull", "tern", "ferry")]
    probes = followed(patterns, *links)
    assert len(probes) == MAX_PROBES
    assert len({path.split("/")[1] for path in probes}) == MAX_PROBES
    assert followed(patterns, *links) == []


def test_of_a_doubtful_pattern_a_few_links_are_tried_first() -> None:
    clips = [link(f"/video/the-ferry-in-moving-pictures-part-{n}") for n in range(9)]
    patterns = SitePatterns(SITE)
    assert len(followed(patterns, *clips)) == 3
    add(patterns, "/video/the-ferry-in-moving-pictures", articles=3)
    assert len(followed(patterns, *clips)) == 9


def test_a_list_with_enough_articles_has_no_probe_at_first_and_one_later() -> None:
    links = [link(f"/2026/11/30/the-ferry-is-late-{n}") for n in range(6)] + [link("/a/gull", words=4)]
    assert len(followed(SitePatterns(SITE), *links)) == 6
    assert followed(SitePatterns(SITE, [known(0, 9, "/{slug}")]), *links)[-1] == "/a/gull"


def test_a_pattern_that_leads_to_some_articles_is_still_followed() -> None:
    mixed = [known(20, 4, pattern="/clips/{slug}")]
    assert followed(SitePatterns(SITE, mixed), link("/clips/the-ferry-in-pictures"))


def test_what_a_person_decided_counts() -> None:
    allowed = UrlPattern(pattern="/{word}", rule="allow", changed_at=NOW)
    denied = UrlPattern(pattern="/ads/{slug}", rule="deny", changed_at=NOW)
    paths = followed(
        SitePatterns(SITE, [allowed, denied]), link("/about", words=1), link("/ads/the-best-of-all-hotels")
    )
    assert paths == ["/about"]


def test_the_number_of_patterns_is_bounded() -> None:
    patterns = SitePatterns(SITE)
    for n in range(MAX_PATTERNS + 100):
        patterns.add_result(f"https://tern.example/user{n}/ferry-leaves-at-noon", is_article=True, now=NOW)
    changed = {each.pattern: each.fetched for each in patterns.take_changed()}
    assert len(changed) == MAX_PATTERNS + 1
    assert changed["/{word}/{slug}"] == 100
    assert patterns.take_changed() == []


def test_a_subdomain_has_patterns_of_its_own() -> None:
    assert (
        SitePatterns(SITE).find_pattern("https://sport.tern.example/gulls-win-the-cup") == "sport.tern.example/{slug}"
    )
