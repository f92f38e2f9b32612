"""When declarations and ledger do not agree, nothing is deployed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from keylife.errors import Refusal
from keylife.model.duration import format_duration
from keylife.model.key import Key
from keylife.model.ledger import KeyRecord, Ledger, RecordedRevocation
from keylife.model.registry import Declarations
from keylife.model.revocation import Reason
from keylife.model.traits import Traits


def refusals(
    declarations: Declarations, ledger: Ledger, traits: Mapping[str, Traits]
) -> tuple[Refusal, ...]:
    """Every reason not to deploy, all at once; empty means that plan and ledger agree."""
    return (
        *_interrupted(ledger),
        *(
            refusal
            for key_id, record in sorted(ledger.keys.items())
            for refusal in _disagreements(record, declarations.keys.get(key_id))
        ),
        *(
            refusal
            for key_id, key in sorted(declarations.keys.items())
            if key.imported is not None
            for refusal in _unimportable(key, ledger.keys.get(key_id))
        ),
        *(
            refusal
            for key_id, key in sorted(declarations.keys.items())
            if key.revoked is None and (limit := traits[key.kind].most_at_once) is not None
            for refusal in _without_room(key, limit)
        ),
    )


def _interrupted(ledger: Ledger) -> tuple[Refusal, ...]:
    """A crash may have left a live credential that no state knows; a rerun would make another."""
    return tuple(
        Refusal(
            key=_key_of(operation.urn),
            what=f"an interrupted run left it {operation.operation} ({operation.urn})",
            cure="run `keylife recover`, which finds out what became of it, or says that the run"
            " is still at work",
        )
        for operation in ledger.pending
    )


def _key_of(urn: str) -> str:
    """The key a resource belongs to, by its name: ``billing-v2-expiry``, ``billing/vault-kv/…``."""
    name = urn.rpartition("::")[2].partition("/")[0]
    version = re.match(r"(.+?)-v[0-9]+(-|$)", name)
    return version[1] if version and "Version$" in urn else name


def _disagreements(record: KeyRecord, key: Key | None) -> tuple[Refusal, ...]:
    if record.revocation is not None:
        return _resurrections(record.id, record.revocation, key)
    if record.ending and (key is None or key.revoked is None):
        return (
            Refusal(
                key=record.id,
                what="the stack shows it being revoked, but its revocation is gone from the state",
                cure="restore its tombstone in the declaration; then find out who edited the state",
            ),
        )
    if key is None and not record.versions and record.destroyed_through == 0:
        return ()  # a run that died before its first version: nothing is forgotten
    if key is None:
        return (
            Refusal(
                key=record.id,
                what="it is live in this stack and no longer declared",
                cure=f"restore its declaration, then `keylife revoke {record.id}`:"
                " a key ends by a tombstone, not by being forgotten",
            ),
        )
    return _moves(record, key)


def _moves(record: KeyRecord, key: Key) -> tuple[Refusal, ...]:
    """A live key stays what and where it is."""
    if key.kind != record.kind:
        return (
            Refusal(
                key=record.id,
                what=f"it is a live {record.kind} and declared as {key.kind}",
                cure="declare a new key with another id and revoke this one",
            ),
        )
    if record.versions and key.target != record.target:
        return (
            Refusal(
                key=record.id,
                what=f"it lives in target {_named(record.target)} and is declared in"
                f" {_named(key.target)}",
                cure="declare a new key with another id there and revoke this one",
            ),
        )
    return ()


def _named(target: str | None) -> str:
    return "the stack's own account" if target is None else f"`{target}`"


def _unimportable(key: Key, record: KeyRecord | None) -> tuple[Refusal, ...]:
    """Only a key that never was can begin with an existing credential."""
    if record is not None and record.revocation is not None:
        return ()
    past = record is not None and (bool(record.versions) or record.destroyed_through > 0)
    waits = record is not None and record.awaiting_adoption is not None
    if record is not None and past and not waits and record.imported != key.imported:
        told, cure = "no credential that existed before", "take `imported` out"
        if record.imported is not None:
            told, cure = "another credential", "restore `imported` as it was"
        return (
            Refusal(
                key=key.id,
                what=f"it began with {told}, and its declaration imports one",
                cure=f"{cure}; what exists needs a key of its own",
            ),
        )
    if key.revoked is not None and (waits or not past):
        return (
            Refusal(
                key=key.id,
                what="the credential it imports is not in the stack yet, so that its revocation"
                " would end nothing",
                cure="deploy it without the tombstone first; or end the credential at its issuer"
                " by hand and take `imported` out",
            ),
        )
    return ()


def _without_room(key: Key, limit: int) -> tuple[Refusal, ...]:
    """A version stands until its quarantine is over; by then its successors want room."""
    if key.grace + key.quarantine <= (limit - 1) * key.rotate_every:
        return ()
    return (
        Refusal(
            key=key.id,
            what=f"its issuer holds {limit} versions of a {key.kind} at a time, deactivated ones"
            f" included, and its schedule needs more: grace ({format_duration(key.grace)}) and"
            f" quarantine ({format_duration(key.quarantine)}) do not fit into"
            f" {format_duration((limit - 1) * key.rotate_every)}",
            cure="shorten `ttl` or `quarantine`, or lengthen `rotate_every`: grace is `ttl` minus"
            " `rotate_every`",
        ),
    )


def _resurrections(
    key_id: str, recorded: RecordedRevocation, key: Key | None
) -> tuple[Refusal, ...]:
    tombstone = recorded.phrase
    if key is None:
        return (
            Refusal(
                key=key_id,
                what=f"its tombstone is gone from the declarations ({tombstone})",
                cure="restore it: a revoked id never lives again, and its history stays",
            ),
        )
    if key.kind != recorded.kind:
        return (
            Refusal(
                key=key_id,
                what=f"the stack has its tombstone ({tombstone}) as {recorded.kind},"
                f" and it is declared as {key.kind}",
                cure="restore the tombstone as it was and choose another id for the new key",
            ),
        )
    if key.revoked is None:
        return (
            Refusal(
                key=key_id,
                what=f"the stack has its tombstone ({tombstone}) and its declaration has none",
                cure="restore the tombstone; a revoked id never lives again:"
                " choose another id for a new key",
            ),
        )
    told = (key.revoked.at, key.revoked.by, key.revoked.ref)
    same_reason = key.revoked.reason in (recorded.reason, Reason.KEY_COMPROMISE)
    if told != (recorded.at, recorded.by, recorded.ref) or not same_reason:
        return (
            Refusal(
                key=key_id,
                what=f"its tombstone tells another story than the ledger ({tombstone})",
                cure="restore it as it was; only its reason may be raised to keyCompromise",
            ),
        )
    return ()
