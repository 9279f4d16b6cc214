"""Contact lines: who wrote, edited and helped, as an article's closing lines tell.

>>> read("To contact the reporter on this story: Jo Doe in Lima, Peru, at jdoe@news.example")
... # doctest: +NORMALIZE_WHITESPACE
Contacts(contacts=(Contact(role='reporter', name='Jo Doe', place='Lima, Peru', email='jdoe@news.example'),),
        assistance=(), writers=(), note=None)
>>> read("--Jo Doe, with assistance from Ann Poe in Rome. Editors: Li Roe.")
Contacts(contacts=(), assistance=('Ann Poe',), writers=('Jo Doe',), note=None)
>>> read("With assistance from the lender, Peru repaid its debt.") is None
True
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from newscrawl.article import Contact, ContactRole
from newscrawl.extract.fields import byline

_LONGEST = 5000
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
"""Every head holds one of these, white space aside."""
_HEAD_PARTS = ("contact", "assistance", "contribution", "reporting", "help", ":")
_NOTE = re.compile(
    r"\((?:updates?|updated|corrects?|corrected|adds|recasts|an?\s+(?:earlier|previous)\s)[^()]*(?:\([^()]*\)[^()]*)*\)\s*\.?\s*$",
    re.I,
)
_SIGNED = re.compile(r"(?:^|(?<=[.?!”\"]\s))[-–—]{1,2}\s*(?P<names>[^\s–—-][^–—]{2,300}?)[\s,.;]*$")
_JOIN = re.compile(r"^[.\s]*(?:(?:and|or)\b[\s:;,]*)?|[\s;,]+or$")
_FULL_STOP = re.compile(r"(?<!\.[A-Z])\.$")
_BIOGRAPHY = re.compile(r"\.\s[^.]{3,60}\s(?:writes|contributed|is|are)\s.*$")
"""What a columnist's credit goes on with: "With assistance from Jo Doe. Ann Poe writes for Muse."."""
_DASHES = "-–—"
_BETWEEN = re.compile(r"(\s*[;,]\s*(?:and\s+)?|\s+and\s+|\s*&\s*)")
_ENTRY = re.compile(r"(?P<name>.+?)(?:,?\s+in\s+(?P<place>.+?))?(?P<lost>,?\s+at)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """What closing lines tell; empty of everything where a line names none of these (an editor's credit)."""

    contacts: tuple[Contact, ...] = ()
    """Reporters and editors of "To contact ..." lines, in order, each once in a role."""
    assistance: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    """Names of a credit "--Jo Doe and Ann Poe, with assistance from ...": a byline, where the page has no other."""
    note: str | None = None
    """A note in brackets at the end ("(Updates with ...)"), as printed: see `corrections.read`."""


def read(text: str, emails: Sequence[str] = ()) -> Contacts | None:
    """What `text` tells, if the whole of it is closing lines, one or several; None for an ordinary paragraph.

    `emails` are the addresses that the paragraph links to (mailto), in order: those that the text does not print go to
    the names that have lost theirs ("Jo Doe in Lima at"). Editors of a credit ("Editors: Li Roe.") are no contacts.
    """
    body, closing = split(text, emails) if _may_close(text) else (text, None)
    return None if body else closing


def split(text: str, emails: Sequence[str] = ()) -> tuple[str, Contacts | None]:
    """A paragraph's story, and what the closing tells that runs on after it: ("He said no.", Contacts(...)).

    Where the paragraph is all story there is no closing: None; where it is all closing the story is "".
    """
    line = " ".join(text.split())
    heads = list(filter(_opens, _HEAD.finditer(line, max(0, len(line) - _LONGEST)))) if _may_close(line) else []
    if not heads:
        return line, None
    note = _NOTE.search(line, heads[0].end())
    told = _told(line[: note.start() if note else len(line)], heads, emails)
    start, writers = _signature(line, heads[0])
    if told is None or (start and not (writers or heads[0]["contact"] or heads[0][0][0] in _DASHES)):
        return line, None
    return line[:start].rstrip(), replace(told, writers=writers, note=note[0].strip() if note else None)


def _may_close(text: str) -> bool:
    """A look that spares most lines the patterns."""
    lowered = text.lower()
    if not any(map(lowered.__contains__, _HEAD_PARTS)):
        return False
    letters = "".join(lowered.split())
    return any(map(letters.__contains__, _HEAD_WORDS))


def _opens(head: re.Match[str]) -> bool:
    """Whether a head stands where a closing line can begin: first, or after a sentence, a name or an address."""
    before = head.string[max(0, head.start() - 80) : head.start()].rstrip()
    if not before or head["contact"]:
        return True
    return before[-1] in '.,;:)?!”"' or bool(_EMAIL.search(before)) or head.string[0] in _DASHES


def _signature(line: str, head: re.Match[str]) -> tuple[int, tuple[str, ...]]:
    """Where the closing begins, and the writers of a "--Jo Doe and Ann Poe, with assistance from"."""
    if not head["contact"]:
        signed = _SIGNED.search(line[: head.start()], max(0, head.start() - _LONGEST))
        if signed and (people := _all_people(signed["names"])):
            return signed.start(), people
    return head.start(), ()


def _told(line: str, heads: list[re.Match[str]], emails: Sequence[str]) -> Contacts | None:
    """What stands from the first head to the end; None if a credit names what is nobody."""
    contacts: list[Contact] = []
    assistance: list[str] = []
    unprinted = iter([email for email in emails if email not in line])
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        names = line[head.end() : following.start() if following else len(line)]
        if head["contact"]:
            contacts.extend(_contacts(names, _role(head), unprinted))
        elif (people := _all_people(_BIOGRAPHY.sub("", names))) is None:
            return None
        elif head["assistance"]:
            assistance.extend(people)
    return Contacts(contacts=_each_once(contacts), assistance=tuple(dict.fromkeys(assistance)))


def _role(head: re.Match[str]) -> ContactRole:
    return "editor" if head["who"].casefold().startswith("editor") else "reporter"


def _all_people(told: str) -> tuple[str, ...] | None:
    """The names that `told` consists of, without their places; None if it holds anything that is no name."""
    entries = list(_entries(_trimmed(_EMAIL.sub("", told)).strip(" )-–—")))
    people = [byline.person(name) for name, _, _ in entries]
    strange = [name for (name, _, _), who in zip(entries, people, strict=True) if not (who or _is_named(name))]
    return None if strange else tuple(who for who in people if who)


def _is_named(name: str) -> bool:
    """Whether a piece that is no person is a desk, or the bare surname of an editor."""
    return byline.organisation(name) or bool(re.fullmatch(r"[^\W\d_a-z][\w’'-]+", name))


def _contacts(told: str, role: ContactRole, unprinted: Iterator[str]) -> Iterator[Contact]:
    """The people of one contact line. An address belongs to the name before it."""
    parts = re.split(f"({_EMAIL.pattern})", told)
    for people, email in zip(parts[::2], [*parts[1::2], None], strict=True):
        entries = list(_entries(_trimmed(people)))
        for i, (name, place, lost) in enumerate(entries):
            address = email if i == len(entries) - 1 else None
            if who := byline.person(name):
                yield Contact(
                    role=role, name=who, place=place, email=address or (next(unprinted, None) if lost else None)
                )


def _trimmed(people: str) -> str:
    """Names without the telephone numbers and handles beside them, and without what joined them to an address."""
    people = _JOIN.sub("", _PHONE.sub(" ", people).strip(" :;,"))
    return _FULL_STOP.sub("", people.strip(" :;,"))


def _entries(told: str) -> Iterator[tuple[str, str | None, bool]]:
    """Name, place, and whether an address is missing, of each of "Jo Doe in Lima, Peru, at; Ann Poe and Li Roe"."""
    for piece in _pieces(told):
        if found := _ENTRY.fullmatch(piece):
            yield found["name"].strip(" ,"), found["place"], bool(found["lost"])


def _pieces(told: str) -> list[str]:
    """`told` cut between people, and not within a place ("Lima, Peru") or before a suffix ("Doe, Jr.")."""
    parts = _BETWEEN.split(told)
    pieces = parts[:1]
    for between, piece in zip(parts[1::2], parts[2::2], strict=True):
        if _goes_on(pieces[-1], piece):
            pieces[-1] += between + piece
        elif piece:
            pieces.append(piece)
    return pieces


def _goes_on(before: str, piece: str) -> bool:
    if piece == "at" or byline.is_suffix(piece.partition(" ")[0]):
        return True
    in_place = re.search(r"\sin\s", before) and not before.endswith(" at")
    return bool(in_place) and byline.is_place(re.sub(r"\s+at$", "", piece))


def _each_once(contacts: list[Contact]) -> tuple[Contact, ...]:
    """Each person once in a role: the entry with an address, if one has it."""
    best: dict[tuple[str, str], Contact] = {}
    for contact in contacts:
        known = best.get((contact.role, contact.name))
        if known is None or (contact.email and not known.email):
            best[contact.role, contact.name] = contact
    return tuple(best.values())
