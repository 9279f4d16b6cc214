"""Splits captions: the text under a picture, and the credit on the same line.

>>> split("A smelter in Dao. Photographer: Jo Doe/Reuters")
('A smelter in Dao.', 'Photographer: Jo Doe/Reuters')
>>> split("Courtesy G4")
(None, 'Courtesy G4')
>>> split("A smelter, and no more.")
('A smelter, and no more.', None)
"""

from __future__ import annotations

import re

from newscrawl.extract.fields import agencies

_MAX_CREDIT_LENGTH = 200
_WITH_COLON = (
    r"(?:Photographers?|Photographs?|Photography|Photos?|Pictures?|Images?|(?:Photo\s+)?Illustrations?|Illustrators?|Graphics?|Artists?"
    r"|Art|Animations?|Videos?|Videographers?|Renderings?|Sources?|Credits?|Courtesy)"
    r"(?:\s+(?:by|credits?|sources?|courtesy))?\s*:"
)
_WITHOUT_COLON = (
    r"(?:(?:Photograph(?:ed|s|y)?|Photos?|Pictures?|Images?|(?:Photo\s+)?Illustrat(?:ed|ions?)|Graphics?|Art|Animations?|Videos?|Renderings?)"
    r"\s+(?:by|via|courtesy(?:\s+of)?)|Courtesy(?:\s+of)?)\s+(?=[\w@“\"])"
)
_LABEL = re.compile(
    rf"(?:^|(?<=[\s(\[|]))(?:{_WITH_COLON}|(?:(?<=[.!?…”\"’')\]:;,|(]\s)|(?<=[(\[|])|^){_WITHOUT_COLON})", re.I
)
_NAME = r"(?:[^\W\d_a-z]\.|[^\W\d_a-z][\w’'-]*)"
_AGENCY = (
    rf"(?:{agencies.PATTERN}|Getty\s+Images(?:/\w+)*|Corbis|Redux|Alamy|Shutterstock|EPA|Xinhua|NurPhoto|Anadolu|iStockphoto"
    r"|Magnum|Zuma(?:\s+Press)?|Polaris|Kyodo|dpa|PA|UPI|SIPA)"
)
_CAMERA = re.compile(r"(?:OLYMPUS|KODAK|KONICA|MINOLTA|SONY|SAMSUNG|NIKON|CANON|DIGITAL|CAMERA|PICTURES|DSC|DCIM|\s)+$")
"""Captions by cameras, seen in the wild: "OLYMPUS DIGITAL CAMERA"."""
_NAMES = rf"{_NAME}(?:\s+{_NAME}){{0,5}}"
_TAIL = re.compile(
    r"(?:^|(?<=[.!?…”\"’')\]—|]\s)|(?<=[(\[]))"
    rf"(?:(?:{_NAMES}\s?/\s?(?:{_NAMES}\s)??)?{_AGENCY}(?:\s?/\s?{_NAMES})?(?:\s+via\s+{_NAMES})?|{_NAMES}\s+via\s+{_AGENCY})"
    r"[)\]]?\.?$"
)
_JOINT = re.compile(r"[;,|/&+]\s*$|\band\s*$")


def split(text: str) -> tuple[str | None, str | None]:
    """Split one line into caption and credit: each as printed, or None.

    The line is split at its last label ("Photo by"), at the first of joined labels ("Art by Jo Doe; Photo: Ann Smith"),
    or before a credit that an agency ends ("Jo Doe/AFP"). The credit keeps its label, but not brackets around it.

    >>> split("Rain (Photo by Jo Doe/Getty Images)")
    ('Rain', 'Photo by Jo Doe/Getty Images')
    """
    line = " ".join(text.split())
    if _CAMERA.match(line):
        return None, None
    cut = _find_credit(line)
    if cut is None:
        return line or None, None
    credit = line[cut:].strip(" |")
    opened, closed = (sum(map(credit.count, brackets)) for brackets in ("([", ")]"))
    if opened < closed and credit.rstrip(".").endswith((")", "]")):  # the bracket was opened before the credit
        credit = credit.rstrip(".")[:-1]
    return line[:cut].rstrip(" ([|").strip() or None, credit.strip() or None


def _find_credit(line: str) -> int | None:
    offset = max(0, len(line) - _MAX_CREDIT_LENGTH)
    tail = line[offset:]
    labels = [label.start() for label in _LABEL.finditer(tail) if _is_label(tail, label)]
    if labels and not offset and not labels[0]:
        return 0
    if labels:
        first = labels.pop()
        while labels and _JOINT.search(tail[labels[-1] : first]):
            first = labels.pop()
        return offset + first
    agency = _TAIL.search(tail)
    return offset + agency.start() if agency else None


def _is_label(tail: str, label: re.Match[str]) -> bool:
    """Return whether a match is a label: capitalised, before a credit, and not in brackets that end within the line."""
    credit = tail[label.end() :].strip(" .)]")
    within = tail[label.start() - 1 : label.start()] in ("(", "[") and re.search(r"[)\]]\s*\w", tail[label.end() :])
    return bool(credit) and not within and (label.start() == 0 or tail[label.start()].isupper())
