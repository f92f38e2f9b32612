"""From a resource to what the rules judge: its credential, its component, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from keylife.compliance.catalogue import catalogue
from keylife.compliance.credential import (
    Absence,
    Component,
    Credential,
    ExpiresAfter,
    ExpiresAt,
    Expiry,
    ExpiryJudgedElsewhere,
    ExpiryUnknown,
    LedgerUnknown,
    NeverExpires,
    Role,
    Subject,
    UnknownType,
)
from keylife.compliance.lifetimes import LIFETIMES, computed, unreadable
from keylife.compliance.names import canonical, is_unknown_credential
from keylife.compliance.resource import Resource
from keylife.compliance.statements import Statements, as_name
from keylife.compliance.tokens import MANAGED_KEY, PREFIX, VERSION
from keylife.compliance.unknown import UNKNOWN
from keylife.model.duration import parse_duration
from keylife.model.instant import parse_instant
from keylife.model.ledger import KeyRecord, Ledger

Inherited = Callable[[str | None, Statements], "str | Absence"]
"""What the ancestors of a resource state, from its parent's URN on."""


def nothing_inherited(_parent: str | None, _statements: Statements) -> Absence:
    """For gates that see no ancestors."""
    return Absence.UNSTATED


@dataclass(frozen=True)
class Surroundings:
    """What a gate knows besides the resource itself."""

    ledger: Callable[[], Ledger | LedgerUnknown]
    """Asked only when one of keylife's own resources is described."""

    owners: Statements = field(default_factory=lambda: Statements.of("owner"))
    services: Statements = field(default_factory=lambda: Statements.of("service"))
    inherited: Inherited = nothing_inherited
    ending: Callable[[str | None], bool] = lambda _parent: False
    """Whether the resource of this URN is a key that is being revoked."""

    issuer_lives: Mapping[str, timedelta] = field(default_factory=lambda: MappingProxyType({}))
    """By type: the longest life that its issuer gives, where no property of it says so."""


def is_judged(type_token: str) -> bool:
    """Whether resources of a type may have anything to be judged."""
    return type_token.startswith(PREFIX) or canonical(type_token) in LIFETIMES


def is_being_revoked(resource: Resource) -> bool:
    """Whether a key is registered without deliveries, as only a key that ends is."""
    return resource.type == MANAGED_KEY and resource.inputs.get("deliver") == []


def describe(resource: Resource, around: Surroundings) -> tuple[Subject, ...]:
    """All that the rules have to judge about one resource; empty where it bears no credential.

    Providers, stacks, buckets: whatever the catalogue has not as ``mint`` is no credential. Of
    the other categories, *store* keeps what is judged where it is minted, *issuer*, *root* and
    *trust* bound or sign what is minted outside any program, *static* takes a password that can
    state no end, and an *invoke* never reaches a policy.

    Raises:
        CatalogueError: the catalogue is empty or unreadable.
    """
    known = catalogue()
    if not is_judged(resource.type):
        # A component makes nothing itself: what is inside of it is registered by itself.
        if resource.provider is None or not is_unknown_credential(resource.type):
            return ()
        return (UnknownType(resource.urn, resource.type, resource.deleted),)
    if resource.type.startswith(PREFIX):
        return _own(resource, around)
    known_as = canonical(resource.type)
    lifetime = LIFETIMES[known_as]
    what = known[known_as].what_it_is
    if _managed(resource):
        # Its version stands above it with birth and expiry, and is judged for both: so nothing
        # of the credential itself is read, and no unknown of it matters.
        carried = ExpiryJudgedElsewhere("its version")
        credential = _credential(resource, what, carried, managed=True)
        return (replace(credential, takes_over=_own_among(resource.aliases)),)
    expiry = lifetime(resource.inputs)
    if expiry is None:
        return ()
    stated = around.issuer_lives.get(resource.type, around.issuer_lives.get(known_as))
    if isinstance(expiry, ExpiryUnknown) and stated is not None:
        expiry = ExpiresAfter(stated)
    return (
        _credential(
            resource,
            what,
            expiry,
            owner=_stated(resource, around.owners, around.inherited),
            service=_stated(resource, around.services, around.inherited),
        ),
    )


def _managed(resource: Resource) -> bool:
    """Whether a version of a keylife key is among its ancestors."""
    return (MANAGED_KEY, VERSION) in zip(resource.lineage, resource.lineage[1:], strict=False)


def _own_among(aliases: Iterable[str]) -> tuple[str, ...]:
    """The URNs of what stands below one of keylife's own resources."""
    own = []
    for urn in aliases:
        types = urn.split("::", 3)[2] if urn.count("::") >= 3 else urn
        if any(kind.startswith(PREFIX) for kind in types.split("$")):
            own.append(urn)
    return tuple(own)


