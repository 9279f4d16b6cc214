"""Feeds, RSS and Atom, as they are served: text and names invented."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from newscrawl import discovery
from newscrawl.article import Link
from newscrawl.errors import DiscoveryError

HOST = "https://www.bloomberg.example"
AT = f"{HOST}/feeds/markets.rss"


def links(body: bytes, url: str) -> tuple[Link, ...]:
    return discovery.read("feed", body, url).links


def rss(item: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
    <rss xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" version="2.0">
    <channel><title>Markets</title><link>https://www.bloomberg.example/markets</link>{item}</channel></rss>""".encode()


WHOLE = """<item><title><![CDATA[Tern Lines &amp; Co. Rises ]]></title>
<description><![CDATA[<p>The ferry company said it sold <b>two</b> ships.</p>]]></description>
<link>https://www.bloomberg.example/news/articles/2024-03-05/tern-lines-rises</link>
<guid isPermaLink="true">https://www.bloomberg.example/news/articles/2024-03-05/tern-lines-rises</guid>
<dc:creator>Ada Okafor, Jun-ho (Leo) Baek</dc:creator><pubDate>Tue, 05 Mar 2024 08:29:40 +0100</pubDate>
<category domain="stock-symbol">XLON:TRN</category><category>ferries</category>
<media:content url="https://assets.example/1.jpg" type="image/jpeg">
<media:thumbnail url="https://assets.example/1.jpg"/>
<media:description>A ferry in port. Photographer: Noor Haddad/Harbour Pictures</media:description>
</media:content></item>"""


def test_an_entry_says_all_it_knows() -> None:
    [link] = links(rss(WHOLE), AT)
    assert link.url == "https://www.bloomberg.example/news/articles/2024-03-05/tern-lines-rises"
    assert link.source == "feed"
    assert link.headline == "Tern Lines & Co. Rises"
    assert link.dek == "The ferry company said it sold two ships."
    assert link.byline == ("Ada Okafor", "Jun-ho (Leo) Baek")
    assert link.published_at == datetime(2024, 3, 5, 7, 29, 40, tzinfo=UTC)
    assert link.tickers == ("XLON:TRN",)
    assert (link.caption, link.credit) == ("A ferry in port.", "Photographer: Noor Haddad/Harbour Pictures")


