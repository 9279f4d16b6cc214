"""A publisher's edition that knows what an archive of it has to hold: a real HTTP server, invented text."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from tests.crawls.loopback import HTML, PARAGRAPHS, Answer, Publisher, article, feed, sitemap

_PADDING = "The tide tables hang at the pier, and the ticket office opens an hour before the first boat."
_TRACKING = "?utm_source=feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An article of the edition, with the paths that show it."""

    number: int
    paths: tuple[str, ...]
    """Each answers with the article."""
    doors: tuple[str, ...] = ()
    """Each redirects to the first of `paths`."""
    edited: bool = False
    """Whether it reads otherwise from the second time on that it is shown."""

    @property
    def headline(self) -> str:
        """Unlike that of any other story."""
        return f"Crossing {self.number:05} Runs Later"

    def paragraphs(self, version: int) -> list[str]:
        """Its body, as long as that of real ones."""
        extra = " ".join([f"Crossing {self.number:05}, printing {version}.", *[_PADDING] * 12])
        return [f"{text} {extra}" for text in PARAGRAPHS]

    def page(self, version: int) -> Answer:
        """Its page."""
        return article(self.headline, extra=self.paragraphs(version)[0].removeprefix(PARAGRAPHS[0] + " "))


@dataclass(kw_only=True)
class Edition:
    """Stories and what is no story, with what was shown of them."""

    stories: tuple[Story, ...]
    gone: tuple[str, ...]
    """Listed, and answered with 404."""
    videos: tuple[str, ...]
    """Listed, and known by their path to be no article."""
    shown: dict[str, list[int]] = field(default_factory=dict)
    """The versions that each path was answered with, in order."""

    @property
    def listed(self) -> list[str]:
        """Every address that a list names."""
        return [*(path for story in self.stories for path in story.paths + story.doors), *self.gone, *self.videos]

    def publish(self, site: Publisher, seconds: float) -> None:
        """Have `site` answer with it, each page after so many seconds."""
        site.routes.clear()
        for story in self.stories:
            shown = {path: partial(self._show, story, path, seconds) for path in story.paths}
            site.routes |= shown | {f"{path}{_TRACKING}": answer for path, answer in shown.items()}
            site.routes |= {door: (301, {"Location": story.paths[0]}, b"") for door in story.doors}
        site.routes |= {
            "/robots.txt": (200, {}, f"User-agent: *\nSitemap: {site.base}/news-2024-03.xml\n".encode()),
            "/news-2024-03.xml": sitemap(site.base, *(story.paths[0] for story in self.stories), *self.gone),
            "/feed.rss": feed(site.base, *self._in_feed(), *self.videos),
            "/": self._front_page(),
        }

    def _show(self, story: Story, path: str, seconds: float) -> Answer:
        time.sleep(seconds)
        before = sum(len(self.shown.get(other, ())) for other in story.paths)
        version = 2 if story.edited and before else 1
        self.shown.setdefault(path, []).append(version)
        return story.page(version)

    def _in_feed(self) -> Iterator[str]:
        """Every third story's address in another spelling than the sitemap's, and all of their other addresses."""
        for story in self.stories:
            if story.number % 3 == 0:
                yield f"{story.paths[0]}{_TRACKING}"
            yield from story.paths[1:] + story.doors

    def _front_page(self) -> Answer:
        linked = (f"<p><a href='{story.paths[0]}'>{story.headline}</a></p>" for story in self.stories[::7])
        return 200, HTML, "".join(linked).encode()


def print_edition(stories: int, chance: random.Random, *, edits: bool = True) -> Edition:
    """So many stories: some at two addresses, some behind a redirect, some edited; and what is none among them."""
    return Edition(
        stories=tuple(_story(number, chance.random(), edits=edits) for number in range(1, stories + 1)),
        gone=tuple(f"/news/articles/2024-03-06/gone-{number}" for number in range(stories // 60 + 1)),
        videos=tuple(f"/news/videos/2024-03-06/film-{number}" for number in range(stories // 60 + 1)),
    )


def _story(number: int, draw: float, *, edits: bool) -> Story:
    path = f"/news/articles/2024-03-05/crossing-{number}"
    other = f"/politics/articles/2024-03-05/crossing-{number}"
    if draw < 0.1:
        return Story(number=number, paths=(path, other), edited=edits)
    if draw < 0.2:
        return Story(number=number, paths=(path, other))
    if draw < 0.3:
        return Story(number=number, paths=(path,), doors=(f"/news/articles/2024-03-04/crossing-{number}-early",))
    return Story(number=number, paths=(path,))


class _Publisher(Publisher):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """The client was killed before the response."""


@contextmanager
def publisher() -> Iterator[Publisher]:
    """A publisher that serves until the end of the block, and minds no client that hangs up."""
    with _Publisher() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def path_of(url: str) -> str:
    """The path of an address, without what only spells it otherwise."""
    return urlsplit(url).path
