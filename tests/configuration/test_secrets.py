"""Texts without secrets."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from newscrawl.configuration import secrets


@pytest.fixture(autouse=True)
def no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start without any, and leave none to other tests."""
    monkeypatch.setattr(secrets, "_known", set())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://pilot:tide@db.example/news", "postgresql://pilot:***@db.example/news"),
        ("mariadb://pilot:a@b:c@db.example/news", "mariadb://pilot:***@db.example/news"),
        ("socks5h://:tide@proxy.example:1080", "socks5h://:***@proxy.example:1080"),
        ("postgresql://pilot@db.example/news?password=tide&x=1", "postgresql://pilot@db.example/news?password=***&x=1"),
        ("https://hook.example/?x=1&access_token=tide", "https://hook.example/?x=1&access_token=***"),
        ("s3://bucket/warc", "s3://bucket/warc"),
        ("sqlite:///news.db", "sqlite:///news.db"),
        (
            "https://quay.example/a:b/c@d and mail to desk@quay.example",
            "https://quay.example/a:b/c@d and mail to desk@quay.example",
        ),
    ],
)
def test_passwords_in_urls_are_hidden_in_any_text(text: str, shown: str) -> None:
    assert secrets.redact(f"before {text} after") == f"before {shown} after"


def test_a_secret_is_hidden_as_written_decoded_and_in_json() -> None:
    secrets.hide_secrets(secrets.find_secrets("postgresql://pilot:tide%22mill%2F42@db.example/news"))
    for text in ("tide%22mill%2F42", 'tide"mill/42', json.dumps('tide"mill/42')[1:-1]):
        assert secrets.redact(f"login as {text}, failed") == "login as ***, failed"


def test_short_passwords_and_those_that_are_names_hide_no_other_words() -> None:
    secrets.hide_secrets(secrets.find_secrets("postgresql://newscrawl:newscrawl@db.example/newscrawl"))
    secrets.hide_secrets(secrets.find_secrets("postgresql://pilot:tide@db.example/news"))
    secrets.hide_secrets(["harbor-lights"])
    text = "newscrawl.pipelines: the tide, harbor-lights2 and xharbor-lights"
    assert secrets.redact(text) == text
    assert secrets.redact("harbor-lights: harbor-lights.") == "***: ***."


def test_logs_and_tracebacks_have_no_secrets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = logging.getLogRecordFactory()
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    secrets.hide_named_secrets(
        {"AWS_SECRET_ACCESS_KEY": "tide-mill-42", "https_proxy": "http://p:ferry-quay-7@x.example", "A": "b"}
    )
    handler = logging.StreamHandler()
    try:
        secrets.hide_in_logs()
        record = logging.getLogger("quay").makeRecord("quay", 30, "f", 1, "with %s and %d", ("tide-mill-42", 3), None)
        handler.handle(record)
        try:
            raise ValueError("ferry-quay-7")
        except ValueError as error:
            failed = logging.getLogger("quay").makeRecord("quay", 40, "f", 1, "failed", (), sys.exc_info())
            handler.handle(failed)
            sys.excepthook(ValueError, error, error.__traceback__)
    finally:
        logging.setLogRecordFactory(before)
    err = capsys.readouterr().err
    assert "with *** and 3\nfailed\nTraceback" in err
    assert err.count("ValueError: ***") == 2
    assert "tide-mill-42" not in err


def test_addresses_that_are_secret_show_their_host_only() -> None:
    assert secrets.mask_address("https://user:tide@hc.example/ping/5f3a?x=1") == "https://user:***@hc.example/***"
    assert secrets.mask_address("tide") == "***"
