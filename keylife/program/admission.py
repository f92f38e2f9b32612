"""What has to hold of declarations wherever they come from: YAML that was checked, or Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TypeVar

from pydantic import ValidationError

from keylife.declarations.agreement import unpresentable
from keylife.deliveries import DELIVERIES
from keylife.errors import PlanRefusedError, Refusal, UsageError
from keylife.kinds import KINDS
from keylife.kinds.importing import IMPORTS
from keylife.model.base import Model
from keylife.model.key import DeliverySpec, Key
from keylife.model.ledger import Ledger
from keylife.model.registry import Declarations

M = TypeVar("M", bound=Model)


def place_of(spec: DeliverySpec) -> str:
    """The one place a delivery names, in words that tell two places apart."""
    delivery = DELIVERIES[spec.kind]
    return delivery.place(delivery.settings.model_validate(dict(spec.settings)))


def delivery_name(key: Key, spec: DeliverySpec) -> str:
    """What the resource of a delivery is called in the stack."""
    return f"{key.id}/{place_of(spec)}"


class _Judges:
    """Kinds and deliveries by name, each looked up once: there are many keys and few kinds."""

    def __init__(self) -> None:
        self.kind = cache(KINDS.get)
        self.delivery = cache(DELIVERIES.get)


def admit(declarations: Declarations, ledger: Ledger) -> None:
    """Refuse what the loader of YAML would refuse, and places that another key still holds.

    Raises:
        UsageError: a declaration made in Python is not valid.
        PlanRefusedError: a key delivers to where another key's copy still is. The engine creates
            before it deletes, so the new copy would stand in the way of the old one's end.
    """
    judges = _Judges()
    places: dict[str, list[str]] = {}
    faults = [
        fault
        for name, key in declarations.keys.items()
        for fault in _faults(key, declarations, judges, places.setdefault(name, []))
    ]
    faults = faults or [*_misplaced(declarations, places)]
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
            what=f"it delivers to {place}, where a copy of `{holder}` still is",
            cure=f"deploy the end of that delivery of `{holder}` first, then declare this one",
        )
        for name, key in declarations.keys.items()
        if key.revoked is None
        for place in places[name]
        if (holder := held.get(place, key.id)) != key.id
    )
    if refusals:
        raise PlanRefusedError(refusals)


def _faults(
    key: Key, declarations: Declarations, judges: _Judges, places: list[str]
) -> Iterator[str]:
    """What is wrong with one key; where it delivers to is added to ``places``."""
    about = f"key `{key.id}`"
    if key.service not in declarations.services:
        yield f"{about}: there is no service `{key.service}`"
    if key.owner not in declarations.owners:
        yield f"{about}: there is no owner `{key.owner}`"
    kind = judges.kind(key.kind)
    if kind is None:
        yield f"{about}: there is no kind `{key.kind}`; the kinds are {', '.join(sorted(KINDS))}"
    else:
        yield from _fitted(f"{about}: scope", kind.scope, key.scope)[1]
        yield from _unfit_import(about, key)
    for name in key.gateways:
        gateway = declarations.gateways.get(name)
        if gateway is None:
            yield f"{about}: there is no gateway `{name}`"
        elif (lacking := unpresentable(gateway, key.kind)) is not None:
            yield f"{about}: {lacking[0]}; {lacking[1]}"
    for spec in key.deliver:
        delivery = judges.delivery(spec.kind)
        if delivery is None:
            yield f"{about}: there is no delivery `{spec.kind}`"
            continue
        settings, faults = _fitted(f"{about}: {spec.kind}", delivery.settings, spec.settings)
        yield from faults
        if settings is not None:
            places.append(delivery.place(settings))


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
    yield from _fitted(f"{about}: credential", importing.credential, imported.credential)[1]
    if imported.adopts is not None:
        yield from _fitted(f"{about}: adopts", importing.adopts, imported.adopts)[1]


def _misplaced(declarations: Declarations, places: Mapping[str, Iterable[str]]) -> Iterator[str]:
    taken: dict[str, str] = {}
    for name, key in declarations.keys.items():
        if name != key.id:
            yield f"key `{key.id}` is declared under the name `{name}`"
        for place in places[name] if key.revoked is None else ():
            if place in taken:
                yield f"key `{key.id}`: {place} is where key `{taken[place]}` delivers to already"
            taken[place] = key.id


def _fitted(
    about: str, model: type[M], value: Mapping[str, object]
) -> tuple[M | None, Iterable[str]]:
    try:
        return model.__pydantic_validator__.validate_python(dict(value)), ()
    except ValidationError as error:
        return None, [
            f"{about}.{'.'.join(map(str, found['loc']))}:"
            f" {found['msg'].removeprefix('Value error, ')}"
            for found in error.errors(include_url=False, include_input=False)
        ]
