"""Which requests are answered, and what every answer says to the browser."""

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
def test_this_machine_and_the_given_host_are_answered_to(host: str) -> None:
    assert GUARDED.get("/", host).text == "hello"


@pytest.mark.parametrize(
    "host",
    [
        *("rebound.example", "localhost.rebound.example:8001", "127.0.0.1.rebound.example", "192.168.1.6"),
        *("", "[::2]", "[", "rebound.example@localhost", "localhost/rebound.example", "localhost#.rebound.example"),
    ],
)
def test_any_other_name_is_refused(host: str) -> None:
    answer = GUARDED.get("/", host)
    assert (answer.status_code, "hello" in answer.text) == (403, False)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_nothing_but_reading_is_answered(method: str) -> None:
    assert GUARDED.get("/", method=method).status_code == 405


def test_pages_of_other_sites_may_link_and_no_more() -> None:
    def asked(site: str, mode: str) -> int:
        return int(GUARDED.get("/", sec_fetch_site=site, sec_fetch_mode=mode).status_code)

    assert [asked("cross-site", "navigate"), asked("cross-site", "no-cors"), asked("cross-site", "cors")] == [
        200,
        403,
        403,
    ]
    assert [asked("same-origin", "cors"), asked("none", "navigate")] == [200, 200]


@pytest.mark.parametrize("host", ["localhost", "rebound.example"])
def test_every_answer_has_our_headers_and_no_others_of_their_names(host: str) -> None:
    answer = GUARDED.get("/", host)
    assert {name: answer.headers.get_list(name) for name in HEADERS} == {
        name: [value] for name, value in HEADERS.items()
    }
    assert "unsafe" not in answer.headers["content-security-policy"]
