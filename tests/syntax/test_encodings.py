"""Encodings of pages and lists: what the bytes are, whatever a header or the document calls them."""

import pytest

from newscrawl.syntax.encodings import decode_to_utf8

XML = '<?xml version="1.0" encoding="{}"?><rss>{}</rss>'


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("iso-8859-1", "cp1252", "Café “tide”"),
        ("us-ascii", "cp1252", "Café “tide”"),
        ("x-cp1251", "cp1251", "Гавань"),
        ("windows-1251", "cp1251", "Гавань"),
        ("koi8-r", "koi8-r", "Гавань"),
        ("iso-8859-2", "iso8859-2", "Žilina"),
        ("iso-8859-9", "cp1254", "İzmir “liman”"),
        ("gb2312", "gb18030", "港口镕喆"),
        ("x-gbk", "gb18030", "港口镕喆"),
        ("big5", "big5hkscs", "港口碼頭"),
        ("Shift_JIS", "cp932", "①港の船髙"),
        ("euc-jp", "euc_jp", "港の船"),
        ("euc-jp", "euc_jis_2004", "①港の船"),
        ("iso-2022-jp", "iso2022_jp", "港の船"),
        ("euc-kr", "cp949", "항구 똠"),
        ("tis-620", "cp874", "ท่าเรือ"),
        ("macintosh", "mac-roman", "Café"),
    ],
)
def test_a_label_means_the_superset_that_browsers_read(label: str, codec: str, text: str) -> None:
    document = XML.format(label, text)
    assert decode_to_utf8(document.encode(codec), None)[1].decode() == document
    undeclared = f"<rss>{text}</rss>"
    header = f"text/xml; charset={label}"
    assert decode_to_utf8(undeclared.encode(codec), header)[1].decode() == undeclared


@pytest.mark.parametrize("label", ["utf-16", "iso-8859-1", "cp037", "rot13", "hex", "utf-7", "base64", "harbour-1", ""])
@pytest.mark.parametrize("header", [None, "text/xml; charset={}"])
def test_utf8_is_utf8_whatever_it_is_called(label: str, header: str | None) -> None:
    document = XML.format(label, "Café “tide”")
    assert decode_to_utf8(document.encode(), header and header.format(label)) == ("utf-8", document.encode())


@pytest.mark.parametrize(
    "label", ["utf-16", "utf-8", "cp037", "rot13", "hex", "utf-7", "idna", "punycode", "undefined"]
)
def test_a_label_that_cannot_be_right_leaves_windows_1252(label: str) -> None:
    document = XML.format(label, "Café “tide”")
    assert decode_to_utf8(document.encode("cp1252"), f"text/xml; charset={label}")[1].decode() == document


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_wide_text_needs_neither_mark_nor_label(codec: str) -> None:
    assert decode_to_utf8("<rss>Café \U0001f600</rss>".encode(codec), None)[1].decode() == "<rss>Café \U0001f600</rss>"


def test_the_header_wins_unless_only_the_declaration_fits_the_bytes() -> None:
    document = XML.format("koi8-r", "Гавань")
    read = decode_to_utf8(document.encode("cp1251"), "text/xml; charset=windows-1251")
    assert read == ("cp1251", document.encode())
    assert decode_to_utf8(document.encode("koi8-r"), "text/xml; charset=utf-8") == ("koi8-r", document.encode())
    document = XML.format("euc-jp", "港の船が入る")
    assert decode_to_utf8(document.encode("euc-jp"), "text/xml; charset=shift_jis") == ("euc_jp", document.encode())


def test_a_few_broken_bytes_leave_utf8() -> None:
    text = "Гавань " * 10
    assert decode_to_utf8(text.encode() + b"\xd0", None) == ("utf-8", f"{text}\ufffd".encode())
