"""Makes wire stories as text dumps have them: hard-wrapped, in many forms, each with what a reader finds in it."""

# ruff: noqa: E501 - a line is a sentence of a story

from __future__ import annotations

import random
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

_FIRST = ("Ada", "Tomas", "Noor", "Lena", "Jonas", "Mirela", "Katsu", "Odile", "Bram", "Ingrid", "Femi", "Rosa", "Hugo")
_LAST = ("Venn", "Okafor", "Haddad", "Ruiz", "Lindqvist", "Duarte-Mell", "Osei-Holt", "Roe", "O'Dell", "Quist", "Abney")
_PLACES = ("Holm", "Kirkwall", "Port Ellery", "New York", "San Francisco", "Lima, Peru", "Tokyo", "Morning Bay")
_FIRMS = ("Vell Ferries Ltd.", "Kirkwall Yards Plc", "Harbour & Sons Inc.", "Quillon Metals Corp.", "Brindle Bank AG")
_SUBJECTS = (
    "Vell Ferries",
    "Kirkwall Yards",
    "Harbour & Sons",
    "Quillon",
    "Brindle Bank",
    "Tin Smelters",
    "U.K. Stocks",
)
_DEEDS = (
    "Cut Night Sailings as Fuel Costs Climb",
    "Wins Order for Two Night Boats From Northern Isles",
    "May Sell Bonds to Pay for Dredging, Haddad Says",
    "Rise to Three-Month High on Copper Demand; Shares Gain",
    "Said to Weigh Bid for Rival After Profit Beats Estimates",
    "Drops Plan",
    "‘Not for Sale,’ Chairman Says as Offer From Rival Lapses",
)
_TAGS = ("", "", "", " (Update1)", " (Update3)", " (Correct)", ": Holm Mover")
_SENTENCES = (
    "{firm}, the largest operator of night boats in the northern isles, will cut a third of its sailings after the price of marine fuel rose {n} percent in a month.",
    "The company will keep the routes that carry mail, Chief Executive Officer {who} said in an interview yesterday.",
    "Shares fell 4.{d} percent to {n}2 krona as of 10:40 a.m. in Holm, extending this year’s decline to {n} percent.",
    "{firm} (VELL) ordered two larger vessels in May from a yard in the south, which it says use {n} percent less fuel per passenger.",
    "“The harbour was free, so we sailed at night,” said {who}, who helps manage $1.{d} billion at Mariner Life. “Now it has a price.”",
    "The board, which met on May {d}, didn’t set a date for the second- or third-quarter dividend.",
    "Of {n} analysts that cover the stock, nine recommend buying it, four holding it and two selling it, according to data compiled for this story.",
    "A spokesman for the port, {who}, declined to comment.",
    "It will pay 61 million pounds ($9{d} million) for the well-known yard, the company said in a statement distributed by the Regulatory News Service. That compares with the 5{d} million pounds that were offered in March.",
)
_SUBHEADS = ("Bigger Boats", "Lower Rates", "Cold Furnaces", "Stock Performance", "‘Not for Parking’", "Two Rings")


@dataclass(frozen=True)
class WireStory:
    """A story as text, and what is in it."""

    text: str
    headline: str
    byline: tuple[str, ...]
    date_text: str
    place: str | None
    contacts: tuple[tuple[str, str, str | None, str], ...]
    """(role, name, place, address)."""
    paragraphs: tuple[str, ...]
    subheads: tuple[str, ...]


