"""P10: what is done to a log is seen with the saved head, and nothing is seen in a clean one."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from keylife.audit.verify import Seen, verify
from tests.audit.insider import (
    KEY,
    WAYS,
    WITH_THE_KEY,
    Way,
    empty_table,
    note_of,
    world,
    written,
)


def seeds(long: bool, few: int, many: int) -> Iterator[Random]:
    for seed in range(many if long else few):
        yield Random(seed)


def test_there_are_at_least_twelve_ways() -> None:
    assert len(WAYS) >= 12
    assert len({way.__name__ for way in WAYS}) == len(WAYS)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.replace("_", " "))
def test_it_is_seen_and_the_first_bad_entry_is_named(way: Way, long: bool) -> None:
    """In a log with a head an entry, exactly; where several entries share a head, or somebody
    with the key wrote anew, between the heads that frame it."""
    table = empty_table()
    for random in seeds(long, 40, 1_800):
        for batches in (False, True):
            at = world(random, table, batches=batches)
            first = way(at)

            found = at.look()

            assert found.findings, (way, random)
            assert found.first_bad is not None
            named = [f for f in found.findings if f.first is not None]
            framed = [f for f in named if (f.first or 0) <= first <= (f.last or 0)]
            assert framed, (first, found.findings)
            if not batches and way not in WITH_THE_KEY:
                assert found.first_bad == first, found.findings


def test_every_length_a_log_is_cut_to_is_seen() -> None:
    rows = written(1, (1, 2, 1, 7, 3, 1, 1, 4, 1, 1) * 2)
    saved = [Seen("saved head", note_of(rows, len(rows)))]

    for left in range(len(rows)):
        assert verify(rows[:left], KEY.verifier, saved).first_bad == left + 1
    assert verify(rows, KEY.verifier, saved).findings == []


def test_without_a_head_from_outside_a_cut_between_heads_is_not_seen() -> None:
    """Why witnesses are there: what nobody else saw, nobody misses."""
    rows = written(1, (1,) * 9)

    assert verify(rows[:5], KEY.verifier).findings == []


def test_nothing_is_found_in_a_clean_log(long: bool) -> None:
    table = empty_table()
    for random in seeds(long, 600, 10_000):
        at = world(random, table, batches=random.random() < 0.7)

        found = at.look()

        assert found.findings == []
        assert (found.size, found.heads) == (at.size, len(at.seen))


def test_what_was_seen_of_two_logs_is_a_fork_whatever_this_log_says() -> None:
    rows, other = written(1, (1,) * 9), written(100, (1,) * 9)
    seen = [Seen("one", note_of(rows, 7)), Seen("another", note_of(other, 7))]

    found = verify(rows, KEY.verifier, seen)

    assert "one have seen two logs of 7 entries: a fork" in str(found.findings[0])


@pytest.mark.parametrize("note", ["", "garbage", "keylife-audit-1f\n3\nAAAA\n\n\u2014 x y\n"])
def test_a_saved_head_that_is_none_is_a_finding(note: str) -> None:
    rows = written(1, (1,) * 3)

    [finding] = verify(rows, KEY.verifier, [Seen("heads.txt", note)]).findings
    assert str(finding).startswith("the head that heads.txt has is not one of this log")


def test_what_is_found_is_said_with_its_entries() -> None:
    rows = [*written(1, (1, 3, 1))]
    rows[1] = rows[1]._replace(nodes=bytes(32))
    saved = [Seen("saved head", note_of(written(1, (1, 3, 1)), 5))]

    [one] = verify(rows, KEY.verifier, saved).findings
    assert str(one) == "entry 2: its bytes are not those that were hashed"
    [range_] = verify(written(100, (1, 3, 1)), KEY.verifier, saved).findings
    assert str(range_) == (
        "from entry 1 on, or from one up to 5: saved head has seen other entries among the first 5"
    )
