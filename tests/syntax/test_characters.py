"""Characters that XML and databases forbid: removed from pages, and nothing else with them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from newscrawl.syntax.characters import remove_controls, remove_forbidden, repair_markup

FORBIDDEN = [*range(9), *range(14, 32), 0x7F, 0xFFFE, 0xFFFF]


@pytest.mark.parametrize("code", FORBIDDEN)
def test_a_forbidden_character_is_removed_raw_and_as_a_reference(code: int) -> None:
    forms = [f"a&#{code};b", f"a&#x{code:x};b", f"a&#X{code:04X};b", f"a&#000{code};b", f"a&#{code}b", f"a{chr(code)}b"]
    assert [repair_markup(form.encode()) for form in forms] == [b"ab"] * len(forms)
    assert remove_forbidden(f"a{chr(code)}b") == "ab"


@pytest.mark.parametrize(
    ("markup", "repaired"),
    [
        ("&#55357;&#56842;", "😊"),
        ("&#xD83D;&#xde0a;!", "😊!"),
        ("&#55357; &#56842;", " "),
        ("&#56842;&#55357;", ""),
        ("&#55357;&#4;&#56842;", ""),
        ("a&#10;b&#9;c&#13;d", "a&#10;b&#9;c&#13;d"),
        ("&#8217;&#128512;&#x27;&#32;&#133;&#126;&#128;", "&#8217;&#128512;&#x27;&#32;&#133;&#126;&#128;"),
        ("&#55295;&#57344;&#65533;&#65536;", "&#55295;&#57344;&#65533;&#65536;"),
        ("&#1114112;&#99999999999;&#xffffff;", "&#1114112;&#99999999999;&#xffffff;"),
        ("&amp;#4; &#; &#x; &#x4g;", "&amp;#4; &#; &#x; g;"),
        ("&#&#56842;4; &&#4;#4;", "&# 4; & #4;"),
        ("one\vtwo\fthree", "one\ntwo\nthree"),
    ],
)
def test_references_that_stand_for_text_stay(markup: str, repaired: str) -> None:
    assert repair_markup(markup.encode()).decode() == repaired


@given(st.text())
def test_text_without_forbidden_characters_stays_as_it_is(text: str) -> None:
    text = re.sub(r"[\v\f]|&#", "", remove_forbidden(text))
    assert repair_markup(text.encode()) == remove_controls(text.encode()) == text.encode()


@given(st.lists(st.sampled_from(["&#", "&#x", "4", "1b", ";", "55357", "d83d", "\x04", "a", "&#56842;", "\ufffe"])))
def test_a_strict_parser_reads_what_is_repaired(parts: list[str]) -> None:
    repaired = repair_markup("".join(parts).encode())
    complete = re.sub(rb"&#(?!(?:\d{1,5}|x[\da-f]{1,4});)", b"", repaired)
    etree.fromstring(b"<p>" + complete + b"</p>")