class _Maker:
    def __init__(self, seed: int, width: int | None) -> None:
        self.random = random.Random(seed)
        self.width = width or self.random.choice((60, 63, 65, 68, 70, 72, 75, 78, 80))

    def maybe(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, things: Sequence[str]) -> str:
        return self.random.choice(things)

    def person(self) -> str:
        return (
            f"{self.pick(_FIRST)} {self.pick(_LAST)}".replace(" van", " Van")
            .replace(" der", " Roe")
            .replace("Meer", "Meer")
        )

    def wrap(self, text: str, *, width: int = 0, indent: str = "") -> str:
        return textwrap.fill(
            text,
            width or self.width,
            initial_indent=indent,
            break_long_words=False,
            break_on_hyphens=self.hyphens,
        )

    def story(self) -> WireStory:
        rng = self.random
        self.hyphens = self.maybe(0.5)
        headline = f"{self.pick(_SUBJECTS)} {self.pick(_DEEDS)}{self.pick(_TAGS)}"
        day = rng.randint(1, 28)
        date_text = f"May {day}"
        agency = "Bloomberg"
        place = self.pick(("HOLM", "KIRKWALL, Orkney", "Port Ellery")) if self.maybe(0.3) else None
        writers = tuple(dict.fromkeys(self.person() for _ in range(rng.choice((1, 1, 2, 3)))))
        editors = tuple(dict.fromkeys(self.person() for _ in range(rng.choice((1, 1, 2)))))
        indent = self.pick(("", "", "     ", "  "))
        gap = "\n" if indent and self.maybe(0.6) else "\n\n"
        paragraphs = []
        for shape in rng.sample(_SENTENCES, rng.randint(4, len(_SENTENCES))):
            said = shape.format(firm=self.pick(_FIRMS), who=self.person(), n=rng.randint(11, 48), d=rng.randint(1, 9))
            paragraphs.append(said)
        opening = f"{place + ', ' if place else ''}{date_text} ({agency}) {self.pick(('-- ', '-- ', '— '))}"
        blocks = [self.wrap(opening + paragraphs[0], indent=indent)]
        subheads = []
        for at, paragraph in enumerate(paragraphs[1:], 1):
            if 1 < at < len(paragraphs) - 1 and self.maybe(0.25):
                unused = [each for each in _SUBHEADS if each not in subheads]
                subheads.append(self.pick(unused))
                blocks.append(("\n" if gap == "\n" else "") + indent + subheads[-1] + ("\n" if gap == "\n" else ""))
            blocks.append(self.wrap(paragraph, indent=indent))
        head = self.head(headline, writers, day)
        closing, contacts = self.closing(writers, editors, indent if self.maybe(0.5) else "")
        codes = self.pick(("", "", "\n\n-0- May/27/2013 10:00 GMT\n", "\n\n{VELL NO <Equity> CN <GO>}\n"))
        text = f"{head}{gap.join(blocks)}\n\n{closing}{codes}"
        text = self.disturb(text)
        return WireStory(
            text=text,
            headline=headline,
            byline=writers if "By " in head else (),
            date_text=date_text,
            place=place,
            contacts=contacts,
            paragraphs=tuple(paragraphs),
            subheads=tuple(subheads),
        )

    def head(self, headline: str, writers: Sequence[str], day: int) -> str:
        code = self.pick(("", "", "", "(BN) ", "BN\n\n"))
        prefix = code if code.startswith("(") else ""
        wrapped = self.wrap(f"{prefix}{headline}", width=self.random.choice((self.width, 40, 50, 63)))
        time = self.pick(("", "", f"2013-05-{day:02} 10:00:00.001 GMT\n", f"May {day}, 2013\n"))
        names = f"{', '.join(writers[:-1])} and {writers[-1]}" if len(writers) > 1 else writers[0]
        by = self.wrap(f"By {names}") if self.maybe(0.8) else ""
        note = self.wrap("(Corrects the price of fuel in the first paragraph.)") if self.maybe(0.15) else ""
        parts = [wrapped + ("\n" + time.strip() if time and self.maybe(0.5) else ""), by, note]
        if time and time.strip() not in parts[0]:
            parts.insert(self.random.choice((1, 2)), time.strip())
        masthead = self.pick(("", "", "", "Bloomberg\nLog In / Register\n\n"))
        return (
            masthead
            + (code if code.endswith("\n\n") else "")
            + "\n\n".join(filter(None, parts))
            + self.pick(("\n\n", "\n\n\n"))
        )

    def closing(
        self, writers: Sequence[str], editors: Sequence[str], indent: str
    ) -> tuple[str, tuple[tuple[str, str, str | None, str], ...]]:
        contacts: list[tuple[str, str, str | None, str]] = []
        blocks = []
        if self.maybe(0.2):
            blocks.append(
                self.wrap(
                    f"--With assistance from {self.person()} in Lisbon. Editors: {self.person()}, {self.person()}"
                )
            )
        style = self.random.choice(("flow", "lines", "spaced", "narrow"))
        for role, people in (("reporter", writers), ("editor", editors)):
            entries = []
            for name in people:
                address = f"{name[0]}{name.split()[-1]}{self.random.randint(1, 9)}@example.com".lower().replace("'", "")
                where = self.pick(_PLACES) if role == "reporter" else None
                contacts.append((role, name, where, address))
                entries.append((f"{name} in {where}" if where else name, address))
            plural = f"{role}s" if len(people) > 1 else role
            which = "on" if role == "reporter" else "responsible for"
            lead = f"To contact the {plural} {which} this story:"
            if style == "flow":
                blocks.append(
                    self.wrap(f"{lead} " + "; ".join(f"{who} at {address}" for who, address in entries), indent=indent)
                )
            elif style == "narrow":
                blocks.append(
                    self.wrap(f"{lead} " + "; ".join(f"{who} at {address}" for who, address in entries), width=48)
                )
            elif style == "lines":
                blocks.append(f"{indent}{lead}\n" + ";\n".join(f"{who} at {address}" for who, address in entries))
            else:
                blocks.append(f" {lead}\n" + ";\n".join(f"{who} at \n {address} " for who, address in entries))
        return self.pick(("\n\n", "\n")).join(blocks), tuple(contacts)

    def disturb(self, text: str) -> str:
        kind = self.random.choice(("", "", "", "crlf", "nbsp", "double", "trailing", "pages", "tabs"))
        if kind == "crlf":
            return text.replace("\n", "\r\n")
        if kind == "nbsp":
            return text.replace("     ", "\u00a0\u00a0\u00a0\u00a0\u00a0").replace(" percent", "\u00a0percent")
        if kind == "double":
            return text.replace("\n", "\n\n")
        if kind == "trailing":
            return text.replace("\n", "  \n")
        if kind == "tabs":
            return text.replace("     ", "\t")
        if kind == "pages":
            lines = text.split("\n")
            cut = len(lines) // 2
            return "\n".join((*lines[:cut], "", "- 1 -", "\f" + lines[cut], *lines[cut + 1 :]))
        return text


def make_story(seed: int, *, width: int | None = None) -> WireStory:
    """Return the story of a seed, always the same."""
    return _Maker(seed, width).story()
