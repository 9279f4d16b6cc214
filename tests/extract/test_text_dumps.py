"""Text dumps: hard-wrapped stories, headers, Markdown, renderings of pages, and texts that are no story."""

# ruff: noqa: E501, ISC004 - texts as they are printed

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from statistics import mean

import pytest

from newscrawl.archives import saved_pages
from newscrawl.archives.warc_reader import read_captures
from newscrawl.article import Article, Page
from newscrawl.batch.extraction import extract_page
from newscrawl.errors import BlockedError, ExtractError, MissingFieldError, UnknownLayoutError
from newscrawl.sample import EDITION
from tests.cpu_time import assert_linear
from tests.extract.no_stories import KINDS, make_text
from tests.extract.renderings import LIBRARIES, MARKDOWN, score_words
from tests.extract.wire_stories import WireStory, make_story

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PAGES = Path(__file__).parents[1] / "pages"
BODY = """The harbour of Port Ellery reopened on Tuesday after the longest closure in its history, the port master said.

“We had forty ships waiting at anchor,” said Mira Okafor, who has run the port since 2009.

Shipowners lost about $3 million a day while the channel was dredged, the Ellery Chamber of Commerce said."""
PARAGRAPHS = BODY.split("\n\n")


def read(text: str, *, url: str = "file:///dump.txt", content_type: str = "text/plain") -> Article:
    return extract_page(Page(url=url, body=text.encode(), fetched_at=NOW, content_type=content_type))


def read_markdown(text: str) -> Article:
    return read(text, content_type="text/markdown")


def texts(article: Article) -> list[str]:
    return [block.text for block in article.body]


# Hard-wrapped wire stories

STORIES = range(200)


def _letters(lines: list[str] | tuple[str, ...]) -> list[str]:
    return [re.sub(r"\W", "", line) for line in lines]


def _compare(story: WireStory) -> set[str]:
    """Return the fields of a story that are read otherwise."""
    try:
        article = read(story.text)
    except ExtractError:
        return {"headline", "dateline", "contacts", "body"}
    line = article.dateline
    body = [block.text for block in article.body if block.kind != "subhead"]
    contacts = tuple((each.role, each.name, each.place, each.email) for each in article.contacts)
    same = {
        "headline": article.headline == story.headline,
        "dateline": line is not None and (line.place, line.date_text) == (story.place, story.date_text),
        "contacts": contacts == story.contacts,
        "byline": not story.byline or article.byline == story.byline,
        "body": _letters(body) == _letters(story.paragraphs),
    }
    return {name for name, is_same in same.items() if not is_same}


@pytest.mark.parametrize("width", [60, 63, 65, 68, 70, 72, 75, 78, 80])
def test_hard_wrapped_wire_stories_of_a_width(width: int) -> None:
    differing = [_compare(make_story(seed, width=width)) for seed in range(20)]
    for name, most in (("headline", 1), ("dateline", 1), ("contacts", 1), ("byline", 1), ("body", 4)):
        assert sum(name in fields for fields in differing) <= most, name


def test_98_in_100_wire_stories_have_their_headline_dateline_and_contacts() -> None:
    wanted = {"headline", "dateline", "contacts"}
    assert sum(not wanted & _compare(make_story(seed)) for seed in STORIES) >= 0.98 * len(STORIES)


@pytest.mark.parametrize(
    ("wrapped", "headline"),
    [
        ("Ellery Harbour Reopens After Longest Closure in Its\nHistory", "…"),
        ("Ellery Harbour Reopens After\nLongest Closure in Its\nHistory (Update1)", "… (Update1)"),
        ("(BN) Ellery Harbour Reopens After Longest Closure in\nIts History", "…"),
    ],
)
def test_a_headline_of_several_lines(wrapped: str, headline: str) -> None:
    body = "\n\n".join(_wrap(paragraph, 64) for paragraph in f"March 3 (Reuters) -- {BODY}".split("\n\n"))
    article = read(f"{wrapped}\n\nBy Jo Doe and Ann Poe\n\n{body}")
    assert article.headline == headline.replace("…", "Ellery Harbour Reopens After Longest Closure in Its History")
    assert article.byline == ("Jo Doe", "Ann Poe")


