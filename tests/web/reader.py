"""A reader of the reading room without a server between, and stories that nobody should have to trust."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from lxml import html

from newscrawl.article import Block, Contact, Image
from newscrawl.web.guard import App
from tests.storage.captures import at, capture
from tests.web.conftest import EXTRA

httpx = pytest.importorskip("httpx", reason=EXTRA)

SCRIPT = "<script>document.title = 'robbed'; alert(1)</script>"
ONERROR = '"><img src=x onerror="alert(2)">'
JAVASCRIPT = "javascript:alert(3)//"
HOSTILE = capture(
    "hostile",
    url=JAVASCRIPT + "a",
    canonical_url=JAVASCRIPT + "b",
    headline=f"Hostile {SCRIPT}",
    dek=f"{ONERROR} dek",
    byline=(f"Eve {ONERROR}", "A/B ?#%41 Name"),
    published_at=at(0),
    published_precision="minute",
    section=f"Section {SCRIPT}",
    tickers=(ONERROR, "A/B?C"),
    topics=(SCRIPT,),
    correction=SCRIPT,
    abstract=(ONERROR,),
    body=(
        Block(kind="paragraph", text=f"Hostile body {SCRIPT}"),
        Block(kind="subhead", text=ONERROR),
        Block(kind="list_item", text=SCRIPT),
        Block(kind="quote", text=ONERROR),
        Block(kind="table", text=f"{SCRIPT}\t1.5\n{ONERROR}"),
    ),
    images=(Image(url=JAVASCRIPT + "c", caption=SCRIPT, credit=ONERROR), Image(url='https://a.example/"><b>x')),
    contacts=(Contact(role="reporter", name=ONERROR, place=SCRIPT, email=f"a@b.example{ONERROR}"),),
    assistance=(SCRIPT,),
    sources={"headline": SCRIPT, ONERROR: "dom"},
)
"""An article that tries it everywhere."""
REWRITTEN = capture(
    "hostile",
    hours=2,
    url=JAVASCRIPT + "a",
    canonical_url=JAVASCRIPT + "b",
    headline=f"Rewritten {ONERROR}",
    dek=SCRIPT,
    published_at=at(0),
    body=(Block(kind="paragraph", text=f"Hostile body {ONERROR}"),),
)
"""The same, as it read later."""


@dataclass(frozen=True)
class Reader:
    """Asks an application for pages as a browser on this machine does."""

    app: App

    def get(self, path: str, host: str = "localhost:8001", method: str = "GET", **headers: str) -> Any:
        return asyncio.run(self._get(path, host, method, headers))

    async def _get(self, path: str, host: str, method: str, headers: dict[str, str]) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8001") as client:
            return await client.request(method, path, headers={"host": host, **named})

    def page(self, path: str) -> html.HtmlElement:
        """The page that is there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:500])
        return html.fromstring(answer.content.decode())

    def text(self, path: str) -> str:
        """The words of its main part, blanks folded."""
        (main,) = self.page(path).xpath("//main")
        return " ".join(main.text_content().split())
