"""SVG elements and the HTML around a chart. All texts are escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from newscrawl.export.display import strip_controls


def element(name: str, *content: Markup | str, **attributes: str) -> Markup:
    """Make an element. Texts and attributes are escaped; "class_" means class, "text_anchor" text-anchor.

    >>> element("p", "a < b", class_="quiet")
    Markup('<p class="quiet">a &lt; b</p>')
    """
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{_escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{written}>{''.join(map(_escape, content))}</{name}>")  # noqa: S704 - all of it is escaped


def _escape(part: Markup | str) -> Markup:
    return part if isinstance(part, Markup) else escape(strip_controls(part))


def make_label(x: float, y: float, text: str, anchor: str = "start", class_: str = "") -> Markup:
    """Make a text of a drawing; `anchor` is the part of it at `x`: start, middle or end."""
    more = {"class_": class_} if class_ else {}
    return element("text", text, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor, **more)


def make_mark(title: str, paths: Sequence[tuple[str, str]]) -> Markup:
    """Make one mark of paths (class, data), with a tooltip."""
    tooltip = element("title", title)
    if len(paths) == 1:
        return element("path", tooltip, class_=paths[0][0], d=paths[0][1])
    return element("g", tooltip, *(element("path", class_=name, d=path) for name, path in paths))


def make_drawing(
    label: str, kind: str, size: tuple[int, int], content: Iterable[Markup], *, has_links: bool = False
) -> Markup:
    """Make a drawing that scales to its container; `kind` is its class, `label` describes it to screen readers."""
    role = "group" if has_links else "img"
    return element("svg", *content, viewBox=f"0 0 {size[0]} {size[1]}", role=role, aria_label=label, class_=kind)


def make_figure(title: str, *content: Markup) -> Markup:
    """Make a chart with its caption; without content, it says that there is nothing to show."""
    shown = content or (make_note("Nothing to show yet."),)
    return element("figure", element("figcaption", title), *shown, class_="chart")


def make_note(text: str) -> Markup:
    return element("p", text, class_="note")


def make_omitted_note(number: int, what: str) -> Markup:
    return make_note(f"{number:,} articles {what} are not shown.") if number else Markup()


def make_legend(keys: Iterable[tuple[str, str]]) -> Markup:
    """Make a legend of (class of the marks, meaning)."""
    items = (element("li", element("span", class_=f"key {name}"), text) for name, text in keys)
    return element("ul", *items, class_="keys")


def make_table(heads: Sequence[str], rows: Iterable[Sequence[str | int]]) -> Markup:
    """Make a collapsed table with the numbers of a drawing: each row a name and its numbers."""
    head = element("tr", *(element("th", name, scope="col") for name in heads))
    body = (
        element("tr", element("th", str(first), scope="row"), *(element("td", f"{number:,}") for number in numbers))
        for first, *numbers in rows
    )
    table = element("table", element("thead", head), element("tbody", *body))
    return element("details", element("summary", "Show as a table"), element("div", table, class_="scroll"))
