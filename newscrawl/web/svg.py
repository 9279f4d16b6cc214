"""SVG and the figure around it: elements, labels, marks, legends, tables. All texts in them are escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from markupsafe import Markup, escape

from newscrawl.export.display import strip_controls

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def element(name: str, *inside: Markup | str, **attributes: str) -> Markup:
    """An element. Texts in it and its attributes are escaped; "class_" is class, "text_anchor" text-anchor.

    >>> element("p", "a < b", class_="quiet")
    Markup('<p class="quiet">a &lt; b</p>')
    """
    told = "".join(f' {key.rstrip("_").replace("_", "-")}="{_text(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{told}>{''.join(map(_text, inside))}</{name}>")  # noqa: S704 - all of it is escaped


def _text(part: Markup | str) -> Markup:
    return part if isinstance(part, Markup) else escape(strip_controls(part))


def label(left: float, top: float, text: str, anchor: str = "start", class_: str = "") -> Markup:
    """A text of a drawing; `anchor` says which part of it stands at `left`: start, middle or end."""
    more = {"class_": class_} if class_ else {}
    return element("text", text, x=f"{left:.1f}", y=f"{top:.1f}", text_anchor=anchor, **more)


def mark(title: str, paths: Sequence[tuple[str, str]]) -> Markup:
    """Paths (class, data) that stand for one thing, whose title a pointer shows."""
    named = element("title", title)
    if len(paths) == 1:
        return element("path", named, class_=paths[0][0], d=paths[0][1])
    return element("g", named, *(element("path", class_=name, d=path) for name, path in paths))


def svg(told: str, kind: str, size: tuple[int, int], inside: Iterable[Markup], *, links: bool = False) -> Markup:
    """A drawing of a kind (a class) as wide as its place; what it shows is told to who does not see it."""
    role = "group" if links else "img"
    view = f"0 0 {size[0]} {size[1]}"
    return element("svg", *inside, viewBox=view, role=role, aria_label=told, class_=kind)


def figure(title: str, *inside: Markup) -> Markup:
    """A chart under its caption; of nothing, words that say so."""
    return element("figure", element("figcaption", title), *(inside or (note("Nothing to show yet."),)), class_="chart")


def note(text: str) -> Markup:
    """A line of words."""
    return element("p", text, class_="note")


def left_out(number: int, what: str) -> Markup:
    """What a drawing had no room for."""
    return note(f"{number:,} articles {what} are left out.") if number else Markup()


def legend(keys: Iterable[tuple[str, str]]) -> Markup:
    """What the classes of marks mean."""
    items = (element("li", element("span", class_=f"key {name}"), text) for name, text in keys)
    return element("ul", *items, class_="keys")


def table(heads: Sequence[str], rows: Iterable[Sequence[str | int]]) -> Markup:
    """The numbers of a drawing, to open: each row a name and its numbers."""
    head = element("tr", *(element("th", name, scope="col") for name in heads))
    body = (
        element("tr", element("th", str(first), scope="row"), *(element("td", f"{number:,}") for number in numbers))
        for first, *numbers in rows
    )
    whole = element("table", element("thead", head), element("tbody", *body))
    return element("details", element("summary", "The numbers"), element("div", whole, class_="scroll"))


def month_of(day: date) -> str:
    """The month of a day in words: "March 2016"; whatever the locale."""
    return f"{MONTHS[day.month - 1]} {day.year}"
