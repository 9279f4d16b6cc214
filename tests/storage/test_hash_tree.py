"""Roots are those of RFC 6962, and every leaf has a path to its root and to no other."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.storage.hash_tree import compute_root, follow_path, hash_node, prove_leaf

# The leaves and roots of the reference implementation of Certificate Transparency.
LEAVES = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
LEAVES.append(bytes(range(0x60, 0x70)))
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


@pytest.mark.parametrize("count", range(1, 9))
def test_roots_are_those_of_rfc_6962(count: int) -> None:
    assert compute_root(LEAVES[:count]) == ROOTS[count - 1]


def test_no_leaves_have_no_root() -> None:
    assert compute_root([]) is None
    assert prove_leaf([], b"x") is None


def reference(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962, 2.1, as it is written there."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hash_node(reference(leaves[:half]), reference(leaves[half:]))


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=70, unique=True), st.data())
def test_a_path_leads_from_each_leaf_to_the_root(leaves: list[bytes], data: st.DataObject) -> None:
    leaf = data.draw(st.sampled_from(leaves))
    proven = prove_leaf(leaves, leaf)
    assert proven
    assert proven.root == compute_root(leaves) == reference(leaves).hex()
    assert follow_path(leaf, proven.path) == proven.root
    assert follow_path(leaf + b"!", proven.path) != proven.root
    assert len(proven.path) <= (len(leaves) - 1).bit_length()
    assert prove_leaf(leaves, leaf + b"!!!!!") is None
