"""Lists as they break and lie: each has a name, and what came before the break is kept."""

import gzip
import subprocess
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newscrawl import discovery
from newscrawl.article import Link
from newscrawl.discovery import Listing, Refused, feed, front_page, news_sitemap, sitemap_index, text_sitemap
from newscrawl.errors import DiscoveryError
from tests.cpu_time import at_most

AT = "https://www.bloomberg.example/list"
HTML = b"<!doctype html><html><head><title>Sorry</title></head><body><p>Not here</p></body></html>"
URLS = tuple(f"https://www.bloomberg.example/news/articles/2024-03-0{day}/ferry" for day in range(1, 5))


def urlset(*entries: str) -> bytes:
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{"".join(entries)}</urlset>'.encode()


def rss(*entries: str) -> bytes:
    return f'<rss version="2.0"><channel><title>Harbour</title>{"".join(entries)}</channel></rss>'.encode()


SITEMAP = urlset(*(f"<url><loc>{url}</loc></url>" for url in URLS))
INDEX = f"<sitemapindex>{''.join(f'<sitemap><loc>{url}</loc></sitemap>' for url in URLS)}</sitemapindex>".encode()
FEED = rss(*(f"<item><link>{url}</link><title>Ferry</title></item>" for url in URLS))
ATOM = f"<feed>{''.join(f'<entry><id>{url}</id></entry>' for url in URLS)}</feed>".encode()
TEXT = "\n".join(URLS).encode()
LISTS = {"news_sitemap": SITEMAP, "sitemap_index": INDEX, "feed": FEED, "text_sitemap": TEXT}


def addresses(listing: Listing) -> tuple[str, ...]:
    return tuple(link.url for link in listing.links)


def reason(source: str, body: bytes) -> str:
    with pytest.raises(DiscoveryError) as caught:
        discovery.read(source, body, AT)
    assert caught.value.url == AT
    return caught.value.reason


def test_every_module_is_a_source() -> None:
    assert discovery.sources() == (
        "cdx",
        "cdx_pages",
        "collinfo",
        "feed",
        "front_page",
        "json_feed",
        "news_sitemap",
        "sitemap",
        "sitemap_index",
        "text_sitemap",
    )
    with pytest.raises(KeyError):
        discovery.read("hearsay", b"", AT)


@pytest.mark.parametrize("source", sorted({*discovery.sources()} - {"cdx", "cdx_pages"}))
@pytest.mark.parametrize("body", [b"", b" \r\n\t ", gzip.compress(b"", mtime=0), b"\xef\xbb\xbf"])
def test_an_empty_list_is_called_so(source: str, body: bytes) -> None:
    assert reason(source, body) == "empty"


@pytest.mark.parametrize(
    ("source", "body", "name"),
    [
        ("feed", HTML, "not_rss"),
        ("feed", b"Not here", "not_rss"),
        ("feed", SITEMAP, "not_rss"),
        ("feed", b'{"items": []}', "not_rss"),
        ("news_sitemap", HTML, "not_urlset"),
        ("news_sitemap", FEED, "not_urlset"),
        ("news_sitemap", INDEX, "not_urlset"),
        ("sitemap_index", SITEMAP, "not_sitemapindex"),
        ("sitemap", HTML, "not_urlset"),
        ("sitemap", b"Not here", "not_urlset"),
        ("text_sitemap", HTML, "not_text_sitemap"),
        ("front_page", b"Not here", "not_html"),
        ("feed", gzip.compress(HTML, mtime=0), "not_rss"),
    ],
)
def test_a_list_of_another_kind_is_called_so(source: str, body: bytes, name: str) -> None:
    assert reason(source, body) == name


@pytest.mark.parametrize(
    ("source", "body"), [("news_sitemap", urlset()), ("feed", rss()), ("sitemap", b"<sitemapindex/>")]
)
def test_a_list_without_entries_is_no_trouble(source: str, body: bytes) -> None:
    assert discovery.read(source, body, AT) == Listing(links=())


