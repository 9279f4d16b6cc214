"""Parses bylines: the people named in "By Jo Doe and Ann Smith, Reuters".

>>> parse_names("By Jo Doe in London, Ann Smith Jr. and Li Wei | @liwei")
('Jo Doe', 'Ann Smith Jr.', 'Li Wei')
>>> parse_names(["JUAN DE LA CRUZ", "Abby McDoe, Staff Writer", "Email The Author"])
('Juan de la Cruz', 'Abby McDoe')
>>> parse_names("By Tern News"), find_desk("By Tern News")
((), 'Tern News')
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from newscrawl.extract.fields import agencies


def _words(*lines: str, between: str | None = None) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split(between))


_MAX_LENGTH = 4000
"""Longest text that is taken for a list of authors."""

_WRITERS = re.compile(
    r"(?:\b(?:(?:more|all|view all|follow all|read more|see all)\s+(?:\w+\s+){0,2})?"
    r"(?:(?:written|reported|story|stories|text|words|analysis|commentary|column|review|interview|posted|articles)\s+)?"
    r"by\b|\b(?:get\s+)?alerts\s+for|\bas\s+told\s+to\b"
    r"|^(?:authors?|writers?|reporters?|columnists?|contributors?)\s*:)\s*:?",
    re.I,
)
_OTHERS = re.compile(
    r"\b(?:with\s+)?(?:additional\s+)?(?:assistance|contributions?|help|support)\s+(?:from|by)\b"
    r"|\b(?:with\s+)?additional\s+reporting\s+by\b|\bwith\s+reporting\s+by\b"
    r"|\b(?:edit(?:ed|ing)|photographs?|photography|photos?|illustrat(?:ed|ions?)|graphics?|produced|translated|"
    r"video|data|design(?:ed)?|art|animation)\s+by\b",
    re.I,
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_WHEN = re.compile(
    rf"\b(?:(?:last\s+)?(?:updated|published|posted)(?:\s+on)?\s*:?\s*)?(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
    rf"(?:{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?|\d{{1,2}}\s+{_MONTH}(?:,?\s+\d{{4}})?|{_MONTH}\s+\d{{4}}"
    r"|\d{4}-\d\d-\d\d(?:t[\d:.]+(?:z|[+-][\d:]+)?)?|\d{1,2}/\d{1,2}/\d{2,4}"
    r"|(?:\d+|an?)\s+(?:second|minute|hour|day|week|month|year)s?\s+ago|yesterday|just\s+now)\b"
    r"|\b(?:at\s+)?\d{1,2}:\d\d(?::\d\d)?(?:\s*[ap]\.?m\b\.?)?(?:\s+(?:[ecmp][sd]?t|gmt|utc|bst|cet|jst|hkt)\b)?",
    re.I,
)
_ADDRESS = re.compile(
    r"\(?(?:[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}|\b(?:https?://|www\.|bbg://)\S+|(?<!\w)@\w+)\)?", re.I
)
_CHROME = re.compile(
    r"\+\s*(?:follow|get\s+alerts?\b(?!\s+for))|\be-?mail\s+(?:the\s+)?authors?\b"
    r"|\b(?:follow(?:\s+(?:the\s+authors?|us|on\s+\w+))?|e-?mail)(?=\s*(?:$|[|,;\n]))"
    r"|\bcontact\s+(?:the\s+)?(?:authors?|reporter)\b|\bshow\s+more\b|\bbookmark\b|\bspecial\s+to\b.*",
    re.I,
)
_RUN_ON = re.compile(r"(?<=[a-z])By(?=\s)")
_SEPARATOR = re.compile(r"\s*(?:[,;|•‣●、，،\n]|\s[-–—·+]\s|[&/]|\b(?:and|with)\b|(?<=[a-z]{3})\.\s)\s*", re.I)
_CLAUSE = re.compile(r"\s+(?:in|at|for|from|of|on|reporting|writes?|is|covers|contributed)(?:\s.*)?$")
_AFFILIATION = re.compile(
    rf"(?<=\w)\s+(?:{agencies.LONG_PATTERN}\s+(?:News|Opinion|View|{agencies.LONG_PATTERN}|Markets)"
    r"|Reuters|(?:The\s+)?Associated\s+Press)$",
    re.I,
)
_CLAUSE_CAPITALS = re.compile(r"\s+(?:IN|AT|FOR|FROM)\s.*$")
_NICKNAME = re.compile(r"[(“\"‘']([^()“”\"‘’']{1,20})[)”\"’'](?=\s+\w)")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^][]*\]")
_HONORIFIC = re.compile(r"^(?:(?:mr|mrs|ms|dr)\b\.?|(?:prof|sen|rep|gov|gen|rev|hon)\.)\s+", re.I)

_GENERATION = re.compile(r"^(?:jr|sr)\.?$|^(?:II|III|IV)$", re.I)
_SUFFIX_COMMA = re.compile(r",\s+(?=(?:jr|sr)\b|(?:III?|IV)$)", re.I)
_DEGREE = re.compile(r"^(?:m\.?d|ph\.?\s?d|j\.?d|m\.?b\.?a|d\.?d\.?s|r\.?n|esq|c\.?f\.?a|c\.?p\.?a)\.?$", re.I)
_ROLES = _words(
    "reporter reporters writer writers correspondent correspondents columnist columnists editor editors",
    "contributor contributors analyst analysts strategist strategists economist anchor producer photographer",
    "blogger journalist journalists author authors critic staff intern chief director professor president",
    "chairman founder fellow partner manager newsroom bureau desk senator representative governor minister mayor",
    "lawyer attorney consultant adviser advisor researcher scientist historian novelist host",
)
_ROLE_WORDS = _words(
    "staff senior chief special foreign business contributing guest bureau news opinion managing",
    "executive deputy associate assistant political economics markets technology energy asia europe global",
    "national white house view former co-founder lead investigative the a an",
) | frozenset(name.lower() for name in agencies.LONG_NAMES)
_JUNK = _words(
    "author authors email e-mail follow contact comments subscribe subscription updated update published posted",
    "minutes hours today yesterday photos video advertisement menu login twitter facebook linkedin google rss",
    "null undefined none unknown admin administrator anonymous guest webmaster by this story stories article",
    "articles newsletter alerts the terminal",
)
_WEAK_JUNK = _words("more read home mail share print click view sign log here show get all latest photo comment")
"""Words that may be surnames ("Read", "More"): junk only if a name consists of them."""
_OF_ROLES, _NO_NAMES = _ROLE_WORDS | _ROLES, _JUNK | _ROLES
_AGENCIES = _words(
    "reuters|associated press|the associated press|ap|afp|agence france-presse|dow jones|dow jones newswires",
    "wall street journal|the wall street journal|financial times|new york times|the new york times",
    "washington post|the washington post|cnn|cnbc|bbc|getty images|press association|pa|dpa|xinhua|kyodo",
    "yonhap|ansa|efe|tass|interfax|pti|ians|ani|upi|editorial board|the editorial board|staff",
    "wire reports",
    between="|",
) | frozenset(name.lower() for name in agencies.LONG_NAMES)
_ORGANIZATION = re.compile(
    rf"^{agencies.LONG_PATTERN}(?=$|\s)|"
    r"(?:\b(?:news(?:room|wires?)?|staff|desk|team|agency|bureau|editors|board|magazine|edition|service"
    r"|inc|llc|ltd|corp|plc|llp|l\.?p|group|capital|university|institute|college|partners|associates|foundation|research"
    r"|center|centre|company|management|school|bank)|\.(?:com|net|org))\.?$"
    r"|\b(?:university|institute|school|bank|center|centre|department|ministry)\s+of\b",
    re.I,
)
_PARTICLES = _words(
    "de del della di da do dos das du des d la las los le van von der den dem ter ten te zu zur af av al el ul ur",
    "abu ibn bin bint ben y e i und op 't san",
)
_ATTACHED = re.compile(r"^(?:d|l|al|el|ul|an|ash|as|ad|dell|t|o)['’‘ʼ‐-]?[^\W\d_]*['’‘ʼ‐-]?[^\W\d_a-z]", re.U)
_PUNCTUATION = frozenset(" .,'’‘ʼ`\"“”()-‐‑·・\u200c\u200d")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u2060\ufeff\u00ad"))
_CALENDAR = re.compile(rf"^(?:{_MONTH}|(?:mon|tues|wednes|thurs|fri|satur|sun)day)$", re.I)
_PLACES = _words(
    "new york|new jersey|new mexico|new hampshire|new zealand|new delhi|new south wales|north carolina",
    "south carolina|north dakota|south dakota|west virginia|rhode island|south korea|north korea|south africa",
    "saudi arabia|hong kong|united arab emirates|united states|united kingdom|puerto rico|sri lanka|costa rica",
    "british columbia|nova scotia|northern ireland|czech republic|dominican republic|el salvador|sierra leone",
    "ivory coast|burkina faso|papua new guinea|western australia|district of columbia|new brunswick|d.c.|d.c",
    "u.k.|u.s.|u.a.e.|san francisco|los angeles|sao paulo|são paulo|mexico city|tel aviv|kuala lumpur",
    "buenos aires",
    between="|",
)


def parse_names(text: str | Iterable[str]) -> tuple[str, ...]:
    """Return the people of a byline in order, without repetitions.

    `text` is a byline as printed, or several of them (the authors in JSON-LD). Places ("in London") and roles
    ("Staff Writer") are removed, names in capitals are converted. Left out are agencies (see `find_desk`) and people
    who only assisted, edited or photographed.
    """
    texts = [text] if isinstance(text, str) else text
    people = [name for each in texts for name in _parse_text(each)]
    return tuple({name.casefold(): name for name in reversed(people)}.values())[::-1]


def find_desk(text: str | Iterable[str]) -> str | None:
    """Return the agency or desk of a byline that names no person: "Tern News". None if a person is named.

    >>> find_desk("By Jo Doe, Tern News") is None
    True
    """
    texts = [text] if isinstance(text, str) else list(text)
    if parse_names(texts):
        return None
    pieces = [piece for each in texts for part in _split_writers(each) for piece in _SEPARATOR.split(part)]
    return next((_fix_capitals(piece) for piece in map(_clean, pieces) if is_organization(piece)), None)


def parse_person(text: str) -> str | None:
    """Return the name that `text` consists of, cleaned; None if it is anything but the name of a person.

    >>> parse_person("Suttinee (Ying) Doe in Bangkok")
    'Suttinee (Ying) Doe'
    >>> parse_person("the central bank") is None
    True
    """
    name = _clean(text)
    if is_organization(name) or _is_role(name) or name.casefold() in _PLACES:
        return None
    name = _fix_capitals(_remove_role(name))
    return name if _is_name(name) else None


def is_organization(text: str) -> bool:
    folded = text.casefold().strip(" .")
    return folded in _AGENCIES or bool(_ORGANIZATION.search(folded))


def is_place(text: str) -> bool:
    """Return whether `text` may be part of a place: the "Peru" of "Jo Doe in Morococha, Peru"."""
    folded = text.casefold().strip()
    return folded in _PLACES or (bool(folded) and " " not in folded)


def is_suffix(text: str) -> bool:
    """Return whether `text` is a suffix of the name before it: the "Jr." of "Jo Doe, Jr."."""
    return bool(_GENERATION.match(text) or _DEGREE.match(text))


@lru_cache(maxsize=1024)  # the same people write many stories of a site
def _parse_text(text: str) -> tuple[str, ...]:
    return tuple([name for part in _split_writers(text) for name in _find_people(part)])


def _split_writers(text: str) -> list[str]:
    """Return the parts of a byline that name writers, without those after "with assistance from"."""
    if len(text) > _MAX_LENGTH:
        return []
    text = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    text = "\n".join(filter(None, (" ".join(line.split()) for line in text.splitlines())))
    text = _RUN_ON.sub(" By ", text)
    for noise in (_ADDRESS, _WHEN, _CHROME):
        text = noise.sub(" | ", text)
    first, *others = _OTHERS.split(text)
    # In "with assistance from Ann Smith. By Jo Doe", the part from "By" on.
    matches = ((part, _WRITERS.search(part)) for part in others)
    parts = [first, *(part[marker.end() :] for part, marker in matches if marker)]
    return [piece for part in parts for piece in _WRITERS.split(part)]


def _find_people(text: str) -> list[str]:
    pieces = _join_suffixes(piece for piece in _SEPARATOR.split(text) if piece.strip(" .:"))
    people = [name for name in map(parse_person, pieces) if name]
    return [name for name in people if len(pieces) == 1 or " " in name or not name.isascii()]


def _join_suffixes(pieces: Iterable[str]) -> list[str]:
    """Append suffixes to the names before them, and drop the second part of places."""
    joined: list[str] = []
    for piece in pieces:
        if joined and _GENERATION.match(piece):
            joined[-1] += f" {piece}"
        elif joined and _DEGREE.match(piece):
            joined[-1] += f", {piece}"
        elif not (joined and _CLAUSE.search(joined[-1]) and is_place(piece)):
            joined.append(piece)
    return joined


def _clean(piece: str) -> str:
    """Remove brackets (except nicknames), clauses, honorifics and stray punctuation."""
    piece = " ".join(piece.split())
    if not _NICKNAME.search(piece) or _is_role(_BRACKETS.sub("", piece)):
        piece = _BRACKETS.sub("", piece)
    piece = (_CLAUSE_CAPITALS if piece.isupper() else _CLAUSE).sub("", piece)
    piece = _AFFILIATION.sub("", piece.strip())
    piece = _HONORIFIC.sub("", _SUFFIX_COMMA.sub(" ", piece).strip(" :*_-–—·•+/\\>»«,"))
    last = piece.rpartition(" ")[2]
    is_abbreviation = is_suffix(last) or re.match(r"^(?:[^\W\d_]\.)+$", last)
    return piece if is_abbreviation else piece.rstrip(" .")


def _is_role(piece: str) -> bool:
    """Return whether a piece is nothing but a role: "Reuters columnist", "editor-in-chief"."""
    words = [word.strip("().") for word in piece.casefold().split()]
    roles = [at for at, word in enumerate(words) if word in _ROLES or word.partition("-")[0] in _ROLES]
    if not roles:
        return False
    if len(words) == 1 or words[0] in _OF_ROLES or piece[:1].islower():
        return True
    # Two words before the role that are not part of it may be a name.
    return sum(word not in _ROLE_WORDS for word in words[: roles[0]]) < 2


def _remove_role(piece: str) -> str:
    """Return the "Jo Doe" of "Jo Doe Staff Writer"; the piece itself if less than two words would be left."""
    words = piece.split()
    end = next((i for i, word in enumerate(words) if word.casefold() in _ROLES), len(words))
    while end and end < len(words) and words[end - 1].casefold() in _ROLE_WORDS:
        end -= 1
    return " ".join(words[:end]) if end >= 2 else piece


def _is_name(name: str) -> bool:
    words = name.split()
    folded = [word.casefold().strip(".,()") for word in words]
    return (
        0 < len(words) <= 8
        and 2 <= len(name) <= 80
        and all(char.isalpha() or unicodedata.combining(char) or char in _PUNCTUATION for char in name)
        and _NO_NAMES.isdisjoint(folded)
        and not _WEAK_JUNK.issuperset(folded)
        and not _CALENDAR.match(name)
        and any(sum(map(str.isalpha, word)) > 1 for word in words)
        and all(map(_is_name_word, words))
        and any(not word.islower() for word in words)
    )


def _is_name_word(word: str) -> bool:
    bare = word.strip(".,'’‘ʼ`\"“”()-‐‑·・")
    ends_a_sentence = word.endswith(".") and len(bare) > 2 and "." not in bare
    return (
        bool(bare)
        and not ends_a_sentence
        and (not bare[0].islower() or bare.casefold() in _PARTICLES or bool(_ATTACHED.match(bare)))
    )


def _fix_capitals(name: str) -> str:
    if not re.sub(r"\bMa?c(?=[A-Z])", "MC", name).isupper() or sum(map(str.isalpha, name)) < 4:
        return name
    words = name.split()
    return " ".join(_capitalize(word, first=i == 0) for i, word in enumerate(words))


def _capitalize(word: str, *, first: bool) -> str:
    if re.match(r"^(?:[^\W\d_]\.)+,?$", word) or (_GENERATION.match(word) and not word.startswith(("J", "S"))):
        return word
    if first and len(word) == 2 and word[1] in "JD" and word != "ED":
        return word
    if not first and word.casefold() in _PARTICLES:
        return word.lower()
    parts = re.split(r"(?<=[-‐‑'’(“\"])", word)
    return "".join(re.sub(r"^Mc(\w)", lambda m: "Mc" + m[1].upper(), part.capitalize()) for part in parts)
