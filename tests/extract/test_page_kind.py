"""What is an article, and what is another page of a site: pages of many systems and languages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newscrawl.article import Article, Page
from newscrawl.errors import ExtractError
from newscrawl.extract import extract
from training.invented_sites import make_pages

TEXTS = {
    "en": "The harbour board approved the new quay on Tuesday after a long debate. Work begins in May, it said. ",
    "ja": "港湾局は火曜日、長い議論の末に新しい岸壁の建設を承認した。工事は五月に始まるという。",
    "zh": "港务局周二经过长时间的辩论批准了新码头的建设。工程将于五月开始。",
    "ar": "وافق مجلس الميناء يوم الثلاثاء على الرصيف الجديد بعد نقاش طويل. تبدأ الأعمال في مايو. ",
    "th": "คณะกรรมการท่าเรืออนุมัติท่าเทียบเรือใหม่เมื่อวันอังคารหลังการอภิปรายอันยาวนาน งานจะเริ่มในเดือนพฤษภาคม ",
}
HEADLINES = {
    "en": "Harbour board approves the new quay",
    "ja": "港湾局が新しい岸壁の建設を承認",
    "zh": "港务局批准新码头建设工程",
    "ar": "مجلس الميناء يوافق على الرصيف الجديد",
    "th": "คณะกรรมการท่าเรืออนุมัติท่าเทียบเรือใหม่",
}


def read(
    body: str, *, path: str = "/news/harbour-board-approves-quay-4211", head: str = "", language: str = "en"
) -> Article:
    html = f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'
    page = Page(
        url=f"https://www.tern.example{path}",
        body=html.encode(),
        fetched_at=datetime(2026, 11, 30, tzinfo=UTC),
        content_type="text/html; charset=utf-8",
    )
    return extract(page)


def refuse(body: str, **more: str) -> str:
    with pytest.raises(ExtractError) as refused:
        read(body, **more)
    return str(refused.value.reason)


def story(language: str = "en", paragraphs: int = 4) -> str:
    text = "".join(f"<p>{TEXTS[language]}{TEXTS[language]}{number}</p>" for number in range(paragraphs))
    return f'<article><h1>{HEADLINES[language]}</h1><time datetime="2026-05-03">2026-05-03</time>{text}</article>'


@pytest.mark.parametrize("language", TEXTS)
def test_short_news_of_any_script_is_an_article(language: str) -> None:
    article = read(story(language, 2), language=language)
    assert article.headline == HEADLINES[language]
    assert article.confidence is not None
    assert 0 < article.confidence < 1


def test_a_list_of_things_is_an_article() -> None:
    items = "".join(f"<h2>{number}. Quay {number}</h2><p>{TEXTS['en']}</p>" for number in range(1, 8))
    byline = '<p class="byline">By Jo Doe, 3 May 2026</p>'
    read(f"<article><h1>Seven quays that are worth a visit</h1>{byline}{items}</article>")


def test_a_live_blog_is_an_article() -> None:
    entries = "".join(
        f'<div class="entry"><time>1{number}:05</time><h3>Update {number} from the quay</h3><p>{TEXTS["en"]}</p></div>'
        for number in range(6)
    )
    head = (
        '<script type="application/ld+json">{"@type": "LiveBlogPosting", "headline": "Storm at the harbour"}</script>'
    )
    read(f"<h1>Storm at the harbour: what happened</h1>{entries}", head=head)


def test_a_video_in_an_article_does_not_make_it_one() -> None:
    head = (
        '<meta property="article:published_time" content="2026-05-03T08:00:00Z">'
        '<script type="application/ld+json">{"@type": "VideoObject", "name": "The quay"}</script>'
    )
    read(story(), head=head)


TEASERS = "".join(
    f'<div class="card"><h3><a href="/news/story-{number}-of-the-day">A story of the day: number {number}</a></h3>'
    f"<p>{TEXTS['en']}</p></div>"
    for number in range(12)
)


@pytest.mark.parametrize(
    ("body", "path", "head"),
    [
        (f"<h1>Harbour</h1>{TEASERS}", "/harbour", ""),
        (f"<h1>The new quay of Grey Harbour and its cost</h1>{TEASERS}", "/tag/the-new-quay-of-grey-harbour", ""),
        (f'<h1>Jo Doe</h1><p class="bio">{TEXTS["en"]}</p>{TEASERS}', "/author/jo-doe", ""),
        (f"<h1>Results for quay</h1>{TEASERS}", "/search?q=quay", ""),
        (story(), "/", ""),
        ("<h1>Our harbour</h1>" + f"<p>{TEXTS['en']}</p>" * 9, "/about-us", ""),
        ("<h1>利用規約</h1>" + f"<p>{TEXTS['ja']}</p>" * 12, "/kiyaku.html", ""),
        ("<h1>Privacy policy</h1>" + f"<h2>1. Data</h2><p>{TEXTS['en']}</p>" * 12, "/legal/x", ""),
        ('<h1>Welcome</h1><form><input type="email"><input type="password"></form>', "/account/enter", ""),
    ],
    ids=["section", "tag", "author", "search", "front", "about", "terms", "privacy", "login"],
)
def test_other_pages_are_no_articles(body: str, path: str, head: str) -> None:
    assert refuse(body, path=path, head=head) in ("section_front", "unknown_layout")


def test_an_article_about_a_policy_is_an_article() -> None:
    head = (
        '<meta property="og:type" content="article"><meta property="article:published_time" content="2026-05-03">'
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Terms of service", '
        '"author": {"@type": "Person", "name": "Jo Doe"}}</script>'
    )
    read(story().replace(HEADLINES["en"], "Terms of service"), head=head)


def test_unseen_invented_sites() -> None:
    wrong = refused = articles = others = 0
    for page in make_pages(seed=77, sites=5, stories=6):
        try:
            extract(
                Page(
                    url=page.url,
                    body=page.html.encode(),
                    fetched_at=datetime(2026, 11, 30, tzinfo=UTC),
                    content_type="text/html",
                )
            )
            wrong += not page.is_article
        except ExtractError:
            refused += page.is_article
        articles += page.is_article
        others += not page.is_article
    assert (articles, others) == (30, 155)
    assert refused == 0
    assert wrong <= 0.08 * others  # their names and addresses say less than those of real sites do