@pytest.mark.parametrize("source", LISTS)
@pytest.mark.parametrize("times", [1, 2])
def test_packed_lists_are_known_by_their_content(source: str, times: int) -> None:
    body = LISTS[source]
    for _ in range(times):
        body = gzip.compress(body)
    assert discovery.read(source, body, AT) == discovery.read(source, LISTS[source], AT)
    assert addresses(discovery.read(source, body, AT)) == URLS


def test_gzip_of_several_members_and_padding_is_one_list() -> None:
    whole = discovery.read("sitemap", SITEMAP, AT)
    for middle in range(1, len(SITEMAP)):
        body = gzip.compress(SITEMAP[:middle], 0) + gzip.compress(SITEMAP[middle:], 0) + b"\0" * 512
        assert discovery.read("sitemap", body, AT) == whole


@pytest.mark.parametrize("source", LISTS)
def test_what_is_no_gzip_but_begins_so_is_called_so(source: str) -> None:
    assert reason(source, b"\x1f\x8bbroken") == "broken_gzip"
    assert reason(source, gzip.compress(LISTS[source])[:11]) == "broken_gzip"


@pytest.mark.parametrize("source", LISTS)
def test_a_gzip_file_cut_short_gives_what_it_had(source: str) -> None:
    listing = discovery.read(source, gzip.compress(LISTS[source])[:-10], AT)
    assert addresses(listing) == URLS[: len(listing.links)]
    assert len(listing.links) >= len(URLS) - 2
    assert listing.error is not None
    assert (listing.error.reason, listing.error.url) == ("broken_tail", AT)


def test_a_gzip_file_broken_in_the_middle_gives_what_it_had() -> None:
    packed = zlib.compressobj(level=0, wbits=31)
    half = packed.compress(SITEMAP[:-9] + b" " * 1000) + packed.flush(zlib.Z_FULL_FLUSH)
    listing = discovery.read("sitemap", half + b"\xff" * 1000, AT)
    assert addresses(listing) == URLS
    assert listing.error is not None
    assert listing.error.reason == "broken_tail"


@pytest.mark.parametrize(("source", "body"), [("sitemap", SITEMAP), ("sitemap", INDEX), ("feed", FEED), ("feed", ATOM)])
def test_xml_cut_anywhere_gives_whole_entries_and_says_that_it_is_cut(source: str, body: bytes) -> None:
    whole = discovery.read(source, body, AT)
    assert addresses(whole) == URLS
    assert whole.error is None
    for end in range(1, len(body)):
        try:
            cut = discovery.read(source, body[:end], AT)
        except DiscoveryError:
            assert body[:end].count(b"</url>") == body[:end].count(b"</item>") == 0
            continue
        assert cut.links == whole.links[: len(cut.links)]
        assert len(cut.links) == max(
            body[:end].count(tag) for tag in (b"</url>", b"</sitemap>", b"</item>", b"</entry>")
        )
        assert cut.error is not None
        assert cut.error.reason == "broken_tail"


@pytest.mark.parametrize(
    "body",
    [
        urlset(f"<url><loc>{URLS[0]}</loc><x:y>1</x:y></url>", f'<url a="1" a="2"><loc>{URLS[1]}</loc></url>'),
        urlset(f"<url><loc>{URLS[0]}</loc>\x01\x02 caf&eacute;</url>", f"<url><loc>{URLS[1]}</loc></url>"),
        urlset(f"<url><loc>{URLS[0]}</loc></url>", f"<url><loc>{URLS[1]}</loc></url>") + b"<!-- served in 3 ms -->",
        urlset(f"<url><loc>{URLS[0]}</loc></url>", f"<url><loc>{URLS[1]}</loc></url>") + b"trailing words",
        b'<?xml version="1.0" encoding="harbour-1"?>'
        + urlset(f"<url><loc>{URLS[0]}</loc></url>", f"<url><loc>{URLS[1]}</loc></url>"),
        (
            '<?xml version="1.0" encoding="UTF-16"?>'
            + urlset(*(f"<url><loc>{u}</loc></url>" for u in URLS[:2])).decode()
        ).encode("utf-16"),
    ],
)
def test_small_faults_cost_nothing(body: bytes) -> None:
    assert addresses(discovery.read("sitemap", body, AT)) == URLS[:2]


