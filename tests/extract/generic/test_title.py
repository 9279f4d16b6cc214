import pytest

from tests.cpu_time import at_most
from tests.extract.generic.stated import json_ld, meta, read

HEADLINE = "Rain Falls on the Harbor"


def title(head: str = "", body: str = "", **options: str) -> str | None:
    found = read(head, body, **options).title
    return found.value if found else None


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADLINE} | Tern Post",
        f"{HEADLINE} - The Tern Post",
        f"{HEADLINE} – TernPost.example",
        f"Tern Post: {HEADLINE}",
        f"{HEADLINE} » Harbor » Tern Post",
        f"{HEADLINE}|Tern Post",
        f"{HEADLINE} :: Tern Post",
        f"TERN POST - {HEADLINE} - Tern Post",
    ],
)
def test_the_name_of_the_site_is_removed(text: str) -> None:
    assert title(f"<title>{text}</title>") in (HEADLINE, f"{HEADLINE} » Harbor", f"{HEADLINE} ::")
    assert title(f"<title>{text}</title>", f"<h1>{HEADLINE}</h1>") == HEADLINE


def test_the_name_of_the_site_may_be_stated_only() -> None:
    head = f"<title>{HEADLINE} - Le Courrier</title>" + meta(og__site_name="Le Courrier")
    assert title(head) == HEADLINE
    assert title(f"<title>雨が降る_海港新闻</title>{meta(og__site_name='海港新闻')}") == "雨が降る"


def test_a_headline_keeps_its_dashes() -> None:
    head = "<title>Rain – and no end | Tern Post</title>"
    assert title(head) == "Rain – and no end"
    assert title(head, "<h1>Rain – and no end</h1>") == "Rain – and no end"


def test_a_title_that_is_only_the_name_of_the_site_stays() -> None:
    assert title("<title>Tern Post</title>") == "Tern Post"


def test_what_is_printed_counts_more_than_what_is_written_for_search_engines() -> None:
    head = "<title>Harbor rain: all you need | Tern Post</title>" + meta(
        og__title="Harbor rain: all you need", twitter__title="Harbor rain: all you need"
    )
    assert title(head, f"<h1>{HEADLINE}</h1>") == HEADLINE
    data = json_ld(f'{{"@type": "NewsArticle", "headline": "{HEADLINE}"}}')
    assert title(head + data) == HEADLINE


def test_the_logo_is_no_headline() -> None:
    body = f'<header><h1 class="logo">The Daily Wave</h1></header><article><h1>{HEADLINE}</h1></article>'
    assert title("<title>Rain</title>", body) == HEADLINE
    assert title(f"<title>{HEADLINE}</title>", f"<h1>Tern Post</h1><h2>{HEADLINE}</h2>") == HEADLINE


def test_a_label_in_the_heading_is_no_part_of_the_headline() -> None:
    heading = f'<h1><span class="article-kicker">Weather</span> {HEADLINE}</h1>'
    assert title(meta(og__title=HEADLINE), heading) == HEADLINE
    # unless the other sources have it, too
    assert title(meta(og__title=f"Weather {HEADLINE}"), heading) == f"Weather {HEADLINE}"


def test_json_ld_of_another_story_is_not_read() -> None:
    other = (
        '{"@type": "NewsArticle", "headline": "Snow in the Hills", "url": "https://www.tern-post.example/hills/snow"}'
    )
    own = f'{{"@type": "NewsArticle", "headline": "{HEADLINE}", "url": "https://www.tern-post.example/harbor/rain-falls"}}'
    for documents in ([other, own], [own, other], [f"[{other}, {own}]"], [f'{{"@graph": [{other}, {own}]}}']):
        assert title(json_ld(*documents)) == HEADLINE
    metadata = read(f"<title>{HEADLINE}</title>{json_ld(other)}")
    assert metadata.title is not None
    assert metadata.title.value == HEADLINE


def test_references_are_resolved_as_often_as_they_were_escaped() -> None:
    assert title(meta(og__title="Q&amp;amp;amp;A: AT&amp;amp;T &amp;amp;lt; 5")) == "Q&A: AT&T < 5"
    assert title(meta(og__title="The &amp;lt;b&amp;gt; element")) == "The &lt;b&gt; element"
    assert title("<title>AT&amp;T &copy rises</title>") == "AT&T © rises"


def test_the_source_and_what_was_outvoted_are_told() -> None:
    metadata = read(meta(og__title="Rain!"), f"<h1>{HEADLINE}</h1>")
    assert metadata.title is not None
    assert metadata.title.source == "dom h1"
    assert ("meta og:title", "Rain!") in metadata.outvoted_titles


def test_a_page_without_a_title_has_none() -> None:
    assert title("", "<p>Rain.</p>") is None


@pytest.mark.parametrize(
    "head",
    [
        meta(og__title="- " * 1_000_000),
        meta(og__title="&amp;amp;" * 300_000),
        "<title>" + "| a " * 500_000 + "</title>",
        json_ld('{"@type":"NewsArticle","x":' + "[" * 900 + "]" * 900 + "}"),
        json_ld('{"a":' * 50_000),
        json_ld("//" * 1_000_000),
        json_ld('{"@type":"NewsArticle","headline":["' + '","'.join(["Rain"] * 200_000) + '"]}'),
    ],
)
def test_hostile_values_cost_little(head: str) -> None:
    metadata = read(head, "<h1>Rain</h1>")
    with at_most(5):
        assert metadata.title
