"""Names of people in the bylines of any language: "Von Jo Doe und Ann Poe", "取材・文／山田太郎", "DOE, Jo".

>>> parse_names("Por Jo Doe y Ann de la Poe, corresponsal").people
['Jo Doe', 'Ann de la Poe']
>>> parse_names("Von Jo Doe (Text) und Ann Poe (Fotos), Tern News").organizations
['Tern News']
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from newscrawl.extract.fields import byline

_PREFIX = re.compile(
    r"^(?:(?:written|reported|posted|published|story|words|text[eo]?|testo|tekst|article|artikel|bericht|interview|kommentar"
    r"|kolumne|analyse|essay|reportage|gastbeitrag|(?:ein|eine|un|une|una)\s+\w+|geschrieben|verfasst|publié|publicado|escrito"
    r"|scritto|pubblicato|skrevet|skriven|geschreven|[^\W\d_]{4,}(?=\s+by\s))\s+)?"
    r"(?P<mark>by|von|vom|par|por|door|di|da|de|af|av|od|przez|oleh|от|автор|authors?|autor(?:in|a|es|en|s|ka)?|auteur(?:e|s|es)?"
    r"|autore|autori|forfatter|författare|kirjoittanut|toimittaja|szerző|yazar|penulis|tác\s+giả|bởi|reporter"
    r"|redakt(?:eur|eurin|ør|ör|or)|text[eo]?|testo|interview|kommentar|analyse|essay|protokoll|autorius|autors|reportage"
    r"|מאת|بقلم|द्वारा|작성자|글|기자|(?:取材・)?文|本?[報报]?記者|记者|作者|著者|撰文|編集|编辑|來源|来源|執筆)"
    r"(?:\s*[:：／/●|=＝]\s*|\s+)(?=\S)",
    re.I,
)
_BEGINNINGS_OF_NAMES = frozenset(("de", "da", "di", "von", "vom", "par", "por", "af", "av", "od"))
"""Prefixes with which names may begin as well ("De Niro"): removed only before two more words."""
_SPLIT = re.compile(r"\s*(?:[;|•‣●、，／\n\t]|\s[-–—·+/]\s|(?<=\w)/(?=\w)|[&＆]|\s[xX]\s)\s*")
_COMMA = re.compile(r"\s*,\s*")
_AND = re.compile(
    r"\s+(?:and|und|et|og|och|en|ja|și|şi|ve|dan|и|та|і|και|és|oraz|und|with|mit|avec|con|com|med|met|en\s+samenwerking\s+met|ו|و|और)\s+",
    re.I,
)
_SHORT_AND = re.compile(r"\s+(?:y|e|i|a|u|o)\s+")
"""Conjunctions of one letter, which are also initials and parts of names ("Ortega y Gasset")."""
_ADDRESS = re.compile(
    r"[(<\[]?(?:[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}|\b(?:https?://|www\.)\S+|(?<!\w)@\w+)[)>\]]?"
)
_BRACKETS = re.compile(r"\s*[(（\[【][^()（）\[\]【】]*[)）\]】]\s*")
_CJK_MARK = re.compile(r"^(?:本?[報报社]?[記记]者|通[訊讯][員员]|撰文)(?=[\u3400-\u9fff]{2,4}$)")
_CJK_DESK = re.compile(r"(?:[報报][導导道]|[電电]|[訊讯])$")
_CLAUSE = re.compile(
    r"\s+(?:(?i:(?:last\s+)?(?:published|posted|updated)\b)|For\s+(?:The\s+)?[A-Z]|(?:am|on|le|el|den)\s+\d).*$"
)
_TAIL = re.compile(r"\s*(?:記者|记者|기자|撰稿人|編集部員|氏|さん|특파원|선임기자|인턴기자)\s*$")
_ROLE = re.compile(
    r"redakt|redac|editor|editeur|journalist|periodist|giornalist|reporter|korrespond|correspond|corresponsal|corrispond|author|autor"
    r"|schrijver|writer|kolumnist|columnist|volontär|volontar|praktikant|chef|leiter|director|direktor|sjef|ansvarlig|photograph|fotograf|stagiaire"
    r"|staff|contributor|collabor|freelance|producer|analyst|critic|kritik|photo|foto|bild|ressort|desk|agentur|updated|published|min\s+read"
    r"|minuten|minutes|read(?:ing)?\s+time|lesezeit|\bCEO\b|\bCTO\b|founder|manager|specialist|expert|engineer|consultant|professor|\bPhD\b|\bMD\b",
    re.I,
)
_ORGANIZATION = re.compile(
    r"redaktion|redacci|redazione|rédaction|redactie|redaksi|redakcja|redakce|redação|newsroom|editorial|agenc|agentur|agence|agenzia|zeitung|magazin"
    r"|\b(?:online|media|news|nachrichten|noticias|notizie|press|presse|prensa|tv|radio|journal|team|group|gmbh|ag|e\.\s?v\.?|inc|llc|ltd|foundation|verlag"
    r"|studio|network|association|university|institute|services?|ministry|ministerium|blog|club|company|corp|digital|today|daily|times|post|staff|admin"
    r"|desk|bureau|center|centre|council|society|verein|verband|union|global|international|solutions|academy|office|board)\b"
    r"|\.(?:com|de|net|org|fr|es|it|at|ch|is|no|se|dk|co|uk|jp|cn|ru|pl|nl|eu|info)\b|編集部|編輯部|通信|新聞|新闻|통신|뉴스|新华社|新華社|网|日報|日报",
    re.I,
)
_AGENCIES = frozenset(
    re.findall(
        r"\S+",
        "dpa afp ap apa sda reuters ansa efe pap ntb tt ritzau bns elta stt mti tass ria epd kna sid upi ians ani "
        "pti xinhua yonhap kyodo jiji lusa agi adnkronos belga anp ots ap-dpa dpa-afx reuters.com afp.com "
        "keystone-sda apa/dpa dts etx tanjug hina beta",
    )
)
_NO_NAME = re.compile(
    r"^(?:admin(?:istrator)?|editor|user|guest|root|null|undefined|none|webmaster|test|n/?a|unknown|links?|profile|website"
    r"|home|more|about|contact|twitter|facebook|instagram|linkedin|rss|history|anonym\w*)\d*$",
    re.I,
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LAST_FIRST = re.compile(
    r"^([^\W\d_a-z][^\W\d_]*(?:[-’'][^\W\d_]+)*),\s+([^\W\d_a-z][^\W\d_]+\.?(?:\s+[^\W\d_a-z]\.?)?)$"
)
_RUN_ON = re.compile(r"^(?:By|Por|Par|Von)(?=[A-ZÀ-Þ])")
_OTHERS = re.compile(
    r"(?:(?:medically\s+|expert\s+)?(?:edited|reviewed|fact[- ]?checked|translated|updated|illustrated|photographed)"
    r"(?:\s+(?:by|on)\b|:|$)(?:\s*\n)?"
    r"|\b(?:photo|photograph|image|picture|illustration|graphic|foto|fotograf|fotografie|bild|grafik|video|kamera|schnitt"
    r"|übersetzung|traducción|traduction|photographies|mise\s+en\s+page|editor|redaktion|redaktør)\w{0,4}"
    r"(?:\s*:|\s+(?:by|von|par|por|di|af|av)\b)"
    r"|(?:写真|攝影|摄影|翻訳|翻译|編集|编辑|編輯|責任編輯|责任编辑|监制|사진|편집)\s*[:：／/]).*$",
    re.I | re.M,
)
"""What names people who did not write the article."""
_BUTTON = re.compile(
    r"(?:copy|share|follow|listen|print|download|subscribe|sign|log|view|show|watch|e-?mail|read|see|save|teilen|drucken"
    r"|compartir|partager|condividi)\s",
    re.I,
)
_MAX_LENGTH = 600
_MAX_WORDS = 6
_DATE = re.compile(
    r"^(?:mon|tue|wed|thu|fri|sat|sun)\w{0,6}\.?$|\d{1,2}[:.]\d\d|\b(?:19|20)\d\d\b|\d+\s*(?:min|hour|day|stunde|tage)|^\d+$",
    re.I,
)
_DANGLING = re.compile(r"^(?:\S+\s+)?(?:by|von|par|por|di|af|av|door|and|und|et|y|og|och|en|e)$", re.I)
"""A part without the name that it introduces, which is another part: "Commentary by"."""


@dataclass(slots=True)
class Names:
    """What a byline names, in order."""

    people: list[str] = field(default_factory=list)
    organizations: list[str] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    """Parts that are neither: roles, and what is no byline at all."""


@lru_cache(maxsize=4096)  # several sources of a page name the same people, and so do the pages of a site
def parse_names(text: str, *, is_stated: bool = False) -> Names:
    """Return the people and the organizations that a byline names.

    `is_stated`: the text is the value of a property that holds names (JSON-LD, a meta element), so that single words
    and user names are accepted.
    """
    text = unicodedata.normalize("NFC", text)
    text = "\n".join(filter(None, (" ".join(line.split()) for line in text.splitlines())))
    if not text or len(text) > _MAX_LENGTH:
        return Names()
    text = _OTHERS.sub("", _ADDRESS.sub(" | ", _RUN_ON.sub("By ", text)))
    if is_stated and "\n" not in text and is_organization(text) and not _COMMA.search(text):
        return Names(organizations=[text])
    names = Names()
    pieces = _split(_remove_prefix(text, is_stated=is_stated))
    for at, piece in enumerate(pieces):
        name = _clean(piece)
        if not name or _DATE.search(name) or _DANGLING.search(name):
            continue
        if is_organization(name):
            names.organizations.append(name)
        elif person := _parse_person(name, is_alone=len(pieces) == 1, is_stated=is_stated and at == 0):
            names.people.append(person)
        else:
            names.rest.append(name)
    names.people = list(dict.fromkeys(names.people))
    return names


def names_others(text: str) -> bool:
    """Whether a text names people who did not write the article: photographers, editors."""
    return _OTHERS.search(text) is not None


def is_introduced(text: str) -> bool:
    """Whether a text begins like a byline: "By Jo Doe"."""
    match = _PREFIX.match(text)
    return match is not None and text[match.end() : match.end() + 1].isalpha() and not text[match.end()].islower()


def is_full_name(text: str) -> bool:
    """Whether a text is the name of a person and nothing else: two to four words with capitals, or "Jo Doe/Ann Poe"."""
    parts = text.split("/")
    return all(1 < len(part.split()) < 5 and parse_names(part).people == [part.strip()] for part in parts)


def is_organization(name: str) -> bool:
    """Whether a name is that of an agency, a desk or a company."""
    folded = name.casefold().strip(" .")
    if folded in _AGENCIES or bool(_ORGANIZATION.search(name)) or byline.is_organization(name):
        return True
    return all(part in _AGENCIES for part in re.split(r"[/,\s-]+", folded))


def _remove_prefix(text: str, *, is_stated: bool) -> str:
    """Remove "By" and the like; from the value of a property not the "De" with which Romance names begin."""
    for _ in range(2):
        match = _PREFIX.match(text)
        if match is None:
            break
        mark, rest = match["mark"].casefold(), text[match.end() :]
        is_name = len(rest.split()) < 2 or (is_stated and mark in ("de", "da", "di"))
        if mark in _BEGINNINGS_OF_NAMES and is_name and not is_organization(rest):
            break
        text = rest
    return text


def _split(text: str) -> list[str]:
    pieces: list[str] = []
    for part in _SPLIT.split(text):
        if match := _LAST_FIRST.match(part):
            pieces.append(f"{match[2]} {match[1]}" if _is_last_first(match) else part)
            continue
        for piece in _COMMA.split(part):
            for each in _AND.split(piece):
                pieces += _split_short(each)
    return [piece for piece in pieces if piece.strip()]


def _is_last_first(match: re.Match[str]) -> bool:
    return not is_organization(match[2]) and not _ROLE.search(match[2])


def _split_short(text: str) -> list[str]:
    parts = _SHORT_AND.split(text)
    return parts if len(parts) > 1 and all(len(part.split()) > 1 for part in parts) else [text]


def _clean(piece: str) -> str:
    piece = _remove_prefix(piece.strip(), is_stated=False)
    bare = _BRACKETS.sub(" ", piece).strip()
    piece = (bare or piece.strip("()[] ")).rpartition(": ")[2]
    return _CJK_MARK.sub("", _TAIL.sub("", _CLAUSE.sub("", piece))).strip(" :*_–—-·•|/\\>»«,●") or ""


def _parse_person(name: str, *, is_alone: bool, is_stated: bool) -> str | None:
    if _CJK.search(name):
        is_name = len(name) <= 30 and not any(map(str.isdecimal, name)) and not _CJK_DESK.search(name)
        return name if is_name else None
    if not any(char.lower() != char.upper() for char in name):
        return name if _is_caseless_name(name) else None
    if not is_alone and not is_stated and " " not in name and name.isascii():
        return None
    if name.count("(") != name.count(")") or name.count('"') % 2 or _NO_NAME.match(name):
        return None
    if len(name.split()) <= _MAX_WORDS and (person := byline.parse_person(name)) and not _is_role(person):
        return person
    return name if is_stated and is_alone and _is_plausible(name) else None


def _is_caseless_name(name: str) -> bool:
    """Whether a text in a script without capitals (Arabic, Hindi, Thai) has the length and the characters of a name."""
    return len(name.split()) <= 5 and len(name) <= 60 and all(unicodedata.category(char)[0] in "LMZP" for char in name)


def _is_role(name: str) -> bool:
    return _BUTTON.match(name) is not None or (bool(_ROLE.search(name)) and len(name.split()) <= 3)


def _is_plausible(name: str) -> bool:
    """Whether a stated author may be one: a user name, or a name that the rules for printed names do not know."""
    words = name.split()
    return (
        len(words) <= 5
        and 2 <= len(name) <= 60
        and not _is_role(name)
        and sum(map(str.isdecimal, name)) <= 4
        and any(map(str.isalpha, name))
    )