def _stated(resource: Resource, statements: Statements, inherited: Inherited) -> str | Absence:
    for said in (
        statements.on(resource),
        inherited(resource.parent, statements),
        statements.assigned_to(resource.urn),
    ):
        if said is not Absence.UNSTATED:
            return said
    return Absence.UNSTATED


def _credential(
    resource: Resource,
    what: str,
    expiry: Expiry,
    *,
    owner: str | Absence = Absence.UNSTATED,
    service: str | Absence = Absence.UNSTATED,
    managed: bool = False,
) -> Credential:
    return Credential(
        role=Role.CREDENTIAL,
        subject=resource.urn,
        what=what,
        type=resource.type,
        kind=Absence.UNSTATED,
        expiry=expiry,
        owner=owner,
        service=service,
        managed=managed,
    )


def _own(resource: Resource, around: Surroundings) -> tuple[Subject, ...]:
    ledger = around.ledger()
    key = as_name(resource.inputs.get("id" if resource.type == MANAGED_KEY else "key"))
    past: KeyRecord | LedgerUnknown | None
    past = ledger if isinstance(ledger, LedgerUnknown) else ledger.keys.get(str(key))
    component = Component(
        subject=resource.urn,
        type=resource.type,
        key=key,
        kind=as_name(resource.inputs.get("kind"))
        if resource.type == MANAGED_KEY
        else (Absence.UNSTATED),
        number=_number(resource.inputs.get("version"))
        if resource.type == VERSION
        else (Absence.UNSTATED),
        deactivated=isinstance(_instant(resource, "deactivated"), datetime),
        ending=is_being_revoked(resource) or around.ending(resource.parent),
        aliased=bool(resource.aliases),
        protected=resource.protected,
        past=past,
    )
    if resource.type == MANAGED_KEY and not _ends(component):
        return component, _declared_key(resource, component)
    if resource.type == VERSION:
        return component, _version(resource, component)
    return (component,)


def _ends(component: Component) -> bool:
    """Whether a key is being revoked, and kept only until its last version is destroyed.

    Nothing may hold that up, least of all the retired service that is the reason for it; that no
    other key hides behind it is for no-resurrection to see.
    """
    past = component.past
    return component.ending or (isinstance(past, KeyRecord) and past.revocation is not None)


def _declared_key(resource: Resource, component: Component) -> Credential:
    return Credential(
        role=Role.KEY,
        subject=resource.urn,
        what="key",
        type=resource.type,
        kind=component.kind,
        expiry=_declared_ttl(resource),
        owner=as_name(resource.inputs.get("owner")),
        service=as_name(resource.inputs.get("service")),
        managed=True,
    )


def _declared_ttl(resource: Resource) -> Expiry:
    form = "a whole number and a unit, such as 30d"
    ttl = resource.text("ttl")
    if ttl is Absence.COMPUTED:
        return computed("ttl")
    if ttl is Absence.UNSTATED:
        return NeverExpires("`ttl` is not set", f"set `ttl` to {form}")
    try:
        span = parse_duration(str(ttl))
    except ValueError:
        return unreadable("ttl", form)
    if not span:
        return NeverExpires("`ttl` is 0", f"set `ttl` to {form}")
    return ExpiresAfter(span)


def _version(resource: Resource, component: Component) -> Credential:
    birth, expiry = _instant(resource, "birth"), _instant(resource, "expiry")
    # What existed before keylife is judged for what it lives from then on.
    since = birth if resource.inputs.get("adopted") is None else _instant(resource, "adopted")
    recorded = component.recorded_version
    return Credential(
        role=Role.VERSION,
        subject=resource.urn,
        what="version of a key",
        type=resource.type,
        kind=Absence.UNSTATED,
        expiry=next(
            (end for end in (birth, since, expiry) if not isinstance(end, datetime)),
            ExpiresAt(expiry) if isinstance(expiry, datetime) else NeverExpires("", ""),
        ),
        # What an issuer baked in at birth may name who has left since: the key is judged for both.
        owner=Absence.UNSTATED,
        service=Absence.UNSTATED,
        managed=True,
        birth=since if isinstance(since, datetime) else None,
        recorded=recorded is not None and (recorded.birth, recorded.expiry) == (birth, expiry),
    )


def _instant(resource: Resource, name: str) -> datetime | ExpiryUnknown | NeverExpires:
    form = "an RFC 3339 instant such as 2027-01-31T00:00:00Z"
    text = resource.text(name)
    if text is Absence.COMPUTED:
        return computed(name)
    if text is Absence.UNSTATED:
        return NeverExpires(f"`{name}` is not set", f"set `{name}` to {form}")
    try:
        return parse_instant(str(text))
    except ValueError:
        return unreadable(name, form)


def _number(value: object) -> int | Absence:
    if value is UNKNOWN:
        return Absence.COMPUTED
    if isinstance(value, int | float) and not isinstance(value, bool) and value == int(value):
        return int(value)
    return Absence.UNSTATED if value is None else Absence.UNREADABLE
