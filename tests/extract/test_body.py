"""Bodies: from elements to lines, and from lines to the story. Texts are invented."""

from datetime import UTC, datetime

import pytest
from lxml import html

from newscrawl.article import Page
from newscrawl.extract.body import Body, Line, extract_story, find_hidden, is_hidden, read_body_lines
from newscrawl.extract.markup import Markup, select

P1 = "Rain fell on the harbor for a third day, and the ferries stayed at their moorings."
P2 = "“We are waiting,” said Jo Doe, who has run the ticket office since it was built."
P3 = "The company expects to sail again on Monday, if the wind allows it."


def body(markup: str, skip: str = "", wrappers: str = "") -> list[tuple[str, str]]:
    """Kind and text of each line of a body's inner HTML."""
    page = Page(url="", body=f"<div>{markup}</div>".encode(), fetched_at=datetime(2026, 1, 1, tzinfo=UTC))
    parsed = Markup(page, 2**24)
    element = select(parsed.root, "div")[0]
    skipped = find_hidden(parsed, element).union(select(element, skip) if skip else ())
    looked_into = set(select(element, wrappers)) if wrappers else set()
    return [(line.kind, line.text) for line in read_body_lines(element, skipped, looked_into)]


def read_story(*texts: str | Line, headline: str = "") -> Body:
    found = [text if isinstance(text, Line) else Line(kind="paragraph", text=text) for text in texts]
    return extract_story(found, headline or None)


def texts(read: Body) -> list[str]:
    return [block.text for block in read.blocks]


@pytest.mark.parametrize(
    ("markup", "blocks"),
    [
        (f"<p>{P1}</p><h2>Ferries</h2><p>{P2}</p>", [("paragraph", P1), ("subhead", "Ferries"), ("paragraph", P2)]),
        ("<ul><li>One</li><li>Two</li></ul>", [("list_item", "One"), ("list_item", "Two")]),
        (
            "<ul><li>One<ol><li>Half</li></ol></li><li>Two</li></ul>",
            [("list_item", "One"), ("list_item", "Half"), ("list_item", "Two")],
        ),
        ("<table><tr><td>A</td><td><table><tr><td>B</td></tr></table></td></tr></table>", [("table", "A\nB")]),
        ("<ol><li><p>One</p></li></ol><ul></ul>", [("list_item", "One")]),
        ("<blockquote><p>One</p><p>Two</p></blockquote>", [("quote", "One"), ("quote", "Two")]),
        (f"<blockquote>{P1}</blockquote>", [("quote", P1)]),
        (
            "<table><tr><th>Metal</th><th>Price</th></tr><tr><td>Tin</td><td>1.5</td></tr><tr></tr></table>",
            [("table", "Metal\tPrice\nTin\t1.5")],
        ),
        (f"<p>{P1}<br><br>{P2}</p>", [("paragraph", P1), ("paragraph", P2)]),
        ("<p>* * *</p><p>&nbsp;</p><p></p>", []),
        (f"<p>{P1}<!-- no --></p><!-- no --><?no?>", [("paragraph", P1)]),
    ],
)
def test_blocks(markup: str, blocks: list[tuple[str, str]]) -> None:
    assert body(markup) == blocks


@pytest.mark.parametrize(
    ("markup", "blocks"),
    [
        (f"<div><div><section><p>{P1}</p></section></div></div><p>{P2}</p>", [P1, P2]),
        (f"<em><p>{P1}</p></em><span><h3>Ferries</h3></span>", [P1, "Ferries"]),
        (f'<div class="page-ad"><p>{P1}</p></div><p>{P2}</p>', [P2]),
        (f'<div class="table-wrapper"><p>{P1}</p></div>', [P1]),
        (f"<div><span>{P1}</span></div><div><span>{P2}</span></div>", [P1, P2]),
        ("<div>Advertisement</div>", []),
        (f"<section><p>{P1}</p><aside><p>{P2}</p></aside></section>", [P1]),
    ],
    ids=["nested", "inline around blocks", "chrome", "named", "bare text", "short bare text", "aside"],
)
def test_wrappers(markup: str, blocks: list[str]) -> None:
    assert [text for _, text in body(markup, wrappers="div.table-wrapper")] == blocks


