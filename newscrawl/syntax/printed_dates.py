"""Finds dates as pages print them in many languages: "12. März 2024, 14:30 Uhr", "2024年3月12日", "۱۴۰۲/۱۲/۲۲".

>>> find_date("Publicado el 12 de marzo de 2024 a las 14:30", zone="UTC")
(datetime.datetime(2024, 3, 12, 14, 30, tzinfo=datetime.timezone.utc), 'minute')
>>> find_date("03.12.2024", language="de"), find_date("03/12/2024", language="en-us")[0].month
((datetime.datetime(2024, 12, 3, 0, 0, tzinfo=datetime.timezone.utc), 'day'), 3)
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from functools import cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from newscrawl.syntax.dates import Moment

_MAX_LENGTH = 300
_YEAR = re.compile(r"(?<!\d)(?P<year>19[5-9]\d|20\d\d|1[34]\d\d|25\d\d)(?!\d)")
_CJK = re.compile(
    r"(?P<year>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日号號일]"
    r"|(?P<day2>\d{1,2})\s+(?:tháng|thg\.?)\s+(?P<month2>\d{1,2})(?:\s+năm|,)?\s+(?P<year2>\d{4})",
    re.I,
)
_YEAR_FIRST = re.compile(
    r"(?<![\d./-])(?P<year>\d{4})\s?[./-]\s?(?P<month>\d{1,2})\s?[./-]\s?(?P<day>\d{1,2})(?![\d/-])"
)
_YEAR_LAST = re.compile(
    r"(?<![\d./:-])(?P<one>\d{1,2})(?:\.\s?|\s?[/-]\s?)(?P<other>\d{1,2})(?P<mark>\.\s?|\s?[/-]\s?)(?P<year>\d{4}|\d\d)(?![\d/-]|\.\d)"
)
_DAY_BEFORE = re.compile(r"(?<!\d)(\d{1,2})(?!\d)(\D{1,30})$")
_DAY_LAST = re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|\.|º|er)?[\s,]+(?:(?:de|del|of|ng)\s+)?$")
_DAY_AFTER = re.compile(r"^[\s.,]+([^\d\s]\D{0,30}?)\s+(\d{1,2})(?!\d)")
_DAY_FIRST_AFTER = re.compile(r"^\.?\s*(?:gada|m\.|urteko|ж\.|оны|он)?\s*(\d{1,2})\.?\s+([^\d\s]{3,20})")
_WORD_BREAK = re.compile(r"[\s,/–-]+")
_CLOCK = re.compile(
    r"^(?:\s*(?:[-–—|•·,.;@(/]|at|um|kl\.?|klo|às|as|a las|alle(?: ore)?|ore|à|om|o|في|в|saat"
    r"|pukul|ora|u|ob|ve|г\.|г|i)(?=[\s\d])){0,3}\s*"
    r"(?:[(]?(?![上下]午|오[전후])[^\W\d]{1,12}[.)]?,?\s+)?"
    r"(?P<half_before>[上下]午|오[전후])?\s*"
    r"(?P<hour>[01]?\d|2[0-4])\s?(?:[:hH時시点點]|\.(?=\d\d(?!\d|\.)))\s?(?P<minute>[0-5]\d)?(?:\s?[:.分분]\s?(?P<second>[0-5]\d)(?!\d))?"
    r"\s?[분分]?\s*(?P<half>[ap]\.?\s?m\b)?",
    re.I,
)
_THAI_YEARS, _JALALI_YEARS = range(2490, 2700), range(1330, 1500)


def find_date(text: str, *, language: str | None = None, zone: str = "UTC") -> Moment | None:
    """Return the first date in a short text, with the time after it, as a Moment; None if there is none.

    `language` is that of the page ("de", "en-us"): it decides what "5/4/2024" and ambiguous names of months mean.
    A time without a zone is local time of `zone`, an IANA name.
    """
    text = _to_ascii_digits(" ".join(text[:_MAX_LENGTH].split()))
    if len(text) < 6 or not any(map(str.isdecimal, text)):
        return None
    found = min(_find_days(text, (language or "").lower()), key=lambda entry: entry[0], default=None)
    if found is None:
        return None
    _, end, day = found
    clock = _CLOCK.match(text[end : end + 60])
    if clock is None or (clock["minute"] is None and not (clock["half"] or clock["half_before"])):
        return datetime.combine(day, time(), UTC), "day"
    hour = int(clock["hour"]) % 24
    half = (clock["half"] or clock["half_before"] or "").lower()
    if half:
        hour = hour % 12 + 12 * (half[0] == "p" or half in ("下午", "오후"))
    clock_time = time(hour, int(clock["minute"] or 0), int(clock["second"] or 0))
    moment = datetime.combine(day, clock_time, ZoneInfo(zone)).astimezone(UTC)
    return moment, "second" if clock["second"] else "minute"


def _to_ascii_digits(text: str) -> str:
    """Replace the digits of all scripts ("۱۴۰۳", "２０２４") by 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