def _wrap(text: str, width: int) -> str:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join((*lines, line))


def test_lists_tables_and_quotes_stay_and_long_lines_are_left_alone() -> None:
    listed = "* Wheat rose 2 percent\n* Rye fell\n* Barley was little changed on the day"
    article = read(
        f"Ellery Harbour Reopens\n\nBy Jo Doe\n\n{PARAGRAPHS[0]}\n\n{listed}\n\n{BODY[len(PARAGRAPHS[0]) + 2 :]}"
    )
    assert [block.text for block in article.body if block.kind == "list_item"] == [
        "Wheat rose 2 percent",
        "Rye fell",
        "Barley was little changed on the day",
    ]
    assert [block.text for block in article.body if block.kind == "paragraph"] == PARAGRAPHS


def test_pieces_of_a_sentence_around_links_are_joined() -> None:
    article = read(
        "Ellery Harbour Reopens - Tern\nEllery Harbour Reopens\nBy\nJo Doe\n-\nJun 9, 2013 4:01 PM ET\nShare\n"
        "Ellery Ports Plc (\nELLY\n) reopened its harbour on Tuesday, according to a statement to\n"
        "Tern News\n, after the longest closure in 90 years. It paid\n61 million pounds.\n" + BODY.replace("\n\n", "\n")
    )
    assert texts(article) == [
        "Ellery Ports Plc (ELLY) reopened its harbour on Tuesday, according to a statement to Tern News, after the longest "
        "closure in 90 years. It paid 61 million pounds.",
        *PARAGRAPHS,
    ]
    assert article.byline == ("Jo Doe",)


# Headers


@pytest.mark.parametrize(
    "header",
    [
        "-- Ellery Harbour Reopens\n-- B y   J o   D o e   a n d   A n n   P o e\n-- 2013-03-09T03:16:07Z\n-- http://news.example/2013/a.html",
        "--\nEllery Harbour Reopens\n\n-- B y   J o   D o e   a n d   A n n   P o e\n--\n2013-03-09T03:16:07Z\n\n-- http://news.example/2013/a.html",
        "-- Ellery Harbour\nReopens\n-- By Jo Doe and Ann Poe\n-- Sat Mar 9, 2013 03:16:07 GMT\n-- http://news.example/2013/a.html",
        '---\ntitle: "Ellery Harbour Reopens"\nsource: "http://news.example/2013/a.html"\nauthor:\n  - "[[Jo Doe]]"\n  - "[[Ann Poe]]"\n'
        "published: 2013-03-09T03:16:07Z\ncreated: 2026-02-14\ntags:\n  - clippings\n---",
        "---\nTitle: Ellery Harbour Reopens\nauthors: [Jo Doe, 'Ann Poe']\nurl: http://news.example/2013/a.html\nmodified: 2020-01-01\n"
        "date: 2013-03-09T03:16:07Z\ndescription: >\n  It was: closed\n  for a year.\n---",
        "+++\ntitle = 'Ellery Harbour Reopens'\nauthor = \"Jo Doe, Ann Poe\"\ndate = 2013-03-09T03:16:07Z\nlink = 'http://news.example/2013/a.html'\n+++",
        "Title: Ellery Harbour Reopens\n\nURL Source: http://news.example/2013/a.html\n\nAuthor: Jo Doe and Ann Poe\n\n"
        "Published Time: 2013-03-09T03:16:07Z\n\nMarkdown Content:",
    ],
    ids=["dashes", "dashes alone", "wrapped dashes", "clipper", "folded", "toml", "pairs"],
)
def test_a_header_states_title_authors_time_and_address(header: str) -> None:
    article = read(f"{header}\n\n     {BODY}")
    assert article.headline == "Ellery Harbour Reopens"
    assert article.byline == ("Jo Doe", "Ann Poe")
    assert article.published_at == datetime(2013, 3, 9, 3, 16, 7, tzinfo=UTC)
    assert article.url == "http://news.example/2013/a.html"
    assert article.sources["headline"] == article.sources["published_at"] == "text header"
    assert texts(article) == PARAGRAPHS