def test_an_atom_entry_too() -> None:
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A Quiet Week</title>
    <link rel="self" href="/self"/><link href="/news/articles/2024-03-06/a-quiet-week"/>
    <author><name>Ada Okafor</name></author><published>2024-03-06T10:00:00Z</published>
    <updated>2024-03-06T11:30:00+01:00</updated><summary>Little happened.</summary></entry></feed>"""
    [link] = links(body, AT)
    assert link.url == "https://www.bloomberg.example/news/articles/2024-03-06/a-quiet-week"
    assert (link.headline, link.dek, link.byline) == ("A Quiet Week", "Little happened.", ("Ada Okafor",))
    assert link.published_at == datetime(2024, 3, 6, 10, tzinfo=UTC)
    assert link.updated_at == datetime(2024, 3, 6, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("item", "urls"),
    [
        ("", []),
        ("<item><title>No address</title></item>", []),
        ("<item><guid>https://a.example/x</guid></item>", ["https://a.example/x"]),
        ('<item><guid isPermaLink="false">https://a.example/x</guid></item>', []),
        ('<item><guid isPermaLink="FALSE">https://a.example/x</guid></item>', []),
        ('<item><guid ispermalink="True"> https://a.example/x </guid></item>', ["https://a.example/x"]),
        ("<item><guid>1558978626260</guid></item>", []),
        ('<item><guid isPermaLink="true">harbour/1</guid></item>', []),
        ("<item><link>https://a.example/1</link><guid>https://a.example/x</guid></item>", ["https://a.example/1"]),
        (
            "<item><link>https://b.example/~r/1</link><feedburner:origLink>https://a.example/1</feedburner:origLink></item>",
            ["https://a.example/1"],
        ),
        (
            "<item><link>https://a.example/1</link><feedburner:origLink>http://[x</feedburner:origLink></item>",
            ["https://a.example/1"],
        ),
        ("<item><link>javascript:alert(1)</link><guid>tag:1</guid></item>", []),
        ("<item><link>http://[Photos]</link></item>", []),
        ("<item><link>http://a.example:80http://b.example/</link></item>", []),
        ("<item><link> /relative </link></item>", [f"{HOST}/relative"]),
        (
            "<item><link>https://a.example/1</link></item><item><link>https://a.example/2</link></item>",
            ["https://a.example/1", "https://a.example/2"],
        ),
    ],
)
def test_addresses(item: str, urls: list[str]) -> None:
    assert [link.url for link in links(rss(item), AT)] == urls


@pytest.mark.parametrize(
    ("inner", "caption", "credit"),
    [
        ("<media:description/>", None, None),
        ("<media:description>Photographer: A B/C</media:description>", None, "Photographer: A B/C"),
        ("<media:description>A hill. Source: Hill Co.</media:description>", "A hill.", "Source: Hill Co."),
        ("<media:description>A hill. (Photo by A B/C)</media:description>", "A hill.", "Photo by A B/C"),
        ("<media:description>Photo by a hill</media:description>", "Photo by a hill", None),
        ("<media:description>A hill.</media:description><media:credit>A B</media:credit>", "A hill.", "A B"),
    ],
)
def test_captions(inner: str, caption: str | None, credit: str | None) -> None:
    item = f"<item><link>https://a.example/1</link><media:content>{inner}</media:content></item>"
    [link] = links(rss(item), AT)
    assert (link.caption, link.credit) == (caption, credit)


@pytest.mark.parametrize(
    "item",
    [
        "<media:group><media:content><media:description>A hill.</media:description></media:content></media:group>",
        "<media:group><media:content/><media:description>A hill.</media:description></media:group>",
        "<media:content/><media:content><media:description>A hill.</media:description></media:content>",
    ],
)
def test_a_caption_may_stand_in_a_group(item: str) -> None:
    [link] = links(rss(f"<item><link>https://a.example/1</link>{item}</item>"), AT)
    assert (link.caption, link.dek) == ("A hill.", None)


def test_a_bracketed_note_is_no_dek_and_a_broken_date_no_date() -> None:
    item = "<item><link>https://a.example/1</link><description>[left out]</description><pubDate>soon</pubDate></item>"
    [link] = links(rss(item), AT)
    assert (link.dek, link.published_at) == (None, None)


def test_a_feed_cut_short_gives_what_it_had() -> None:
    first, *_ = links(rss(WHOLE + WHOLE)[:-300], AT)
    assert first.headline == "Tern Lines & Co. Rises"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"Not RowItem", "not_rss"),
        (b"<!doctype html><html><body>Sorry</body></html>", "not_rss"),
        (b"<urlset/>", "not_rss"),
        (b"\x1f\x8bbroken", "broken_gzip"),
    ],
)
def test_what_is_no_feed_is_refused_by_name(body: bytes, reason: str) -> None:
    with pytest.raises(DiscoveryError) as caught:
        links(body, AT)
    assert (caught.value.reason, caught.value.url) == (reason, AT)


def test_an_rdf_entry_too() -> None:
    body = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Islands</title><items/></channel>
    <item rdf:about="https://a.example/1"><title>Bridge Opens</title><link>https://a.example/1</link>
    <dc:creator>Ada Okafor</dc:creator><dc:date>2004-03-05T08:29:40+01:00</dc:date></item></rdf:RDF>"""
    assert links(body, AT) == (
        Link(
            url="https://a.example/1",
            source="feed",
            headline="Bridge Opens",
            byline=("Ada Okafor",),
            published_at=datetime(2004, 3, 5, 7, 29, 40, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize(
    ("inner", "byline"),
    [
        ("<author>desk@bloomberg.example (Ada Okafor)</author>", ("Ada Okafor",)),
        ("<author>Ada Okafor</author>", ("Ada Okafor",)),
        ("<author>desk@bloomberg.example</author>", ()),
        ("<author>a@b.example (Ada Okafor), Noor Haddad &lt;n@b.example&gt;</author>", ("Ada Okafor", "Noor Haddad")),
        ("<dc:creator>Ada Okafor</dc:creator><dc:creator>Noor Haddad</dc:creator>", ("Ada Okafor", "Noor Haddad")),
        ("<dc:creator> , Ada Okafor,</dc:creator><dc:creator/>", ("Ada Okafor",)),
        ("<author><name>Okafor, Ada</name><email>desk@bloomberg.example</email></author>", ("Okafor, Ada",)),
    ],
)
def test_bylines(inner: str, byline: tuple[str, ...]) -> None:
    [link] = links(rss(f"<item><link>https://a.example/1</link>{inner}</item>"), AT)
    assert link.byline == byline


@pytest.mark.parametrize(
    ("inner", "headline", "dek"),
    [
        ("<title>Tern &amp;amp; Sons</title>", "Tern & Sons", None),
        ("<title>AT&T, &nbsp;caf&eacute; &lt;b&gt;Rise&lt;/b&gt;</title>", "AT&T, café Rise", None),
        ("<title>1 &lt; 2 and 3 &gt; 2</title>", "1 < 2 and 3 > 2", None),
        ("<title/><title>First</title><title>Second</title>", "First", None),
        ("<media:title>Picture</media:title><title>Story</title>", "Story", None),
        ("<title>Story</title><media:content><media:title>Picture</media:title></media:content>", "Story", None),
        ("<media:content><media:description>A hill.</media:description></media:content>", None, None),
        (
            "<media:content><media:description>Hill</media:description></media:content><description>Up.</description>",
            None,
            "Up.",
        ),
    ],
)
def test_headlines_and_deks(inner: str, headline: str | None, dek: str | None) -> None:
    [link] = links(rss(f"<item><link>https://a.example/1</link>{inner}</item>"), AT)
    assert (link.headline, link.dek) == (headline, dek)


@pytest.mark.parametrize(
    ("inner", "published_at", "updated_at"),
    [
        ("<dc:date>2024-03-05</dc:date>", datetime(2024, 3, 5, tzinfo=UTC), None),
        (
            "<dc:date>2024-03-06</dc:date><pubDate>05 Mar 2024 00:00 GMT</pubDate>",
            datetime(2024, 3, 5, tzinfo=UTC),
            None,
        ),
        ("<published>2024-03-05</published><dc:date>2024-03-06</dc:date>", datetime(2024, 3, 5, tzinfo=UTC), None),
        ("<a:updated>2024-03-06</a:updated>", None, datetime(2024, 3, 6, tzinfo=UTC)),
    ],
)
def test_when_it_was_published_is_not_when_it_was_updated(
    inner: str, published_at: datetime | None, updated_at: datetime | None
) -> None:
    inner = inner.replace("<a:updated", '<a:updated xmlns:a="http://www.w3.org/2005/Atom"')
    [link] = links(rss(f"<item><link>https://a.example/1</link>{inner}</item>"), AT)
    assert (link.published_at, link.updated_at) == (published_at, updated_at)


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("<title>Use &lt;b&gt; &amp;amp; go</title>", "Use <b> &amp; go"),
        ('<title type="text">Use &lt;b&gt; now</title>', "Use <b> now"),
        ('<title type="html">Use &lt;b&gt;tugs&lt;/b&gt; &amp;amp; &amp;lt;oars&amp;gt;</title>', "Use tugs & <oars>"),
        (
            '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Use <b>tugs</b> &lt;b&gt;</div></title>',
            "Use tugs <b>",
        ),
        ('<title type="text"><![CDATA[1 < 2 <b>]]></title>', "1 < 2 <b>"),
    ],
)
def test_the_type_of_an_atom_title_says_what_is_markup(title: str, headline: str) -> None:
    body = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry>{title}<link href="/1"/></entry></feed>'
    assert [link.headline for link in links(body.encode(), AT)] == [headline]


def test_of_several_links_the_page_is_taken() -> None:
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><link rel="self" href="/self"/>
    <link rel="alternate" type="application/json" href="/1.json"/><link type="text/html" href="/1"/></entry></feed>"""
    assert [link.url for link in links(body, AT)] == [f"{HOST}/1"]


@pytest.mark.parametrize(
    ("told", "hour"),
    [
        ("Sat, 11 Jul 2026 02:30:00 CEST", 0),
        ("Sat, 11 Jul 2026 02:30:00 MESZ", 0),
        ("Sat, 11 Jul 2026 02:30:00 +02:00", 0),
        ("Sat, 11 Jul 2026 02:30:00 +0200", 0),
        ("Sat, 11 Jul 2026 02:30:00 GMT+0200", 0),
        ("Sat, 11 Jul 2026 02:30:00 GMT+2", 0),
        ("Sat, 11 Jul 2026 02:30:00 +2", 0),
        ("Sat, 11 Jul 2026 02:30:00 UTC", 2),
        ("Sat, 11 Jul 2026 02:30:00 Z", 2),
        ("Sat, 11 Jul 2026 02:30:00 VELL", 2),
        ("Sat, 11 Jul 2026 02:30:00 BST", 1),
        ("11 Jul 26 02:30 EET", 0),
        ("2026-07-11 02:30:00 CEST", 0),
        ("2026-07-11T02:30:00 +02:00", 0),
    ],
)
def test_the_zone_of_a_time_is_heeded(told: str, hour: int) -> None:
    [link] = links(rss(f"<item><link>https://a.example/1</link><pubDate>{told}</pubDate></item>"), AT)
    assert link.published_at == datetime(2026, 7, 11, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "broken", ["<pubDate/>", "<pubDate>soon</pubDate>", "<pubDate> </pubDate><pubDate>?</pubDate>"]
)
@pytest.mark.parametrize("good", ["<dc:date>2026-07-11</dc:date>", "<pubDate>Sat, 11 Jul 2026 00:00:00 GMT</pubDate>"])
def test_a_broken_date_hides_no_good_one(broken: str, good: str) -> None:
    for dates in (broken + good, good + broken):
        [link] = links(rss(f"<item><link>https://a.example/1</link>{dates}</item>"), AT)
        assert link.published_at == datetime(2026, 7, 11, tzinfo=UTC)


def test_a_channel_of_cdf_is_a_feed() -> None:
    body = b"""<CHANNEL BASE="https://a.example/news/"><TITLE>Vell</TITLE>
    <ITEM HREF="1" LASTMOD="2004-04-06T23:05:43-05:00"><TITLE>Ferry</TITLE></ITEM></CHANNEL>"""
    assert links(body, AT) == (
        Link(
            url="https://a.example/news/1",
            source="feed",
            headline="Ferry",
            updated_at=datetime(2004, 4, 7, 4, 5, 43, tzinfo=UTC),
        ),
    )


def test_the_base_of_a_feed_is_heeded() -> None:
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.example/news/">
    <entry><link href="1"/></entry>
    <entry xml:base="old/"><link href="2"/></entry></feed>"""
    assert [link.url for link in links(body, AT)] == ["https://a.example/news/1", "https://a.example/news/old/2"]


def test_a_body_is_never_taken_for_the_name_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "feed.rss"
    file.write_bytes(rss(WHOLE))
    with pytest.raises(DiscoveryError):
        links(str(file).encode(), AT)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE rss [<!ENTITY % a SYSTEM "http://127.0.0.1/a.dtd"> %a;]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1/a.dtd">',
        '<!DOCTYPE rss PUBLIC "-//Anyone//DTD//EN" "http://127.0.0.1/a.dtd">',
        "<!DOCTYPE rss [" + '<!ENTITY a "ha">' * 10_000 + "]>",
    ],
)
def test_a_dtd_costs_nothing_and_brings_nothing(doctype: str) -> None:
    body = f"{doctype}<rss><channel><item><title>&a;&b;</title><link>https://a.example/1</link></item></channel></rss>"
    [link] = links(body.encode(), AT)
    assert link.url == "https://a.example/1"
    assert link.headline in ("&a;&b;", "ha&b;")