@pytest.mark.parametrize(
    ("markup", "blocks"),
    [
        (f"{P1}<br><br>{P2}<br>", [P1, P2]),
        (f'{P1} <b>Then</b> it <a href="/x">stopped</a>.<p>{P2}</p>', [f"{P1} Then it stopped.", P2]),
        (f"<blockquote>{P1}</blockquote>{P2}", [P1, P2]),
        ('<a href="/a">The ten best harbors of the world, in pictures</a> | <a href="/b">More stories</a>', []),
        ("By Jo Doe<br><br>", []),
        (f"<div>{P1}</div>{P2}<p>{P3}</p>", [P1, P2, P3]),
    ],
)
def test_loose_text_is_a_paragraph_if_it_is_no_line_of_links(markup: str, blocks: list[str]) -> None:
    assert [text for _, text in body(markup)] == blocks


@pytest.mark.parametrize(
    "hidden",
    [
        f"<p hidden>{P2}</p>",
        f'<p style="color:red; display: none">{P2}</p>',
        f'<div style="display:none"><p>{P2}</p></div>',
        f'<p class="visually-hidden">{P2}</p>',
        f'<p class="caption">{P2}</p>',
        f'<div><p class="cap_show">{P2}</p></div>',
        f'<p><span class="news-designed-for-consumer-media">{P2}</span></p>',
        f"<script>{P2}</script><noscript><p>{P2}</p></noscript>",
    ],
)
def test_hidden_elements_are_not_read(hidden: str) -> None:
    assert body(f"<p>{P1}</p>{hidden}") == [("paragraph", P1)]


def test_numbers_of_footnotes_are_no_text() -> None:
    assert body('<p>Rain fell.<a rel="footnote-ref" href="#1">1</a> It stopped.</p>') == [
        ("paragraph", "Rain fell. It stopped.")
    ]


def test_hidden_by_an_ancestor() -> None:
    outer = html.fromstring('<div style="display:none"><p><b>x</b></p></div>')
    assert is_hidden(outer[0][0])
    assert not is_hidden(html.fromstring('<div style="display:block"><p>x</p></div>')[0])


@pytest.mark.parametrize(
    ("markup", "blocks"),
    [
        ("<pre>Metal   Price\n=============\nTin     1.5\n</pre>", [("table", "Metal\tPrice\nTin\t1.5")]),
        (f"<pre>Tin     1.5\n\n{P1}\n</pre>", [("table", "Tin\t1.5"), ("paragraph", P1)]),
        (f"<pre>{P1}\n{P2}\n\n{P3}</pre>", [("paragraph", f"{P1} {P2}"), ("paragraph", P3)]),
        ("<pre>  \n</pre>", []),
    ],
)
def test_preformatted(markup: str, blocks: list[tuple[str, str]]) -> None:
    assert body(markup) == [(kind, text) for kind, text in blocks]


def test_a_line_knows_its_links_and_addresses() -> None:
    (line,) = read_body_lines(
        html.fromstring('<div><p>To <a href="mailto:jo@x.example?subject=Rain">Jo Doe</a></p></div>')
    )
    assert (line.emails, line.is_link) == (("jo@x.example",), False)
    linked = read_body_lines(html.fromstring('<ul><li><a href="/a">Rain</a>, <a href="/b">Snow</a>.</li></ul>'))
    assert [line.is_link for line in linked] == []
    (item,) = read_body_lines(
        html.fromstring('<div><ul><li><a href="/a">Rain</a>, <a href="/b">Snow</a></li></ul></div>')
    )
    assert item.is_link


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Ferries", "subhead"),
        ("Waiting for the Wind", "subhead"),
        ("‘No Boats’ in Sight", "subhead"),
        ("2009 Storm", "subhead"),
        ("What’s Next?", "subhead"),
        ("Not a subhead but a line", "paragraph"),
        ("Yes.", "paragraph"),
        ("“No Boats Today”", "paragraph"),
        ("Rain Fell:", "paragraph"),
        ("Rain " * 20, "paragraph"),
    ],
)
def test_a_short_line_in_title_case_between_paragraphs_is_a_subhead(line: str, kind: str) -> None:
    assert read_story(P1, line, P2).blocks[1].kind == kind


