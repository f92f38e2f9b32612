"""That an entry is in the log, and that one log goes on from another: proofs of a few hashes.

Making them: RFC 6962, sections 2.1.1 and 2.1.2. Checking them: RFC 9162, sections 2.1.3.2 and
2.1.4.2, where every hash of a proof is used and none may be left over.
"""

from __future__ import annotations

from collections.abc import Sequence
from hmac import compare_digest

from keylife.audit.tree import Node, node_hash, root_at


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """What leads from leaf ``index`` (from 0) to the root of the first ``size`` leaves.

    Raises:
        ValueError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} among {size}")
    return _path(index, 0, size, node)


def _path(index: int, begin: int, size: int, node: Node) -> list[bytes]:
    """PATH(m, D[n]) of the RFC, for the leaves from ``begin`` on."""
    if size == 1:
        return []
    left = _left(size)
    if index < left:
        return [*_path(index, begin, left, node), _range(begin + left, size - left, node)]
    return [
        *_path(index - left, begin + left, size - left, node),
        _range(begin, left, node),
    ]


def consistency_proof(old: int, size: int, node: Node) -> list[bytes]:
    """What shows that the first ``old`` of the first ``size`` leaves are unchanged.

    Raises:
        ValueError: ``old`` is not from 1 to ``size``.
    """
    if not 1 <= old <= size:
        raise ValueError(f"{old} is not from 1 to {size}")
    return [] if old == size else _subproof(old, 0, size, True, node)


def _subproof(old: int, begin: int, size: int, whole: bool, node: Node) -> list[bytes]:
    """SUBPROOF(m, D[n], b) of the RFC, for the leaves from ``begin`` on."""
    if old == size:
        return [] if whole else [_range(begin, size, node)]
    left = _left(size)
    if old <= left:
        rest = _range(begin + left, size - left, node)
        return [*_subproof(old, begin, left, whole, node), rest]
    return [
        *_subproof(old - left, begin + left, size - left, False, node),
        _range(begin, left, node),
    ]


def _left(size: int) -> int:
    """The largest power of two below ``size``: how many leaves the left half has."""
    return 1 << (size - 1).bit_length() - 1


def _range(begin: int, size: int, node: Node) -> bytes:
    """The root above ``size`` leaves from ``begin``, a multiple of a power of two no smaller."""
    return root_at(size, lambda last, height: node(begin + last, height))


def included(leaf: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that the leaf with that hash is number ``index`` (from 0) of the
    ``size`` leaves under ``root``."""
    if not 0 <= index < size or any(len(part) != 32 for part in proof):
        return False
    number, last, current = index, size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            current = node_hash(part, current)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            current = node_hash(current, part)
        number, last = number >> 1, last >> 1
    return last == 0 and compare_digest(current, root)


def consistent(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that the ``old`` leaves under ``old_root`` are the first of the
    ``size`` leaves under ``root``. Nothing is shown of an empty old tree: False."""
    if not 1 <= old <= size or any(len(part) != 32 for part in proof):
        return False
    if old == size:
        return not proof and compare_digest(old_root, root)
    path = list(proof)
    if old & old - 1 == 0:
        path.insert(0, old_root)
    if not path:
        return False
    number, last = old - 1, size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    before = after = path[0]
    for part in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            before, after = node_hash(part, before), node_hash(part, after)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            after = node_hash(after, part)
        number, last = number >> 1, last >> 1
    return last == 0 and compare_digest(before, old_root) and compare_digest(after, root)
