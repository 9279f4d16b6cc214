"""`scrapy browse` in a real browser, headless."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.web.test_hostile import paths

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 800}
DESK = {"width": 1280, "height": 900}
ALL_PAGES = (
    "/",
    "/search?q=harbor",
    "/coverage",
    "/section/business",
    "/day/2026-05-05",
    "/news",
    "/news/articles",
    "/news/articles/2",
    "/news/latest",
    "/news/calendar",
)


def missing(why: str) -> None:
    if os.environ.get("NEWSCRAWL_TEST_REQUIRE_SERVERS") == "1":
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="module")
def server(archive: Path) -> Iterator[str]:
    """The URL of `scrapy browse`, stopped with Ctrl-C."""
    command = [
        sys.executable,
        "-m",
        "scrapy",
        "browse",
        "--no-open",
        "-s",
        f"NEWSCRAWL_DATABASE_URL=sqlite:///{archive}",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
        assert found, process.communicate()[1]
        yield found[0].rstrip("/")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=10)
        assert (process.returncode, said) == (0, "")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is missing; pip install -r requirements-dev.txt"
    )
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        missing(f"none of {', '.join(BROWSERS)} is there; get one: apt install chromium")
    with playwright.sync_playwright() as running:
        launched = running.chromium.launch(executable_path=found, args=QUIET)
        yield launched
        launched.close()


@dataclass
class BrowserTab:
    """A page in a browser, with its messages and the hosts that it contacted."""

    page: Any
    base: str
    messages: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)

    def watch(self) -> None:
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("dialog", self._dismiss)
        self.page.context.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))

    def _dismiss(self, dialog: Any) -> None:
        self.messages.append(f"dialog: {dialog.message}")
        dialog.dismiss()


def open_tab(browser: Any, server: str, **options: Any) -> Iterator[BrowserTab]:
    context = browser.new_context(**options)
    tab = BrowserTab(context.new_page(), server)
    tab.watch()
    yield tab
    context.close()
    assert tab.messages == []
    assert tab.hosts == {urlsplit(server).netloc}


@pytest.fixture
def desk(browser: Any, server: str) -> Iterator[BrowserTab]:
    """A desktop window; at the end, no foreign script has run and no other host was contacted."""
    yield from open_tab(browser, server, viewport=DESK)


@pytest.fixture
def phone(browser: Any, server: str) -> Iterator[BrowserTab]:
    """The same on a phone in dark mode."""
    yield from open_tab(browser, server, viewport=PHONE, color_scheme="dark", has_touch=True, is_mobile=True)


@pytest.fixture
def scriptless(browser: Any, server: str) -> Iterator[BrowserTab]:
    yield from open_tab(browser, server, viewport=DESK, java_script_enabled=False)


def test_search_by_keyboard_open_and_compare(desk: BrowserTab) -> None:
    page = desk.page
    desk.go("/")
    page.keyboard.press("/")
    page.keyboard.type("ferry deal")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=ferry+deal")
    assert "deal" in page.locator("mark").all_inner_texts()
    page.keyboard.press("j")
    assert page.locator(":focus").inner_text().startswith("Halvard to Buy Azul")
    page.keyboard.press("Enter")
    page.wait_for_url("**/article/*")
    page.locator("a.mark-revisions").click()
    page.wait_for_url("**/changes")
    assert (page.locator("h1 del").inner_text(), page.locator("h1 ins").inner_text()) == ("1.9", "1.7")
    look = "each => { const s = getComputedStyle(each); return [s.textDecorationLine, s.backgroundColor] }"
    struck, underlined = page.locator("h1 del").evaluate(look), page.locator("h1 ins").evaluate(look)
    assert (struck[0], underlined[0], struck[1] != underlined[1]) == ("line-through", "underline", True)


def test_j_and_k_step_through_a_list(desk: BrowserTab) -> None:
    desk.go("/")
    focused = []
    for key in "jjjkk":
        desk.page.keyboard.press(key)
        focused.append(desk.page.locator(":focus").get_attribute("href"))
    assert (focused[3:], len(set(focused))) == ([focused[1], focused[0]], 3)
    assert all(re.fullmatch("/article/[0-9]+", href) for href in focused)
    desk.page.keyboard.press("Tab")
    assert desk.page.locator(":focus").evaluate("each => getComputedStyle(each).outlineStyle") != "none"


def test_charts_are_drawn_and_days_link_to_their_articles(desk: BrowserTab) -> None:
    page = desk.page
    desk.go("/coverage")
    look = (
        "each => [each.getBBox().height, getComputedStyle(each).fill, getComputedStyle(document.body).backgroundColor]"
    )
    drawn = [mark.evaluate(look) for mark in page.locator(".chart svg .bar").all()]
    assert len(drawn) > 20
    assert all(height > 0 and fill not in (paper, "none") for height, fill, paper in drawn)
    page.locator(".chart .years a").last.click()
    page.wait_for_url("**/day/2026-05-06")
    assert page.locator("[data-item]").count() == 2


def test_no_page_is_wider_than_a_phone(phone: BrowserTab, number_of: dict[str, int]) -> None:
    stories = [
        f"/article/{number_of[name]}{rest}" for name in ("Halvard", "Shares", "Rewritten") for rest in ("", "/changes")
    ]
    widths = {}
    for path in (*ALL_PAGES, *stories):
        phone.go(path)
        widths[path] = phone.page.evaluate("document.documentElement.scrollWidth")
    assert {path: width for path, width in widths.items() if width > PHONE["width"]} == {}
    paper = phone.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, re.findall(r"\d+", paper))) < 64


def test_a_hostile_article_is_shown_and_runs_nothing(desk: BrowserTab, number_of: dict[str, int]) -> None:
    attacks = paths(number_of["Rewritten"])
    for name in ("front", "article", "changes", "search that repeats", "articles", "row", "sql that repeats"):
        desk.go(attacks[name])
        assert desk.page.title() != "robbed"
        assert desk.page.locator("main img").count() == 0
    desk.go(f"/article/{number_of['Rewritten']}")
    assert desk.page.locator("h1").inner_text() == 'Rewritten "><img src=x onerror="alert(2)">'


def test_everything_works_without_scripts(scriptless: BrowserTab) -> None:
    page = scriptless.page
    scriptless.go("/")
    page.fill("#search", "harbor")
    page.click(".search button")
    page.wait_for_url("**/search?q=harbor")
    page.click("h2.headline a >> nth=0")
    page.wait_for_url("**/article/*")
    page.click("summary >> nth=0")
    assert page.locator(".record details").first.get_attribute("open") is not None


def test_print_has_only_the_article(desk: BrowserTab, number_of: dict[str, int]) -> None:
    desk.go(f"/article/{number_of['Halvard']}")
    desk.page.emulate_media(media="print")
    shown = {
        name: desk.page.locator(name).first.is_visible()
        for name in (".story h1", ".text p", ".masthead", ".record", ".foot")
    }
    assert shown == {".story h1": True, ".text p": True, ".masthead": False, ".record": False, ".foot": False}


def test_a_short_article_is_printed_on_one_page(desk: BrowserTab, number_of: dict[str, int]) -> None:
    """What follows the text took a second page that was almost empty."""
    desk.go(f"/article/{number_of['Halvard']}")
    assert len(re.findall(rb"/Type\s*/Page\b", desk.page.pdf(format="A4"))) == 1