def test_a_short_line_is_no_subhead_at_an_end_or_beside_its_like() -> None:
    assert [block.kind for block in read_story("Ferries", P1).blocks] == ["paragraph"] * 2
    assert [block.kind for block in read_story(P1, "Ferries").blocks] == ["paragraph"] * 2
    assert [block.kind for block in read_story(P1, "Jo Doe", "Ann Poe", P2).blocks] == ["paragraph"] * 4


def test_a_bold_line_is_a_subhead_in_any_case() -> None:
    markup = f"<div><p>{P1}</p><p><strong>What comes next</strong></p><p>{P2}</p></div>"
    assert extract_story(list(read_body_lines(html.fromstring(markup)))).blocks[1].kind == "subhead"


def test_a_one_word_paragraph_above_a_list_is_a_subhead() -> None:
    read = read_story(P1, "Stocks", Line(kind="list_item", text="The index rose."))
    assert [block.kind for block in read.blocks] == ["paragraph", "subhead", "list_item"]


@pytest.mark.parametrize(
    ("first", "dateline", "rest"),
    [
        (f"May 27 (Bloomberg) -- {P1}", (None, "May 27"), P1),
        (f"LIMA, May 27 (Bloomberg) -- {P1}", ("LIMA", "May 27"), P1),
        (P1, None, P1),
    ],
)
def test_the_dateline_leaves_the_first_paragraph(
    first: str, dateline: tuple[str | None, str | None] | None, rest: str
) -> None:
    read = read_story(Line(kind="subhead", text="Rain"), first, P2)
    assert (read.dateline and (read.dateline.place, read.dateline.date_text)) == dateline
    assert texts(read) == ["Rain", rest, P2]


def test_lines_above_the_story_tell_of_it() -> None:
    read = read_story(
        "Harbor Closed", "By Jo Doe and Ann Poe", P1, "By Monday the Wind May Fall", headline="HARBOR CLOSED"
    )
    assert read.byline == ("Jo Doe", "Ann Poe")
    assert texts(read) == [P1, "By Monday the Wind May Fall"]
    assert [reason for reason, _ in read_story("Harbor Closed", P1, headline="Harbor Closed").excluded] == [
        "printed above"
    ]


@pytest.mark.parametrize(
    ("line", "names", "desk"),
    [
        ("By Jo Doe", ("Jo Doe",), None),
        ("Commentary by Jo Doe", ("Jo Doe",), None),
        ("Review by Jo Doe and Ann Poe", ("Jo Doe", "Ann Poe"), None),
        ("As told to Jo Doe", ("Jo Doe",), None),
        ("By Bloomberg News", (), "Bloomberg News"),
    ],
)
def test_a_byline_above_the_story(line: str, names: tuple[str, ...], desk: str | None) -> None:
    read = read_story(line, P1)
    assert (read.byline, read.desk, texts(read)) == (names, desk, [P1])


def test_other_lines_stay() -> None:
    assert texts(read_story("By then it had rained for a week.", P1)) == ["By then it had rained for a week.", P1]
    assert texts(read_story("By Jo Doe", P1, "By Ann Poe and others", P2)) == [P1, "By Ann Poe and others", P2]


