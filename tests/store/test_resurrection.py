"""Whatever is declared, revoked, reverted, renamed, released or restored: the dead stay dead.

A random walk of two stacks that share a store, held against a model of three dictionaries
(THREATS.md, P6).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from keylife.compliance.lookalikes import skeleton
from keylife.errors import PlanRefusedError
from keylife.model.key import Key
from keylife.model.ledger import KeyRecord, Ledger, RecordedRevocation
from keylife.store import admission, births, claims, fingerprints, tombstones
from keylife.store.admission import Admitted
from keylife.store.backup import backup, restore
from keylife.store.births import Ending
from keylife.store.claims import Holder
from keylife.store.database import Database, open_database
from keylife.store.fingerprints import HashKey, HashKeys, Seen
from keylife.store.tombstones import StoredTombstone
from keylife.store.witnessed import after_restore
from tests.program.declared import key as declared
from tests.store.builders import death, version
from tests.store.instants import NOON
from tests.store.test_admission import TOMBSTONE

HOLDERS = (Holder("o/p/one", "host/one"), Holder("o/p/two", "host/two"))
KEYS = HashKeys((HashKey("k", b"k" * 32),))
stacks = st.sampled_from((0, 1))
names = st.sampled_from(("deploy", "dep1oy", "reader"))


class Walk(RuleBasedStateMachine):
    """Two stacks, their states, and one store."""

    database: Database
    folder: Path
    numbers: Iterator[int]

    def __init__(self) -> None:
        super().__init__()
        self.prefix = f"w{next(self.numbers)}-"  # other walks' rows are of other keys
        self.states: tuple[dict[str, KeyRecord], ...] = ({}, {})
        self.holders: dict[str, int] = {}
        self.dead: dict[str, list[str]] = {}
        """By id, the fingerprints of what it had."""

        self.material: dict[str, list[str]] = {}

    def deploy(self, stack: int, key: Key) -> Admitted:
        revoked = RecordedRevocation.model_validate(
            {**TOMBSTONE, "kind": "aws-access-key", "versions": ()}
        )
        with self.database.writing() as connection:
            admitted = admission.admit(
                connection,
                [key],
                ended={key.id: revoked} if key.revoked else {},
                ledger=Ledger(keys=self.states[stack]),
                holder=HOLDERS[stack],
                at=NOON,
            )
            if admitted.refusals:
                raise PlanRefusedError(admitted.refusals)
        return admitted

    def may_live(self, id: str, stack: int) -> bool:
        """By the model."""
        alike = any(skeleton(id) == skeleton(other) for other in self.dead)
        new = id not in self.holders
        return id not in self.dead and self.holders.get(id, stack) == stack and not (new and alike)

    @rule(stack=stacks, name=names)
    def declare(self, stack: int, name: str) -> None:
        """Declare a key, whatever became of it before, and issue a version of it."""
        id = self.prefix + name
        lives = self.may_live(id, stack)
        try:
            admitted = self.deploy(stack, declared(id=id))
        except PlanRefusedError:
            assert not lives
            return
        assert lives
        record = self.states[stack].get(id, KeyRecord(id=id, kind="aws-access-key"))
        issued = version(len(record.versions) + 1)
        claim = admitted.claims[id]
        secret = f"{id} {claim.fence} {issued.number}"
        with self.database.writing() as connection:
            births.copy_birth(connection, claim, record, issued, NOON)
            of = Seen(id, issued.number, HOLDERS[stack].stack)
            fingerprints.record(connection, of, {"secret": secret}, KEYS, NOON)
        versions = (*record.versions, issued)
        self.states[stack][id] = record.model_copy(update={"versions": versions})
        self.holders[id] = stack
        self.material.setdefault(id, []).append(KEYS.of(secret))

    @precondition(lambda self: any(self.states))
    @rule(data=st.data(), at_once=st.booleans())
    def revoke(self, data: st.DataObject, at_once: bool) -> None:
        """Deploy a tombstone, or kill past review."""
        there = [(n, id) for n, state in enumerate(self.states) for id in sorted(state)]
        stack, id = data.draw(st.sampled_from(there))
        if at_once:
            with self.database.writing() as connection:
                tombstones.bury(connection, death(id), NOON)
        else:
            self.deploy(stack, declared(id=id, revoked=TOMBSTONE))
        self.dead.setdefault(id, self.material[id])

    @rule(stack=stacks)
    def destroy(self, stack: int) -> None:
        """Destroy a stack by its program: its versions are written down as destroyed."""
        with self.database.writing() as connection:
            for claim in claims.held_by(connection, HOLDERS[stack].stack):
                record = self.states[stack].get(claim.key)
                for each in record.versions if record else ():
                    births.note_ending(connection, claim, each.number, Ending.DESTROYED, NOON)
        self.states[stack].clear()

    @rule(stack=stacks)
    def release(self, stack: int) -> None:
        """Release what a stack that is gone had claimed."""
        if not self.states[stack]:
            with self.database.writing() as connection:
                claims.release(connection, HOLDERS[stack].stack, NOON)
            self.holders = {id: who for id, who in self.holders.items() if who != stack}

    @precondition(lambda self: len(self.dead) > 1)
    @rule()
    def come_back_from_a_backup(self) -> None:
        """Restore a backup without the last tombstones; the witnessed log has them."""
        with self.database.reading() as connection:
            log = [t for t in tombstones.everything(connection) if t.what == "id"]
        mark = next(self.numbers)
        backup(self.empty, self.folder / f"{mark}.backup")
        url = f"sqlite:///{self.folder / f'{mark}.db'}"
        restore(
            self.folder / f"{mark}.backup", url, NOON, lambda c: after_restore(c, Replayed(log))
        )
        restored = open_database(url)
        with restored.reading() as connection:
            assert set(tombstones.of_ids(connection, self.dead)) == set(self.dead)
        restored.close()

    empty: Database

    @invariant()
    def the_dead_are_dead(self) -> None:
        marks = [mark for known in self.dead.values() for mark in known]
        with self.database.reading() as connection:
            assert set(tombstones.of_ids(connection, self.dead)) == set(self.dead)
            assert set(tombstones.of_fingerprints(connection, marks)) == set(marks)


class Replayed:
    """A witnessed log that knows these tombstones."""

    def __init__(self, known: list[StoredTombstone]) -> None:
        self.known = known

    def require_seen(self, restored: Database) -> None:
        pass

    def tombstones(self, restored: Database) -> list[StoredTombstone]:
        return self.known


def test_no_walk_brings_the_dead_back(
    database: Database, sqlite_store: Path, tmp_path: Path, *, long: bool
) -> None:
    empty = open_database(f"sqlite:///{sqlite_store}")

    class InThisStore(Walk):
        pass

    InThisStore.database, InThisStore.empty = database, empty
    InThisStore.folder, InThisStore.numbers = tmp_path, count()

    run_state_machine_as_test(
        InThisStore,
        settings=settings(
            max_examples=1_000 if long else 15, stateful_step_count=50 if long else 30
        ),
    )
    empty.close()
