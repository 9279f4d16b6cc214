from newscrawl.article import Block
from tests.extract.generic.stated import json_ld, meta, read


def test_a_dek_is_what_the_page_prints() -> None:
    head = meta(description="It is wet in the harbor.")
    assert read(head, "<h1>Rain Falls</h1><p>Nothing of it.</p>").dek is None
    for printed in ("<h2>It is wet in the harbor.</h2>", '<p class="standfirst">It is wet in the harbor.</p>'):
        dek = read(head, f"<h1>Rain Falls</h1>{printed}").dek
        assert dek is not None
        assert dek.value == "It is wet in the harbor."


def test_the_section() -> None:
    crumbs = """{"@type": "BreadcrumbList", "itemListElement": [{"name": "Home"}, {"item": {"name": "Harbor"}},
      {"name": "Rain Falls"}]}"""
    for head, body, source in (
        (json_ld('{"@type": "Article", "articleSection": ["Harbor"]}'), "", "json-ld articleSection"),
        ('<meta property="article:section" content="Harbor">', "", "meta article:section"),
        (json_ld(crumbs), "", "json-ld breadcrumb"),
        ("", '<ol class="breadcrumb"><a href="/">Home</a> <a href="/h">Harbor</a></ol>', "dom breadcrumb"),
    ):
        section = read(head, f"{body}<h1>Rain Falls</h1>").section
        assert section is not None
        assert (section.value, section.source) == ("Harbor", source)
    section = read().section
    assert section is not None
    assert (section.value, section.source) == ("harbor", "url")


def test_topics() -> None:
    topics = read(meta(keywords="rain, harbor, rain")).topics
    assert topics is not None
    assert topics.value == ("rain", "harbor")


def test_the_name_of_the_site() -> None:
    name = read(json_ld('{"@type": "Article", "publisher": {"name": "Tern &amp;amp; Post"}}')).site_name
    assert name is not None
    assert name.value == "Tern & Post"


def test_the_language_is_stated_or_that_of_the_text() -> None:
    french = [
        Block(kind="paragraph", text="La pluie tombe sur le port depuis trois jours, et les marins jouent aux cartes.")
    ]
    russian = [Block(kind="paragraph", text="Дождь идёт над гаванью третий день, и моряки играют в карты без конца.")]
    for language, blocks, expected in (("en-GB", french, "en"), ("", french, "fr"), ("en", russian, "ru")):
        found = read(language=language).read_language(blocks)
        assert found is not None
        assert found.value == expected


def test_the_lead_image() -> None:
    image = read('<meta property="og:image" content="/a.jpg">').lead_image
    assert image is not None
    assert image.value == "/a.jpg"
