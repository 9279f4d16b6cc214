"""How a layout reads a page: fields in order, teasers, pictures, ledes of each family. All texts are invented."""

from datetime import UTC, datetime

import pytest

from newscrawl.article import Article, Page
from newscrawl.batch.extraction import explain_page as explain
from newscrawl.batch.extraction import extract_page as extract
from newscrawl.errors import MissingFieldError
from newscrawl.extract.layout import Extraction

P1 = "<p>Rain fell on the harbor for a third day, and the ferries stayed at their moorings.</p>"
P2 = "<p>The company expects to sail again on Monday, if the wind allows it.</p>"
URL = "https://www.bloomberg.com/news/articles/2017-03-04/rain-falls"


def read(markup: str, url: str = URL) -> Extraction:
    page = Page(url=url, body=markup.encode(), fetched_at=datetime(2026, 1, 1, tzinfo=UTC), content_type="text/html")
    return explain(page)


def article(markup: str, url: str = URL) -> Article:
    return read(markup, url).article


def d1(lede: str = '<h1 class="lede-text-only__hed">Rain</h1>', body: str = P1 + P2, after: str = "") -> str:
    return (
        '<main class="transporter-container"><div class="transporter-item current"><article>'
        f'<div class="lede">{lede}</div><div class="content-well"><div class="body-copy">{body}</div>{after}</div>'
        '</article></div><div class="transporter-item"><article><h1 class="lede-text-only__hed">Snow</h1></article>'
        "</div></main>"
    )


def d2(body: str = P1 + P2, well: str = "content-well-v2", before: str = "") -> str:
    return (
        f'<article>{before}<div class="lede-text-v2"><h1 class="lede-text-v2__hed">Rain</h1></div>'
        f'<div class="{well}"><div class="body-copy-v2">{body}</div></div></article>'
    )


def e(body: str = P1 + P2, after: str = "") -> str:
    return (
        '<nav><h1>House</h1><article><p>Other</p></article></nav><div class="transporter-item current">'
        f'<article><h1 class="headline__a1">Rain</h1><div class="body-content">{body}</div>{after}</article></div>'
    )


@pytest.mark.parametrize(
    "family",
    [
        "lede-text-only",
        "lede-large-content",
        "full-width-image-lede-text-above",
        "full-width-image-lede-text-below",
        "full-width-image-lede-text-overlay",
        "not-quite-full-width-image-lede-text-above",
        "lede-vertical-image-text-left",
    ],
)
def test_every_family_of_ledes_is_read_alike(family: str) -> None:
    lede = f"""
      <div class="{family}"><h1 class="{family}__hed"><span class="{family}__highlight">Rain Falls</span></h1>
      <div class="{family}__dek"><p>It is wet.</p></div>
      <div class="{family}__image"><img src="/rain.jpg"></div>
      <div class="{family}__caption">A wet pier.</div><div class="{family}__credit">Photographer: Ann Poe/Agency</div>
      <address class="{family}__byline"><div class="author">Jo Doe<div>More stories by Jo Doe</div></div></address>
      <time datetime="2017-03-04T10:00:00.000Z" itemprop="datePublished"></time>
      <time class="updated" datetime="2017-03-04T12:00:00.000Z"></time></div>"""
    got = article(d1(lede))
    assert (got.headline, got.dek, got.byline) == ("Rain Falls", "It is wet.", ("Jo Doe",))
    assert got.published_at == datetime(2017, 3, 4, 10, tzinfo=UTC)
    assert got.updated_at == datetime(2017, 3, 4, 12, tzinfo=UTC)
    if "image" in family:
        assert [(image.caption, image.credit) for image in got.images] == [
            ("A wet pier.", "Photographer: Ann Poe/Agency")
        ]


@pytest.mark.parametrize(
    ("lede", "headline"),
    [
        ('<div class="lede-newsletter__newsletter-headline">Rain</div>', "Rain"),
        ('<h1 class="video-info__headline">Rain</h1>', "Rain"),
        ('<div class="storythread-content__headline"><h1>Rain</h1></div>', "Rain"),
    ],
)
def test_ledes_of_newsletters_videos_and_threads(lede: str, headline: str) -> None:
    assert article(d1(lede)).headline == headline


