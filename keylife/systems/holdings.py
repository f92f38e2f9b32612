"""Everything that holds a version of a key, and its secret, from what a stack's state says."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any

from keylife.orphan import Clients
from keylife.systems.state import KeyInState, key_in, open_text, place_of, stands_for_nothing
from keylife.systems.system import (
    Copying,
    Holding,
    Material,
    Remembering,
    Resource,
    Surroundings,
    Use,
)
from keylife.systems.table import SYSTEMS, system_of
from keylife.systems.unsupported import UNSUPPORTED

_LAG = 1.0
"""Seconds: the least that is added to what a gateway remembers, for whoever it asks."""


def holdings_of(
    export: Mapping[str, Any],
    key: str,
    ending: Collection[int] | None = None,
    *,
    compromised: bool = False,
) -> tuple[Holding, ...]:
    """What has to hear that versions of a key end: issuers first, then deliveries, then gateways.

    What no system stands for is among them, as a holding of `UNSUPPORTED`, which is weak.

    Args:
        export: of ``pulumi stack export``.
        key: its id.
        ending: the versions that end; None for all of them, and the key with them.
        compromised: whether somebody else may have them.
    """
    found = key_in(export, key)
    ends = frozenset(found.versions if ending is None else ending)
    marks = {v: dict(_marks(resources)) for v, resources in found.versions.items()}
    holdings = [
        holding
        for version, resource in _resources(found)
        for holding in _held(
            resource,
            Surroundings(
                key=key,
                version=version,
                versions=found.versions,
                shared=found.shared,
                ending=ends,
                compromised=compromised,
                current=found.current,
                marks=marks,
            ),
        )
    ]
    return tuple(sorted(map(partial(_with_lag, holdings), holdings), key=_turn))


def material_of(export: Mapping[str, Any], holding: Holding) -> Material:
    """A version's secret as the state has it; empty where the state has none.

    Args:
        export: of ``pulumi stack export --show-secrets``.
        holding: of the version.
    """
    for resource in key_in(export, holding.key).versions.get(holding.version, ()):
        system = system_of(str(resource["type"]))
        if system is not None and (material := system.material(resource)):
            return material
    return {}


def read_copy(holding: Holding, clients: Clients) -> Material:
    """A version's secret as a delivery has it; empty where it has none, or is no delivery.

    Vendors' errors go through as they are.
    """
    system = SYSTEMS.get(holding.system)
    reads: Copying | None = system if hasattr(system, "read_copy") else None  # type: ignore[assignment]
    return {} if reads is None else reads.read_copy(holding, clients)


def last_use(holding: Holding, clients: Clients) -> Use | None:
    """The last use of a version that its system knows of; None if that remembers none.

    Vendors' errors go through as they are.
    """
    system = SYSTEMS.get(holding.system)
    tells: Remembering | None = system if hasattr(system, "last_use") else None  # type: ignore[assignment]
    return None if tells is None else tells.last_use(holding, clients)


def _resources(found: KeyInState) -> Iterator[tuple[int | None, Resource]]:
    for version, resources in found.versions.items():
        yield from ((version, resource) for resource in resources)
    yield from ((None, resource) for resource in found.shared)


def _held(resource: Resource, around: Surroundings) -> Iterator[Holding]:
    if stands_for_nothing(resource):
        return
    system = system_of(str(resource["type"]))
    if system is not None:
        yield from system.holdings(resource, around)
        return
    concerned = around.ending if around.version is None else {around.version} & around.ending
    for version in sorted(concerned):
        yield Holding(
            system=UNSUPPORTED,
            key=around.key,
            version=version,
            place=place_of(resource),
            facts={},
            urn=str(resource["urn"]),
            provider=open_text(resource, "provider"),
            window=0.0,
            weak=f"keylife itself reaches no {resource['type']}: see to it that the deploy of the"
            " tombstone deletes it",
        )


def _marks(resources: Collection[Resource]) -> Iterator[tuple[str, str]]:
    for resource in resources:
        system = system_of(str(resource["type"]))
        if system is not None:
            yield from system.mark(resource).items()


def _turn(holding: Holding) -> tuple[int, int, str]:
    """Issuers first, last what asks others."""
    system = SYSTEMS.get(holding.system)
    issues = system is not None and system.issues
    return (0 if issues else 2 if holding.second_hand else 1), holding.version, holding.place


def _with_lag(all_of_it: Collection[Holding], holding: Holding) -> Holding:
    """What asks others may be told yes for as long as any of them may still say it, and remember
    that for as long as it remembers."""
    if not holding.second_hand:
        return holding
    windows = [h.window for h in all_of_it if h.version == holding.version and not h.second_hand]
    return holding.model_copy(update={"window": holding.window + max([_LAG, *windows])})
