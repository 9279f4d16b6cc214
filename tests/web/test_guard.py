"""Which requests are allowed, and the security headers of every response."""

from __future__ import annotations

import pytest

from newscrawl.web.guard import HEADERS, Receive, Scope, Send, guard_app
from tests.web.reader import Reader


async def greet(scope: Scope, _receive: Receive, send: Send) -> None:
    headers = [(b"content-type", b"text/plain"), (b"Content-Security-Policy", b"default-src *")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


GUARDED = Reader(guard_app(greet, ["192.168.1.5"]))


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8001", "127.0.0.1:9", "[::1]:8001", "192.168.1.5:8001"])
def test_this_machine_and_the_given_host_are_allowed(host: str) -> None:
    assert GUARDED.get("/", host).text == "hello"


@pytest.mark.parametrize(
    "host",
    [
        *("rebound.example", "localhost.rebound.example:8001", "127.0.0.1.rebound.example", "192.168.1.6"),
        *("", "[::2]", "[", "rebound.example@localhost", "localhost/rebound.example", "localhost#.rebound.example"),
    ],
)
def test_any_other_host_is_rejected(host: str) -> None:
    response = GUARDED.get("/", host)
    assert (response.status_code, "hello" in response.text) == (403, False)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_only_get_and_head_are_allowed(method: str) -> None:
    assert GUARDED.get("/", method=method).status_code == 405


def test_other_sites_may_only_link() -> None:
    def request(site: str, mode: str) -> int:
        return int(GUARDED.get("/", sec_fetch_site=site, sec_fetch_mode=mode).status_code)

    assert [request("cross-site", "navigate"), request("cross-site", "no-cors"), request("cross-site", "cors")] == [
        200,
        403,
        403,
    ]
    assert [request("same-origin", "cors"), request("none", "navigate")] == [200, 200]


@pytest.mark.parametrize("host", ["localhost", "rebound.example"])
def test_every_response_has_our_headers_once(host: str) -> None:
    response = GUARDED.get("/", host)
    assert {name: response.headers.get_list(name) for name in HEADERS} == {
        name: [value] for name, value in HEADERS.items()
    }
    assert "unsafe" not in response.headers["content-security-policy"]
