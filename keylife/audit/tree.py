"""The Merkle tree over the log's entries, grown leaf by leaf.

Source: RFC 6962, section 2.1, and RFC 9162, section 2.1: a leaf is hashed with 0x00 before it, a
pair of nodes with 0x01, so that neither can stand for the other.

A leaf's *nodes* are its own hash and the hash of each perfect subtree that it completes, smallest
first: leaf 7 (the eighth) completes subtrees of 2, 4 and 8. Kept beside each entry they are all
that roots and proofs of any size are made of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()

Node = Callable[[int, int], bytes]
"""The hash of the perfect subtree of 2**height leaves whose last leaf is ``last`` (from 0), asked
as ``node(last, height)``."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node above two others."""
    return sha256(b"\x01" + left + right).digest()


def fold(subtrees: Iterable[bytes]) -> bytes:
    """The root above adjacent perfect subtrees, given from the smallest, last one on."""
    root: bytes | None = None
    for subtree in subtrees:
        root = subtree if root is None else node_hash(subtree, root)
    return EMPTY_ROOT if root is None else root


class Frontier:
    """The right edge of a tree: what is needed to add a leaf and to tell the root."""

    def __init__(self, size: int = 0, subtrees: Iterable[bytes] = ()) -> None:
        """A tree of ``size`` leaves whose perfect subtrees, largest first, are ``subtrees``.

        Raises:
            ValueError: a tree of that size has another number of them.
        """
        self.size = size
        self._subtrees = list(subtrees)
        if len(self._subtrees) != size.bit_count():
            raise ValueError(f"{len(self._subtrees)} subtrees do not make a tree of {size}")

    def add(self, leaf: bytes) -> list[bytes]:
        """Add a leaf by its hash; gives its nodes, the leaf's hash first."""
        nodes = [leaf]
        completed = self.size
        while completed & 1:
            nodes.append(node_hash(self._subtrees.pop(), nodes[-1]))
            completed >>= 1
        self._subtrees.append(nodes[-1])
        self.size += 1
        return nodes

    def root(self) -> bytes:
        """The root of the tree as it is."""
        return fold(reversed(self._subtrees))

    def copy(self) -> Frontier:
        """Another one with the same leaves."""
        return Frontier(self.size, self._subtrees)


def frontier_nodes(size: int) -> list[tuple[int, int]]:
    """Where the perfect subtrees of a tree of ``size`` leaves stand, largest first.

    Returns:
        For each, its last leaf (from 0) and its height.
    """
    found = []
    end = 0
    for height in reversed(range(size.bit_length())):
        if size >> height & 1:
            end += 1 << height
            found.append((end - 1, height))
    return found


def root_at(size: int, node: Node) -> bytes:
    """The root of the tree of the first ``size`` leaves."""
    return fold(node(*place) for place in reversed(frontier_nodes(size)))
