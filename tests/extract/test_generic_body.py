"""The body of pages of unknown sites: segments, the element that holds the article, and what the model says."""

from datetime import UTC, datetime

import pytest

from newscrawl.article import Block, Image, Page
from newscrawl.extract import extract
from newscrawl.extract.generic import classifier, features, segmenter
from newscrawl.extract.generic.body import find_body
from newscrawl.extract.markup import Markup

TIME = "<time datetime='2024-03-05T10:00:00Z'>March 5, 2024</time>"
SENTENCES = tuple(
    f"Pier {number} of Port Ellery reopened on Tuesday after the longest closure in its history, the port said, and the"
    f" first of {number + 40} ships tied up before noon under a grey sky."
    for number in range(2, 9)
)
STORY = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
LINKS = "".join(f"<li><a href='/{number}'>Story number {number} of the harbour</a></li>" for number in range(20))


def parse(body: str) -> Markup:
    html = f"<!doctype html><html><head><title>Pier Reopens</title></head><body>{body}</body></html>"
    url = "https://harbour.example/2024/03/pier"
    page = Page(url=url, body=html.encode(), fetched_at=datetime(2024, 3, 6, tzinfo=UTC), content_type="text/html")
    return Markup(page, 2**20)


def read(body: str) -> list[Block]:
    markup = parse(
        f"<nav><ul>{LINKS}</ul></nav><article><h1>Pier Reopens</h1>{TIME}{body}</article><footer>© 2024</footer>"
    )
    return list(extract(markup.page).body)


def texts(body: str) -> list[str]:
    return [each.text for each in segmenter.segment(parse(body).root).segments]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>A <b>bold</b> wo<i>rd</i> and <a href='/'>a link</a>.</p>", ["A bold word and a link."]),
        ("<div>One line.<br>The same.<br><br>Another.<p>A third.</p>A fourth.</div>", None),
        (
            "<p>Seen <span class='sr-only'>unseen</span>text<script>var a</script><style>p {}</style>.</p>",
            ["Seen text."],
        ),
        ("<p>A <x-note>custom</x-note> element.</p>", ["A custom element."]),
        (
            "<p>Jo Doe<span class='rollover-block'><img src='/d.jpg'>Other stories</span> said so.</p>",
            ["Jo Doe said so."],
        ),
        ("<ul><li>One<ul><li>Two</li></ul></li><li><p>Three</p></li></ul>", ["One", "Two", "Three"]),
        ("<table><tr><th>Ship</th><th>Day</th></tr><tr><td>Tern</td><td>5</td></tr></table>", ["Ship\tDay\nTern\t5"]),
        ("<table><tr><td><p>One.</p><p>Two.</p></td></tr></table>", ["One.", "Two."]),
        ("<p>Above.</p><p>___</p><p>Below.</p>", ["Above.", "___", "Below."]),
        ("<noscript><p>The page.</p></noscript><noscript><img src='/a.jpg'>x</noscript>", ["The page."]),
        ("<pre>One line\nof two.\n\nAnother.</pre>", ["One line of two.", "Another."]),
    ],
)
def test_segments(body: str, expected: list[str] | None) -> None:
    assert texts(body) == (expected or ["One line. The same.", "Another.", "A third.", "A fourth."])


def test_the_walk_of_a_deep_page_ends() -> None:
    assert texts("<div>" * 1500 + "The text." + "</div>" * 1500)[:1] == ["The text."]


def test_the_kinds_of_blocks() -> None:
    body = read(
        f"<p>{SENTENCES[0]}</p><h2>Where the Ships Go</h2><p>{SENTENCES[1]}</p>"
        f"<ul><li>{SENTENCES[2]}</li><li>{SENTENCES[3]}</li></ul><blockquote><p>{SENTENCES[4]}</p></blockquote>"
        f"<p>{SENTENCES[5]}</p><iframe src='https://www.youtube.com/embed/a1b2c3d4e5f'></iframe><p>{SENTENCES[6]}</p>"
    )
    assert [block.kind for block in body] == [
        *("paragraph", "subhead", "paragraph", "list_item", "list_item", "quote", "paragraph", "embed", "paragraph")
    ]
    assert body[-2] == Block(kind="embed", text="", url="https://www.youtube.com/watch?v=a1b2c3d4e5f")