@pytest.mark.parametrize("fault", ["</lastmod></url>", "</url></urlset>", "", "</ur", "<url>", "<lastmod></url>"])
@pytest.mark.parametrize("place", range(len(URLS)))
def test_a_broken_end_tag_hides_no_other_entry(fault: str, place: int) -> None:
    parts = SITEMAP.split(b"</url>")
    body = b"</url>".join(parts[: place + 1]) + fault.encode() + b"</url>".join(parts[place + 1 :])
    listing = discovery.read("sitemap", body, AT)
    assert set(addresses(listing)) >= set(URLS)
    assert listing.error is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("?a=1&amp;b=2", "?a=1&b=2"),
        ("?a=1&b=2", "?a=1&b=2"),
        ("?a=1&", "?a=1&"),
        ("?a=1&copy=2&#38;c=3&#x26;d", "?a=1&copy=2&c=3&d"),
        ("<![CDATA[?a=1&b=2]]>", "?a=1&b=2"),
        ("<![CDATA[?a=1&amp;b=2]]>", "?a=1&amp;b=2"),
    ],
)
def test_an_ampersand_that_xml_forbids_is_one_all_the_same(written: str, meant: str) -> None:
    body = urlset(f"<url><loc>https://a.example/x{written}</loc></url>", "<url><loc>https://a.example/y&z</loc></url>")
    assert addresses(discovery.read("sitemap", body, AT)) == (f"https://a.example/x{meant}", "https://a.example/y&z")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Ferry &#55357;&#56832; sails", "Ferry \U0001f600 sails"),
        ("Ferry &#xD83D;&#xDE00; sails", "Ferry \U0001f600 sails"),
        ("Ferry &#xD83D; sails", "Ferry \ufffd sails"),
        ("Ferry &#8;&#0;&#x110000;&#99999999999999; sails", "Ferry \ufffd\ufffd\ufffd\ufffd sails"),
        ("Ferry &#146; sails &#38;lt;", "Ferry \u2019 sails &lt;"),
        ("Fer\x08ry\0 \ufffesails", "Ferry sails"),
        ("Rates 5 < 6 <3 <- <= sails", "Rates 5 < 6 <3 <- <= sails"),
        ("AT&T &nbsp; &hellip; &harbour; &amp;amp;", "AT&T \u2026 &harbour; &amp;"),
        ("<![CDATA[5 < 6 & 7]]> &lt;", "5 < 6 & 7 <"),
        ("5 <![CDATA[ < 6", "5 < 6"),
        ("a ]]> b", "a ]]> b"),
        ("Tides <br>and <x:y>keels", "Tides and keels"),
    ],
)
def test_what_xml_forbids_costs_at_most_itself(written: str, meant: str) -> None:
    news = "<url><loc>{}</loc><news:news><news:title>{}</news:title></news:news></url>"
    body = urlset(news.format(URLS[0], written), news.format(URLS[1], "Second"))
    listing = discovery.read("sitemap", body, AT)
    assert [(link.url, link.headline) for link in listing.links] == [(URLS[0], meant), (URLS[1], "Second")]
    assert listing.error is None


@pytest.mark.parametrize(
    "before",
    [
        "\n <?xml version='1.0'?>",
        "<br />\n<b>Warning</b>: no harbour in <b>/srv/feed.php</b> on line <b>5</b><br />\n<?xml version='1.0'?>",
        "Notice: no tide\n<?xml version='1.0' encoding='utf-8'?>",
        "<?xml version='1.0'?><?xml-stylesheet href='a'?><!-- <rss> <item> --><!DOCTYPE rss [<!ENTITY a '<item>'>]>",
        "<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Transitional//EN' 'http://dtd.example/x.dtd'>",
    ],
)
def test_what_stands_before_the_root_costs_nothing(before: str) -> None:
    assert discovery.read("feed", before.encode() + FEED, AT) == discovery.read("feed", FEED, AT)


