"""What deliveries have in common: which versions may stand at a place, and whose a value is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from keylife.systems.state import open_text
from keylife.systems.system import Holding, Material, Resource, Surroundings


class Copied:
    """What is alike in every system that keeps copies and issues nothing."""

    issues: ClassVar[bool] = False

    def material(self, resource: Resource) -> Material:
        """None: which version a written copy is of is asked of its place, by `read_copy`."""
        return {}

    def mark(self, resource: Resource) -> Mapping[str, str]:
        """None: it issues nothing."""
        return {}


def copies(
    system: str,
    resource: Resource,
    around: Surroundings,
    *,
    place: str,
    facts: Mapping[str, str],
    window: float,
    current: int | None,
    weak: str = "",
    weak_behind: str = "",
) -> Iterator[Holding]:
    """A holding for each ending version that the place carries, or carried before.

    Args:
        system: the delivery's name.
        resource: what stands for it in the state.
        around: what else there is of the key.
        place: in words.
        facts: as its steps need them, besides what is the same for all deliveries.
        window: as of `Holding`.
        current: the version whose copy it is, by its own word; None leaves it to the ledger.
        weak: as of `Holding`.
        weak_behind: the same, for versions that the place only carried before.
    """
    now = around.current if current is None else current
    for version in sorted(around.ending):
        if now is not None and version > now:
            continue  # it never came here
        yield Holding(
            system=system,
            key=around.key,
            version=version,
            place=place,
            facts={
                **facts,
                "ending": " ".join(map(str, sorted(around.ending))),
                **{f"mark.{n}": text for n, text in around.marks.get(version, {}).items()},
            },
            urn=str(resource["urn"]),
            provider=open_text(resource, "provider"),
            window=window,
            weak=weak or ("" if version == now or now in around.ending else weak_behind),
        )


def holds_of(value: Mapping[str, Any], holding: Holding) -> bool | None:
    """Whether a value is of the holding's version; None if it does not show."""
    marks = {
        name.removeprefix("mark."): text
        for name, text in holding.facts.items()
        if name.startswith("mark.")
    }
    if not marks or not marks.keys() <= value.keys():
        return None
    return all(value[name] == text for name, text in marks.items())


def texts_in(contents: str) -> dict[str, str]:
    """A version's material from what keylife writes of it, a JSON object; empty where something
    else is written."""
    try:
        found = json.loads(contents)
    except ValueError:
        return {}
    told = found if isinstance(found, Mapping) else {}
    return {name: text for name, text in told.items() if isinstance(text, str)}