@pytest.mark.parametrize(
    ("declared", "headline"),
    [
        ('<!ENTITY harbour "Vell">', "Vell Caf\xe9"),
        ("<!ENTITY harbour 'Vell'>", "Vell Caf\xe9"),
        ('<!ENTITY harbour "&#86;"><!ENTITY unused "&harbour;">', "V Caf\xe9"),
        ('<!ENTITY a "tide"><!ENTITY harbour "&a;&a;">', "&harbour; Caf\xe9"),
        ('<!ENTITY harbour SYSTEM "file:///etc/hostname">', "&harbour; Caf\xe9"),
        ('<!ENTITY % harbour "tide">', "&harbour; Caf\xe9"),
        (f'<!ENTITY harbour "{"tide" * 1000}">', "&harbour; Caf\xe9"),
    ],
)
def test_an_entity_is_read_if_it_is_a_short_text(declared: str, headline: str) -> None:
    item = "<item><title>&harbour; Caf&eacute;</title><link>https://a.example/1</link></item>"
    body = f'<?xml version="1.0"?><!DOCTYPE rss [{declared}]><rss><channel>{item}</channel></rss>'
    assert [link.headline for link in links(body.encode(), AT)] == [headline]


def test_the_doctype_of_old_rss_is_none_of_these() -> None:
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://127.0.0.1/rss-0.91.dtd">'
    body = f"{doctype}<rss><channel><item><link>https://a.example/1</link></item></channel></rss>"
    assert [link.url for link in links(body.encode(), AT)] == ["https://a.example/1"]