def _find_days(text: str, language: str) -> Iterator[tuple[int, int, date]]:
    """Yield (start, end, day) of the dates in a text."""
    for match in _CJK.finditer(text):
        year, month, day = (match[name] or match[f"{name}2"] for name in ("year", "month", "day"))
        yield from _as_day(match.start(), match.end(), int(year), int(month), int(day))
    for match in _YEAR_FIRST.finditer(text):
        yield from _as_day(match.start(), match.end(), *(int(match[name]) for name in ("year", "month", "day")))
    for match in _YEAR_LAST.finditer(text):
        yield from _as_day(match.start(), match.end(), *_order(match, language))
    for match in _YEAR.finditer(text):
        yield from _find_named(text, match, language)


def _find_named(text: str, year: re.Match[str], language: str) -> Iterator[tuple[int, int, date]]:
    """Yield the date with the name of a month around a year."""
    before, after = text[max(0, year.start() - 40) : year.start()], text[year.end() : year.end() + 40]
    number = int(year["year"])
    if ((match := _DAY_BEFORE.search(before)) and (month := _find_month(match[2], language))) or (
        (match := _DAY_LAST.search(before)) and (month := _find_month(before[: match.start()], language, last=True))
    ):
        yield from _as_day(year.start() - len(match[0]), year.end(), number, month, int(match[1]))
    elif (match := _DAY_FIRST_AFTER.match(after)) and (month := _find_month(match[2], language)):
        yield from _as_day(year.start(), year.end() + match.end(), number, month, int(match[1]))
    elif (match := _DAY_AFTER.match(after)) and (month := _find_month(match[1], language, last=True)):
        yield from _as_day(year.start(), year.end() + match.end(), number, month, int(match[2]))


def _find_month(text: str, language: str, *, last: bool = False) -> int | None:
    """Return the month that a word of `text` names; only the last word if `last`."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = [word for word in _WORD_BREAK.split(folded) if word.strip(".")]
    # "كانون الثاني" is a name of two words.
    words = [*words, *(f"{first}_{second}" for first, second in pairwise(words))]
    own, all_names = _months()
    for word in words if not last else words[::-1][:3]:
        bare = word.strip(".:()").removeprefix("d’").removeprefix("d'")
        month = own.get(language[:2], {}).get(bare) or all_names.get(bare)
        if month:
            return month
    return None


@cache
def _months() -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """Return the names of months by language, and those that mean the same in all languages."""
    own: dict[str, dict[str, int]] = defaultdict(dict)
    meanings: dict[str, set[int]] = defaultdict(set)
    for line in Path(__file__).with_name("months.txt").read_text("utf-8").splitlines():
        language, colon, names = line.partition(": ")
        for month, words in enumerate(names.split("|"), 1) if colon and not line.startswith("#") else ():
            for word in words.split():
                own[language[:2]][word] = month
                meanings[word].add(month)
    return dict(own), {word: months.pop() for word, months in meanings.items() if len(months) == 1}


_MONTH_FIRST = frozenset(("en", "en-us", "en-ph", "es-us", "es-pr"))


def _order(match: re.Match[str], language: str) -> tuple[int, int, int]:
    """Return (year, month, day) of "3/12/2024", by the language where both are possible."""
    one, other, year = int(match["one"]), int(match["other"]), int(match["year"])
    if len(match["year"]) == 2:
        year += 2000 if year < 70 else 1900
    is_month_first = "/" in match["mark"] and language in _MONTH_FIRST
    if other > 12 or (is_month_first and one <= 12):
        return year, one, other
    return year, other, one


def _as_day(start: int, end: int, year: int, month: int, day: int) -> Iterator[tuple[int, int, date]]:
    try:
        if year in _JALALI_YEARS:
            yield start, end, _from_jalali(year, month, day)
        else:
            found = date(year - 543 if year in _THAI_YEARS else year, month, day)
            if found.year >= 1950:
                yield start, end, found
    except ValueError:
        return


def _from_jalali(year: int, month: int, day: int) -> date:
    """Return the Gregorian date of a day in the Iranian calendar. Raises ValueError for an impossible one.

    Source: K. M. Borkowski, The Persian calendar for 3000 years (1996), in its 33-year form, right for 1178 to 1633.
    """
    if not (1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30)):
        raise ValueError("no such day")
    days = (
        365 * (year - 1)
        + (8 * (year - 1) + 29) // 33
        + (31 * (month - 1) if month <= 7 else 30 * (month - 1) + 6)
        + day
    )
    return date.fromordinal(days + 226_894)
