"""From a declared key to what the rules judge, before any program has run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
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
    Scope,
    Subject,
)
from keylife.compliance.imports import imported_id
from keylife.compliance.kinds import KEY, alternative, unenforced
from keylife.compliance.mentions import may_mention, mentioned
from keylife.compliance.scopes import declared_scope
from keylife.compliance.tokens import MANAGED_KEY
from keylife.model.json_value import JsonValue
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
    deliveries = tuple([spec.kind for spec in key.deliver])  # a generator takes twice as long
    end, other = _of_kind(key.kind, deliveries)
    credential = Credential(
        role=Role.KEY,
        subject=subject,
        what=KEY,
        type=MANAGED_KEY,
        kind=key.kind,
        expiry=_expiry(key.ttl),
        owner=key.owner,
        service=key.service,
        managed=True,
        id=key.id,
        rotate_every=key.rotate_every,
        target=Absence.UNSTATED if key.target is None else key.target,
        scope=_scope(key.scope),
        delivered=deliveries,
        cloud_id=None
        if key.imported is None
        else imported_id({"credential": key.imported.credential}),
        unenforced=end,
        alternative=other,
    )
    # what a dict looks like is searched in a fifth of the time that each value of it takes
    names = mentioned(key.scope) if mentions and may_mention(repr(key.scope)) else None
    if not names:
        return (credential,)
    return credential, Mention(subject, "the scope of this key", names, key.id)


@lru_cache(maxsize=1024)  # keys have few different ones
def _expiry(ttl: timedelta) -> ExpiresAfter:
    return ExpiresAfter(ttl)


def _scope(scope: Mapping[str, JsonValue]) -> Scope | Absence:
    """What a scope allows; one for all keys that name the same policies."""
    policies = scope.get("policies")
    if isinstance(policies, list) and all(isinstance(policy, str) for policy in policies):
        return _scope_of(tuple(policies))
    return declared_scope(scope)


@lru_cache(maxsize=1024)
def _scope_of(policies: tuple[str, ...]) -> Scope | Absence:
    return declared_scope({"policies": policies})


@lru_cache(maxsize=256)
def _of_kind(kind: str, deliveries: tuple[str, ...]) -> tuple[Objection | None, Objection | None]:
    return unenforced(kind), alternative(kind, deliveries)


Left = Mapping[tuple[str, str], Sequence[str]]
"""The keys that services and owners leave without tombstone, by ``service`` or ``owner`` and id."""


class Gone:
    """Services and owners that are gone, or will be, with the keys they leave without tombstone."""

    def __init__(self, registry: Registry) -> None:
        self._since: dict[tuple[str, str], datetime] = {}
        for service in registry.services.values():
            if service.since is not None and service.status is ServiceStatus.RETIRED:
                self._since["service", service.id] = service.since
        for owner in registry.owners.values():
            if owner.since is not None:
                self._since["owner", owner.id] = owner.since
        self._left: dict[tuple[str, str], list[str]] = {party: [] for party in self._since}
        self._of_service, self._of_owner = (
            {name: left for (its_word, name), left in self._left.items() if its_word == word}
            for word in ("service", "owner")
        )

    def note(self, stack: str, key: Key) -> None:
        """Remember a declared key, if it is of any of them and has no tombstone."""
        if key.revoked is None:
            # most are of none, and there may be many keys: so each is asked for without a loop
            for left in (self._of_service.get(key.service), self._of_owner.get(key.owner)):
                if left is not None:
                    left.append(f"{stack}/{key.id}")

    def left(self) -> Left:
        """What was noted."""
        return self._left

    def add(self, left: Left) -> None:
        """Remember what another one noted, of the same registry."""
        for party, keys in left.items():
            self._left[party] += keys

    def parties(self) -> Iterator[Party]:
        """All of them; they are judged once all keys were noted."""
        for (word, name), since in self._since.items():
            yield Party(f"{word} {name}", word, name, since, tuple(sorted(self._left[word, name])))


def gone_parties(registry: Registry, keys: Iterable[tuple[str, Key]]) -> Iterator[Party]:
    """Services and owners that are gone, or will be, with the keys they leave without tombstone.

    Args:
        registry: all services and owners.
        keys: every stack's declared keys, each with its stack.
    """
    gone = Gone(registry)
    for stack, key in keys:
        gone.note(stack, key)
    return gone.parties()
