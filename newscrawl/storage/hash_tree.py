"""Hash trees as RFC 6962 (2.1) defines them: a root that proves every leaf, and the path of a leaf to it. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Side = Literal["left", "right"]


@dataclass(slots=True)
class _Subtree:
    size: int
    hash: bytes
    has_leaf: bool
    """Whether the leaf to prove is in it."""


@dataclass(frozen=True, slots=True)
class ProvenLeaf:
    """The path of a leaf to the root: the hashes to combine with, from the leaf upwards, and on which side each is."""

    root: str
    path: tuple[tuple[Side, str], ...]


def hash_leaf(data: bytes) -> bytes:
    """Return the hash of a leaf. The first byte keeps a node from being taken for a leaf."""
    return hashlib.sha256(b"\0" + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node of two subtrees."""
    return hashlib.sha256(b"\1" + left + right).digest()


def compute_root(leaves: Iterable[bytes]) -> str | None:
    """Return the root over the data of leaves, in hexadecimal; None if there are none."""
    return _fold(leaves, None)[0]


def prove_leaf(leaves: Iterable[bytes], leaf: bytes) -> ProvenLeaf | None:
    """Return the root over leaves and the path of one of them; None if it is not among them."""
    root, path = _fold(leaves, leaf)
    return ProvenLeaf(root, tuple(path)) if root and path is not None else None


def follow_path(leaf: bytes, path: Sequence[tuple[Side, str]]) -> str:
    """Return the root that a path leads to from the data of a leaf."""
    at = hash_leaf(leaf)
    for side, other in path:
        at = hash_node(bytes.fromhex(other), at) if side == "left" else hash_node(at, bytes.fromhex(other))
    return at.hex()


def _fold(leaves: Iterable[bytes], wanted: bytes | None) -> tuple[str | None, list[tuple[Side, str]] | None]:
    """Combine leaves into complete subtrees of sizes 2^n, which are as many as the number of leaves has bits."""
    stack: list[_Subtree] = []
    path: list[tuple[Side, str]] | None = None
    for data in leaves:
        is_wanted = wanted is not None and path is None and data == wanted
        if is_wanted:
            path = []
        stack.append(_Subtree(1, hash_leaf(data), is_wanted))
        while len(stack) > 1 and stack[-1].size == stack[-2].size:
            _join_last(stack, path)
    while len(stack) > 1:
        _join_last(stack, path)
    return (stack[0].hash.hex() if stack else None), path


def _join_last(stack: list[_Subtree], path: list[tuple[Side, str]] | None) -> None:
    right, left = stack.pop(), stack.pop()
    if path is not None and left.has_leaf:
        path.append(("right", right.hash.hex()))
    elif path is not None and right.has_leaf:
        path.append(("left", left.hash.hex()))
    has_leaf = left.has_leaf or right.has_leaf
    stack.append(_Subtree(left.size + right.size, hash_node(left.hash, right.hash), has_leaf))
