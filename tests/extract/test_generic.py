"""Pages of no known era. All texts are invented."""

from datetime import UTC, datetime

import pytest

from newscrawl.article import Article, Page
from newscrawl.batch.extraction import extract_page as extract
from newscrawl.errors import NotAnArticleError, UnknownLayoutError

SENTENCES = (
    "Rain fell on the harbor for a third day, and the ferries stayed at their moorings while the crews played cards.",
    "“We are waiting,” said Jo Doe, who has run the ticket office since it was built, and has seen worse weather.",
    "The company expects to sail again on Monday, if the wind allows it, and honors the tickets of those who waited.",
    "Its shares lost a tenth of their worth in those days, although nobody could tell what rain had to do with it.",
    "The harbor master opened the old customs house to the stranded, where a baker hands out yesterday’s bread.",
    "Nobody has asked for a room yet, he said, since most live up the hill and came down to look at the waves.",
    "A second storm is on its way, and so are the cameras of three stations and a minister with his umbrella.",
    "He will see little of it, for the pier has been closed to all but the crews since the first night’s flood.",
)
STORY = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
LINKS = "".join(f'<li><a href="/{at}">Story number {at} of the day in the harbor</a></li>' for at in range(40))
URL = "https://www.gazette.example/2020/01/02/rain"


def read(head: str, body: str, url: str = URL) -> Article:
    markup = f'<!doctype html><html lang="en-GB"><head>{head}</head><body>{body}</body></html>'
    page = Page(url=url, body=markup.encode(), fetched_at=datetime(2026, 1, 1, tzinfo=UTC), content_type="text/html")
    return extract(page)


def texts(article: Article) -> list[str]:
    return [block.text for block in article.body]


def test_a_page_with_json_ld() -> None:
    head = """<title>Rain Falls | Gazette</title><script type="application/ld+json">{"@type": "NewsArticle",
      "headline": "Rain Falls", "alternativeHeadline": "It is wet.",
      "author": [{"name": "Jo Doe"}, {"name": "Ann Poe"}],
      "datePublished": "2020-01-02T10:00:00+01:00", "dateModified": "2020-01-02T12:00:00+01:00",
      "articleSection": "Harbors", "publisher": {"name": "The Gazette"}}</script>"""
    article = read(
        head,
        f"<nav><ul>{LINKS}</ul></nav><main><h1>Rain Falls</h1><h2>It is wet.</h2><div>{STORY}</div></main>"
        "<footer>© 2020</footer>",
    )
    assert (article.layout, article.publisher, article.language) == ("generic", "The Gazette", "en")
    assert (article.headline, article.dek) == ("Rain Falls", "It is wet.")
    assert (article.byline, article.section) == (("Jo Doe", "Ann Poe"), "Harbors")
    assert article.published_at == datetime(2020, 1, 2, 9, tzinfo=UTC)
    assert article.updated_at == datetime(2020, 1, 2, 11, tzinfo=UTC)
    assert texts(article) == list(SENTENCES)
    assert article.sources["body"] == "model"


def test_a_page_with_microdata() -> None:
    body = f"""<nav><ul>{LINKS}</ul></nav><div itemscope itemtype="https://schema.org/NewsArticle">
      <h1 itemprop="headline">Rain Falls</h1><span itemprop="author"><span itemprop="name">Jo Doe</span></span>
      <time itemprop="datePublished" datetime="2020-01-02T10:00:00Z">2 Jan</time>
      <div itemprop="articleBody">{STORY}<aside><p>Read our other stories.</p></aside>
      <figure><img src="/a.jpg"><figcaption>A pier.</figcaption></figure></div></div>"""
    article = read("", body)
    assert (article.headline, article.byline) == ("Rain Falls", ("Jo Doe",))
    assert article.published_at == datetime(2020, 1, 2, 10, tzinfo=UTC)
    assert texts(article) == list(SENTENCES)
    assert [(image.url, image.caption) for image in article.images] == [
        ("https://www.gazette.example/a.jpg", "A pier.")
    ]
    assert article.sources["body"] == "model"


