import pytest

from tests.extract.generic.stated import json_ld, meta, read


def authors(head: str = "", body: str = "", **options: str) -> tuple[str, ...]:
    metadata = read(head, f"<h1>Rain Falls</h1>{body}", **options)
    return metadata.authors.value if metadata.authors else ()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("By Jo Doe and Ann Poe", ("Jo Doe", "Ann Poe")),
        ("Von Jo Doe und Ann Poe", ("Jo Doe", "Ann Poe")),
        ("Par Jo Doe et Ann Poe", ("Jo Doe", "Ann Poe")),
        ("Por Jo Doe y Ann Poe", ("Jo Doe", "Ann Poe")),
        ("Av Jo Doe og Ann Poe", ("Jo Doe", "Ann Poe")),
        ("Di Jo Doe e Ann Poe", ("Jo Doe", "Ann Poe")),
        ("Door Jo Doe en Ann Poe", ("Jo Doe", "Ann Poe")),
        ("Text: Jo Doe, Fotos: Ann Poe", ("Jo Doe",)),
        ("Jo Doe, Senior Reporter", ("Jo Doe",)),
        ("By Jo Doe | @jodoe | jo@tern.example", ("Jo Doe",)),
        ("Por José Ortega y Gasset", ("José Ortega y Gasset",)),
        ("文／山田太郎", ("山田太郎",)),
        ("記者 王小明", ("王小明",)),
        ("BY JO DOE", ("Jo Doe",)),
        ("記者王小明／台北報導", ("王小明",)),
        ("取材・文＝山田太郎", ("山田太郎",)),
        ("홍길동, 김철수 기자", ("홍길동", "김철수")),
        ("Автор: Иван Петров и Анна Смирнова", ("Иван Петров", "Анна Смирнова")),
        ("بقلم محمد علي", ("محمد علي",)),
        ("द्वारा राम कुमार", ("राम कुमार",)),
        ("Przez Jan Kowalski i Anna Nowak", ("Jan Kowalski", "Anna Nowak")),
        ("Oleh Budi Santoso dan Siti Aminah", ("Budi Santoso", "Siti Aminah")),
        ("Written by Jo Doe Published on 12 May 2024", ("Jo Doe",)),
        ("By Jo Doe For The Daily Tern", ("Jo Doe",)),
        ("Ursula von der Doe", ("Ursula von der Doe",)),
    ],
)
def test_a_printed_byline_is_split(text: str, names: tuple[str, ...]) -> None:
    assert authors("", f'<p class="byline">{text}</p>') == names


@pytest.mark.parametrize(
    "author",
    [
        '{"@type": "Person", "name": "Jo Doe"}',
        '[{"name": "Jo Doe"}]',
        '"Jo Doe"',
        '"By Jo Doe"',
        '{"@id": "#jo"}',
        '{"name": ["Jo Doe"]}',
    ],
)
def test_authors_in_json_ld(author: str) -> None:
    graph = f'{{"@graph": [{{"@type": "Article", "author": {author}}}, {{"@id": "#jo", "name": "Jo Doe"}}]}}'
    assert authors(json_ld(graph)) == ("Jo Doe",)


def test_people_override_organizations() -> None:
    head = json_ld('{"@type": "Article", "author": {"@type": "Organization", "name": "Tern Post"}}')
    assert authors(head, '<p class="byline">By <a href="/jo">Jo Doe</a></p>') == ("Jo Doe",)
    assert authors(head) == ()
    desk = read(head, "<h1>Rain</h1>").desk
    assert desk is not None
    assert desk.value == "Tern Post"


def test_sources_that_agree_outvote_the_first() -> None:
    head = meta(author="Herb House", article__author="Jo Doe")
    assert authors(head, '<a rel="author" href="/jo">Jo Doe</a>') == ("Jo Doe",)


def test_addresses_and_placeholders_are_no_authors() -> None:
    assert authors(meta(author="https://www.tern.example/jo")) == ()
    assert authors(meta(author="admin")) == ()


def test_a_name_in_reverse_order() -> None:
    assert authors('<meta name="DC.creator" content="Doe, Jo">') == ("Jo Doe",)


def test_credits_of_pictures_and_names_at_other_stories_are_no_authors() -> None:
    body = """<figure><span class="author">Ann Poe</span></figure>
      <aside class="related"><span class="author">Li Wei</span></aside>"""
    assert authors("", body) == ()


def test_names_in_child_elements() -> None:
    body = '<div class="authors"><span>Jo Doe</span><span>Ann Poe</span><time>1 May 2020</time></div>'
    assert authors("", body) == ("Jo Doe", "Ann Poe")


def test_the_author_of_a_label_of_a_card() -> None:
    assert authors(meta(twitter__label1="Written by", twitter__data1="Jo Doe")) == ("Jo Doe",)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("<p>By Jo Doe</p>", ("Jo Doe",)),
        ('<div><a href="/author/jo-doe">Jo Doe</a></div>', ("Jo Doe",)),
        ("<div><span>Jo Doe</span> <span>12 March 2024</span></div>", ("Jo Doe",)),
        ("<p><strong>Jo Doe</strong></p><p>" + "It rains. " * 40 + "</p>", ("Jo Doe",)),
        ("<p><strong>Rain Falls</strong></p><p>It rains.</p>", ()),
        ("<p>" + "It rains. " * 40 + "</p><p><strong>Jo Doe</strong></p>", ()),
        ("<p>Photo: Ann Poe</p>", ()),
    ],
)
def test_bylines_that_no_element_is_named_after(body: str, names: tuple[str, ...]) -> None:
    assert authors("<title>Rain Falls</title>", body) == names


def test_printed_names_add_to_the_stated_ones_only_if_the_line_has_nothing_else() -> None:
    head = meta(author="Jo Doe")
    assert authors(head, '<p class="byline">By Jo Doe and Ann Poe</p>') == ("Jo Doe", "Ann Poe")
    assert authors(head, '<p class="byline">Jo Doe<br>Copy Link</p>') == ("Jo Doe",)


def test_a_byline_in_a_column_next_to_the_headline() -> None:
    assert authors("", '<aside class="side"><p class="author">Jo Doe</p></aside>') == ("Jo Doe",)