@pytest.mark.parametrize(
    "entry",
    [
        f"<item><link>{URLS[0]}</link><description><p>Text <img src='x.jpg'> more<br>line</p></description></item>",
        f"<item><guid isPermaLink=false>1</guid><link>{URLS[0]}</link></item>",
        f"<item><title>Ferry<link>{URLS[0]}</link></item>",
        f"<item><link>{URLS[0]}",
        f"<item a='><link>{URLS[0]}</link></item>",
        f"<item><link>{URLS[0]}</link><description><![CDATA[<item><link>x</link></item>]]></description></item>",
        f"<item><!-- <item></item> --><link>{URLS[0]}</link></item>",
        f"<item><title>Ferry <!-- </title><link>{URLS[0]}</link></item>",
        f"<item><title><![CDATA[Ferry</title><link>{URLS[0]}</link></item>",
        f"<item>{'<a>' * 3000}<link>{URLS[0]}</link></item>",
        f"<ITEM><LINK>{URLS[0]}</LINK></ITEM>",
        f"<item><link>{URLS[0]}</link></item></item></channel><p></rss>",
    ],
)
def test_a_broken_item_is_read_and_hides_no_other(entry: str) -> None:
    items = [f"<item><title><![CDATA[{url}]]><!-- a --></title><link>{url}</link></item>" for url in URLS[1:]]
    for place in range(len(URLS)):
        listing = discovery.read("feed", rss(*items[:place], entry, *items[place:]), AT)
        assert sorted(addresses(listing)) == sorted(URLS)
        assert listing.error is None


@pytest.mark.parametrize(
    "declared", ["http://[x", "ht\xe9tp://a.example/", "{x}", "", "'", "\x01", "http://a.example:x/", " ", "xml"]
)
def test_a_namespace_or_base_that_is_no_url_costs_nothing(declared: str) -> None:
    attributes = f'xmlns:media="{declared}" xmlns="{declared}" xmlns:xml="{declared}" xml:base="{declared}"'
    items = (f"<item><title>Ferry<br></title><media:title>x</media:title><link>{url}</link></item>" for url in URLS)
    body = f"<rss {attributes}><channel {attributes}>{''.join(items)}</channel></rss>".encode()
    assert addresses(discovery.read("feed", body, AT)) == URLS


@pytest.mark.parametrize(
    ("codec", "label", "title"),
    [
        ("cp1252", None, "Caf\xe9 \u201ctide\u201d"),
        ("cp1252", "utf-8", "Caf\xe9 \u201ctide\u201d"),
        ("utf-8", "utf-16", "Caf\xe9"),
        ("gb18030", "gb2312", "\u6e21\u8f6e \u9555"),
        ("cp932", "Shift_JIS", "\u6e21\u3057\u8239\u2460"),
        ("utf-16", "utf-16", "Caf\xe9"),
        ("utf-16-be", None, "Caf\xe9"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_encoding_of_a_list_is_found(
    codec: str, label: str | None, title: str, pack: Callable[[bytes], bytes]
) -> None:
    declared = f'<?xml version="1.0" encoding="{label}"?>' if label else ""
    text = f"{declared}<rss><channel><item><title>{title}</title><link>{URLS[0]}</link></item></channel></rss>"
    assert [link.headline for link in discovery.read("feed", pack(text.encode(codec)), AT).links] == [title]


def test_the_encoding_may_be_in_the_header_alone() -> None:
    body = rss(f"<item><title>\u0413\u0430\u0432\u0430\u043d\u044c</title><link>{URLS[0]}</link></item>")
    koi8 = body.decode().encode("koi8-r")
    [link] = discovery.read("feed", koi8, AT, content_type="application/rss+xml; charset=koi8-r").links
    assert link.headline == "\u0413\u0430\u0432\u0430\u043d\u044c"
    page = f"<a href='{URLS[0]}'>\u0413\u0430\u0432\u0430\u043d\u044c</a>".encode("koi8-r")
    [anchor] = discovery.read("front_page", page, AT, content_type="text/html; charset=koi8-r").links
    assert anchor.headline == link.headline


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ("https://a.example/" + "x" * 100_000, "url_too_long"),
        ("http://[Photos]", "malformed"),
        ("javascript:alert(1)", "malformed"),
        ("", "no_address"),
    ],
)
@pytest.mark.parametrize("source", ["news_sitemap", "sitemap_index", "feed"])
def test_an_entry_that_leads_nowhere_is_told(source: str, found: str, why: str) -> None:
    body = LISTS[source].replace(URLS[2].encode(), found.encode())
    listing = discovery.read(source, body, AT)
    assert addresses(listing) == URLS[:2] + URLS[3:]
    [refused] = listing.refused
    assert refused.reason == why
    assert found.startswith(refused.address)
    assert len(refused.address) <= 200
    assert listing.error is None


def test_the_longest_address_that_is_taken() -> None:
    longest = "https://a.example/" + "x" * (discovery.MAX_ADDRESS - 18)
    listing = discovery.read("text_sitemap", f"{longest}\n{longest}x\nnot an address".encode(), AT)
    assert addresses(listing) == (longest,)
    assert listing.refused == (Refused(longest[:200], "url_too_long"), Refused("not an address", "malformed"))


def test_a_text_sitemap_is_one_by_its_first_line() -> None:
    body = b"\xef\xbb\xbf" + b"\r\n\r\n".join(url.encode() for url in URLS) + b"\r\n"
    listing = discovery.read("sitemap", body, AT)
    assert addresses(listing) == URLS
    assert {link.source for link in listing.links} == {"text_sitemap"}


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("2024-02-30", None),
        ("soon", None),
        ("1" * 1000, None),
        ("2099-01-01T00:00:00Z", datetime(2099, 1, 1, tzinfo=UTC)),
        ("2024-03-05T08:29:40", datetime(2024, 3, 5, 8, 29, 40, tzinfo=UTC)),
        ("Tue, 05 Mar 2024 08:29:40 EST", datetime(2024, 3, 5, 13, 29, 40, tzinfo=UTC)),
    ],
)
def test_dates_that_lie_break_nothing(told: str, meant: datetime | None) -> None:
    entry = f"<url><loc>{URLS[0]}</loc><lastmod>{told}</lastmod></url>"
    assert discovery.read("sitemap", urlset(entry), AT).links == (
        Link(url=URLS[0], source="news_sitemap", updated_at=meant),
    )
    item = f"<item><link>{URLS[0]}</link><pubDate>{told}</pubDate></item>"
    assert discovery.read("feed", rss(item), AT).links[0].published_at == meant


