"""From a resource to what the rules judge: its credential, its component, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from keylife.compliance.alternatives import ALTERNATIVES
from keylife.compliance.catalogue import Entry, catalogue
from keylife.compliance.children import VAULT_TYPE, child_objection
from keylife.compliance.credential import (
    Absence,
    Component,
    Credential,
    ExpiresAfter,
    ExpiresAt,
    Expiry,
    ExpiryJudgedElsewhere,
    ExpiryUnknown,
    Grant,
    Heir,
    Leak,
    LedgerUnknown,
    Life,
    Mention,
    NeverExpires,
    Role,
    Scope,
    Session,
    Subject,
    UnknownType,
)
from keylife.compliance.deletions import deletion_objection
from keylife.compliance.exposures import exposed_outputs
from keylife.compliance.grants import GRANTS
from keylife.compliance.imports import imported_id
from keylife.compliance.kinds import KEY, alternative, unenforced
from keylife.compliance.lifetimes import LIFETIMES, computed, unreadable
from keylife.compliance.mentions import mentioned
from keylife.compliance.names import canonical, is_unknown_credential
from keylife.compliance.resource import STACK, Resource
from keylife.compliance.scopes import declared_scope
from keylife.compliance.sessions import BOUNDING, irrevocable, session_of
from keylife.compliance.statements import Statements, as_name
from keylife.compliance.tokens import MANAGED_KEY, PREFIX, VERSION
from keylife.compliance.unknown import UNKNOWN
from keylife.compliance.waivers import key_of_version
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
    """Whether resources of a type may have anything to be judged, whatever stands in them."""
    return (
        type_token.startswith(PREFIX)
        or canonical(type_token) in LIFETIMES
        or type_token in GRANTS
        or type_token in BOUNDING
    )


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
    if resource.type.startswith(PREFIX):
        return _own(resource, around)
    return (*_made_by(resource, around, known), *_said_by(resource))


def _said_by(resource: Resource) -> Iterator[Subject]:
    """What any resource may say, whether it makes a credential or not."""
    own = _own_among(resource.aliases) if resource.aliases else ()
    if own and canonical(resource.type) not in LIFETIMES:  # of those the credential says it
        yield Heir(resource.urn, resource.type, own)
    if resource.leaking_outputs:
        what = "stack" if resource.type == STACK else resource.type.rpartition(":")[2]
        leaking = tuple(sorted(resource.leaking_outputs))
        yield Leak(resource.urn, f"this {what}", leaking, resource.deleted)
    if not resource.deleted and not any(t.startswith(PREFIX) for t in resource.lineage):
        names = mentioned(resource.inputs)
        if names:
            yield Mention(resource.urn, f"this {resource.type.rpartition(':')[2]}", names)


def _made_by(
    resource: Resource, around: Surroundings, known: Mapping[str, Entry]
) -> tuple[Subject, ...]:
    if not is_judged(resource.type):
        # A component makes nothing itself: what is inside of it is registered by itself.
        if resource.provider is None or not is_unknown_credential(resource.type):
            return ()
        return (UnknownType(resource.urn, resource.type, resource.deleted),)
    if canonical(resource.type) not in LIFETIMES:
        return _bounding(resource)
    known_as = canonical(resource.type)
    lifetime = LIFETIMES[known_as]
    what = known[known_as].what_it_is
    if _managed(resource):
        # Its version stands above it with birth and expiry, and is judged for both: so nothing
        # of the credential itself is read, and no unknown of it matters.
        carried = ExpiryJudgedElsewhere("its version")
        return (_credential(resource, what, carried, managed=True),)
    expiry = lifetime(resource.inputs)
    if expiry is None:
        own = _own_among(resource.aliases)
        return (Heir(resource.urn, resource.type, own),) if own else ()
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


def _bounding(resource: Resource) -> tuple[Subject, ...]:
    """What lets others do something, or bounds what they mint."""
    if resource.deleted or _managed(resource):
        return ()  # a key is judged for what it declares, which keylife attaches
    if resource.type in GRANTS:
        what, read = GRANTS[resource.type]
        return (Grant(resource.urn, what, resource.type, read(resource.inputs)),)
    session = session_of(resource.type, resource.inputs)
    if session is None:
        return ()
    what, expiry, irrevocably = session
    return (Session(resource.urn, what, resource.type, expiry, irrevocably),)


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
    known_as = canonical(resource.type)
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
        birth=None if resource.was is None or managed else resource.was.birth,
        id=_key_of(resource) if managed else Absence.UNSTATED,
        was=None if managed else resource.was,
        takes_over=_own_among(resource.aliases),
        scope=_scope(resource, known_as),
        options=resource.options,
        fingerprint=resource.fingerprint,
        cloud_id=resource.cloud_id,
        exposed=exposed_outputs(known_as, resource),
        deletion=deletion_objection(known_as, resource.inputs),
        irrevocable=irrevocable(known_as),
        child=child_objection(known_as, resource.inputs, resource.provider),
        alternative=None if managed else ALTERNATIVES.get(known_as),
        deleted=resource.deleted,
    )


def _key_of(resource: Resource) -> str | Absence:
    """The key that a credential below a version belongs to, by its name."""
    key = key_of_version(resource.name)
    return as_name(key) if key is not None else Absence.UNREADABLE


def _scope(resource: Resource, known_as: str) -> Scope | Absence:
    """A Vault token says itself what it may do; of all else, other resources do."""
    if known_as != VAULT_TYPE:
        return Absence.UNSTATED
    scope = declared_scope(resource.inputs)
    # Names that the same program makes may be computed: the policies are judged where they are.
    return Absence.UNSTATED if scope is Absence.COMPUTED else scope


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
        options=resource.options,
        deleted=resource.deleted,
    )
    if resource.type == MANAGED_KEY and (resource.deleted or not _ends(component)):
        names = mentioned(resource.inputs.get("scope"))
        mention = (Mention(resource.urn, "the scope of this key", names, key),) if names else ()
        return component, _declared_key(resource, component), *mention
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
    places = _places(resource.inputs.get("deliver"))
    scope = resource.inputs.get("scope")
    kind = component.kind if isinstance(component.kind, str) else ""
    deliveries = tuple(place.partition("/")[0] for place in places) if places else ()
    return Credential(
        role=Role.KEY,
        subject=resource.urn,
        what=KEY,
        type=resource.type,
        kind=component.kind,
        expiry=_declared_ttl(resource),
        owner=as_name(resource.inputs.get("owner")),
        service=as_name(resource.inputs.get("service")),
        managed=True,
        id=component.key,
        rotate_every=_rotation(resource),
        target=as_name(resource.inputs.get("target")),
        scope=declared_scope(scope)
        if isinstance(scope, Mapping)
        else Absence.UNSTATED
        if scope is None
        else Absence.COMPUTED,
        delivered=places or Absence.UNSTATED,
        options=resource.options,
        cloud_id=imported_id(resource.inputs.get("imported")),
        unenforced=unenforced(kind),
        alternative=alternative(kind, deliveries),
        deleted=resource.deleted,
    )


def _places(deliver: object) -> tuple[str, ...]:
    """Where a key is delivered, as its component says it: ``vault-kv/secret/billing/aws``."""
    if not isinstance(deliver, list):
        return ()
    return tuple(place for place in deliver if isinstance(place, str))


_SPAN = "a whole number and a unit, such as 30d"


def _rotation(resource: Resource) -> timedelta | Absence:
    text = resource.text("rotateEvery")
    if isinstance(text, Absence):
        return text
    try:
        return parse_duration(text)
    except ValueError:
        return Absence.UNREADABLE


def _declared_ttl(resource: Resource) -> Expiry:
    form = _SPAN
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
        id=component.key,
        was=None if recorded is None else Life(recorded.adopted or recorded.birth, recorded.expiry),
        options=resource.options,
        deleted=resource.deleted,
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
