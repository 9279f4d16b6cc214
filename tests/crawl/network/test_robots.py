"""What each state of a robots.txt means for the requests to its host."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from scrapy import Request, signals
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest, StopDownload
from scrapy.http import Response

from newscrawl.crawl.network import robots, robots_text
from newscrawl.crawl.network.failures import BrokenResponseError, HostStopped, RefusedError, RunEnded
from newscrawl.crawl.network.hosts import ROBOTS_TXT, HostGuard
from newscrawl.crawl.network.pace import CrawlDelay
from newscrawl.crawl.network.robots import RobotsTxtMiddleware
from tests.crawl.offline import HOST, SITE, OfflineCrawler

RULES = b"User-agent: *\nDisallow: /secret\n"
DAY = 24 * 3600


class Robots:
    """The middleware, servers that answer as a test says, and a clock that a test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: Response | Exception, **settings: object) -> None:
        self.crawler = OfflineCrawler(settings)
        self.crawler.components.append(guard := HostGuard.from_crawler(self.crawler))
        self.guard, self.middleware = guard, RobotsTxtMiddleware.from_crawler(self.crawler)
        self.pace = CrawlDelay.from_crawler(self.crawler)
        self.crawler.components.append(self.middleware)
        self.answers, self.requests, self.now = list(answers), list[Request](), 1000.0
        self.crawler.fake_engine.download_async = self.download  # type: ignore[attr-defined]
        self.crawler.fake_engine._slot = None  # type: ignore[attr-defined]
        monkeypatch.setattr(robots, "monotonic", lambda: self.now)

    async def download(self, request: Request) -> Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def is_allowed(self, path: str, base: str = SITE) -> bool:
        """Whether a request passes. Raises HostStopped."""
        request = Request(base + path)
        try:
            asyncio.run(self.middleware.process_request(request))
        except HostStopped:
            raise
        except IgnoreRequest:
            return False
        self.guard.process_request(request)
        return True


def answer(status: int = 200, body: bytes = RULES, flags: list[str] | None = None) -> Response:
    return Response(f"{SITE}/robots.txt", status=status, body=body, flags=flags)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Robots]:
    return lambda *answers, **settings: Robots(monkeypatch, *answers, **settings)


def test_rules_are_obeyed_and_fetched_once_for_all_spellings_of_a_host(serve: Callable[..., Robots]) -> None:
    run = serve(answer())
    assert run.is_allowed("/open")
    assert not run.is_allowed("/secret")
    assert not run.is_allowed("/secret", f"https://{HOST.upper()}.:443")
    assert [request.url for request in run.requests] == [f"{SITE}/robots.txt"]
    assert run.is_allowed("/open", f"https://www.{HOST}")
    assert run.is_allowed("/open", f"https://{HOST}:8443")
    assert [request.url for request in run.requests[1:]] == [
        f"https://www.{HOST}/robots.txt",
        f"https://{HOST}:8443/robots.txt",
    ]


@pytest.mark.parametrize("status", [400, 404, 410, 418, 451])
def test_a_missing_robots_txt_allows_everything(serve: Callable[..., Robots], status: int) -> None:
    assert serve(answer(status)).is_allowed("/secret")


@pytest.mark.parametrize(
    ("outcome", "trouble"),
    [
        (answer(500), "robots.txt: HTTP 500"),
        (answer(503), "robots.txt: HTTP 503"),
        (answer(206), "robots.txt: HTTP 206"),
        (answer(304), "robots.txt: HTTP 304"),
        (answer(300), "robots.txt: HTTP 300"),
        (answer(429), "robots.txt: HTTP 429"),
        (BrokenResponseError("connection_reset", ""), "connection reset"),
        (DownloadTimeoutError(), "timeout"),
        (RefusedError("redirect_loop", ""), "robots.txt: redirect loop"),
        (RefusedError("private_address", ""), "robots.txt: private address"),
        (RefusedError("bad_redirect", ""), "robots.txt: bad redirect"),
        (RefusedError("too_large", ""), "robots.txt: too large"),
        (RefusedError("content_encoding", ""), "robots.txt: content encoding"),
        (HostStopped("elsewhere.example"), "robots.txt: redirects to a host that is no longer requested"),
    ],
)
def test_a_robots_txt_that_cannot_be_read_stops_its_host(
    serve: Callable[..., Robots], outcome: Response | Exception, trouble: str
) -> None:
    run = serve(outcome)
    for path in ("/open", "/secret", "/open"):
        with pytest.raises(HostStopped):
            run.is_allowed(path)
    assert len(run.requests) == 1
    assert run.crawler.counts("hosts/") == {"unreachable": 1}
    assert run.crawler.counts()["trouble"] == f"{HOST}: {trouble}"


