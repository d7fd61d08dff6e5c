"""Merkle trees as in RFC 6962: one leaf is proved to be in a tree by the hashes beside its path."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\0" + data).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root of the tree over the data of ``leaves``, of which there is at least one."""
    level = [leaf_hash(leaf) for leaf in leaves]
    while len(level) > 1:
        level = _parents(level)
    return level[0]


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the hashes beside the path from the leaf at ``index`` to the root, from the leaf up."""
    level = [leaf_hash(leaf) for leaf in leaves]
    found = []
    while len(level) > 1:
        if index ^ 1 < len(level):
            found.append(level[index ^ 1])
        level = _parents(level)
        index //= 2
    return found


def root_from_path(leaf: bytes, index: int, size: int, beside: Sequence[bytes]) -> bytes | None:
    """Return the root that a path leads to, or None if a tree of ``size`` leaves has no such path."""
    if not 0 <= index < size:
        return None
    found = leaf_hash(leaf)
    hashes = list(beside)
    while size > 1:
        if index ^ 1 < size:
            if not hashes:
                return None
            other = hashes.pop(0)
            found = _node(other, found) if index % 2 else _node(found, other)
        index //= 2
        size = (size + 1) // 2
    return None if hashes else found


def _parents(level: Sequence[bytes]) -> list[bytes]:
    """Return the level above; a node without a partner moves up as it is, which gives RFC 6962's tree."""
    pairs = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return [*pairs, level[-1]] if len(level) % 2 else pairs


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()