@pytest.mark.parametrize(
    ("module", "source", "body"),
    [
        (news_sitemap, "sitemap", SITEMAP),
        (sitemap_index, "sitemap", INDEX),
        (text_sitemap, "sitemap", TEXT),
        (feed, "feed", FEED),
        (front_page, "front_page", "".join(f"<a href={url}>" for url in URLS).encode()),
    ],
)
def test_more_entries_than_a_list_has_are_not_read(
    module: ModuleType, source: str, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_ENTRIES", len(URLS))
    assert discovery.read(source, body, AT).error is None
    monkeypatch.setattr(module, "MAX_ENTRIES", 3)
    listing = discovery.read(source, body, AT)
    assert addresses(listing) == URLS[:3]
    assert listing.error is not None
    assert listing.error.reason == "too_many_entries"


@pytest.mark.parametrize(
    ("source", "body"),
    [
        pytest.param("feed", FEED[:-16] + b"\n" * (11 << 20) + b"</channel></rss>", id="over 10 MiB"),
        pytest.param("sitemap", gzip.compress(SITEMAP[:-9] + b"\n" * (51 << 20), 1), id="over 50 MiB unpacked"),
        pytest.param("sitemap", gzip.compress(gzip.compress(SITEMAP[:-9] + b" " * (51 << 20), 1)), id="packed twice"),
        pytest.param("text_sitemap", TEXT + b"\n" + b"x" * (51 << 20), id="a line without end"),
    ],
)
def test_of_a_list_that_is_too_large_the_beginning_is_read(source: str, body: bytes) -> None:
    listing = discovery.read(source, body, AT)
    assert addresses(listing) == URLS
    assert listing.error is not None
    assert listing.error.reason == "too_large"


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param(b"<a>" * 100_000, id="nested without end"),
        pytest.param(b"<url>" + b"<a/>" * 50_000, id="an entry without end"),
        pytest.param(b"a" * (12 << 20), id="a text without end"),
        pytest.param(b"&" * (12 << 20), id="ampersands without end"),
        pytest.param(b"<![CDATA[" * (1 << 18), id="CDATA without end"),
        pytest.param(b"<!--" * (1 << 19), id="comments without end"),
        pytest.param(b"<!DOCTYPE [" * (1 << 18), id="document types without end"),
        pytest.param(b"<a b='" * (1 << 18), id="attributes without end"),
    ],
)
def test_what_has_no_end_hides_nothing_before_it_and_takes_linear_time(rest: bytes) -> None:
    with at_most(15):  # a quadratic one takes minutes
        listing = discovery.read("sitemap", SITEMAP[:-9] + rest, AT)
        assert addresses(listing) == URLS
        assert listing.error is not None
        assert listing.error.reason == "broken_tail"
        within = discovery.read(
            "sitemap", SITEMAP[:-9] + b"<url><loc>https://a.example/5</loc>" + rest + SITEMAP[8:], AT
        )
        assert set(addresses(within)) >= {*URLS}


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(f"<dc:creator>{'a' * 100_000}</dc:creator>", id="a name without end"),
        pytest.param(f"<author>{'a' * 100_000}@b</author>", id="a mailbox without end"),
        pytest.param("<category domain='stock-symbol'>x</category>" * 15_000, id="categories without end"),
        pytest.param(f"<pubDate>{'1:' * 50_000}</pubDate>", id="a date without end"),
        pytest.param(f"<description>{'&lt;a ' * 30_000}</description>", id="tags without end"),
        pytest.param(f"<description>{'[' * 100_000}</description>", id="brackets without end"),
        pytest.param("<content><description>(Photo by " * 9_000, id="captions without end"),
    ],
)
def test_an_item_without_end_takes_no_time(item: str) -> None:
    with at_most(15):  # a quadratic one takes minutes
        first = discovery.read("feed", FEED[:-16] + f"<item><link>{URLS[0]}</link>{item}</item>".encode(), AT)
        assert addresses(first)[: len(URLS)] == URLS


