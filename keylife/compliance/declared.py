"""From a declared key to what the rules judge, before any program has run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache

from keylife.compliance.context import Registry
from keylife.compliance.credential import (
    Absence,
    Credential,
    ExpiresAfter,
    Mention,
    Objection,
    Party,
    Role,
    Subject,
)
from keylife.compliance.imports import imported_id
from keylife.compliance.kinds import KEY, alternative, unenforced
from keylife.compliance.mentions import mentioned
from keylife.compliance.scopes import declared_scope
from keylife.compliance.tokens import MANAGED_KEY
from keylife.model.key import Key
from keylife.model.registry import ServiceStatus


def describe_key(stack: str, key: Key, *, mentions: bool = True) -> tuple[Subject, ...]:
    """All that the rules have to judge about one declared key; a revoked one is not held up.

    Args:
        stack: the stack that declares it.
        key: as declared.
        mentions: whether its text may name a credential; False if that was looked at before.
    """
    if key.revoked is not None:
        return ()
    subject = f"{stack}/{key.id}"
    deliveries = tuple(spec.kind for spec in key.deliver)
    end, other = _of_kind(key.kind, deliveries)
    credential = Credential(
        role=Role.KEY,
        subject=subject,
        what=KEY,
        type=MANAGED_KEY,
        kind=key.kind,
        expiry=ExpiresAfter(key.ttl),
        owner=key.owner,
        service=key.service,
        managed=True,
        id=key.id,
        rotate_every=key.rotate_every,
        target=Absence.UNSTATED if key.target is None else key.target,
        scope=declared_scope(key.scope),
        delivered=deliveries,
        cloud_id=None
        if key.imported is None
        else imported_id({"credential": key.imported.credential}),
        unenforced=end,
        alternative=other,
    )
    names = mentioned(key.scope) if mentions else None
    if not names:
        return (credential,)
    return credential, Mention(subject, "the scope of this key", names, key.id)


@lru_cache(maxsize=256)
def _of_kind(kind: str, deliveries: tuple[str, ...]) -> tuple[Objection | None, Objection | None]:
    return unenforced(kind), alternative(kind, deliveries)


def gone_parties(registry: Registry, keys: Iterable[tuple[str, Key]]) -> Iterator[Party]:
    """Services and owners that are gone, or will be, with the keys they leave without tombstone.

    Args:
        registry: all services and owners.
        keys: every stack's declared keys, each with its stack.
    """
    gone: dict[tuple[str, str], datetime] = {}
    for service in registry.services.values():
        if service.since is not None and service.status is ServiceStatus.RETIRED:
            gone["service", service.id] = service.since
    for owner in registry.owners.values():
        if owner.since is not None:
            gone["owner", owner.id] = owner.since
    left: dict[tuple[str, str], list[str]] = {party: [] for party in gone}
    for stack, key in keys:
        if key.revoked is None:
            for party in (("service", key.service), ("owner", key.owner)):
                if party in gone:  # most are not, and there may be many keys
                    left[party].append(f"{stack}/{key.id}")
    for (word, name), since in gone.items():
        yield Party(f"{word} {name}", word, name, since, tuple(sorted(left[word, name])))
