"""Which IP addresses crawls and webhooks may connect to: public ones, however a host is spelled."""

from __future__ import annotations

import socket
from contextlib import suppress
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from newscrawl.errors import ArgumentError

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_ALL = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
_WORDS = {"": (), "0": (), "false": (), "no": (), "1": _ALL, "true": _ALL, "yes": _ALL}
_NEVER_PUBLIC = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments; 192.0.0.192 gives a cloud machine its credentials
    IPv4Network("168.63.129.16/32"),  # does the same, in a public range
)
_UNICAST = IPv6Network("2000::/3")  # the only IPv6 range of public addresses (RFC 4291, 2.4)
_NEVER_UNICAST = (IPv6Network("2001::/23"), IPv6Network("2001:db8::/32"), IPv6Network("3fff::/20"))
"""Exceptions in that range: protocols (Teredo, ORCHID) and documentation."""
_NAT64 = IPv6Network("64:ff9b::/96")


def read_allowed(setting: object) -> tuple[Network, ...]:
    """Read NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES: the networks that are allowed though they are not public.

    "1" allows all, "0" or nothing none, otherwise networks separated by commas. Raises ArgumentError.

    >>> read_allowed("10.20.0.0/16, fd12::/32")
    (IPv4Network('10.20.0.0/16'), IPv6Network('fd12::/32'))
    """
    text = str("" if setting is None else setting).strip().lower()
    if text in _WORDS:
        return _WORDS[text]
    try:
        return tuple(ip_network(name.strip()) for name in text.split(","))
    except ValueError as error:
        raise ArgumentError(f"NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES={text}: neither 1 nor networks ({error})") from error


def may_connect(address: str, allowed: tuple[Network, ...] = ()) -> bool:
    """Whether an IP address may be connected to: it is public, or in an `allowed` network. Not for invalid ones.

    >>> [may_connect(each) for each in ("8.8.8.8", "10.0.0.1", "::ffff:127.0.0.1", "127.1")]
    [True, False, False, False]
    """
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in allowed) or is_public(known)


def is_public(address: Address) -> bool:
    """Whether an address is public: not loopback, private, link-local, multicast, reserved."""
    if isinstance(address, IPv4Address):
        unusual = address.is_multicast or any(address in network for network in _NEVER_PUBLIC)
        return address.is_global and not unusual
    # An IPv6 address that holds an IPv4 address (mapped, NAT64, 6to4) is as public as that one.
    nat64 = IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
    if embedded := nat64 or address.ipv4_mapped or address.sixtofour:
        return is_public(embedded)
    return address in _UNICAST and address.is_global and not any(address in network for network in _NEVER_UNICAST)


def parse_host(host: str) -> Address | None:
    """Read a URL's host as an IP address, in any spelling that systems accept; None for a name.

    >>> [str(parse_host(host)) for host in ("2130706433", "0x7f.1", "127.1", "[::1]", "www.news.example")]
    ['127.0.0.1', '127.0.0.1', '127.0.0.1', '::1', 'None']
    """
    bare = host.removeprefix("[").removesuffix("]").rstrip(".")
    with suppress(ValueError):
        return ip_address(bare)
    with suppress(OSError, ValueError):
        return IPv4Address(socket.inet_aton(bare))
    return None


@lru_cache(maxsize=1024)  # every request asks, and most are to the same hosts
def is_private_host(host: str, allowed: tuple[Network, ...] = ()) -> bool:
    bare = host.rstrip(".").lower()
    known = ip_address("127.0.0.1") if bare == "localhost" or bare.endswith(".localhost") else parse_host(bare)
    return known is not None and not may_connect(str(known), allowed)
