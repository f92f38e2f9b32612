"""Roots and proofs are the RFC's, of every size; a proof that was touched proves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylife.audit.proofs import consistency_proof, consistent, included, inclusion_proof
from keylife.audit.tree import Frontier, Node, frontier_nodes, leaf_hash, node_hash, root_at
from tests.audit import oracle
from tests.audit.examples import few
from tests.audit.vectors import CONSISTENCY, INCLUSION, LEAVES, ROOTS

SIZES = 70


def grown(leaves: list[bytes]) -> tuple[Frontier, Node]:
    frontier = Frontier()
    nodes = [frontier.add(leaf_hash(leaf)) for leaf in leaves]
    return frontier, lambda last, height: nodes[last][height]


def words(count: int) -> list[bytes]:
    return [f"entry {number}".encode() for number in range(count)]


def test_hashes_are_those_of_the_reference_implementation() -> None:
    assert leaf_hash(b"L123456").hex() == (
        "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    )
    assert node_hash(b"N123", b"N456").hex() == (
        "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    )


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_reference_implementation(size: int) -> None:
    frontier, node = grown(LEAVES[:size])

    assert frontier.root() == ROOTS[size]
    assert root_at(size, node) == ROOTS[size]


def test_proofs_are_those_of_the_reference_implementation() -> None:
    _, node = grown(LEAVES)

    for (index, size), proof in INCLUSION.items():
        assert [part.hex() for part in inclusion_proof(index, size, node)] == [*proof]
    for (old, size), proof in CONSISTENCY.items():
        assert [part.hex() for part in consistency_proof(old, size, node)] == [*proof]


def test_every_root_and_proof_of_every_small_tree_is_the_rfcs() -> None:
    leaves = words(SIZES)
    _, node = grown(leaves)

    for size in range(SIZES + 1):
        some = leaves[:size]
        assert root_at(size, node) == oracle.mth(some)
        for number in range(size):
            assert inclusion_proof(number, size, node) == oracle.path(number, some)
            assert consistency_proof(number + 1, size, node) == oracle.proof(number + 1, some)


@few
@given(st.lists(st.binary(max_size=8), max_size=40), st.lists(st.binary(max_size=8), max_size=40))
def test_a_tree_that_is_taken_up_again_grows_as_one(first: list[bytes], then: list[bytes]) -> None:
    _, node = grown(first)
    again = Frontier(len(first), [node(*place) for place in frontier_nodes(len(first))])
    copied = again.copy()

    for leaf in then:
        again.add(leaf_hash(leaf))

    assert again.root() == oracle.mth(first + then)
    assert copied.root() == oracle.mth(first)


@few
@given(st.data())
def test_true_proofs_are_accepted(data: st.DataObject) -> None:
    leaves = data.draw(st.lists(st.binary(max_size=4), min_size=1, max_size=60))
    size = data.draw(st.integers(1, len(leaves)))
    number = data.draw(st.integers(0, size - 1))
    _, node = grown(leaves)
    root, old_root = root_at(size, node), root_at(number + 1, node)

    path, way = inclusion_proof(number, size, node), consistency_proof(number + 1, size, node)

    assert included(leaf_hash(leaves[number]), number, size, root, path)
    assert consistent(number + 1, old_root, size, root, way)


@dataclass(frozen=True)
class Claim:
    """What a proof is said to show; of inclusion, ``first`` is the leaf."""

    number: int
    first: bytes
    size: int
    root: bytes
    proof: tuple[bytes, ...]


def flipped(value: bytes, bit: int = 4) -> bytes:
    return bytes([value[0] ^ 1 << bit, *value[1:]])


def mutated(claim: Claim) -> Iterator[tuple[str, Claim]]:
    """Everything one can do to a true proof.

    A size is changed to another number of levels only: trees of 7 and of 8 leaves have proofs of
    one shape for most leaves, and which it was, the head says, where size and root are signed as
    one.
    """
    proof, spare = claim.proof, bytes(32)
    yield "the first hash", replace(claim, first=flipped(claim.first))
    yield "the first hash is the root", replace(claim, first=claim.root)
    yield "the root", replace(claim, root=flipped(claim.root))
    yield "the root is the first hash", replace(claim, root=claim.first)
    yield "an empty root", replace(claim, root=b"")
    yield "a short root", replace(claim, root=claim.root[:-1])
    for change in (-2, -1, 1, 2, 1 << 8, 1 << 62, -(1 << 62)):
        yield f"number {change:+}", replace(claim, number=claim.number + change)
    for size in (0, -claim.size, claim.size * 2, claim.size << 40):
        yield f"size {size}", replace(claim, size=size)
    yield "nothing", replace(claim, proof=())
    for extra in (spare, claim.root, claim.first, b"", b"garbage"):
        yield "something before", replace(claim, proof=(extra, *proof))
        yield "something behind", replace(claim, proof=(*proof, extra))
    for place, part in enumerate(proof):
        yield "one is left out", replace(claim, proof=(*proof[:place], *proof[place + 1 :]))
        yield "cut off", replace(claim, proof=proof[:place])
        yield "one is there twice", replace(claim, proof=(*proof[:place], part, *proof[place:]))
        for other in (flipped(part), flipped(part, 0), part[:-1], part + b"\0", b"", spare):
            changed = (*proof[:place], other, *proof[place + 1 :])
            yield "one is another", replace(claim, proof=changed)
    for one, next_one in pairwise(range(len(proof))):
        swapped = list(proof)
        swapped[one], swapped[next_one] = swapped[next_one], swapped[one]
        yield "two are exchanged", replace(claim, proof=tuple(swapped))
    yield "backwards", replace(claim, proof=tuple(reversed(proof)))


def shows_inclusion(claim: Claim) -> bool:
    return included(claim.first, claim.number, claim.size, claim.root, claim.proof)


def shows_consistency(claim: Claim) -> bool:
    return consistent(claim.number, claim.first, claim.size, claim.root, claim.proof)


def test_no_proof_of_inclusion_that_was_touched_is_accepted() -> None:
    leaves = words(20)
    _, node = grown(leaves)
    tried = 0
    for size in range(1, 21):
        for number in range(size):
            proof = tuple(inclusion_proof(number, size, node))
            claim = Claim(number, leaf_hash(leaves[number]), size, root_at(size, node), proof)
            assert shows_inclusion(claim)
            for what, changed in mutated(claim):
                if changed != claim:
                    tried += 1
                    assert not shows_inclusion(changed), (what, claim, changed)
    assert tried > 10_000


def test_no_proof_of_consistency_that_was_touched_is_accepted() -> None:
    _, node = grown(words(20))
    tried = 0
    for size in range(1, 21):
        for old in range(1, size + 1):
            proof = tuple(consistency_proof(old, size, node))
            claim = Claim(old, root_at(old, node), size, root_at(size, node), proof)
            assert shows_consistency(claim)
            for what, changed in mutated(claim):
                if changed != claim:
                    tried += 1
                    assert not shows_consistency(changed), (what, claim, changed)
    assert tried > 10_000


def test_nothing_is_shown_of_an_empty_tree() -> None:
    _, node = grown(words(4))

    assert not consistent(0, ROOTS[0], 4, root_at(4, node), [])
    for old in (0, 5):
        with pytest.raises(ValueError, match="is not from 1 to 4"):
            consistency_proof(old, 4, node)
    for index in (-1, 4):
        with pytest.raises(ValueError, match="there is no leaf"):
            inclusion_proof(index, 4, node)


def test_a_frontier_has_as_many_subtrees_as_its_size_has_bits() -> None:
    with pytest.raises(ValueError, match="1 subtrees do not make a tree of 3"):
        Frontier(3, [bytes(32)])
