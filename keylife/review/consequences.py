"""What follows for systems, copies and consumers, in words."""

from __future__ import annotations

from collections.abc import Iterator

from keylife.deliveries import DELIVERIES
from keylife.kinds import KINDS
from keylife.kinds.kind import package_of
from keylife.model.duration import format_duration
from keylife.model.key import DeliverySpec, Key
from keylife.model.revocation import Reason
from keylife.review.scopes import grants_in

_ISSUERS = {"aws": "AWS", "vault": "Vault"}


def who_refuses(key: Key) -> str:
    """The system that accepts a key's versions, and has to refuse them."""
    return _ISSUERS.get(package_of(KINDS[key.kind]), "whoever accepts it")


def place_of(spec: DeliverySpec) -> str:
    """Where a delivery's copy stands."""
    delivery = DELIVERIES[spec.kind]
    return delivery.place(delivery.settings.model_validate(dict(spec.settings)))


def introduction_of(key: Key) -> tuple[str, ...]:
    """What there is once a new key is deployed."""
    told = [
        f"each version lives {format_duration(key.ttl)}, a successor comes every"
        f" {format_duration(key.rotate_every)}; its end is enforced by"
        f" {KINDS[key.kind].expiry_enforced_by}",
        f"for service `{key.service}`; `{key.owner}` answers for it",
        *(f"may: {grant}" for grant in grants_in(key.scope)),
        *(f"a copy at `{place_of(spec)}`" for spec in key.deliver),
    ]
    if key.imported is not None:
        told.insert(0, "version 1 is a credential that exists already")
    return tuple(told)


def ends_of(key: Key, reason: Reason) -> Iterator[str]:
    """Who refuses a revoked key, which copies go, and who loses it."""
    issuer = who_refuses(key)
    if reason is Reason.KEY_COMPROMISE or not KINDS[key.kind].traits.can_deactivate:
        yield f"{issuer} refuses every version with the next deploy; they are destroyed at once"
    elif key.quarantine:
        yield (
            f"{issuer} refuses every version with the next deploy; they are destroyed after"
            f" {format_duration(key.quarantine)} of quarantine"
        )
    else:
        yield f"{issuer} refuses every version with the next deploy; there is no quarantine"
    for spec in key.deliver:
        yield f"the copy at `{place_of(spec)}` is destroyed"
    yield f"service `{key.service}` loses it: {key.purpose}"
    yield "it cannot be taken back: the id never lives again"
