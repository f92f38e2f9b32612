"""The resources of a plan, in the order that never leaves a consumer without a key.

For one key that order is: the ManagedKey; the Version with its birth and expiry; the credential;
every delivery; the Current mark; only then is an older version deactivated, and what the program
no longer declares is destroyed by the engine, last of all. Where versions share a principal, that
and its end come before the credential, and what has expired is deactivated before them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import pulumi

from keylife.compliance.tokens import REVOCATION
from keylife.deliveries import DELIVERIES
from keylife.deliveries.delivery import Parcel
from keylife.errors import KeylifeError
from keylife.kinds import KINDS
from keylife.kinds.importing import IMPORTS
from keylife.kinds.kind import HasPrincipal, Issuance, Material, Principal, package_of
from keylife.model.gateway import Gateway
from keylife.model.ledger import RecordedRevocation
from keylife.model.state import State
from keylife.orphan import IssuerSilentError
from keylife.planning import Action, KeyPlan, Plan, PlannedVersion
from keylife.program.admission import delivery_name, place_of
from keylife.program.components import (
    CurrentComponent,
    ManagedKeyComponent,
    PrincipalComponent,
    RevocationComponent,
    VersionComponent,
)
from keylife.program.hooks import Recorder
from keylife.program.refusal import refused
from keylife.program.strays import EarlierRuns
from keylife.program.targets import Providers

if TYPE_CHECKING:
    from keylife.program.central import Central


@dataclass(frozen=True)
class _Shared:
    """What the versions of a key share; nothing, where each stands alone."""

    principal: pulumi.Resource | None = None
    bounds: tuple[pulumi.Resource, ...] = ()
    """What no version is accepted without."""

    refused: frozenset[int] = frozenset()
    """The versions that were declared before the bounds."""


@dataclass(frozen=True)
class Builder:
    """Declares what stands after a plan, key by key."""

    at: datetime
    recorder: Recorder
    hooks: pulumi.ResourceHookBinding
    providers: Providers
    earlier: EarlierRuns
    central: Central | None
    waiting: Mapping[str, Sequence[PlannedVersion]]
    gateways: Mapping[str, Gateway]
    marks: list[pulumi.Resource] = field(default_factory=list)
    """The marks of what is current, as they are declared: each comes after its deliveries."""

    def build(self, planned: KeyPlan) -> Material | None:
        """Declare every resource of one key; None if it has no current version any more."""
        if planned.revocation is not None:
            self._revoke(planned, planned.revocation)
        unsettled = [] if pulumi.runtime.is_dry_run() else self._forget(planned)
        unsettled += self.waiting.get(planned.key.id, ())
        if planned.revocation is not None and not planned.kept and not unsettled:
            return None
        lives = planned.revocation is None
        current = serving(planned)
        places = [place_of(spec) for spec in planned.key.deliver] if lives else []
        component = ManagedKeyComponent(planned, places, self.gateways, pulumi.ResourceOptions())
        if planned.waiting is not None:
            none = current is not None and current.state is not State.ACTIVE
            haste = "; no version works until then: run `pulumi up` again now" if none else ""
            pulumi.log.warn(f"{planned.key.id}: {planned.waiting}{haste}", component)
        shared = self._share(planned, component)
        material, written = (
            self._serve(planned, current, component, shared) if current else (None, [])
        )
        for version in planned.kept:
            if version is not current and version.version.number not in shared.refused:
                # a version in grace waits for nothing: nothing of it changes
                after = written if version.state is State.DEACTIVATED else []
                self._issue(planned, version, component, after, shared)
        for version in unsettled:
            VersionComponent(planned.key.id, version, pulumi.ResourceOptions(parent=component))
        return material

    def _forget(self, planned: KeyPlan) -> list[PlannedVersion]:
        """End what is left of versions that are destroyed before they were ever finished.

        A version whose issuer cannot be asked stays in the ledger, so that the next run asks.
        """
        unsettled = []
        for version in planned.versions:
            number = version.version.number
            if version.action is not Action.DESTROY or version.version.exists:
                continue
            try:
                for orphan in self.earlier.end_forgotten(planned.key.id, number):
                    self.recorder.orphan_destroyed(planned.key.id, number, orphan)
            except IssuerSilentError as error:
                pulumi.log.warn(f"{error}; it stays in the ledger until then")
                unsettled.append(version)
        return unsettled

    def _revoke(self, planned: KeyPlan, recorded: RecordedRevocation) -> None:
        """Record the revocation, then register it: a run that is killed in between records it
        again, and one that is killed after it has recorded it."""
        key_id = planned.key.id
        known = planned.record.revocation if planned.record else None
        if known != recorded and not pulumi.runtime.is_dry_run():
            place = f"{pulumi.get_stack()}::{pulumi.get_project()}"
            self.recorder.revoked(key_id, recorded, f"urn:pulumi:{place}::{REVOCATION}::{key_id}")
        RevocationComponent(key_id, recorded, pulumi.ResourceOptions(protect=True))

    def _share(self, planned: KeyPlan, parent: pulumi.Resource) -> _Shared:
        """Declare what the versions of a key share, if its kind has such a thing.

        What is refused because it expired is refused before the end that they share moves on: it
        would be accepted again until then.
        """
        key, end = planned.key, planned.shared_end
        kind = KINDS[key.kind]
        if not isinstance(kind, HasPrincipal) or end is None:
            return _Shared()
        principal = Principal(
            key_id=key.id,
            since=(planned.record and planned.record.principal_since) or self.at,
            scope=key.scope,
            owner=key.owner,
            service=key.service,
            end=end,
            live=planned.current is not None,
        )
        component = PrincipalComponent(
            principal,
            pulumi.ResourceOptions(
                parent=parent, providers=self.providers.home(key.target, package_of(kind))
            ),
        )
        options = pulumi.ResourceOptions(parent=component, hooks=self.hooks)
        made = kind.stand_for(principal, options)
        refused = {
            v.version.number: self._issue(planned, v, parent, [], _Shared(made))[0]
            for v in planned.kept
            if v is not planned.current
            and v.state is State.DEACTIVATED
            and v.version.expiry <= self.at
        }
        first = pulumi.ResourceOptions(depends_on=[*refused.values()])
        bounds = kind.bound(principal, made, pulumi.ResourceOptions.merge(options, first))
        return _Shared(made, tuple(bounds), frozenset(refused))

    def _serve(
        self, planned: KeyPlan, current: PlannedVersion, parent: pulumi.Resource, shared: _Shared
    ) -> tuple[Material, list[pulumi.Resource]]:
        """Issue the current version and bring it to its consumers."""
        _, material = self._issue(planned, current, parent, [], shared)
        written = self._deliver(planned, current, parent, material)
        options = pulumi.ResourceOptions(parent=parent, depends_on=written)
        self.marks.append(CurrentComponent(planned, options))
        return material, written

    def _issue(
        self,
        planned: KeyPlan,
        version: PlannedVersion,
        parent: pulumi.Resource,
        after: list[pulumi.Resource],
        shared: _Shared,
    ) -> tuple[VersionComponent, Material]:
        key = planned.key
        kind = KINDS[key.kind]
        home = pulumi.ResourceOptions(
            parent=parent,
            depends_on=after,
            providers=self.providers.home(key.target, package_of(kind)),
        )
        component = VersionComponent(key.id, version, home)
        issuance = Issuance(
            key_id=key.id,
            version=version.version,
            scope=key.scope,
            owner=key.owner,
            service=key.service,
            at=self.at,
            deactivated=version.state is State.DEACTIVATED,
            principal=shared.principal,
        )
        # a refusal waits for nothing that might fail
        bounds = [] if issuance.deactivated else shared.bounds
        options = pulumi.ResourceOptions(
            parent=component, depends_on=[*after, *bounds], hooks=self.hooks
        )
        if version.version.adopted is None or planned.imported is None:
            return component, kind.issue(issuance, options)
        material = IMPORTS[key.kind].adopt(issuance, planned.imported, options)
        if version.action is Action.ADOPT and not pulumi.runtime.is_dry_run():
            pulumi.Output.all(**material).apply(
                lambda _: self.recorder.adopted(key.id, version.version.number)
            )
        return component, material

    def _recognise(
        self, key_id: str, number: int, material: Mapping[str, str]
    ) -> Mapping[str, str]:
        """The material, once the store knows it again: what was revoked is delivered nowhere."""
        if self.central is not None and not self.central.knows(key_id, number):
            try:
                self.central.recognise(key_id, number, material)
            except KeylifeError as error:
                raise refused(error) from error
        return material

    def _deliver(
        self,
        planned: KeyPlan,
        current: PlannedVersion,
        parent: pulumi.Resource,
        material: Material,
    ) -> list[pulumi.Resource]:
        number = current.version.number
        contents: pulumi.Output[str] = pulumi.Output.secret(
            pulumi.Output.all(**material).apply(
                lambda known: _as_json(self._recognise(planned.key.id, number, known))
            )
        )
        written: list[pulumi.Resource] = []
        for spec in planned.key.deliver:
            name = delivery_name(planned.key, spec)
            parcel = Parcel(
                key_id=planned.key.id,
                version=number,
                owner=planned.key.owner,
                service=planned.key.service,
                birth=current.version.birth,
                expiry=current.version.expiry,
                contents=contents,
                last=planned.record.delivery_facts.get(name, {}) if planned.record else {},
            )
            delivery = DELIVERIES[spec.kind]
            settings = delivery.settings.model_validate(dict(spec.settings))
            options = pulumi.ResourceOptions(
                parent=parent,
                hooks=self.hooks,
                provider=self.providers.of(settings.target, delivery.package),
            )
            written.append(delivery.deliver(name, parcel, settings, options))
        return written


def require_targets(plan: Plan, providers: Providers) -> None:
    """Know every target before anything is registered: half a deploy is no deploy."""
    for planned in plan.keys:
        if planned.kept:
            providers.home(planned.key.target, package_of(KINDS[planned.key.kind]))
        for spec in planned.key.deliver if serving(planned) else ():
            delivery = DELIVERIES[spec.kind]
            settings = delivery.settings.model_validate(dict(spec.settings))
            providers.of(settings.target, delivery.package)


def serving(planned: KeyPlan) -> PlannedVersion | None:
    """The version that consumers read after this run; none where nothing is left of the key,
    because it ended, or because what ended has no successor that may be issued."""
    return planned.current if planned.kept else None


def delivery_names(planned: KeyPlan) -> list[str]:
    """The names of a key's deliveries."""
    return [name for name, _ in places(planned)]


def places(planned: KeyPlan) -> list[tuple[str, str | None]]:
    """The names of a key's deliveries, and the target of each."""
    return [
        (
            delivery_name(planned.key, spec),
            DELIVERIES[spec.kind].settings.model_validate(dict(spec.settings)).target,
        )
        for spec in (planned.key.deliver if serving(planned) else ())
    ]


def _as_json(material: Mapping[str, str]) -> str:
    return json.dumps(dict(sorted(material.items())))
