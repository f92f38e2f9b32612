"""The verb: a state for a stack whose state is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from keylife.compliance.tokens import CURRENT
from keylife.errors import KeylifeError
from keylife.evidence.event import Event
from keylife.model.gateway import Gateway
from keylife.model.instant import format_instant
from keylife.model.ledger import KeyRecord, Ledger
from keylife.model.registry import Declarations
from keylife.model.target import target_of
from keylife.orphan import answered
from keylife.planning.plan import Plan
from keylife.program.deploy import declare
from keylife.rebuild import standing_aws, standing_generated, standing_vault
from keylife.rebuild.copies import ClientsOf
from keylife.rebuild.found import Found
from keylife.rebuild.plan import RebuiltKey, missing_versions, rebuilt_keys
from keylife.rebuild.standing import Asked, Known, Standing
from keylife.rebuild.state import (
    Declared,
    StackName,
    Written,
    export_with,
    version_of,
    without,
    write_down,
)
from keylife.rebuild.survey import is_looked_for, survey

_LOOKS = {**standing_aws.LOOKS, **standing_generated.LOOKS, **standing_vault.LOOKS}


class NotEmptyError(KeylifeError):
    """The stack has a state: what it knows would be overwritten."""

    hint = "a ledger is rebuilt only where it is lost; `pulumi stack export` shows what is there"

    def __init__(self, resources: int) -> None:
        super().__init__(resources)
        self.resources = resources

    def __str__(self) -> str:
        return f"the stack's state holds {self.resources} resources: nothing is lost"


class NoAnswerError(KeylifeError):
    """An issuer or a place could not be asked: what it holds is not known."""

    hint = "nothing was changed; what it needs is in docs/operating.md, State lost"

    def __init__(self, who: str, why: str) -> None:
        super().__init__(who, why)
        self.who = who
        self.why = why

    def __str__(self) -> str:
        return f"{self.who} cannot be asked: {self.why}"


@dataclass(frozen=True)
class Rebuilt:
    """What a lost ledger is rebuilt to."""

    keys: tuple[RebuiltKey, ...]
    missing: tuple[str, ...]
    """The names of what belongs to a key and is nowhere: the next deploy makes it."""

    strangers: tuple[str, ...]
    not_looked_for: tuple[str, ...]
    """Declared keys whose versions cannot be found."""

    unclear: tuple[str, ...]
    """The versions that live by the store and were not found, each with why it may live."""

    state: Mapping[str, Any]
    """For `pulumi stack import`; secrets in the clear."""

    def __repr__(self) -> str:
        return f"Rebuilt({len(self.keys)} keys)"


def rebuild(
    declarations: Declarations,
    export: Mapping[str, Any],
    *,
    name: StackName,
    config: Mapping[str, str],
    clients_of: ClientsOf,
    at: datetime,
    remembered: Mapping[str, KeyRecord] = MappingProxyType({}),
) -> Rebuilt:
    """Find out what a stack had, and write the state that says so; nothing is changed.

    Args:
        declarations: of the stack.
        export: its state, without resources.
        name: of the stack.
        config: the stack's, without secrets.
        clients_of: connections to a target.
        at: now.
        remembered: by key, the births that the store has a copy of.

    Raises:
        NotEmptyError: the state has resources.
        NoAnswerError: an issuer or a place does not answer, or refuses.
    """
    resources = export["deployment"].get("resources") or ()
    if resources or export["deployment"].get("pending_operations"):
        raise NotEmptyError(len(resources))
    # of what cannot be looked for nothing is known: not that it lives, and not that it is gone
    declared = [key for key in declarations.keys.values() if is_looked_for(key, remembered)]
    with answered(_no_answer):
        found = survey(declarations.keys.values(), clients_of, remembered)
        keys = rebuilt_keys(declared, found, at, remembered)
        written = _written(
            keys,
            found,
            declarations.gateways,
            name=name,
            config=config,
            clients_of=clients_of,
            at=at,
        )
    return Rebuilt(
        keys=keys,
        missing=tuple(urn.rpartition("::")[2] for urn in written.missing),
        strangers=found.strangers,
        not_looked_for=tuple(
            key.id
            for key in declarations.keys.values()
            if key.revoked is None and not is_looked_for(key, remembered)
        ),
        unclear=tuple(
            f"{key.id} v{number}: {why}"
            for key in declared
            for number, why in missing_versions(key, found, remembered.get(key.id)).items()
            if why is not None
        ),
        state=export_with(export, written),
    )


def _written(
    keys: tuple[RebuiltKey, ...],
    found: Found,
    gateways: Mapping[str, Gateway],
    *,
    name: StackName,
    config: Mapping[str, str],
    clients_of: ClientsOf,
    at: datetime,
) -> Written:
    known = Known(
        versions={version.name: version for version in found.versions},
        materials={
            copy.credential: copy.material for copy in found.copies if copy.credential is not None
        },
    )

    def look(declared: Declared) -> Standing | None:
        target = target_of(declared.provider.split("::")[-2])
        asked = _LOOKS.get(declared.type)
        if asked is None:
            return None
        return asked(Asked(declared.name, declared.inputs, clients_of(target), known))

    plan = Plan(at, tuple(key.plan for key in keys))
    ledger = Ledger(keys={key.plan.key.id: key.plan.record for key in keys if key.plan.record})
    written = write_down(
        name,
        config,
        look,
        lambda: declare(plan, ledger, clock=lambda: at, sink=_Nowhere(), gateways=gateways),
    )
    for key in keys:
        written = _as_delivered(written, key)
    return written


def _as_delivered(written: Written, key: RebuiltKey) -> Written:
    """The program declares the newest version as the current one; what is so may be otherwise."""
    if key.plan.current is None:
        return written
    own, number = key.plan.key.id, key.plan.current.version.number
    if key.imagined:
        return without(written, lambda resource: version_of(resource, own, number))
    for resource in written.resources:
        if resource["type"] == CURRENT and resource["inputs"]["key"] == own and key.delivered:
            since = format_instant(key.plan.in_service_since)
            resource["inputs"] = {"key": own, "version": key.delivered, "since": since}
    if key.delivered is None:
        return without(
            written,
            lambda resource: resource["type"] == CURRENT and resource["inputs"]["key"] == own,
        )
    return written


class _Nowhere:
    """Takes events and forgets them: nothing happens to a key."""

    def append(self, event: Event) -> None:
        """Forget it."""


def _no_answer(who: str | None, why: str) -> NoAnswerError:
    return NoAnswerError(who or "an issuer", why)
