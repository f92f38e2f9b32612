"""The store, as one run of a stack's program uses it.

What was claimed at the start is held to the end; what is issued is written down before it is made.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pulumi
from sqlalchemy import Connection

from keylife.errors import KeylifeError, PlanRefusedError
from keylife.model.ledger import IssuedVersion, KeyRecord, Ledger, RecordedRevocation
from keylife.planning import Plan
from keylife.store import admission, births, fingerprints, revocations, tombstones
from keylife.store.admission import Admitted
from keylife.store.claims import Holder
from keylife.store.database import Database, open_database
from keylife.store.errors import StoreError
from keylife.store.fingerprints import HashKeys, Seen, keys_file, read_keys
from keylife.store.location import default_file, store_url
from keylife.store.repository import repository_of


class MaterialRevokedError(KeylifeError):
    """What was made or adopted is the material of a key that was revoked."""

    def __init__(self, key: str, field: str, how: str) -> None:
        super().__init__(key, field, how)
        self.key = key
        self.field = field
        self.how = how
        self.hint = "it is delivered nowhere; issue a new one: what was revoked never lives again"

    def __str__(self) -> str:
        return f"`{self.key}`: its {self.field} is that of a key that was {self.how}"


class RevokedMeanwhileError(KeylifeError):
    """A key was revoked since this run was admitted: no version of it is issued any more."""

    hint = "merge its tombstone into the declaration, and run this again"

    def __init__(self, key: str, how: str) -> None:
        super().__init__(key, how)
        self.key = key
        self.how = how

    def __str__(self) -> str:
        return f"`{self.key}` was {self.how}, since this run began: nothing of it is issued"


@dataclass(frozen=True)
class Opened:
    """A store that answers, and who asks it."""

    database: Database
    holder: Holder
    hash_keys: HashKeys


def open_central(
    folder: Path, stack: str, configured: str | None, *, preview: bool
) -> Opened | None:
    """Open a project's store; None for a preview where there is none yet: it makes nothing.

    Raises:
        UsageError: what names it cannot be a store, or the keys to hash with cannot be read.
        StoreError: it cannot be used.
    """
    url = store_url(os.environ, configured, folder)
    fresh = default_file(folder)
    if preview and url.endswith(str(fresh)) and not fresh.exists():
        return None
    database = open_database(url)
    keys = read_keys(keys_file(os.environ, folder))
    return Opened(database, Holder(stack, repository_of(folder)), keys)


def foresee(opened: Opened, plan: Plan, ledger: Ledger) -> None:
    """Refuse, in a preview, what a deploy would be refused; nothing is written.

    Raises:
        PlanRefusedError: a key is revoked, or lives in another stack.
        StoreError: the store cannot be used.
    """

    with opened.database.reading() as connection:
        keys = [planned.key for planned in plan.keys]
        refusals = admission.foresee(connection, keys, ledger, opened.holder)
    if refusals:
        raise PlanRefusedError(refusals)


class Central:
    """The store during one deploy: what was claimed is held, what is issued is written down."""

    def __init__(
        self, opened: Opened, admitted: Admitted, plan: Plan, clock: Callable[[], datetime]
    ) -> None:
        self._opened = opened
        self._admitted = admitted
        self._clock = clock
        self._issued: set[tuple[str, int]] = set()
        self._planned: Mapping[str, tuple[KeyRecord, Mapping[int, IssuedVersion]]] = {
            planned.key.id: (
                KeyRecord(
                    id=planned.key.id,
                    kind=planned.key.kind,
                    target=planned.key.target,
                    imported=planned.imported,
                ),
                {v.version.number: v.version for v in planned.versions},
            )
            for planned in plan.keys
        }

    @property
    def database(self) -> Database:
        """The store itself."""
        return self._opened.database

    @classmethod
    def admit(
        cls, opened: Opened, plan: Plan, ledger: Ledger, clock: Callable[[], datetime]
    ) -> Central:
        """Claim what the stack declares, bury what ended, copy what its state knows.

        Raises:
            PlanRefusedError: a key is revoked, or lives in another stack. Nothing is written.
            StoreError: the store cannot be used.
        """

        with opened.database.writing() as connection:
            admitted = admission.admit(
                connection,
                [planned.key for planned in plan.keys],
                ended=_ended(plan, ledger),
                ledger=ledger,
                holder=opened.holder,
                at=clock(),
            )
            if admitted.refusals:
                raise PlanRefusedError(admitted.refusals)
        for finding in admitted.findings:
            pulumi.log.warn(f"state and store disagree: {finding}")
        return cls(opened, admitted, plan, clock)

    def issuing(self, key_id: str, number: int) -> None:
        """Write down a version's birth, before its credential is made.

        Raises:
            ClaimLostError: the key is another stack's meanwhile.
            RevokedMeanwhileError: it was killed past review meanwhile.
            StoreError: the store cannot be used: nothing may be issued.
        """

        self._issued.add((key_id, number))
        record, versions = self._planned[key_id]
        with self._opened.database.writing() as connection:
            for death in tombstones.of_ids(connection, [key_id]).values():
                raise RevokedMeanwhileError(key_id, death.phrase)
            births.copy_birth(
                connection,
                self._admitted.claims[key_id],
                record,
                versions[number],
                self._clock(),
            )

    def destroyed(self, key_id: str, number: int) -> None:
        """Write down that a version is no more; where that fails, the next run does it.

        Raises:
            StoreError: the store cannot be used.
        """

        claim = self._admitted.claims.get(key_id)
        replaced = (key_id, number) in self._issued  # what was deleted is not what stands now
        if claim is not None and not replaced:
            with self._opened.database.writing() as connection:
                ending = births.Ending.DESTROYED
                births.note_ending(connection, claim, number, ending, self._clock())

    def has_left_to_end(self) -> bool:
        """Whether earlier deploys of the stack began to end something that is not settled.

        Raises:
            StoreError: the store cannot be used.
        """
        with self._opened.database.reading() as connection:
            return bool(revocations.left_by_deploys(connection, self._opened.holder.stack))

    def knows(self, key_id: str, number: int) -> bool:
        """Whether a version's material is known by fingerprint."""
        return (key_id, number) in self._admitted.fingerprinted

    def recognise(self, key_id: str, number: int, material: Mapping[str, str]) -> None:
        """Remember a version's material by fingerprint, unless it is a revoked key's.

        Raises:
            MaterialRevokedError: it is.
        """

        keys = self._opened.hash_keys
        # a kind of another package may leave a field of its material without a value
        known = {name: value for name, value in material.items() if isinstance(value, str)}
        secrets = {name: value for name, value in known.items() if name not in _NO_SECRETS}
        asked = {mark: name for name, value in secrets.items() for mark in keys.all_of(value)}
        of = fingerprints.Seen(key_id, number, self._opened.holder.stack)
        try:
            with self._opened.database.writing() as connection:
                dead = tombstones.of_fingerprints(connection, asked)
                if not dead:
                    self._record(connection, of, secrets, known)
        except StoreError as error:
            pulumi.log.warn(f"{key_id}-v{number} is not known by fingerprint yet: {error}")
            return
        for mark, death in dead.items():
            raise MaterialRevokedError(key_id, asked[mark], death.phrase)

    def _record(
        self,
        connection: Connection,
        of: Seen,
        secrets: Mapping[str, str],
        material: Mapping[str, str],
    ) -> None:

        at = self._clock()
        fingerprints.record(connection, of, secrets, self._opened.hash_keys, at)
        for name in _ISSUERS_IDS & material.keys():
            fingerprints.record_cloud_id(connection, of, material[name], at)


_ISSUERS_IDS = frozenset(("access_key_id",))
"""Fields of a version's material by which its issuer knows it."""

_NO_SECRETS = frozenset((*_ISSUERS_IDS, "ca_chain", "certificate", "role_id", "user_name"))
"""Fields that several versions, or all the world, may share."""


def _ended(plan: Plan, ledger: Ledger) -> Mapping[str, RecordedRevocation]:
    ended = {r.id: r.revocation for r in ledger.keys.values() if r.revocation is not None}
    planned = {p.key.id: p.revocation for p in plan.keys if p.revocation is not None}
    return {**ended, **planned}