def test_the_time_of_a_clipping_is_not_that_of_publication() -> None:
    article = read(
        f"---\ntitle: Ellery Harbour Reopens\nauthor: Jo Doe\ncreated: 2026-02-14\nclipped: 2026-02-14\n---\n{BODY}"
    )
    assert article.published_at is None


def test_a_rule_is_no_front_matter() -> None:
    article = read(f"---\nEllery Harbour Reopens\n---\n\nBy Jo Doe\n\n{BODY}")
    assert (article.headline, article.byline) == ("Ellery Harbour Reopens", ("Jo Doe",))


def test_the_address_in_a_header_names_the_publisher() -> None:
    address = "https://www.bloomberg.com/news/articles/2015-03-05/harbour-reopens?srnd=x"
    article = read(f"---\ntitle: Ellery Harbour Reopens\nsource: {address}\n---\n{BODY}")
    assert (article.publisher, article.layout) == ("Bloomberg", "bloomberg_text")
    assert article.canonical_url == address.partition("?")[0]


# Markdown


def test_markdown_is_parsed() -> None:
    article = read_markdown(
        "[Skip](#main) [Home](/)\n\n# Ellery Harbour *Reopens*\n\nBy [Jo Doe](/authors/jo)\n\nMarch 4, 2015\n\n"
        "![A crane](https://img.example/a.jpg)\n\n*Cranes on March 2. Photographer: Li Roe/Reuters*\n\n"
        "The harbour of [Ellery Ports Plc](https://www.tern.example/quote/ELLY:LN) reopened on **Tuesday** after the longest\n"
        "closure in its history, the port master said.[^1]\n\n"
        "## What it cost\n\n> We had forty ships at anchor, and the cook had left on the first of them.\n\n"
        "- Wheat rose 2\\% [on the day][wheat]\n- Rye fell\n\n"
        "| Ship | Days |\n|---|---|\n| Oona | 12 |\n\nShipowners lost $3 million a day <https://news.example>, said Mira Okafor.\n\n"
        "[wheat]: https://news.example/wheat\n\n[^1]: A footnote that nobody reads.\n"
    )
    assert article.headline == "Ellery Harbour Reopens"
    assert article.byline == ("Jo Doe",)
    assert article.published_at == datetime(2015, 3, 4, tzinfo=UTC)
    assert [(block.kind, block.text) for block in article.body] == [
        (
            "paragraph",
            "The harbour of Ellery Ports Plc reopened on Tuesday after the longest closure in its history, the port master said.",
        ),
        ("subhead", "What it cost"),
        ("quote", "We had forty ships at anchor, and the cook had left on the first of them."),
        ("list_item", "Wheat rose 2% on the day"),
        ("list_item", "Rye fell"),
        ("table", "Ship\tDays\nOona\t12"),
        ("paragraph", "Shipowners lost $3 million a day https://news.example, said Mira Okafor."),
    ]
    (image,) = article.images
    assert (image.url, image.caption, image.credit) == (
        "https://img.example/a.jpg",
        "Cranes on March 2.",
        "Photographer: Li Roe/Reuters",
    )
    assert article.tickers == ("ELLY:LN",)


def test_pandoc_attributes_and_wrapped_addresses_are_no_text() -> None:
    article = read_markdown(
        "::: {.article}\n# Ellery Harbour Reopens {#top .head}\n\nBy [Jo Doe]{.name}\n\n"
        + BODY.replace("port master", "[port master](https://news.example/a-long-\naddress)")
        + "\n:::\n"
    )
    assert (article.headline, article.byline) == ("Ellery Harbour Reopens", ("Jo Doe",))
    assert texts(article) == PARAGRAPHS


