"""Charts: well-formed, escaped, without style or script, and with the right numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from newscrawl.storage import Gap, Month, Point, Series
from newscrawl.web import charts
from newscrawl.web.charts import draw_histogram, draw_months, draw_rows
from newscrawl.web.coverage_calendar import draw_calendar

HOSTILE = "\"><script>alert('1')</script>&\x1b[31m\u202e]]>"
SHOWN = "\"><script>alert('1')</script>&[31m]]>"
MONTHS = [Month(date(2015, 12, 1), 3, (2, 0)), Month(date(2016, 3, 1), 10, (4, 5))]
DAYS = [(date(2014, 12, 31), 1), (date(2016, 2, 29), 4), (date(2016, 3, 1), 12), (date(2016, 3, 4), 1)]
GAP = Gap(date(2016, 3, 2), date(2016, 3, 3), 2.0)


def parsed(chart: Markup) -> ElementTree.Element:
    return ElementTree.fromstring(chart)


def titles(chart: Markup) -> list[str]:
    return [str(title.text) for title in parsed(chart).iter("title")]


def cells(chart: Markup) -> list[list[str]]:
    """The table of the numbers, without its heading."""
    return [[str(cell.text) for cell in row] for row in parsed(chart).iter("tr")][1:]


def paths(chart: Markup, name: str) -> list[str]:
    return [path.attrib["d"] for path in parsed(chart).iter("path") if path.attrib["class"] == name]


def link(day: date) -> str:
    return f"/day/{day}?a&b"


def series(title: str, *points: tuple[str, int, str]) -> Series:
    return Series(title, title, "page", tuple(Point(label, number, short, label) for label, number, short in points))


EACH: list[Callable[[], Markup]] = [
    lambda: draw_months(HOSTILE, MONTHS, [HOSTILE, "Green"]),
    lambda: draw_rows(series(HOSTILE, (HOSTILE, 3, HOSTILE), ("none", 0, "none")), lambda name: name),
    lambda: draw_histogram(series("", (HOSTILE, 3, HOSTILE), ("none", 0, "none")), HOSTILE),
    lambda: draw_calendar(HOSTILE, DAYS, [GAP], link),
]
NAMES = ["months", "rows", "histogram", "calendar"]


@pytest.mark.parametrize("draw", EACH, ids=NAMES)
def test_charts_are_well_formed_and_have_no_scripts(draw: Callable[[], Markup]) -> None:
    figure = parsed(draw())
    assert (figure.tag, figure.attrib["class"]) == ("figure", "chart")
    assert str(figure.findtext("figcaption")) == SHOWN
    elements = list(figure.iter())
    assert {element.tag for element in elements}.isdisjoint({"script", "style", "foreignObject", "image", "use"})
    named = {name for element in elements for name in element.attrib}
    assert not any(name == "style" or name.startswith("on") for name in named)
    for svg in figure.iter("svg"):
        assert svg.attrib["role"] in ("img", "group")
        assert svg.attrib["aria-label"]
        assert re.fullmatch(r"0 0 \d+ \d+", svg.attrib["viewBox"])
    assert figure.find("details/div/table") is not None


@pytest.mark.parametrize("draw", EACH, ids=NAMES)
def test_every_class_of_a_mark_has_its_colour(draw: Callable[[], Markup]) -> None:
    style = (Path(charts.__file__).parent / "static" / "charts.css").read_text(encoding="utf-8")
    for path in parsed(draw()).iter("path"):
        assert f".{path.attrib['class']} {{" in style


@pytest.mark.parametrize(
    "chart",
    [
        draw_months("None", [], []),
        draw_rows(series("None")),
        draw_histogram(series("None", ("none", 0, "none")), "None"),
        draw_calendar("None", []),
    ],
    ids=NAMES,
)
def test_an_empty_chart_says_so(chart: Markup) -> None:
    assert parsed(chart).findtext("p") == "Nothing to show yet."
    assert parsed(chart).find("svg") is None


def test_months_are_stacked_by_section_with_the_rest_on_top() -> None:
    chart = draw_months("Articles per month", MONTHS, ["Markets", "Green"])
    assert titles(chart) == [
        "December 2015: 3 (Markets 2, other sections 1)",
        "March 2016: 10 (Markets 4, Green 5, other sections 1)",
    ]
    assert cells(chart) == [["December 2015", "3", "2", "0", "1"], ["March 2016", "10", "4", "5", "1"]]
    assert [str(item.find("span").tail) for item in parsed(chart).iter("li")] == ["Markets", "Green", "other sections"]  # type: ignore[union-attr]
    heights = {
        name: [float(re.findall(r"v-([\d.]+)", path)[0]) for path in paths(chart, name)]
        for name in ("series-1", "series-2", "series-rest")
    }
    assert heights["series-1"][1] == pytest.approx(2 * heights["series-1"][0], abs=0.2)
    (green,) = heights["series-2"]
    ground = float(re.findall(r"M\S+ ([\d.]+)", paths(chart, "series-1")[1])[0])
    on_top = float(re.findall(r"M\S+ ([\d.]+)", paths(chart, "series-rest")[1])[0])
    assert ground - on_top == pytest.approx(heights["series-1"][1] + green, abs=0.2)


def test_years_that_do_not_fit_are_omitted_and_counted() -> None:
    years = {1: 7, 2000: 5, 2016: 3}
    months = [Month(date(year, 1, 1), number, ()) for year, number in years.items()]
    chart = draw_months("Articles", months, [])
    assert titles(chart) == ["January 2000: 5", "January 2016: 3"]
    assert parsed(chart).findtext("p") == "7 articles before 1987 are not shown."
    days = [(date(1, 1, 1), 7), *((date(year, 1, 1), 1) for year in range(2001, 2021))]
    assert parsed(draw_calendar("Days", days)).findtext("p") == "7 articles before 2001 are not shown."


def test_rows_are_as_long_as_their_numbers_and_have_links() -> None:
    chart = draw_rows(
        series("Sections", ("Markets" * 9, 200, "Markets" * 9), ("Green", 50, "Green"), ("Old", 0, "Old")),
        lambda name: f"/s?{name[:7]}&b",
    )
    longest, quarter, nothing = (float(re.findall(r"h([\d.]+)v", path)[0]) for path in paths(chart, "bar"))
    assert (quarter, nothing) == (longest / 4, 0)
    assert cells(chart) == [["Markets" * 9, "200"], ["Green", "50"], ["Old", "0"]]
    assert [anchor.attrib["href"] for anchor in parsed(chart).iter("a")] == [
        f"/s?{name}&b" for name in ("Markets", "Green", "Old")
    ]
    assert "MarketsMarketsMarke…" in [text.text for text in parsed(chart).iter("text")]


def test_a_calendar_marks_each_day_with_articles_and_distinguishes_empty_days_from_gaps() -> None:
    chart = draw_calendar("Days", DAYS, [GAP], link)
    assert titles(chart) == ["31 December 2014: 1", "29 February 2016: 4", "1 March 2016: 12", "4 March 2016: 1"]
    assert [anchor.attrib["href"] for anchor in parsed(chart).iter("a")] == [link(day) for day, _ in DAYS]
    empty = "".join(paths(chart, "heat-0")).count("M")
    missing = "".join(paths(chart, "heat-gap")).count("M")
    shown_years = sum(date(2016, 1, 1) + timedelta(days=n) < date(2016, 3, 4) for n in range(366))
    assert (empty, missing) == (shown_years - 2 - 2, 2)
    assert [text.text for text in parsed(chart).iter("p")] == ["2015: no article"]
    assert cells(chart)[1][:5] == ["2016", "0", "4", "13", "0"]


def test_weeks_run_to_the_right_and_weekdays_down() -> None:
    friday, sunday, monday = date(2016, 1, 1), date(2016, 1, 3), date(2016, 1, 4)
    places = [
        tuple(map(int, path[1:].split("h")[0].split()))
        for path in paths(draw_calendar("Days", [(day, 1) for day in (friday, sunday, monday)]), "heat-4")
    ]
    (left, top), (same, lower), (right, first) = places
    assert (same, lower - top, right - left, top - first) == (left, 14, 7, 28)


@pytest.mark.parametrize(
    ("numbers", "shades"),
    [
        ([1, 1, 1], [4, 4, 4]),
        ([1, 2], [2, 4]),
        ([1, 2, 3, 4], [1, 2, 3, 4]),
        ([5, 1, 1, 1], [4, 2, 2, 2]),
    ],
)
def test_shades_are_quartiles_of_the_days(numbers: list[int], shades: list[int]) -> None:
    days = [(date(2016, 1, 1) + timedelta(days=at), number) for at, number in enumerate(numbers)]
    marks = [path for path in parsed(draw_calendar("Days", days)).iter("path") if path.find("title") is not None]
    assert [int(path.attrib["class"][-1]) for path in marks] == shades