@pytest.mark.parametrize(
    ("post", "url"),
    [
        (
            "<blockquote class='twitter-tweet'><p>Rain.</p><a href='https://twitter.com/jo/status/12?ref=x'>May</a></blockquote>",
            "https://twitter.com/jo/status/12",
        ),
        (
            "<blockquote class='instagram-media' data-instgrm-permalink='https://www.instagram.com/p/Ab1/?u=x'></blockquote>",
            "https://www.instagram.com/p/Ab1/",
        ),
        (
            "<blockquote class='bluesky-embed' data-bluesky-uri='at://did:plc:x1/app.bsky.feed.post/3k'>Rain</blockquote>",
            "https://bsky.app/profile/did:plc:x1/post/3k",
        ),
        ("<iframe src='https://ships.example/@jo/112233/embed'></iframe>", "https://ships.example/@jo/112233"),
        (
            "<iframe src='https://www.facebook.com/plugins/post.php?href=https%3A%2F%2Fwww.facebook.com%2Fjo%2F9'></iframe>",
            "https://www.facebook.com/jo/9",
        ),
        ("<blockquote class='tiktok-embed' cite='https://www.tiktok.com/@jo/video/7'>x</blockquote>", None),
        ("<amp-twitter data-tweetid='77'></amp-twitter>", "https://twitter.com/i/status/77"),
    ],
)
def test_embedded_posts(post: str, url: str | None) -> None:
    (segment,) = segmenter.segment(parse(post).root).segments
    assert segment.tag == "embed"
    assert segment.url == (url or "https://www.tiktok.com/@jo/video/7")


def test_captions_are_no_text_of_the_body() -> None:
    figure = (
        "<figure><img src='/a.jpg'><figcaption>A pier at dawn. <span class='credit'>Photo: Ann Poe</span></figcaption>"
        "</figure>"
    )
    page = parse(
        f"<article><h1>Pier Reopens</h1>{TIME}{figure}{STORY}<a href='/b'><img src='/b.jpg'></a></article>"
    ).page
    article = extract(page)
    assert [block.text for block in article.body] == list(SENTENCES)
    assert article.images == (
        Image(url="https://harbour.example/a.jpg", caption="A pier at dawn.", credit="Photo: Ann Poe"),
    )


SCRIPTS = {
    "Japanese": "港は火曜日に再開し、最初の船が正午前に到着した。乗組員は三日間待っていた。市長は傘を持って現れた。",
    "Arabic": "أعيد فتح الميناء يوم الثلاثاء بعد أطول إغلاق في تاريخه، ووصلت أولى السفن قبل الظهر.",
    "Russian": "Порт открылся во вторник после самого долгого закрытия, и первые суда пришли до полудня.",
}


@pytest.mark.parametrize("language", SCRIPTS)
def test_bodies_in_other_scripts(language: str) -> None:
    story = [f"{SCRIPTS[language]} {number}。" for number in range(5)]
    paragraphs = "".join(f"<p>{text}</p>" for text in story)
    markup = parse(
        f"<ul>{LINKS}</ul><div><h1>{SCRIPTS[language][:20]}</h1>{TIME}<div>{paragraphs}</div></div>"
        f"<div class='comments'><h3>Comments</h3><p>{SCRIPTS[language]}</p></div>"
    )
    found = find_body(markup)
    assert [line.text for line in found.lines()] == story


def test_an_article_in_several_parts_is_one() -> None:
    parts = [f"<div class='part'><div class='text'><p>{text}</p><p>{text[5:]}</p></div></div>" for text in SENTENCES]
    body = "<div class='slot'></div>".join(parts)
    assert len(find_body(parse(f"<main><h1>Pier Reopens</h1>{body}</main>")).lines()) == 2 * len(SENTENCES)


def test_the_model_is_for_the_features_that_are_computed() -> None:
    markup = parse(f"<article><h1>Pier Reopens</h1>{STORY}</article>")
    found = find_body(markup)
    rows = dict(features.compute(found.evidence, "", classifier.load_model().lexicon, [0, 1]))
    assert {len(row) for row in rows.values()} == {len(features.NAMES)}
    assert all(0 <= probability <= 1 for probability in found.probabilities.values())
    with pytest.raises(ValueError, match="other features"):
        classifier.Model.load({"features": ["length"], "lexicon": {}, "trees": []})
