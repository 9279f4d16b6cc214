"""Parses closing lines: who wrote, edited and helped with an article.

>>> parse("To contact the reporter on this story: Jo Doe in Lima, Peru, at jdoe@news.example")
... # doctest: +NORMALIZE_WHITESPACE
Contacts(contacts=(Contact(role='reporter', name='Jo Doe', place='Lima, Peru', email='jdoe@news.example'),),
        assistance=(), writers=(), note=None)
>>> parse("--Jo Doe, with assistance from Ann Poe in Rome. Editors: Li Roe.")
Contacts(contacts=(), assistance=('Ann Poe',), writers=('Jo Doe',), note=None)
>>> parse("With assistance from the lender, Peru repaid its debt.") is None
True
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from newscrawl.article import Contact, ContactRole
from newscrawl.extract.fields import byline
from newscrawl.syntax.characters import lower_ascii

_MAX_LENGTH = 5000
"""Characters at the end of a paragraph that are searched for closing lines."""
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_PHONE = re.compile(r"(?:(?:\(\d\)\s*)?[+(]\s?\d|\b\d)[\d\s().-]{5,24}\d\b|(?<!\w)@\w+(?:\s+on\s+Twitter)?")
_STORY = r"(?:story|stories|column|article|report|post|blog|slideshow|editorials?|item|newsletter|review|piece|podcast)"
_CONTACT = re.compile(
    r"To\s+contact\s+(?:[\w’'.]+\s+){0,5}?"
    r"(?P<who>reporters?|editors?|authors?|writers?|staff|columnists?|journalists?|contributors?)\b"
    rf"[^:@,;]{{0,80}}?\b{_STORY}\s*(?::|(?=[A-Z][\w.’'-]+(?:\s[A-Z][\w.’'-]+)+\s(?:in|at)\s))",
    re.I,
)
_CREDIT = re.compile(
    r"[-–—]{0,3}\s?\(?(?:(?P<assistance>(?:with\s+)?(?:additional\s+)?(?:assistance|reporting|contributions?|help)\s*(?:from|by)\b\s*:?|"
    r"(?:with\s+)?assistance\s*:)|(?P<other>(?:assignment\s+|photo\s+)?editors?\s*:|(?:edited|graphics?|produced|illustrations?|photos?|"
    r"photographs?|design|video)\s+by\s*:))",
    re.I,
)
_HEAD = re.compile(rf"(?P<contact>{_CONTACT.pattern})|{_CREDIT.pattern}", re.I)
_HEAD_WORDS = re.findall(
    r"\S+", "tocontact assistance contribution reportingfrom reportingby helpfrom helpby editor: editors: by:"
)
"""Each head contains one of these, without white space."""
_HEAD_PARTS = ("contact", "assistance", "contribution", "reporting", "help", ":")
_NOTE = re.compile(
    r"\((?:updates?|updated|corrects?|corrected|adds|recasts|an?\s+(?:earlier|previous)\s)[^()]*(?:\([^()]*\)[^()]*)*\)\s*\.?\s*$",
    re.I,
)
_SIGNED = re.compile(r"(?:^|(?<=[.?!”\"]\s))[-–—]{1,2}\s*(?P<names>[^\s–—-][^–—]{2,300}?)[\s,.;]*$")
_JOIN = re.compile(r"^[.\s]*(?:(?:and|or)\b[\s:;,]*)?|[\s;,]+or$")
_FULL_STOP = re.compile(r"(?<!\.[A-Z])\.$")
_BIOGRAPHY = re.compile(r"\.\s[^.]{3,60}\s(?:writes|contributed|is|are)\s.*$")
"""A biography after a credit: "With assistance from Jo Doe. Ann Poe writes for Muse."."""
_DASHES = "-–—"
_BETWEEN = re.compile(r"(\s*[;,]\s*(?:and\s+)?|\s+and\s+|\s*&\s*)")
_ENTRY = re.compile(r"(?P<name>.+?)(?:,?\s+in\s+(?P<place>.+?))?(?P<lost>,?\s+at)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """What closing lines say; all fields are empty for a line with other names (the credit of an editor)."""

    contacts: tuple[Contact, ...] = ()
    """Reporters and editors in "To contact ..." lines, in order, each once in a role."""
    assistance: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    """Names in a credit "--Jo Doe and Ann Poe, with assistance from ...": the byline of a page without another one."""
    note: str | None = None
    """A note in brackets at the end, "(Updates with ...)": see `corrections.parse`."""


def parse(text: str, emails: Sequence[str] = ()) -> Contacts | None:
    """Parse a text that consists of closing lines; None for an ordinary paragraph.

    `emails` are the mailto addresses of the paragraph, in order: those that are not printed belong to the names without
    an address ("Jo Doe in Lima at"). Editors in a credit ("Editors: Li Roe.") are not contacts.
    """
    body, closing = split(text, emails) if _may_close(text) else (text, None)
    return None if body else closing


def split(text: str, emails: Sequence[str] = ()) -> tuple[str, Contacts | None]:
    """Split a paragraph into the story ("" if there is none) and the closing lines that follow it, or None."""
    line = " ".join(text.split())
    if not _may_close(line):
        return line, None
    heads = list(filter(_may_begin_closing, _HEAD.finditer(line, max(0, len(line) - _MAX_LENGTH))))
    if not heads:
        return line, None
    note = _NOTE.search(line, heads[0].end())
    closing = _parse_closing(line[: note.start() if note else len(line)], heads, emails)
    start, writers = _find_signature(line, heads[0])
    if closing is None or (start and not (writers or heads[0]["contact"] or heads[0][0][0] in _DASHES)):
        return line, None
    return line[:start].rstrip(), replace(closing, writers=writers, note=note[0].strip() if note else None)


def _may_close(text: str) -> bool:
    # A quick test that excludes most lines.
    lowered = lower_ascii(text)
    if not any(map(lowered.__contains__, _HEAD_PARTS)):
        return False
    letters = "".join(lowered.split())
    return any(map(letters.__contains__, _HEAD_WORDS))


def _may_begin_closing(head: re.Match[str]) -> bool:
    """Return whether a head is where closing lines can begin: first, or after a sentence, a name or an address."""
    before = head.string[max(0, head.start() - 80) : head.start()].rstrip()
    if not before or head["contact"]:
        return True
    return before[-1] in '.,;:)?!”"' or bool(_EMAIL.search(before)) or head.string[0] in _DASHES


def _find_signature(line: str, head: re.Match[str]) -> tuple[int, tuple[str, ...]]:
    """Return where the closing begins, and the writers of "--Jo Doe and Ann Poe, with assistance from"."""
    if not head["contact"]:
        signed = _SIGNED.search(line[: head.start()], max(0, head.start() - _MAX_LENGTH))
        if signed and (people := _parse_people(signed["names"])):
            return signed.start(), people
    return head.start(), ()


def _parse_closing(line: str, heads: list[re.Match[str]], emails: Sequence[str]) -> Contacts | None:
    """Parse from the first head to the end; None if a credit has anything but names."""
    contacts: list[Contact] = []
    assistance: list[str] = []
    unprinted = iter([email for email in emails if email not in line])
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        names = line[head.end() : following.start() if following else len(line)]
        if head["contact"]:
            role: ContactRole = "editor" if head["who"].casefold().startswith("editor") else "reporter"
            contacts.extend(_parse_contacts(names, role, unprinted))
        elif (people := _parse_people(_BIOGRAPHY.sub("", names))) is None:
            return None
        elif head["assistance"]:
            assistance.extend(people)
    return Contacts(contacts=_remove_repeated(contacts), assistance=tuple(dict.fromkeys(assistance)))


def _parse_people(text: str) -> tuple[str, ...] | None:
    """Return the names in a text, without places; None if it has anything else."""
    people = []
    for name, _, _ in _split_entries(_trim(_EMAIL.sub("", text)).strip(" )-–—")):
        if person := byline.parse_person(name):
            people.append(person)
        # A desk, or the bare surname of an editor.
        elif not (byline.is_organization(name) or re.fullmatch(r"[^\W\d_a-z][\w’'-]+", name)):
            return None
    return tuple(people)


def _parse_contacts(text: str, role: ContactRole, unprinted: Iterator[str]) -> Iterator[Contact]:
    """Yield the people of one contact line. An address belongs to the name before it."""
    parts = re.split(f"({_EMAIL.pattern})", text)
    for people, email in zip(parts[::2], [*parts[1::2], None], strict=True):
        entries = list(_split_entries(_trim(people)))
        for i, (name, place, lost) in enumerate(entries):
            address = email if i == len(entries) - 1 else None
            if who := byline.parse_person(name):
                address = address or (next(unprinted, None) if lost else None)
                yield Contact(role=role, name=who, place=place, email=address)


def _trim(people: str) -> str:
    """Remove telephone numbers, handles and the words that connect a name to an address."""
    people = _JOIN.sub("", _PHONE.sub(" ", people).strip(" :;,"))
    return _FULL_STOP.sub("", people.strip(" :;,"))


def _split_entries(text: str) -> Iterator[tuple[str, str | None, bool]]:
    """Yield name, place, and whether an address is missing, for "Jo Doe in Lima, Peru, at; Ann Poe and Li Roe"."""
    for piece in _split_people(text):
        if match := _ENTRY.fullmatch(piece):
            yield match["name"].strip(" ,"), match["place"], bool(match["lost"])


def _split_people(text: str) -> list[str]:
    """Split between people, but not within a place ("Lima, Peru") or before a suffix ("Doe, Jr.")."""
    parts = _BETWEEN.split(text)
    pieces = parts[:1]
    for between, piece in zip(parts[1::2], parts[2::2], strict=True):
        in_place = re.search(r"\sin\s", pieces[-1]) and not pieces[-1].endswith(" at")
        if (
            piece == "at"
            or byline.is_suffix(piece.partition(" ")[0])
            or (in_place and byline.is_place(re.sub(r"\s+at$", "", piece)))
        ):
            pieces[-1] += between + piece
        elif piece:
            pieces.append(piece)
    return pieces


def _remove_repeated(contacts: list[Contact]) -> tuple[Contact, ...]:
    """Keep one entry for each person and role, with an address if there is one."""
    best: dict[tuple[str, str], Contact] = {}
    for contact in contacts:
        known = best.get((contact.role, contact.name))
        if known is None or (contact.email and not known.email):
            best[contact.role, contact.name] = contact
    return tuple(best.values())
