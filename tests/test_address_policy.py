"""Addresses that a crawl may connect to."""

from __future__ import annotations

import pytest

from newscrawl.address_policy import is_private_host, may_connect, parse_host, read_allowed
from newscrawl.errors import ArgumentError

NOT_PUBLIC = """
127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 169.254.0.1
100.64.0.1 100.100.100.200 100.127.255.255 192.0.0.192 168.63.129.16 198.18.0.1 192.0.2.1 203.0.113.9 224.0.0.1
224.0.1.1 239.1.2.3 240.0.0.1 255.255.255.255 :: ::1 fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 fec0::1 ff02::1 ff0e::1
::ffff:127.0.0.1 ::ffff:a9fe:a9fe ::127.0.0.1 ::8.8.8.8 2002:7f00:1:: 2002:a00:1::1 64:ff9b::7f00:1 64:ff9b::10.0.0.1
64:ff9b:1::808:808 2001:0:7f00:1:: 2001:db8::1 2001:10::1 3fff::1 100::1 5f00::1 127.1 2130706433 localhost 8.8.8.8:80
"""
PUBLIC = """
8.8.8.8 1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 169.253.0.1 192.167.1.1
223.255.255.1 2606:4700::1111 2a00:1450::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1
"""


@pytest.mark.parametrize("address", [*NOT_PUBLIC.split(), ""])
def test_what_is_not_public(address: str) -> None:
    assert not may_connect(address)
    assert not may_connect(address, read_allowed("11.0.0.0/8, 2400::/12"))


@pytest.mark.parametrize("address", PUBLIC.split())
def test_what_is(address: str) -> None:
    assert may_connect(address)


@pytest.mark.parametrize(
    ("setting", "address", "may"),
    [
        ("1", "127.0.0.1", True),
        ("true", "fe80::1", True),
        ("127.0.0.2/32", "127.0.0.2", True),
        ("127.0.0.2/32", "127.0.0.1", False),
        ("127.0.0.2", "127.0.0.2", True),
        ("127.0.0.2/32", "::ffff:127.0.0.2", False),
        ("10.1.0.0/16,fd00::/8", "fd12::1", True),
        (1, "10.0.0.1", True),
        ("0", "127.0.0.1", False),
        ("", "127.0.0.1", False),
        (None, "127.0.0.1", False),
        (False, "127.0.0.1", False),
        ("1", "no address", False),
    ],
)
def test_what_a_setting_allows(setting: object, address: str, may: bool) -> None:
    assert may_connect(address, read_allowed(setting)) is may


@pytest.mark.parametrize("setting", ["2", "10.1.0.0/99", "10.1.0.1/16", "localhost", "127.0.0.1,,"])
def test_a_setting_that_does_not_read(setting: str) -> None:
    with pytest.raises(ArgumentError, match="NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES"):
        read_allowed(setting)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "0x7f000001", "017700000001", "127.1", "127.0.1", "127.0.0.1.", "[::ffff:7f00:1]"]
)
def test_spellings_of_this_machine(host: str) -> None:
    assert str(parse_host(host)) in ("127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1")
    assert is_private_host(host)
    assert not is_private_host(host, read_allowed("1"))


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "a.localhost"])
def test_names_of_this_machine(host: str) -> None:
    assert is_private_host(host)


@pytest.mark.parametrize(
    "host", ["ferries.example", "8.8.8.8", "134744072", "localhost.example", "10.0.0.1.example", ""]
)
def test_hosts_that_tell_nothing_by_themselves(host: str) -> None:
    assert not is_private_host(host)
