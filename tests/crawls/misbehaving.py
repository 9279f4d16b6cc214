"""Extraction that misbehaves on demand: what the body of a page says is what happens."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from newscrawl.article import Article, Block, Page
from newscrawl.batch.extraction import extract_page
from newscrawl.errors import MissingFieldError, UnreadablePageError


def page(body: str, url: str = "https://www.bloomberg.example/a") -> Page:
    return Page(url=url, body=body.encode(), fetched_at=datetime(2024, 3, 5, tzinfo=UTC))


def extract(page: Page, *, max_bytes: int) -> Article:
    words = page.body.decode().split()
    if len(page.body) > max_bytes:
        raise UnreadablePageError(page.url, "too_large")
    if words[0] in _DEEDS:
        _DEEDS[words[0]](page, *words[1:])
    return Article(
        url=page.url,
        publisher="Sample Edition",
        layout=f"process {os.getpid()}",
        headline=page.body.decode(),
        fetched_at=page.fetched_at,
        body=(Block(kind="paragraph", text="Words."),),
    )


def extract_unevenly(page: Page, *, max_bytes: int) -> Article:
    """Read a page as it is, each in a time of its own."""
    time.sleep(len(page.body) % 5 / 50)
    return extract_page(page, max_bytes=max_bytes)


def _die(page: Page) -> None:
    os._exit(3)


def _die_once(page: Page, marker: str) -> None:
    if not Path(marker).exists():
        Path(marker).touch()
        os._exit(3)


def _hang(page: Page) -> None:
    time.sleep(600)


def _slow(page: Page, seconds: str, *_: str) -> None:
    time.sleep(float(seconds))


def _until(page: Page, file: str) -> None:
    while not Path(file).exists():
        time.sleep(0.02)


def _compute(page: Page, seconds: str) -> None:
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        pass


def _refuse(page: Page) -> None:
    raise MissingFieldError(page.url, "missing_headline", "no headline where it should be")


def _bug(page: Page) -> None:
    raise KeyError("a bug")


_DEEDS: dict[str, Callable[..., None]] = {
    "die": _die,
    "die_once": _die_once,
    "hang": _hang,
    "slow": _slow,
    "until": _until,
    "compute": _compute,
    "refuse": _refuse,
    "bug": _bug,
}