@pytest.mark.parametrize(
    ("name", "body", "content_type"),
    [
        ("a.md", b"[Skip to content](#main)\n\n# Rain", "text/markdown"),
        ("a.markdown", b"{{< figure >}}", "text/markdown"),
        ("a.txt", b"[1] Rain", "text/plain"),
        ("saved", b"[Skip to content](#main)\n\n# Rain", None),
        ("saved", b"[[Rain]] fell.", None),
        ("saved", b' [{"a": 1}]', "application/json"),
        ("saved", b"[1, 2]", "application/json"),
        ("saved", b'{"a": 1}', "application/json"),
    ],
)
def test_the_type_of_a_saved_file(name: str, body: bytes, content_type: str | None) -> None:
    assert saved_pages.guess_content_type(Path(name), body) == content_type


# Pages as text

MENU = "Skip to content\nMarkets\nSupport Lines\nAmericas Desk +1 212 555 0100\n"
HEADLINE = "Ellery Harbour Reopens After Its Longest Closure"
PLAIN = (
    "The harbour of Port Ellery reopened on Tuesday after the longest closure in its history, with forty ships at anchor.",
    "Shipowners lost about $3 million a day while the channel was dredged, and the ferries went by way of Holm.",
    "A second dredger will stay until the spring, when the quay of the fish market is to be built anew.",
)
CODE = '(function(w) { var a = [1, 2]; w.load({"src": "//a.example/b.js"}); })(window);'


@pytest.mark.parametrize(
    "chrome", ["Share this article\nSubscribe now\n", "Related stories:\nSign up for our newsletter\n"]
)
def test_what_a_news_site_prints_around_a_story_shows_that_it_is_news(chrome: str) -> None:
    body = "\n".join(PLAIN)
    article = read(f"{MENU}{HEADLINE}\nMarch 4, 2015\n{body}\n\n{chrome}")
    assert (article.headline, texts(article)) == (HEADLINE, list(PLAIN))
    with pytest.raises(UnknownLayoutError):
        read(f"{MENU}{HEADLINE}\nMarch 4, 2015\n{body}")


def test_a_menu_that_occurs_twice_is_no_headline() -> None:
    more = "\n".join(f"Section {at}" for at in range(20))
    article = read(f"{MENU}{more}\n{MENU}{more}\n{HEADLINE}\nBy Jo Doe\n{BODY}")
    assert article.headline == HEADLINE


def test_a_page_on_one_line() -> None:
    article = read(
        f"{HEADLINE} - Tern   Markets Support   {'Section   ' * 400}   {HEADLINE}   By Jo Doe   March 4, 2015    "
        + "".join(PLAIN)
        + "    Terms of Service   © 2015 Tern"
    )
    assert (article.headline, article.byline, texts(article)) == (HEADLINE, ("Jo Doe",), list(PLAIN))


def test_lines_that_only_the_source_of_a_page_has() -> None:
    space = "\n" * 8
    story = space.join(_wrap(paragraph, 50).replace("\n", "\n" + " " * 24) for paragraph in PARAGRAPHS)
    article = read(
        f"Skip to{space}Markets{space}Ellery Harbour Reopens\n{' ' * 20}After Its Longest Closure{space}By\nJo Doe{space}"
        f"{story}{space}More"
    )
    assert (article.headline, texts(article)) == (HEADLINE, PARAGRAPHS)


def test_paragraphs_wrapped_in_the_source_among_long_lines() -> None:
    wrapped = "\n".join(_wrap(paragraph, 64) for paragraph in PLAIN * 3)
    article = read(
        f"{HEADLINE}\nBy Jo Doe\n{wrapped}\nA crane in the harbour of Port Ellery, {'on a day in March, ' * 6}as it was."
    )
    assert texts(article)[:3] == list(PLAIN)


def test_scripts_and_styles_are_no_text() -> None:
    style = "\n".join(f".a{at} {{ color: #ddd; margin: {at}px }}" for at in range(30))
    story = f"{PARAGRAPHS[0]}{CODE * 3}{PARAGRAPHS[1]}   {CODE * 40}   {PARAGRAPHS[2]}"
    article = read(f"{HEADLINE} - Tern\n{style}\n{CODE}\n{HEADLINE}\nBy Jo Doe\n{story}\n{CODE}")
    assert (article.headline, texts(article)) == (HEADLINE, PARAGRAPHS)