@pytest.mark.parametrize(
    ("markup", "access"),
    [
        (d1(), "full"),
        (d2(), "full"),
        (d2(well="content-well-v2 blur"), "teaser"),
        (d2(before='<div class="content-cliff-tout-v2"><p>Subscribe</p></div>'), "teaser"),
        (d2(before='<div class="content-cliff-tout-v2" hidden><p>Subscribe</p></div>'), "full"),
        (d2(before='<div style="display:none"><div class="content-cliff-tout-v2"></div></div>'), "full"),
        (
            d2(P1 + "<p>To continue reading this article you must be a Bloomberg Professional Service Subscriber.</p>"),
            "teaser",
        ),
        (e(), "full"),
        (e(P1.replace("<p>", '<p class="paywall">')), "full"),
        (e(after='<div class="shimmering-text"></div>'), "teaser"),
        (e(after='<div class="shimmering-text" style="display: none"></div>'), "full"),
        (e().replace('"body-content"', '"body-content teaser-content__b2"'), "teaser"),
    ],
)
def test_access_depends_on_what_the_page_shows(markup: str, access: str) -> None:
    assert article(markup).access == access


def test_a_teaser_may_show_no_text_and_a_full_article_may_not() -> None:
    assert article(d2("", well="content-well-v2 blur")).body == ()
    with pytest.raises(MissingFieldError) as missing:
        extract(Page(url=URL, body=d2("").encode(), fetched_at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert missing.value.reason == "missing_body"


def test_a_missing_headline_has_a_name() -> None:
    with pytest.raises(MissingFieldError) as missing:
        article(f'<div class="body-copy">{P1}</div>')
    assert missing.value.reason == "missing_headline"


def test_the_selector_that_matches_is_recorded_and_so_are_those_before_it() -> None:
    got = read('<meta property="og:title" content="Rain">' + d1(""))
    assert got.article.headline == "Rain"
    assert got.article.sources["headline"] == "meta og:title"
    assert [why for _, why in got.notes.missed["headline"]] == ["absent"] * 3
    assert got.notes.missed["published_at"][0] == (
        'dom div[class*="lede"] time[itemprop="datePublished"]@datetime',
        "absent",
    )


def test_a_selector_with_unparsable_text_is_recorded_with_the_text() -> None:
    got = read('<meta name="date" content="some day">' + d1())
    assert ("meta date", "unread: some day") in got.notes.missed["published_at"]
    assert got.article.sources["published_at"] == "url"
    assert got.article.published_precision == "day"


@pytest.mark.parametrize(
    ("closing", "told"),
    [
        ('<div class="trashline">— With assistance by Ann Poe</div>', (("Ann Poe",), None, ())),
        (
            '<p class="trashline">(<span>Corrects the name of the harbor.</span>)</p>',
            ((), "(Corrects the name of the harbor.)", ()),
        ),
        (
            '<div class="news-rsf-contact-author">To contact the author of this story:<br>Jo Doe at jo@x.example</div>',
            ((), None, ("Jo Doe",)),
        ),
        ('<div class="trashline">The house is old and wet.</div>', ((), None, ())),
    ],
)
@pytest.mark.parametrize("inside", [True, False], ids=["in the body", "after it"])
def test_closing_lines_set_apart(closing: str, told: tuple[object, ...], inside: bool) -> None:
    got = article(d1(body=P1 + closing) if inside else d1(body=P1, after=closing))
    assert (got.assistance, got.correction, tuple(contact.name for contact in got.contacts)) == told
    assert len(got.body) == 1


FIGURE = '<figure><img src="{src}"><figcaption>{text}</figcaption></figure>'


@pytest.mark.parametrize(
    ("figures", "images"),
    [
        (
            FIGURE.format(src="/a.jpg", text="A pier. Photographer: Ann Poe/Agency"),
            [("A pier.", "Photographer: Ann Poe/Agency")],
        ),
        (
            '<figure><img src="/a.jpg"><div class="caption">A pier.</div><div class="credit">Ann Poe</div></figure>',
            [("A pier.", "Ann Poe")],
        ),
        (
            '<figure><div class="caption">Source: The House</div><div class="credit">Source: The House</div></figure>',
            [(None, "Source: The House")],
        ),
        (
            FIGURE.format(src="/v1/60x-1.jpg", text="A pier.") + FIGURE.format(src="/b.jpg", text="A pier."),
            [("A pier.", None)],
        ),
        (FIGURE.format(src="/x/v1/60x-1.jpg", text="") + FIGURE.format(src="/x/v2/-1x-1.jpg", text=""), [(None, None)]),
        (f"<figure>{FIGURE.format(src='/a.jpg', text='A pier.')}</figure>", [("A pier.", None)]),
        (f"<aside>{FIGURE.format(src='/a.jpg', text='Snow')}</aside>", []),
        ('<figure><div class="video-player"></div><figcaption>Watch the rain.</figcaption></figure>', []),
        ("<figure></figure>", []),
        (
            """<div class="image thumbnail"><a class="enlarge_image"><img src="/s.jpg"></a><div class="simple_overlay">
            <h3 class="image_title">Pier</h3><img src="/l.jpg"><p class="caption_only">A pier.</p></div>
            <p class="caption">A pier. Photographer: Ann Poe/Agency</p></div>""",
            [("A pier.", "Photographer: Ann Poe/Agency")],
        ),
    ],
    ids=["one line", "two", "equal", "sizes", "bare sizes", "nested", "chrome", "video", "empty", "attachment"],
)
def test_pictures(figures: str, images: list[tuple[str | None, str | None]]) -> None:
    got = article(d1(body=P1 + figures + P2))
    assert [(image.caption, image.credit) for image in got.images] == images
    assert len(got.body) == 2


def test_the_picture_of_a_style() -> None:
    lede = (
        '<h1 class="lede-large-image__hed">Rain</h1><div class="lede-large-image"><div class="lede-large-image__image"'
    )
    got = article(d1(lede + " style=\"background-image: url('//img.example/a.jpg')\"></div></div>"))
    assert [image.url for image in got.images] == ["https://img.example/a.jpg"]


@pytest.mark.parametrize(
    ("head", "field", "value"),
    [
        ('<link rel="canonical" href="http://www.bloomberg.com/news/articles/2017-03-04/rain?x=1">', "canonical_url",
         "https://www.bloomberg.com/news/articles/2017-03-04/rain"),
        ('<meta name="parsely-tags" content="Rain, Region: Asia, asia, Boats">', "topics", ("Rain", "Boats")),
        ('<meta property="og:site_name" content="Gazette">', "publisher", "Gazette"),
        ('<meta property="og:site_name" content="Bloomberg.com">', "publisher", "Bloomberg"),
        ('<meta name="parsely-author" content="Jo Doe"><meta name="parsely-author" content="Ann Poe">', "byline",
         ("Jo Doe", "Ann Poe")),
        ('<meta name="parsely-pub-date" content="2017-03-04T10:00:00Z">', "published_at",
         datetime(2017, 3, 4, 10, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_fields_of_the_head(head: str, field: str, value: object) -> None:
    assert getattr(article(f"<html><head>{head}</head><body>{d1()}</body></html>"), field) == value


def test_an_update_within_a_minute_of_the_publication_is_none() -> None:
    times = '<time datetime="2017-03-04T10:00:00.000Z"></time><time class="updated" datetime="{}"></time>'
    lede = '<h1 class="lede-text-only__hed">Rain</h1>'
    assert article(d1(lede + times.format("2017-03-04T10:00:00.005Z"))).updated_at is None
    assert article(d1(lede + times.format("2017-03-04T10:00:59.000Z"))).updated_at is None
    assert article(d1(lede + times.format("2017-03-04T10:01:00.000Z"))).updated_at is not None


def test_a_body_of_unknown_wrappers_is_looked_into() -> None:
    assert len(article(d1(body=f'<div class="story"><div class="part">{P1}</div></div>')).body) == 1
    assert len(article(d1(body=f'{P1}<div class="promo">{P2}</div>')).body) == 1


def test_the_story_thread_of_another_article_is_not_read() -> None:
    got = article(d1())
    assert (got.headline, len(got.body)) == ("Rain", 2)


def test_tickers_of_the_body_each_once() -> None:
    links = '<a href="/quote/TIN:US">a</a> <a href="http://www.bloomberg.com/quote/TIN:US">b</a> <a href="/x">c</a>'
    assert article(d1(body=f"{P1}<p>Tin {links}</p>")).tickers == ("TIN:US",)


@pytest.mark.parametrize(
    ("link", "tickers"),
    [
        ('<a class="ticker" data-symbol="TIN" href="/snapshot.asp?ticker=TIN">Tin</a>', ("TIN",)),
        ('<span class="ticker" data-symbol="BRK/A">Brindle</span>', ("BRK/A",)),
        ('<a href="https://quotes.example/snapshot.asp?ticker=TIN:US">Tin</a>', ("TIN:US",)),
        ('<a class="ticker" data-symbol="TIN">Tin</a> <a href="/quote/TIN:US">Tin</a>', ("TIN:US",)),
        ('<a class="ticker" data-symbol="">Tin</a> <a href="/snapshot.asp?ticker=tin">Tin</a>', ()),
    ],
    ids=["symbol", "slash", "link", "symbol and exchange", "no symbol"],
)
def test_inline_ticker_links(link: str, tickers: tuple[str, ...]) -> None:
    assert article(d1(body=f"{P1}<p>Tin {link} fell.</p>")).tickers == tickers
    assert article(d1(body=P1, after=link)).tickers == ()


def test_tickers_of_a_meta_element_may_have_a_slash() -> None:
    page = f'<meta name="tickers" content="NYSE:RIG, LON:BP/"><div id="storyBody"><h1>Rain</h1>{P1}</div>'
    assert article(page, "http://www.businessweek.com/x/rain.htm").tickers == ("RIG:NYSE", "BP/:LON")
