"""Signatures and addresses of webhooks."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode

import pytest

from newscrawl.batch.watches import feed, mail, send_test
from newscrawl.batch.watches.delivery import Delivery
from newscrawl.batch.watches.webhook import check_address, make_secret, sign
from newscrawl.errors import ArgumentError
from newscrawl.storage import Query, Store, WatchTarget
from tests.batch.watches.conftest import Hooks


def test_a_receiver_can_check_the_signature(store: Store, hooks: Hooks, delivery: Delivery) -> None:
    target = WatchTarget(kind="webhook", address=hooks.url, secret=make_secret())
    send_test(store, store.add_watch("all", Query(), [target]), target, delivery)
    [(headers, body)] = hooks.received
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = b64decode((target.secret or "").removeprefix("whsec_"))
    assert len(key) == 32
    expected = b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["user-agent"].startswith("newscrawl/")
    assert b'"type":"watch.test"' in body


def test_the_signature_of_a_known_message() -> None:
    secret = f"whsec_{b64encode(b'k' * 24).decode()}"
    # as openssl dgst -sha256 -hmac computes it
    assert sign(secret, "msg_1", "1700000000", b'{"a":1}') == "v1,bYr7Rz93bX8WqNI5XVthzq7NE/LcYrDkos9dgSLYHOc="
    assert sign(secret, "msg_1", "1700000001", b'{"a":1}') != "v1,bYr7Rz93bX8WqNI5XVthzq7NE/LcYrDkos9dgSLYHOc="


@pytest.mark.parametrize(
    "url",
    ["hooks.example/x", "ftp://h.example/", "http://", "https://u:p@h.example/", "http://h.example:0/", "http://h .x/"],
)
def test_addresses_that_no_webhook_has(url: str) -> None:
    with pytest.raises(ArgumentError, match="a webhook is an address that begins with"):
        check_address(url)


@pytest.mark.parametrize("address", ["desk", "a b@c", "desk@", "@host", "a@b\nBcc: c@d", "a@b, c@d", "ä@host"])
def test_texts_that_are_no_mail_address(address: str) -> None:
    with pytest.raises(ArgumentError, match="no mail address"):
        mail.check_address(address)


def test_files_that_are_no_feed() -> None:
    with pytest.raises(ArgumentError, match=r"ends in one of these: \.rss"):
        feed.check_address("x.txt")
    with pytest.raises(ArgumentError, match="there is no folder"):
        feed.check_address("/no/such/folder/x.rss")