@pytest.mark.parametrize(
    ("closing", "contacts", "assistance"),
    [
        (["To contact the reporter on this story: Jo Doe in Lima at jdoe@x.example"], ["Jo Doe"], []),
        (["— With assistance by Ann Poe and Li Roe"], [], ["Ann Poe", "Li Roe"]),
        (
            [
                "With assistance from Ann Poe",
                "To contact the editor responsible for this story: Li Roe at lr@x.example",
            ],
            ["Li Roe"],
            ["Ann Poe"],
        ),
    ],
)
def test_closing_lines_are_parsed(closing: list[str], contacts: list[str], assistance: list[str]) -> None:
    read = read_story(P1, P2, *closing)
    assert texts(read) == [P1, P2]
    assert ([contact.name for contact in read.contacts], read.assistance) == (contacts, assistance)
    assert {reason for reason, _ in read.excluded} == {"contact line"}


def test_a_closing_that_runs_on_after_the_story_is_taken_off() -> None:
    read = read_story(P1, f"{P3} To contact the reporter on this story: Jo Doe in Lima at jdoe@x.example")
    assert texts(read) == [P1, P3]
    assert [contact.email for contact in read.contacts] == ["jdoe@x.example"]


def test_a_person_is_a_contact_once() -> None:
    line = "To contact the reporter on this story: Jo Doe in Lima at jdoe@x.example"
    assert len(read_story(P1, line, Line(kind="paragraph", text=line, is_closing=True)).contacts) == 1


def test_a_signature_names_the_writers() -> None:
    read = read_story(P1, "-- Jo Doe")
    assert (texts(read), read.writers) == ([P1], ("Jo Doe",))
    assert texts(read_story(P1, "-- Jo Doe", P2)) == [P1, "-- Jo Doe", P2]
    assert texts(read_story(P1, "-- and then it rained again")) == [P1, "-- and then it rained again"]


@pytest.mark.parametrize(
    ("note", "correction", "reason"),
    [
        ("(Corrects the name of the harbor in first paragraph.)", True, "correction"),
        ("(Updates with comment in second paragraph.)", False, "update"),
        ("(Corrects the name of the harbor. Find this column daily at NI RAIN <GO>.)", True, "correction"),
    ],
)
def test_notes(note: str, correction: bool, reason: str) -> None:
    read = read_story(P1, note)
    assert read.correction == (note if correction else None)
    assert read.excluded == [(reason, note)]


def test_a_closing_element_is_never_story() -> None:
    read = read_story(P1, Line(kind="paragraph", text="The harbor is in Peru and old.", is_closing=True))
    assert (texts(read), read.excluded) == ([P1], [("closing line", "The harbor is in Peru and old.")])


LINK = Line(kind="list_item", text="Snow Falls in Chile", is_link=True)


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        ((P1, "Read more:", LINK, LINK, P2), [P1, P2]),
        ((P1, Line(kind="subhead", text="Related Stories"), LINK, P2), [P1, P2]),
        ((P1, "Read more: Snow Falls in Chile", Line(kind="list_item", text="It rained."), P2), [P1, "It rained.", P2]),
        ((P1, P2, LINK, LINK), [P1, P2]),
        ((P1, LINK, P2), [P1, LINK.text, P2]),
        ((P1, "Three things were open:", Line(kind="list_item", text="the bar"), P2), 4),
        ((P1, "https://x.example/rain", P2), [P1, P2]),
        ((P1, "Advertisement", P2, P1), [P1, P2]),
        ((P1, "Rain.", P2, "Rain."), [P1, "Rain.", P2, "Rain."]),
        ((P1, "It fell. See DOE US <Equity> EVT <GO>."), [P1, "It fell."]),
        ((P1, "For Related News and Information: {TNI RAIN <GO>}"), [P1]),
        ((P1, "(A call is at 9 a.m. in the U.S. See {LIVE <GO>}.)"), [P1]),
    ],
)
def test_debris_goes_and_the_story_stays(found: tuple[str | Line, ...], kept: list[str] | int) -> None:
    read = texts(read_story(*found))
    assert read == kept if isinstance(kept, list) else len(read) == kept


def test_a_line_may_tell_that_the_story_is_cut() -> None:
    assert read_story(
        P1, "To continue reading this article you must be a Bloomberg Professional Service Subscriber."
    ).is_cut
    assert not read_story(P1, P2).is_cut


def test_an_empty_body_is_empty() -> None:
    assert read_story() == Body()
