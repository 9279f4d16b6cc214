"""Invents text in many scripts: words without meaning, with the lengths and punctuation of the language."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """How words and sentences of a language look."""

    code: str
    syllables: tuple[str, ...]
    word: tuple[int, int]
    """Fewest and most syllables of a word."""
    space: str = " "
    stop: str = "."
    comma: str = ","
    is_rtl: bool = False
    months: tuple[str, ...] = ()

    def say_word(self, rng: random.Random) -> str:
        return "".join(rng.choice(self.syllables) for _ in range(rng.randint(*self.word)))

    def say_words(self, rng: random.Random, low: int, high: int) -> str:
        """Return some words without punctuation: a label, a name, a headline."""
        words = [self.say_word(rng) for _ in range(rng.randint(low, high))]
        text = self.space.join(words)
        return text[:1].upper() + text[1:]

    def say_name(self, rng: random.Random) -> str:
        return " ".join(self.say_word(rng).capitalize() for _ in range(2))

    def say_sentence(self, rng: random.Random) -> str:
        parts = [self.say_words(rng, 3, 9) for _ in range(rng.randint(1, 3))]
        parts = parts[:1] + [part[:1].lower() + part[1:] for part in parts[1:]]
        return f"{self.comma}{self.space}".join(parts) + self.stop

    def say_paragraph(self, rng: random.Random, low: int = 2, high: int = 5) -> str:
        return (self.space or "").join(self.say_sentence(rng) for _ in range(rng.randint(low, high)))


def _split(letters: str) -> tuple[str, ...]:
    return tuple(letters.split())


_LATIN = _split(
    "ba be bri co da del en fa fer ga gra ho in ja ka lan lo ma mer ni no or pa pe qui ra ren sa se sta ti to un va ver wi"
)
_GERMAN = _split(
    "ab auf bau ber che den ein feld gen haus her ich keit lich mann nung ober rich schaft sten tag ung ver wald zeit"
)
_ROMANCE = _split("a ca ción da de do e en es gua la lo mo no o pe que ra re ri sa ta te to tra u vi za ña é")
_SLAVIC = _split("ба ва го де жи за ка ли мо на об по ра ро се ска ста те то ул це че ша ый ого ния")
_GREEK = _split("α βα γι δε ει θη και λο με νο ξε ου πα ρι στα τη φο χα ων ης")
_ARABIC = _split("ا ال با تا جم حد خر دار رس سل شم صا طر عل غر في قا كت لم من نو هد وا ية ات")
_HEBREW = _split("א בר גל דו הי וא זמ חד טו יש כל לה מי נו סף ער פה צי קר רו של ת ים ות")
_HINDI = _split("अ का कि की के गा चा जी ता ती दे ना नी पर बा मा मे या रा री ला वा सा से ही")
_CHINESE = tuple(
    "天地人大小山水火木金土日月年新市民国学生工作公司研究报告发展经济政府社会文化技术环境城市交通安全教育医疗记者表示今年进行"
)
_JAPANESE = tuple("日本東京大会社市民会議新聞発表年月計画研究開発のはをにがとでもしたするこれそのあるいるから")
_KOREAN = tuple("가나다라마바사아자차카타파하고는을이에서의로도시정부경제사회발표기자오늘내일학교")
_THAI = tuple(_split("กา ขอ คน งาน จะ ชา ดี ตา ที่ นา บ้าน ปี พา มา ยา รา ลา วัน สา หา อา ไม่ ได้ ให้"))

LANGUAGES = (
    Language("en", _LATIN, (1, 3)),
    Language("de", _GERMAN, (1, 4)),
    Language("es", _ROMANCE, (1, 4)),
    Language("fr", _ROMANCE, (1, 3)),
    Language("pt", _ROMANCE, (1, 4)),
    Language("id", _LATIN, (2, 4)),
    Language("fi", _LATIN, (2, 5)),
    Language("ru", _SLAVIC, (1, 4)),
    Language("el", _GREEK, (2, 4)),
    Language("ar", _ARABIC, (2, 3), comma="،", is_rtl=True),
    Language("he", _HEBREW, (2, 3), is_rtl=True),
    Language("hi", _HINDI, (1, 3), stop="।"),
    Language("zh", _CHINESE, (1, 2), space="", stop="。", comma="，"),
    Language("ja", _JAPANESE, (2, 4), space="", stop="。", comma="、"),
    Language("ko", _KOREAN, (1, 3)),
    Language("th", _THAI, (2, 4), space="", stop=" ", comma=" "),
)
