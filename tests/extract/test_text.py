import pytest
from lxml import html

from newscrawl.extract.text import normalize_space, read_lines, read_own_text, read_text, split_paragraphs


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("  Rain \n\t fell. ", "Rain fell."),
        ("the second-\n  largest bank", "the second-largest bank"),
        ("short- and\nlong-term", "short- and long-term"),
        ("first-\nor second-best", "first- or second-best"),
        ("ten- to\ntwelve-year", "ten- to twelve-year"),
        ("a sof\u00adt hy\u200bphen\ufeff", "a soft hyphen"),
        ("one\u2028two\u00a0three", "one two three"),
        ("", ""),
    ],
)
def test_squeezed(printed: str, read: str) -> None:
    assert normalize_space(printed) == read


@pytest.mark.parametrize(
    ("markup", "read"),
    [
        ("<p>Rain fell.</p>", "Rain fell."),
        ("<p>Rain <b>fell</b> on <i>all</i>.</p>", "Rain fell on all."),
        ("<p>Rain<script>x()</script> fell<noscript>!</noscript>.</p>", "Rain fell."),
        ('<p>Rain <meta itemprop="type" content="x">fell<!-- no --> on<!----> all.</p>', "Rain fell on all."),
        ("<p>Rain<button>Share</button> fell<svg><text>icon</text></svg>.</p>", "Rain fell."),
        ("<p>Rain<br>fell.</p>", "Rain fell."),
        ("<p></p>", ""),
    ],
)
def test_text_of(markup: str, read: str) -> None:
    assert read_text(html.fromstring(markup)) == read


def test_read_text_leaves_out_skipped_elements_and_keeps_the_text_after_them() -> None:
    element = html.fromstring("<p>Rain<sup>1</sup> fell.</p>")
    assert read_text(element, {element[0]}) == "Rain fell."


def test_text_of_a_hostile_depth_does_not_exhaust_the_stack() -> None:
    element = html.fromstring("<p></p>")
    inner = element
    for _ in range(5_000):
        inner = inner.makeelement("b")
        element.append(inner)
        element = inner
    inner.text = "deep"
    assert read_text(element.getroottree().getroot()) == "deep"


@pytest.mark.parametrize(
    ("markup", "read"),
    [
        ("<p>One.<br><br>Two.</p>", ["One.", "Two."]),
        ("<p>One.<br> \n <br><br>Two,<br>still two.</p>", ["One.", "Two, still two."]),
        ("<p><b>One.<br></b><br>Two.</p>", ["One.", "Two."]),
        ("<p>One.</p>", ["One."]),
    ],
)
def test_paragraphs_of(markup: str, read: list[str]) -> None:
    assert split_paragraphs(html.fromstring(markup)) == read


def test_own_text_leaves_out_that_of_children() -> None:
    assert (
        read_own_text(html.fromstring("<div>By <a>Jo Doe</a> and others<div>More stories</div></div>"))
        == "By and others"
    )


def test_lines_of_keeps_the_columns() -> None:
    assert read_lines(html.fromstring("<pre>Tin    1.5\n<b>Zinc   2.5</b></pre>")) == ["Tin    1.5", "Zinc   2.5"]
