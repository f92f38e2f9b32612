"""keylife's own resources: the ledger's entries, as components in the stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from keylife.compliance.tokens import CURRENT, MANAGED_KEY, PRINCIPAL, REVOCATION, VERSION
from keylife.kinds.kind import Principal
from keylife.model.duration import format_duration
from keylife.model.gateway import Gateway
from keylife.model.instant import format_instant
from keylife.model.ledger import RecordedRevocation
from keylife.planning.plan import KeyPlan, PlannedVersion


class ManagedKeyComponent(pulumi.ComponentResource):
    """A declared key in the stack: what policies, previews and the ledger know of it."""

    def __init__(
        self,
        planned: KeyPlan,
        places: list[str],
        gateways: Mapping[str, Gateway],
        options: pulumi.ResourceOptions,
    ) -> None:
        key = planned.key
        named = [gateways[name].recorded() for name in key.gateways]
        target = {} if key.target is None else {"target": key.target}
        imported = {}
        if planned.imported is not None:
            imported = {"imported": planned.imported.model_dump(mode="json", exclude_none=True)}
        room = {}
        if planned.room_made is not None:
            room = {"roomMade": format_instant(planned.room_made)}
        super().__init__(
            MANAGED_KEY,
            key.id,
            {
                **target,
                "id": key.id,
                "kind": key.kind,
                "service": key.service,
                "owner": key.owner,
                "purpose": key.purpose,
                "scope": dict(key.scope),
                "ttl": format_duration(key.ttl),
                "rotateEvery": format_duration(key.rotate_every),
                "quarantine": format_duration(key.quarantine),
                "deliver": places,
                "destroyedThrough": planned.destroyed_through,
                **imported,
                **room,
                **({"gateways": named} if named else {}),
            },
            options,
        )


class PrincipalComponent(pulumi.ComponentResource):
    """What the versions of a key share at their issuer: registered before anything of it is made.

    ``endsWith`` is where its issuer itself ends all of them: the latest expiry of those that it
    accepts, and so later than the expiry of an older one.
    """

    def __init__(self, principal: Principal, options: pulumi.ResourceOptions) -> None:
        inputs: Mapping[str, Any] = {
            "key": principal.key_id,
            "since": format_instant(principal.since),
            "endsWith": format_instant(principal.end),
        }
        super().__init__(PRINCIPAL, principal.key_id, inputs, options)


class VersionComponent(pulumi.ComponentResource):
    """One version: registered with birth and expiry before anything of it is created."""

    def __init__(
        self, key_id: str, planned: PlannedVersion, options: pulumi.ResourceOptions
    ) -> None:
        version = planned.version
        inputs: dict[str, Any] = {
            "key": key_id,
            "version": version.number,
            "birth": format_instant(version.birth),
            "expiry": format_instant(version.expiry),
            "rotationDue": format_instant(version.rotation_due),
            "grace": format_duration(version.grace),
            "cause": version.cause,
            "owner": version.owner,
            "service": version.service,
            "scope": dict(version.scope),
            "state": str(planned.state),
        }
        if version.adopted is not None:
            inputs["adopted"] = format_instant(version.adopted)
        if version.deactivated is not None:
            inputs["deactivated"] = format_instant(version.deactivated)
        super().__init__(VERSION, f"{key_id}-v{version.number}", inputs, options)


class CurrentComponent(pulumi.ComponentResource):
    """The version that consumers read: registered once every delivery carries it."""

    def __init__(self, planned: KeyPlan, options: pulumi.ResourceOptions) -> None:
        assert planned.current is not None
        inputs: Mapping[str, Any] = {
            "key": planned.key.id,
            "version": planned.current.version.number,
            "since": format_instant(planned.in_service_since),
        }
        super().__init__(CURRENT, planned.key.id, inputs, options)


class RevocationComponent(pulumi.ComponentResource):
    """The end of a key: it stays in the stack for ever, protected."""

    def __init__(
        self, key_id: str, recorded: RecordedRevocation, options: pulumi.ResourceOptions
    ) -> None:
        inputs: Mapping[str, Any] = {
            "key": key_id,
            "kind": recorded.kind,
            "at": format_instant(recorded.at),
            "reason": str(recorded.reason),
            "by": recorded.by,
            "ref": recorded.ref,
            "versions": list(recorded.versions),
        }
        super().__init__(REVOCATION, key_id, inputs, options)
