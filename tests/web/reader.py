"""Requests to the web application without a server, and hostile articles."""

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
    description=SCRIPT,
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
"""An article with markup and scripts in every field."""
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
"""Its later version."""


@dataclass(frozen=True)
class Reader:
    """Requests pages as a browser on this machine."""

    app: App

    def get(self, path: str, host: str = "localhost:8001", method: str = "GET", **headers: str) -> Any:
        return asyncio.run(self.fetch(path, host, method, **headers))

    async def fetch(self, path: str, host: str = "localhost:8001", method: str = "GET", **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8001") as client:
            return await client.request(method, path, headers={"host": host, **named})

    def page(self, path: str) -> html.HtmlElement:
        """Return a page with status 200."""
        response = self.get(path)
        assert response.status_code == 200, (path, response.status_code, response.text[:500])
        return html.fromstring(response.content.decode())

    def text(self, path: str) -> str:
        """Return the text of its main part, with single spaces."""
        (main,) = self.page(path).xpath("//main")
        return " ".join(main.text_content().split())
