"""What stands of each key by a stack's state, to be held against what the audit log says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from keylife.audit.reconcile import Fact, Standing
from keylife.compliance.tokens import MANAGED_KEY, REVOCATION, VERSION
from keylife.program.ledger import parse_ledger


def standing_in(export: Mapping[str, Any]) -> Mapping[str, Standing]:
    """What stands, by key.

    Args:
        export: what ``pulumi stack export`` printed.

    Raises:
        LedgerUnreadableError: it is no export of a stack.
    """
    ledger = parse_ledger(export)
    found = {resource["urn"]: resource for resource in _resources(export)}
    facts = {_place(urn): Fact(urn, _changed(entry)) for urn, entry in found.items()}
    standing: dict[str, Standing] = {}
    for key, record in ledger.keys.items():
        one = standing[key] = Standing(
            declared=facts.get((MANAGED_KEY, key)), revoked=facts.get((REVOCATION, key))
        )
        for version in record.versions:
            fact = facts.get((VERSION, f"{key}-v{version.number}", "child"))
            if not version.exists or fact is None:
                continue
            one.issued[version.number] = fact
            if version.adopted is not None:
                one.adopted.add(version.number)
            if found[fact.urn]["inputs"].get("status") == "Inactive":
                one.deactivated[version.number] = fact
        carried = record.delivered or max(one.issued, default=None)
        for name in record.delivery_facts:
            place = name.removeprefix(f"{key}/")
            fact = facts.get((MANAGED_KEY, name, "child"))
            if fact is not None and place != name and "#" not in place:
                one.delivered[place] = (carried, fact)
    return standing


def _resources(export: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for resource in export["deployment"].get("resources") or ():
        if not (resource.get("delete") or resource.get("pendingReplacement")):
            yield resource


def _place(urn: str) -> tuple[str, ...]:
    """Type and name of a component of keylife's; of what stands in one, the component's type."""
    kinds, name = urn.split("::")[2].split("$"), urn.split("::")[3]
    inner = len(kinds) > 1 and kinds[-1] not in (VERSION, MANAGED_KEY, REVOCATION)
    return (kinds[-2], name, "child") if inner else (kinds[-1], name)


def _changed(resource: Mapping[str, Any]) -> datetime | None:
    told = resource.get("modified") or resource.get("created")
    return None if told is None else datetime.fromisoformat(told)