def test_a_plain_page_of_wordpress() -> None:
    head = """<title>Rain Falls – The Gazette</title><meta property="og:type" content="article">
      <meta property="og:title" content="Rain Falls"><meta property="og:site_name" content="The Gazette">
      <meta property="article:published_time" content="2020-01-02T10:00:00+00:00">"""
    body = f"""<header><a href="/">The Gazette</a></header><article class="post hentry">
      <h1 class="entry-title">Rain Falls</h1>
      <p class="byline">By <a rel="author" href="/jo">Jo Doe</a></p><div class="entry-content">
      <div class="wp-caption"><img src="/a.jpg"><p class="wp-caption-text">A pier. Photo by Ann Poe</p></div>
      {STORY}</div>
      </article><div id="comments"><h2>Comments</h2><p>First! A fine story about rain, as they all are.</p></div>"""
    article = read(head, body)
    assert (article.publisher, article.headline, article.byline) == ("The Gazette", "Rain Falls", ("Jo Doe",))
    assert texts(article) == list(SENTENCES)
    assert [(image.caption, image.credit) for image in article.images] == [("A pier.", "Photo by Ann Poe")]


def test_a_page_of_amp() -> None:
    head = """<link rel="canonical" href="https://www.gazette.example/2020/01/02/rain">
      <script type="application/ld+json">{"@type": "NewsArticle", "headline": "Rain Falls"}</script>"""
    figure = '<figure><amp-img src="/a.jpg"></amp-img><figcaption>A pier.</figcaption></figure>'
    article = read(head, f"<article><h1>Rain Falls</h1>{figure}{STORY}</article>", URL + "/amp")
    assert article.canonical_url == "https://www.gazette.example/2020/01/02/rain"
    assert [(image.url, image.caption) for image in article.images] == [
        ("https://www.gazette.example/a.jpg", "A pier.")
    ]
    assert texts(article) == list(SENTENCES)


def test_the_day_is_that_of_the_address_without_another_one() -> None:
    head = '<meta property="og:type" content="article"><title>Rain Falls</title>'
    article = read(head, f"<article>{STORY}</article>", "https://www.gazette.example/news/2020-01-02/rain.html")
    assert (article.published_at, article.published_precision) == (datetime(2020, 1, 2, tzinfo=UTC), "day")
    assert article.publisher == "www.gazette.example"


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ('<meta property="og:type" content="video.other">', "video"),
        ('<script type="application/ld+json">{"@type": "VideoObject", "name": "Rain"}</script>', "video"),
        ('<meta property="og:type" content="music.song">', "audio"),
        ('<script type="application/ld+json">{"@type": "PodcastEpisode"}</script>', "audio"),
        ('<meta property="og:type" content="profile">', "profile"),
    ],
)
def test_pages_that_declare_another_kind_are_rejected(head: str, reason: str) -> None:
    with pytest.raises(NotAnArticleError) as refused:
        read(head, f"<h1>Rain</h1>{STORY}")
    assert refused.value.reason == reason


def test_an_article_with_a_video_is_an_article() -> None:
    things = '[{"@type": "VideoObject"}, {"@type": "Article", "headline": "Rain"}]'
    head = f'<script type="application/ld+json">{things}</script>'
    assert read(head, f"<article>{STORY}</article>").headline == "Rain"


@pytest.mark.parametrize(
    "body",
    [
        f"<h1>Harbors</h1><ul>{LINKS}</ul>",
        "<h1>Harbors</h1>"
        + "".join(f'<article><h2><a href="/{n}">Rain {n}</a></h2><p>It fell.</p></article>' for n in range(20)),
        f"<h1>Archive</h1><table>{''.join(f'<tr><td><a href=/{n}>Rain {n}</a></td></tr>' for n in range(60))}</table>",
        "<h1>Not found</h1><p>The page that you look for has moved or never was. Try the search.</p>",
        "",
    ],
    ids=["section front", "cards", "index", "not found", "nothing"],
)
def test_a_page_of_links_is_of_unknown_layout(body: str) -> None:
    with pytest.raises(UnknownLayoutError):
        read("<title>Harbors</title>", f"<div>{body}</div>")


def test_a_page_of_very_many_elements_is_not_searched() -> None:
    with pytest.raises(UnknownLayoutError):
        read("", STORY + "<i></i>" * 40_000)
