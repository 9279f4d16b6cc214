"""Recognizes lines inside a body that are not part of the story, by their text.

>>> find_reason("{TNI US MERGERS <GO>}"), find_reason("Read more: Rain Falls in Peru"), find_reason("Advertisement")
('terminal_code', 'related', 'advertisement')
>>> find_reason("He said to read more: books matter.") is None
True
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from newscrawl.extract.fields import agencies
from newscrawl.syntax.characters import lower_ascii

_MAX_LENGTH = 700
"""Longer lines are taken for the story."""
_FUNCTION = r"<(?:GO|Equity|Index|Cmdty|Comdty|Curncy|Govt|Corp|Mtge|Muni|Help|News)>"
_ARRIVES = (
    r"\b(?:newsletters?|briefing|inbox|bulletin|dispatch|podcasts?|alerts|e-?mails?|digest|here|daily|weekly|morning)\b"
)
_NETWORK = r"(?:twitter|facebook|instagram|linkedin|telegram|whatsapp|threads|tiktok|youtube|x\b|google\s+news)"
_THINGS = (
    r"(?:stor(?:y|ies)|news|articles?|coverage|columns?|opinion|reading|topics?|videos?|links?|items?|content|information"
    r"|tickers?)"
)
_NAME = agencies.LONG_PATTERN
_BROWSER = r"(?:chrome|firefox|safari|opera|edge|internet\s+explorer)"

# By the reason, with more words where the patterns of a reason are in two groups.
_SHAPES: dict[str, tuple[str, ...]] = {
    "rule": (r"[\W_]+$", r"T\*?$"),  # the terminal sets tables between *T and T*
    "terminal_code": (
        rf"[{{(\[]+[^{{}}]{{0,120}}{_FUNCTION}",
        rf".{{0,300}}{_FUNCTION}[\s\d}})\].]*$",
        rf"(?-i:(?:[A-Z][A-Z0-9]*\s+){{0,5}}[A-Z0-9]+)\s?{_FUNCTION}",
        r"(?:top\s+(?:\w+\s+){0,3}stories|[^:.]{3,60})\s*:\s*(?-i:TOP|T?NI\s+[A-Z0-9]+)(?:\s+(?-i:[A-Z0-9]+))*$",
        r"link\s+to\s+(?:company\s+)?(?:statement|news|release)\s*:.{0,80}$",
        rf"(?:link\s+to\s+\w+\s+news|story\s+illustration|most-read\s+\w+|top\s+(?:\w+\s+){{0,3}}stories)\s*:.*{_FUNCTION}",
        rf"(?:for|to)\s.{{0,80}}(?:type|run|click|see)\s.{{0,60}}{_FUNCTION}",
        r"(?:#<[^<>]{3,100}>#\s*)?-0-(?:\s|$)|#<[\d.]{3,100}>#$|\[ID:\w+",
    ),
    "related": (
        rf"(?:for\s+)?related\s+{_THINGS}(?:\s+and\s+information)?(?:\s*:|$)",
        r"(?:\.{3}|…)?\s*(?:read|see|watch|hear)\s+(?:more|also|next|this(?:\s+next)?)\s*(?:[:@…]|\.{3}|here\b|$)",
        r"(?:read|watch)\s+the\s+full\s+(?:story|article|transcript)\b.{0,160}$",
        # A capital after the colon: "Related: they were brothers" is a sentence's beginning.
        (
            r"(?:read|watch|listen|see|related|video|opinion|podcast|explainer|quicktake|must\s+read|also\s+read)\s*:"
            r"\s+(?-i:[^a-z])"
        ),
        rf"(?:also\s+)?(?:read|see)\s+(?:also|more)\s+(?:from|in|on|about|online|{_THINGS})\b.{{0,240}}$",
        r"for\s+more,\s+read\s+(?:this|our)\b.{0,200}$",
        r"read\s+more\s+(?:breaking\s+commentary\b|posts\b|(?-i:[A-Z])).{0,160}$",
        rf"(?:for\s+)?more(?:\s+{_THINGS})?\s+(?:on|from|by|about|in|at)\s.{{1,100}}:$",
        rf"more(?:\s+{_THINGS})?\s+(?:(?:on|from)\s+{_NAME}\b.{{0,60}}|like\s+this\b.{{0,80}}|on\s+this\s+{_THINGS}|by\s.{{2,60}})$",
        rf"(?:more\s+{_THINGS}|for\s+more|further\s+reading)\s*:",
        (
            r"(?:most\s+(?:read|popular)|top\s+stories|recommended|trending(?:\s+now)?|latest\s+articles|up\s+next|next\s+up)"
            r"(?:\s+(?:from|on|in|for)\s.{1,60})?:?$"
        ),
        r"watch\s+(?:this\s+)?next\b.{0,160}$",
        r"you\s+(?:might|may)\s+(?:also\s+)?like:?$|did\s+you\s+miss(?:\s+this)?\?$|in\s+case\s+you\s+missed\s+it\s*:?$",
        r"what\s+to\s+read\s+next:?$|in\s+this\s+article:?$|story:$|from\s+the\s+archive:?$",
    ),
    "click_here": (
        rf"click\s+on\s+[“‘\"'`]{{1,2}}send\s+comment\b|this\s+is\s+an?\s+{_NAME}\s+podcast\b",
        r"(?:please\s+)?(?:click|tap|press)\s+(?:here|on\s+the\s+(?:link|attachment|headline)|the\s+link)\b",
        r"(?:for|to)\s.{1,200}[,:]?\s+(?:please\s+)?(?:click|tap)\s+(?:here|on\b)",
        rf"(?:web|terminal)\s+(?:readers|users)\b.{{0,40}}click|visit\s+(?:https?://)?(?:www\.)?{_NAME}\.com\b",
        r"(?:(?:or|you)\s+)?want\s+more\b.{0,120}\?",
        r"for\s+more\s+(?!than\b).{0,120}\b(?:visit|go\s+to|subscribe|sign\s+up)\b",
        r"to\s+(?:comment|view|read|subscribe)\b.{0,80}\b(?:sign\s+in|click|log\s+in)\b",
    ),
    "newsletter": (
        rf"(?:(?:and|or)\s+)?sign\s+up\b.{{0,300}}{_ARRIVES}",
        r"sign\s+up(?:\s+now)?[.!]?$",
        (
            r"(?:want|would\s+you\s+like|like|looking|new\s+to|enjoying)\b[^?]{3,200}\?.{0,80}"
            r"\b(?:sign\s+up|subscribe|follow\s+us)\b"
        ),
        rf"(?:and\s+)?(?:for|get|stay)\s.{{3,240}}\b(?:sign\s+up|subscribe)\s+(?:for|to|here)\b.{{0,120}}{_ARRIVES}",
        (
            r"(?:this\s+(?:article|story|column|post|is)|you[’']re\s+reading)\b.{0,80}\bnewsletter\b.{0,160}"
            r"\b(?:sign\s+up|subscribe)\b"
        ),
        r"get\s+(?:our|the)\s.{1,80}\bnewsletter\.?$|get\s+.{1,80}\bin\s+your\s+inbox\b",
        r"(?:a\s+version\s+of\s+)?this\s+(?:column|article|story|post)\s+(?:originally|first)\s+appeared\b.{0,240}$",
        r"you\s+will\s+now\s+receive\b|enter\s+your\s+e-?mail\b",
        r"by\s+(?:submitting|subscribing|signing\s+up|creating\s+an\s+account)\b.{0,120}\bagree\b",
    ),
    "subscribe": (
        r"subscribe(?:\s+now)?[.!]?$|subscribe\s+(?:now\s+)?(?:to|for|on|here|today)\b",
        r"subscriber\s+(?:only|benefit|exclusive)s?$|(?:already|not)\s+a\s+subscriber\b",
        rf"to\s+continue\s+reading\s+this\b|featured\s+in\s+{_NAME}\s+\w+\b.{{0,80}}$",
        r"start\s+your\s+(?:free\s+)?trial|continue\s+(?:reading|for\s+free)\b.{0,60}$|unlock\s+this\s+article",
        r"this\s+(?:article|story|content)\s+is\s+(?:only\s+)?(?:for|available\s+to|exclusive)\b.{0,40}\bsubscribers\b",
        r"(?:sign|log)\s+in(?:\s+or\s+(?:create|sign\s+up|register|subscribe)\b.{0,40})?$",
    ),
    "audio": (
        r"listen\s+to\s+(?:the\s+|this\s+)?(?:article|story|live\s+radio|podcast|episode|column)\b.{0,160}$",
        r"listen\s+(?:and\s+subscribe|now|on)\b.{0,160}\b(?:podcasts?|spotify|terminal|apple|now|here)\b.{0,60}$",
        r"\d{1,2}:\d\d(?:\s*/\s*\d{1,2}:\d\d)?$",
    ),
    "share": (
        r"share\s+this(?:\s+(?:article|story|page|post))?$|gift\s+this\s+article",
        r"(?:add|prefer|choose)\s+us\s+on\s+google\b.{0,40}$",
        rf"(?:share|pin|post|tweet)\s+(?:on|to|via|with)\s+(?:{_NETWORK}|e-?mail|reddit|google\+)",
        r"bookmark(?:\s+this)?$|copy\s+link$|(?:add\s+)?comments?$|print(?:\s+this)?$",
        r"open\s+(?:in\s+)?(?:a\s+)?new\s+(?:tab|window)$",
    ),
    "follow": (
        r"(?:\+\s*)?get\s+(?:automatic\s+)?alerts?\b.{0,80}$|\+\s*follow$",
        r"(?:and\s+)?follow\s+(?:us|@\w+|all\s+new\s+stories\s+by|the\s+authors?)\b",
        rf"[^.()“”\"]{{3,80}}\s(?:is|are)\s[^.“”\"]{{3,160}}\.\s+follow\s+(?:him|her|them)\s+on\s+{_NETWORK}\b.{{0,80}}$",
        rf"(?:you\s+can\s+)?follow\s+[^.]{{1,60}}\s(?:on\s+{_NETWORK}|at\s+@)|(?:join|find)\s+us\s+on\s+{_NETWORK}",
    ),
    "terminal_tout": (
        r"before\s+it[’']s\s+here,?\s+it[’']s\s+on\s+the\s+\w+\s+terminal",
        r"learn\s+more[.>]?$|(?:request|book)\s+a\s+demo$",
    ),
    "disclaimer of an author": (
        (
            r"(?:[^.“”\"]{1,200}\.\s+)*?this\s+(?:column|article|editorial|commentary|opinion\s+piece)\s+do(?:es)?\s+not"
            r"\s+necessarily\s+reflect\b"
        ),
        r"(?:the\s+)?opinions?\s+expressed\s+(?:here|are|in\s+this)\b.{0,60}\bown\b",
        r".{1,500}\bopinions?\s+expressed\s+are\s+(?:his|her|their)\s+own\b",
    ),
    "disclaimer": (
        r"(?:this|the)\s+transcript\s+may\s+(?:not|contain)\b|any\s+opinions?\s+expressed\s+in\b",
        (
            r"this\s+(?:story|article|report)\s+(?:was|is|has\s+been)\s+(?:produced|published|generated|translated|written)"
            r"\s+(?:by|from|with|using|in)\b.{0,160}\b(?:automat\w+|artificial|AI|feed|wire|agency|syndicat\w+|machine)\b"
        ),
    ),
    "copyright": (
        rf"(?:©|\(c\)|copyright)\s?(?:\(c\)\s?)?(?:\d{{4}}|{_NAME})\b|all\s+rights\s+reserved\.?$",
        rf"(?:\d{{4}}\s+)?{_NAME}\s+(?:finance\s+)?l\.?\s?p\.?(?:\s+all\s+rights\b.*)?$",
        rf"(?:source|provided\s+by)\s*:\s*(?:https?://)?(?:www\.)?{_NAME}(?:\.com)?$",
    ),
    "credit": (rf"(?:--|—|–)\s?(?:with\s+)?{_NAME}(?:\s+news)?\.?$",),
    "advertisement": (
        r"advertisements?(?:\s+\d+)?$|sponsored(?:\s+(?:content|links))?$|(?:this\s+)?advertisement\s+has\s+not\s+loaded\b",
        r"(?:article|story)\s+continues\s+(?:below|after)\b",
    ),
    "tip": (
        r"(?:have|got)\s+a\s+(?:confidential\s+)?(?:news\s+)?tip\b|confidential\s+tip\s*\?.{0,80}$",
        r"(?:send|submit)\s+(?:us\s+)?(?:a\s+|your\s+)?tips?\b.{0,60}$",
    ),
    "survey": (
        r"take\s+(?:the|our|this)\s+(?:.{1,60}\s)?survey\b|site\s+feedback\s*:.{0,60}$",
        r"(?:contact\s+us\s*:\s*)?provide\s+(?:news\s+)?feedback\b.{0,60}$|contact\s+us\s*:$",
    ),
    "machine_summary": (rf"(?:key\s+)?takeaways\s+(?:by|from)\s+{_NAME}\b.{{0,20}}$|(?:hide|show)\s+takeaways$",),
    "browser": (
        r"(?:please\s+)?(?:upgrade|update)\s+your\s+browser|your\s+browser\s+is\s+out\W?of\W?date",
        r"please\s+(?:enable|turn\s+on)\s+javascript|loading(?:\.{3}|…)?$",
        r"(?:skip|jump)\s+to\s+(?:the\s+)?(?:main\s+)?(?:content|navigation|search|article|story|menu|footer)\.?$",
        rf"{_BROWSER}(?:,\s*{_BROWSER})+",
    ),
    "relative_time": (
        r"(?:(?:last\s+)?(?:updated|published|posted)\s*:?\s*)?(?:\d{1,3}|an?)\s+(?:minute|hour|day|week)s?\s+ago$",
    ),
}
_DEBRIS = {name: re.compile("|".join(shapes), re.I) for name, shapes in _SHAPES.items()}
_FIRST_WORDS = frozenset(
    re.findall(
        r"\w+",
        "add advertisement advertisements alerts all already also and any article before book bookmark by choose "
        "chrome click comment comments confidential contact continue copy copyright did edge enjoying enter "
        "explainer featured find firefox follow for from further get gift got have hear hide internet join jump "
        "key last latest learn like link listen loading log looking more most must new next not open opera opinion "
        "opinions or pin please podcast post posted prefer press print provide provided published quicktake read "
        "recommended related request safari see send share show sign site skip source sponsored start stay story "
        "submit subscribe subscriber t take takeaways tap terminal this to top trending tweet unlock up update "
        "updated upgrade video visit want watch web what would you your",
    )
) | {name.lower() for name in agencies.LONG_NAMES}
_BEFORE = "([*_•· \u200b\u200c\u200d\u2060\ufeff"
_FIRST_WORD = re.compile(rf"[\s{re.escape(_BEFORE)}]*([^\W\d_]+)")
_INSIDE = ("<", ":", "follow", "reflect", "opinion", "transcript", "version", "article", "missed", "ago")
"""Boilerplate that begins with other words ("The", "In") contains one of these, in lower case."""
_INSIDE_SLOW = {
    "terminal_code": ("<", ":", "-0-"),
    "follow": ("follow", "alert", "join", "find"),
    "disclaimer of an author": ("reflect", "opinion"),
}
"""The same for patterns that take two thirds of the time."""
REASONS = tuple(dict.fromkeys(name.partition(" ")[0] for name in _SHAPES))
"""All reasons that `find_reason` may return."""


def find_reason(text: str) -> str | None:
    """Return why a line is not part of the story, as one of `REASONS`; None for the story and for an empty line.

    Patterns match the begin of a line or all of it, so a sentence that only contains such words stays. Contact lines
    and notes of correction are not boilerplate: see `contacts` and `corrections`.
    """
    if len(text) > _MAX_LENGTH:
        return None
    lowered = lower_ascii(text)
    first = _FIRST_WORD.match(text)
    if first and first[1].lower() not in _FIRST_WORDS and not _holds(lowered, _INSIDE):
        return None  # most lines are spared the patterns
    line = " ".join(text.split())
    bare = line.lstrip(_BEFORE) or line
    for name, shape in _DEBRIS.items():
        if (name not in _INSIDE_SLOW or _holds(lowered, _INSIDE_SLOW[name])) and shape.match(bare):
            return name.partition(" ")[0]
    return None


def _holds(text: str, marks: Iterable[str]) -> bool:
    return any(map(text.__contains__, marks))