def test_rules_are_fetched_again_after_a_day_and_stay_while_they_cannot_be_read(serve: Callable[..., Robots]) -> None:
    run = serve(answer(), answer(503), DownloadTimeoutError(), answer(body=b""), answer(404))
    assert not run.is_allowed("/secret")
    run.now += DAY - 1
    assert not run.is_allowed("/secret")
    assert len(run.requests) == 1
    run.now += 1
    for _ in range(2):  # 503, then a timeout
        assert not run.is_allowed("/secret")
        assert run.is_allowed("/open")
        run.now += 3600
    assert len(run.requests) == 3
    assert run.is_allowed("/secret")
    assert len(run.requests) == 4
    run.now += DAY
    assert run.is_allowed("/secret")
    assert len(run.requests) == 5


def test_the_end_of_the_run_says_nothing_about_a_host(serve: Callable[..., Robots]) -> None:
    run = serve(RunEnded(f"{SITE}/robots.txt"), answer())
    with pytest.raises(RunEnded):
        run.is_allowed("/open")
    assert not run.guard.is_stopped(SITE)
    assert not run.is_allowed("/secret")


def test_redirects_are_followed_up_to_five(serve: Callable[..., Robots]) -> None:
    run = serve(answer())
    run.is_allowed("/open")
    assert run.requests[0].meta["redirect_ttl"] == 5
    assert run.requests[0].meta[ROBOTS_TXT] == f"{SITE}/robots.txt"


def test_a_large_robots_txt_is_cut(serve: Callable[..., Robots]) -> None:
    run = serve(answer())
    run.is_allowed("/open")
    chunk, sent = b"#" * 1024, 0
    for _ in range(500):
        failures = run.crawler.signals.send_catch_log(
            signals.bytes_received, request=run.requests[0], data=chunk, dont_log=StopDownload
        )
        assert [result for _, result in failures] == [None]
        sent += len(chunk)
    assert sent == robots_text.MAX_BYTES
    with pytest.raises(StopDownload):
        run.middleware.bytes_received(b"#", run.requests[0])
    for _ in range(2):
        run.middleware.bytes_received(chunk * 600, Request(f"{SITE}/a-page"))
    run = serve(answer(body=b"User-agent: *\nDisallow: /secret\nDisallow: /open", flags=["download_stopped"]))
    assert run.is_allowed("/open")
    assert not run.is_allowed("/secret")


@pytest.mark.parametrize("delay", ["121", "86400", "9" * 400, "1e9", "[500]", "700,5"])
def test_a_host_that_asks_for_too_long_a_delay_is_left(
    serve: Callable[..., Robots], caplog: pytest.LogCaptureFixture, delay: str
) -> None:
    run = serve(answer(body=f"User-agent: *\nCrawl-delay: {delay}\n".encode()), answer(404))
    for _ in range(3):
        with pytest.raises(HostStopped):
            run.is_allowed("/open")
    assert run.is_allowed("/open", "https://other.example")
    (message,) = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert message.startswith(f"{HOST}: its robots.txt asks for ")
    assert run.crawler.counts("hosts/") == {"unreachable": 1}


@pytest.mark.parametrize(
    ("delay", "applied"), [("120", 120), ("7.5", 7.5), ("7,5", 7.5), (".5", None), ("-10", None), ("soon", None)]
)
def test_a_delay_applies_to_the_site(serve: Callable[..., Robots], delay: str, applied: float | None) -> None:
    run = serve(answer(body=f"User-agent: *\nCrawl-delay: {delay}\n".encode()))
    assert run.is_allowed("/open")
    configured = run.crawler.fake_engine.downloader.per_slot_settings
    assert configured[HOST].get("delay") == applied


def test_sitemaps_are_joined_to_the_address_of_robots_txt(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "/a.xml", "b.xml # the second", "//tern.example/c.xml", "https://tern.example/d.xml", "http://[e", "?f=1"
    body = "".join(f"Sitemap: {line}\n" for line in lines).encode()
    server = Robots(monkeypatch, answer(body=b"User-agent: *\nAllow: /\n" + body))
    sitemaps = asyncio.run(robots.find_sitemaps(server.crawler, Request(f"{SITE}/news/today")))
    assert list(sitemaps) == [
        f"{SITE}/a.xml",
        f"{SITE}/b.xml",
        f"{SITE.partition(':')[0]}://tern.example/c.xml",
        "https://tern.example/d.xml",
        f"{SITE}/robots.txt?f=1",
    ]