@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_or_an_error_with_a_name(body: bytes) -> None:
    for source in discovery.sources():
        with suppress(DiscoveryError):
            listing = discovery.read(source, body, AT)
            found = addresses(listing) + listing.more
            assert all(url.startswith(("http://", "https://")) for url in found)


TOKENS = st.one_of(
    st.sampled_from(("<item>", "</item>", "<link>", "</link>", "<guid>", "</guid>", "<title>", "<author>", "<name>")),
    st.sampled_from(("<pubDate>", "</pubDate>", "<dc:date>", "<content>", "<source>", "<image>", "<media:title>")),
    st.sampled_from(("<![CDATA[", "]]>", "<!--", "<?a?>", "&", "\x01", "2024", "a@b.c", "<x:y>", "</category>")),
    st.sampled_from(("<link href='//[x'/>", "<category domain='stock-symbol'>", "<item xml:base='http://['>")),
    st.sampled_from(("<title type='xhtml'><div>", "<title mode='base64'>", "<link xml:base='//[x'>a</link>")),
)


@settings(max_examples=50)
@given(st.lists(TOKENS, max_size=25))
def test_whatever_an_item_holds_the_others_are_read(tokens: list[str]) -> None:
    listing = discovery.read("feed", FEED[:-16] + "".join(tokens).encode() + b"</channel></rss>", AT)
    assert addresses(listing)[: len(URLS)] == URLS


MEASURED = """
import gzip, pathlib, re
from newscrawl import discovery
def most_used():
    return int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
image = "<image><loc>https://a.example/1.jpg</loc><caption>Ferry</caption></image>"
entry = f"<url><loc>https://a.example/1</loc>{image * 40}</url>".encode()
body = gzip.compress(b"<urlset>" + entry * 2000 + b"</urlset>", 1)
before = most_used()
found = discovery.read("sitemap", body, "https://a.example/")
print(len(found.links), most_used() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/status tells a process' memory: run it on Linux")
def test_a_sitemap_needs_no_memory_for_what_it_tells_beside() -> None:
    ran = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True)
    links, kilobytes = map(int, ran.stdout.split())
    assert links == 2000
    assert kilobytes < 20_000  # 7 MB, measured; as a tree it takes 48
