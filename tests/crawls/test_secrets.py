"""Passwords and keys are in no output, log, database or metrics of a crawl."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from newscrawl.operations.archive import open_archive
from newscrawl.settings import EXTENSIONS
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import Publisher
from tests.crawls.test_faults import A, serve
from tests.storage.conftest import scratch

SECRET = "tide-Mill/42@quay"
WRITTEN = "tide-Mill%2F42%40quay"
"""As it is written in a URL."""


class SecretCrawler(Crawler):
    """Crawls with secrets in every setting that can have one, at the level DEBUG."""

    def environment(self) -> dict[str, str]:
        return super().environment() | {
            "NEWSCRAWL_PING_URL": f"{self.site.base}/ping/{WRITTEN}",
            "NEWSCRAWL_PROMETHEUS_FILE": f"{self.folder}/metrics.prom",
            "https_proxy": f"http://pilot:{WRITTEN}@127.0.0.1:9",
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }

    def command(self, *arguments: str, spider: str = "loopback", polite: bool = False) -> list[str]:
        broken = json.dumps(EXTENSIONS | {"tests.crawls.broken.Talkative": 0})
        secrets = ("-s", f"FTP_PASSWORD={SECRET}", "-s", f"EXTENSIONS={broken}", "--loglevel", "DEBUG")
        return super().command(*secrets, *arguments, spider=spider, polite=polite)


def find_secrets(folder: Path, *outputs: str) -> list[str]:
    """Return the lines of all files and outputs that have the secret, however it is written."""
    texts = {str(file): file.read_bytes().decode("utf-8", "replace") for file in folder.rglob("*") if file.is_file()}
    texts |= {f"output {number}": output for number, output in enumerate(outputs)}
    marks = ("tide-Mill", "Mill/42", "Mill%2F42")
    return [
        f"{name}: {line}" for name, text in texts.items() for line in text.splitlines() if any(m in line for m in marks)
    ]


def test_a_crawl_shows_no_secret(tmp_path: Path, site: Publisher) -> None:
    serve(site, A)
    crawl = SecretCrawler(tmp_path, site)
    expected = ["broken on purpose", "ZeroDivisionError"]
    done = crawl.without_store(expected_errors=expected)
    to_file = crawl.without_store("--logfile", str(tmp_path / "crawl.log"), expected_errors=expected)
    assert "'FTP_PASSWORD': '***'" in done.stderr
    assert "ZeroDivisionError: broken on purpose: ['***', " in done.stderr
    assert f"{site.base}/***" in done.stderr
    assert (tmp_path / "crawl.log").stat().st_size
    assert (tmp_path / "metrics.prom").stat().st_size
    assert find_secrets(tmp_path, done.stdout, done.stderr, to_file.stdout, to_file.stderr) == []
    assert any(SECRET in path or WRITTEN in path for path in site.paths)  # the ping has it


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        (f"urls=https://pilot:{WRITTEN}@www.bloomberg.example/a", "addresses are stored: set HTTPAUTH_USER"),
        (f"site=https://pilot:{WRITTEN}@quay.example/", "is no address of a site"),
    ],
)
def test_an_address_with_a_password_is_rejected(tmp_path: Path, site: Publisher, argument: str, message: str) -> None:
    done = SecretCrawler(tmp_path, site).without_store("-a", argument)
    assert done.returncode == 2
    assert message in done.stderr
    assert find_secrets(tmp_path, done.stdout, done.stderr) == []


def test_the_password_of_a_database_is_shown_nowhere(tmp_path: Path, site: Publisher) -> None:
    serve(site, A)
    with scratch("postgresql", f"newscrawl_secret_{os.getpid()}") as url:
        crawl = SecretCrawler(tmp_path, site, url=url.replace("@", f":{WRITTEN}@"))
        done = crawl.without_store(expected_errors=["broken on purpose", "ZeroDivisionError"])
        with open_archive(url) as store:
            (run,) = store.runs()
    assert run.exit_code == done.returncode
    gone = crawl.without_store(expected_errors=["could not start"])  # there is no such database any more
    assert gone.returncode == 6
    assert find_secrets(tmp_path, done.stdout, done.stderr, gone.stdout, gone.stderr, str(run)) == []