def test_a_line_that_ends_as_code_does_is_kept() -> None:
    article = read(
        f"{HEADLINE}\n\nBy Jo Doe\n\n{PARAGRAPHS[0]}\n\nThe dredger (the Oona) left;\n\n{PARAGRAPHS[1]}\n\n{PARAGRAPHS[2]}"
    )
    assert "The dredger (the Oona) left;" in " ".join(texts(article))


def test_a_markdown_table_that_lays_out_a_page() -> None:
    menu = " * ".join(f"[Section {at}](/sections/{at}/index.html)" for at in range(40))
    article = read_markdown(f"| | |\n| --- | --- |\n| {menu} |  | {HEADLINE}    By Jo Doe  {'  '.join(PARAGRAPHS)} |\n")
    assert (article.headline, article.byline, texts(article)) == (HEADLINE, ("Jo Doe",), PARAGRAPHS)


def test_a_story_goes_on_below_a_chart_but_not_below_the_headline_of_another() -> None:
    chart = "\n".join(f"Port {at}\n{at} ships" for at in range(12))
    other = f"A Ferry Runs Aground off Holm\nMay 2, 2015\n{PLAIN[1]}\n{PLAIN[2]}\n{PLAIN[0]}"
    first = "\n".join(PARAGRAPHS)
    article = read(f"{HEADLINE}\nBy Jo Doe\n{first}\n{chart}\n{PLAIN[0]}\n{PLAIN[1]}\n{PLAIN[2]}\n{other}")
    assert texts(article) == [*PARAGRAPHS, *PLAIN]


def test_the_title_in_a_list_below_the_story_is_not_its_headline() -> None:
    article = read(
        f"{HEADLINE} - Tern\nMarkets {HEADLINE}\nBy Jo Doe\n{BODY}\n{BODY}\n\nMost Read\n{HEADLINE}\n"
        "A ferry that ran aground off Holm was towed to the harbour on Monday, and nobody was hurt in the end."
    )
    assert texts(article)[: len(PARAGRAPHS)] == PARAGRAPHS


# Headlines


@pytest.mark.parametrize(
    "line",
    [
        "https://news.example/2013/a-long-address/of-a-story",
        "Read it at https://news.example/a today",
        "date: Tuesday the third of March",
        "Source: a friend of the harbour",
        "TAGS: ships, harbours and reserves",
        "Titel: der Hafen ist wieder offen",
        "the boats are late again today",
        "港は火曜日に再開したと港長は述べた。",
    ],
)
def test_what_is_never_a_headline(line: str) -> None:
    with pytest.raises(UnknownLayoutError):
        read(f"{line}\n\nBy Jo Doe\n\n{BODY}")


@pytest.mark.parametrize(
    "headline",
    [
        "iPhone Sales Climb in Ellery as Harbour Reopens",
        "eBay Buys a Harbour That Nobody Else Wanted",
        "Opinion: A Harbour Is No Place for a Gambler",
        "Vell Council: Harbour Dues to Rise by a Tenth",
        "“We Were Bored,” Says Harbour Master of Ellery",
    ],
)
def test_what_may_be_a_headline(headline: str) -> None:
    assert read(f"{headline}\n\nBy Jo Doe\n\n{BODY}").headline == headline


def test_a_text_without_a_body_lacks_a_field() -> None:
    with pytest.raises(MissingFieldError):
        read(
            "---\ntitle: Ellery Harbour Reopens\nauthor: Jo Doe\n---\n"
            "An earlier version of this story misstated the price of the harbour, and it was corrected on Tuesday afternoon.",
        )


# Texts that are no story


@pytest.mark.parametrize("kind", KINDS)
def test_what_else_is_in_text_files_is_refused(kind: str) -> None:
    for seed in range(6):
        with pytest.raises(ExtractError):
            read(make_text(kind, seed), content_type="text/markdown" if seed % 2 else "text/plain")


