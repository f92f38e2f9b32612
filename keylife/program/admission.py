"""What has to hold of declarations wherever they come from: YAML that was checked, or Python."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from keylife.deliveries import DELIVERIES
from keylife.errors import PlanRefusedError, Refusal, UsageError
from keylife.kinds import KINDS
from keylife.kinds.importing import IMPORTS
from keylife.model.base import Model
from keylife.model.key import DeliverySpec, Key
from keylife.model.ledger import Ledger
from keylife.model.registry import Declarations


def place_of(spec: DeliverySpec) -> str:
    """The one place a delivery names, in words that tell two places apart."""
    delivery = DELIVERIES[spec.kind]
    return delivery.place(delivery.settings.model_validate(dict(spec.settings)))


def delivery_name(key: Key, spec: DeliverySpec) -> str:
    """What the resource of a delivery is called in the stack."""
    return f"{key.id}/{place_of(spec)}"


def admit(declarations: Declarations, ledger: Ledger) -> None:
    """Refuse what the loader of YAML would refuse, and places that another key still holds.

    Raises:
        UsageError: a declaration made in Python is not valid.
        PlanRefusedError: a key delivers to where another key's copy still is. The engine creates
            before it deletes, so the new copy would stand in the way of the old one's end.
    """
    faults = [fault for key in declarations.keys.values() for fault in _faults(key, declarations)]
    faults = faults or [*_misplaced(declarations)]
    if faults:
        raise UsageError("\n".join(faults), "mend the declaration; nothing was changed")
    held = {
        name.partition("/")[2]: record.id
        for record in ledger.keys.values()
        for name in record.delivery_facts
    }
    refusals = tuple(
        Refusal(
            key=key.id,
            what=f"it delivers to {place_of(spec)}, where a copy of `{holder}` still is",
            cure=f"deploy the end of that delivery of `{holder}` first, then declare this one",
        )
        for key in declarations.keys.values()
        if key.revoked is None
        for spec in key.deliver
        if (holder := held.get(place_of(spec), key.id)) != key.id
    )
    if refusals:
        raise PlanRefusedError(refusals)


def _faults(key: Key, declarations: Declarations) -> Iterator[str]:
    about = f"key `{key.id}`"
    if key.service not in declarations.services:
        yield f"{about}: there is no service `{key.service}`"
    if key.owner not in declarations.owners:
        yield f"{about}: there is no owner `{key.owner}`"
    if key.kind not in KINDS:
        yield f"{about}: there is no kind `{key.kind}`; the kinds are {', '.join(sorted(KINDS))}"
    else:
        yield from _unfit(f"{about}: scope", KINDS[key.kind].scope, dict(key.scope))
        yield from _unfit_import(about, key)
    for spec in key.deliver:
        if spec.kind not in DELIVERIES:
            yield f"{about}: there is no delivery `{spec.kind}`"
        else:
            settings = DELIVERIES[spec.kind].settings
            yield from _unfit(f"{about}: {spec.kind}", settings, dict(spec.settings))


def _unfit_import(about: str, key: Key) -> Iterator[str]:
    imported = key.imported
    if imported is None:
        return
    importing = IMPORTS.get(key.kind)
    if importing is None:
        yield (
            f"{about}: an existing {key.kind} cannot be imported;"
            " docs/how-to/import-existing-keys.md says why, and what to do instead"
        )
        return
    yield from _unfit(f"{about}: credential", importing.credential, dict(imported.credential))
    if imported.adopts is not None:
        yield from _unfit(f"{about}: adopts", importing.adopts, dict(imported.adopts))


def _misplaced(declarations: Declarations) -> Iterator[str]:
    taken: dict[str, str] = {}
    for name, key in declarations.keys.items():
        if name != key.id:
            yield f"key `{key.id}` is declared under the name `{name}`"
        for place in (place_of(spec) for spec in key.deliver if key.revoked is None):
            if place in taken:
                yield f"key `{key.id}`: {place} is where key `{taken[place]}` delivers to already"
            taken[place] = key.id


def _unfit(about: str, model: type[Model], value: dict[str, object]) -> Iterator[str]:
    try:
        model.model_validate(value)
    except ValidationError as error:
        for found in error.errors(include_url=False, include_input=False):
            where = ".".join(str(step) for step in found["loc"])
            yield f"{about}.{where}: {found['msg'].removeprefix('Value error, ')}"
