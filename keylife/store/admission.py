"""What the store has to say before a stack is deployed: which keys may live in it, and which not.

One function reads and is for previews; the other, for deploys, also buries what ended, claims what
lives, and copies what the stack's state knows. Both work in the transaction they are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from keylife.errors import Refusal
from keylife.model.key import Key
from keylife.model.ledger import KeyRecord, Ledger, RecordedRevocation
from keylife.store import births, claims, fingerprints, tombstones
from keylife.store.births import Disagreement
from keylife.store.claims import Claim, Holder
from keylife.store.tombstones import Death


@dataclass(frozen=True)
class Admitted:
    """What the store answered to a deploy."""

    claims: Mapping[str, Claim]
    """By key, what the stack holds."""

    refusals: tuple[Refusal, ...]
    """Why nothing of the run may be deployed; empty if it may. Then nothing was claimed."""

    findings: tuple[Disagreement, ...]
    """Births that state and store tell differently."""

    fingerprinted: frozenset[tuple[str, int]]
    """The versions whose material is known by fingerprint, by key and number."""


def foresee(
    connection: Connection, keys: Iterable[Key], ledger: Ledger, holder: Holder
) -> tuple[Refusal, ...]:
    """What a deploy would be refused for, as far as reading tells.

    Args:
        connection: in any transaction.
        keys: everything the stack declares.
        ledger: what its state knows.
        holder: the stack.
    """
    live = {key.id: key for key in keys if key.revoked is None}
    held = claims.claims_of(connection, live)
    mine = {name: claim for name, claim in held.items() if holder.may_be(claim.holder)}
    known = births.births_of(connection, mine.values())
    return _one_a_key(
        *_dead(connection, live, {*live} - {*mine}),
        *(_elsewhere(claim) for name, claim in held.items() if name not in mine),
        *_lost(live, ledger, known),
    )


def admit(
    connection: Connection,
    keys: Iterable[Key],
    *,
    ended: Mapping[str, RecordedRevocation],
    ledger: Ledger,
    holder: Holder,
    at: datetime,
) -> Admitted:
    """Bury what ended, claim what lives, and copy what the state knows.

    Args:
        connection: in a writing transaction; to be rolled back if there are refusals.
        keys: everything the stack declares.
        ended: by key, how it ended: by the ledger, and by this deploy.
        ledger: what its state knows.
        holder: the stack.
        at: now.
    """
    live = {key.id: key for key in keys if key.revoked is None}
    buried = tombstones.of_ids(connection, ended)
    for name, revocation in ended.items():
        if name not in buried:
            tombstones.bury(connection, _death(name, revocation, holder), at)
    before = {*claims.claims_of(connection, live)}
    # what ends here ends here, whoever holds it: it is claimed only if nobody does
    claimed = claims.claim(connection, {*live, *(ended.keys() & ledger.keys)}, holder, at)
    mine = dict(claimed.won)
    known = dict(births.births_of(connection, mine.values()))
    for name in [name for name in known if name not in ledger.keys and not known[name].versions]:
        # everything was destroyed, with the stack or without: numbers begin anew
        mine[name] = claims.renew(connection, mine[name])
        del known[name]
    refusals = _one_a_key(
        *_dead(connection, live, {*live} - before),
        *(_elsewhere(claimed.lost[name]) for name in live if name in claimed.lost),
        *_lost(live, ledger, known),
    )
    found: list[Disagreement] = []
    for name, claim in mine.items():
        record = ledger.keys.get(name)
        if record is not None and not refusals:
            found += births.copy_births(connection, claim, record, known.get(name), at)
    return Admitted(mine, refusals, tuple(found), fingerprints.recorded_of(connection, mine))


def _one_a_key(*refusals: Refusal) -> tuple[Refusal, ...]:
    """The first that is said of each key: what follows from a key's death need not be told."""
    first: dict[str, Refusal] = {}
    for refusal in refusals:
        first.setdefault(refusal.key, refusal)
    return tuple(first.values())


def _dead(connection: Connection, live: Mapping[str, Key], new: Iterable[str]) -> Iterator[Refusal]:
    """Of what is declared to live, what was revoked: here, elsewhere, or under a like name."""
    by_id = tombstones.of_ids(connection, live)
    for name, death in by_id.items():
        yield Refusal(
            name,
            f"the store has its tombstone ({death.phrase}) and its declaration has none",
            "restore the tombstone; a revoked id never lives again, in no stack: choose another"
            " id for a new key",
        )
    # a key that lived before its double was revoked goes on
    for name, death in tombstones.of_lookalikes(connection, new).items():
        yield Refusal(
            name,
            f"it looks like `{death.key}`, which was {death.phrase}",
            "choose an id that nobody can take for the revoked one",
        )
    # whatever a kind calls it in a declaration: an issuer's id is one of what stands there
    begun = {
        value: key.id
        for key in live.values()
        if key.imported is not None
        for value in key.imported.credential.values()
        if isinstance(value, str)
    }
    for imported, death in tombstones.of_cloud_ids(connection, begun).items():
        yield Refusal(
            begun[imported],
            f"it begins with a credential of `{death.key}`, which was {death.phrase}",
            "issue a new one: what was revoked never lives again",
        )


def _elsewhere(claim: Claim) -> Refusal:
    since = str(claim).partition("is claimed by ")[2]
    return Refusal(
        claim.key,
        f"it is claimed by {since}",
        "one key lives in one stack: choose another id here; or, if that stack was destroyed or"
        f" renamed: keylife store release {claim.holder.stack}",
    )


def _lost(
    live: Mapping[str, Key], ledger: Ledger, known: Mapping[str, KeyRecord]
) -> Iterator[Refusal]:
    """Keys that would be issued again, while versions live that the state has forgotten."""
    for name, copy in known.items():
        record = ledger.keys.get(name, KeyRecord(id=name, kind=copy.kind))
        missing = [d for d in births.disagreements(record, copy) if not d.by_state]
        if name in live and missing:
            yield Refusal(
                name,
                f"the stack's state is older than the store: {missing[0].what}",
                "get the state back (a backup, or `keylife ledger rebuild`); or, if the stack was"
                " destroyed past its program: keylife store release, after looking for what is"
                " left of the key",
            )


def _death(name: str, revocation: RecordedRevocation, holder: Holder) -> Death:
    return Death(
        key=name,
        stack=holder.stack,
        repository=holder.repository,
        at=revocation.at,
        reason=revocation.reason,
        by=revocation.by,
        ref=revocation.ref,
    )