# Languages


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", BODY),
        ("de", "Der Hafen von Ellery ist am Dienstag nach der längsten Sperrung seiner Geschichte wieder geöffnet worden, sagte "
               "der Hafenmeister.\n\nDie Reeder verloren drei Millionen Euro am Tag, sagte die Kammer, während gebaggert wurde."),
        ("fr", "Le port d’Ellery a rouvert mardi après la plus longue fermeture de son histoire, a déclaré le capitaine du port.\n\n"
               "Les armateurs perdaient trois millions par jour pendant les travaux, selon la chambre de commerce de la ville."),
    ],
)  # fmt: skip
def test_the_language_of_a_text_is_detected(language: str, text: str) -> None:
    assert read(f"Ellery Harbour Reopens\n\nBy Jo Doe\n\n{text}").language == language


def test_a_stated_language_wins() -> None:
    assert read(f"---\ntitle: Ellery Harbour Reopens\nauthor: Jo Doe\nlang: en_GB\n---\n{BODY}").language == "en-gb"


# Renderings of the project's own pages

FLOORS = {
    "html2text": 0.96,
    "html2text, no links": 0.965,
    "inscriptis": 0.945,
    "trafilatura txt": 0.96,
    "trafilatura markdown": 0.96,
    "get_text(newline)": 0.94,
    "get_text(space)": 0.935,
    "get_text()": 0.93,
    "text_content()": 0.925,
    "markdownify": 0.965,
    "WET": 0.955,
    "copy and paste": 0.955,
}


@cache
def own_pages() -> list[tuple[str, Article]]:
    captures = [capture.page() for capture in read_captures(EDITION)]
    pages = [page for page in captures if "html" in (page.content_type or "")]
    files = sorted(PAGES.glob("*/*.html"))
    pages += [
        Page(url=file.as_uri(), body=file.read_bytes(), fetched_at=NOW, content_type="text/html") for file in files
    ]
    known = []
    for page in pages[::3]:
        try:
            article = extract_page(page)
        except (ExtractError, BlockedError):
            continue
        if article.body:
            known.append((page.body.decode(), article))
    return known


@pytest.mark.parametrize("name", LIBRARIES)
def test_renderings(name: str) -> None:
    assert mean(_score(LIBRARIES[name], name, html, article) for html, article in own_pages()) >= FLOORS[name]


def _score(render: Callable[[str], str], name: str, html: str, want: Article) -> float:
    try:
        got = read(render(html), content_type="text/markdown" if name in MARKDOWN else "text/plain")
    except ExtractError:
        return 0
    return score_words(got, want)


# Hostile texts

SENTENCE = "The harbour of Port Ellery reopened on Tuesday, the port master said. "
HOSTILE: dict[str, Callable[[int], str]] = {
    "one line": lambda n: SENTENCE * (n * 4),
    "short lines": lambda n: "rain\n" * (n * 15),
    "titles": lambda n: "".join(f"Rain Falls Again On {i}\n" for i in range(n * 4)) + f"\n{SENTENCE}\n" * 9,
    "contacts": lambda n: "To contact the reporter on this story: Jo Doe at\n" * (n * 4),
    "spaces": lambda n: " " * (n * 200) + "a",
    "columns": lambda n: "word      other text that goes on and on over here for a while\n" * (n * 3),
    "front matter": lambda n: "---\ntitle: " + "[[" * (n * 50) + "\n---\n",
    "dashes": lambda n: "-- a\n" * (n * 9),
    "form feeds": lambda n: ("\n" * 20 + " 12\f") * (n * 2),
    "list of links": lambda n: "References\n" + "\n" * (n * 50),
    "brackets": lambda n: "# a\n\n" + "![" * (n * 3),
    "addresses": lambda n: "# a\n\n" + "](a\n" * (n * 6),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_time_is_linear(kind: str) -> None:
    def run(size: int) -> None:
        with pytest.raises(ExtractError):
            read(HOSTILE[kind](size))

    assert_linear(run, 200)
