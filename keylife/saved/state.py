"""A stack's state, as `pulumi stack export` writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keylife.compliance.resource import Resource
from keylife.saved.document import Json, SavedFileError
from keylife.saved.entry import Entry, resource_of
from keylife.saved.saved import Saved, ledger_in
from keylife.saved.values import plain_inputs

_HIDES = frozenset({"deleteBeforeReplace"})
"""Options that the engine does not keep."""


def entries_of(export: Json) -> tuple[Entry, ...]:
    """The resources of a state, in its own order: parents before their children.

    Raises:
        SavedFileError: it is no state.
    """
    deployment = export.get("deployment")
    found = deployment.get("resources") if isinstance(deployment, Mapping) else None
    if found is None and isinstance(deployment, Mapping):
        return ()
    if not isinstance(found, list) or not all(is_entry(entry) for entry in found):
        raise SavedFileError(
            "this is no stack's state", "write it by `pulumi stack export --stack NAME --file FILE`"
        )
    return tuple(found)


def read_state(export: Json) -> Saved:
    """What stands in a stack.

    What was replaced and waits for its deletion is described as deleted; what an interrupted run
    was creating, as if it stood: the issuer may have made it.

    Raises:
        SavedFileError: it is no state.
    """
    return Saved(tuple(_resources(export)), ledger_in(export))


def _resources(export: Json) -> Iterator[Resource]:
    entries = entries_of(export)
    inputs = provider_inputs(entries)
    waiting = []
    for entry in entries:
        if entry.get("pendingReplacement"):  # it is deleted already, and its successor is not there
            continue
        if entry.get("delete"):
            waiting.append(entry)
            continue
        yield resource_of(entry, lambda urn: inputs.get(urn, {}), before=entry, hides=_HIDES)
    for entry in _being_created(export):
        yield resource_of(entry, lambda urn: inputs.get(urn, {}), hides=_HIDES)
    for entry in waiting:
        yield resource_of(entry, lambda urn: inputs.get(urn, {}), deleted=True, hides=_HIDES)


def _being_created(export: Json) -> Iterator[Entry]:
    for operation in export["deployment"].get("pending_operations") or ():
        if operation.get("type") == "creating" and is_entry(operation.get("resource")):
            yield operation["resource"]


def provider_inputs(entries: tuple[Entry, ...]) -> dict[str, dict[str, object]]:
    """The inputs of every provider among resources, by its URN."""
    return {
        str(entry["urn"]): plain_inputs(entry.get("inputs"))
        for entry in entries
        if str(entry.get("type")).startswith("pulumi:providers:")
    }


def is_entry(entry: Any) -> bool:
    """Whether something has what every resource of a state has: a type and a URN."""
    return (
        isinstance(entry, Mapping)
        and isinstance(entry.get("type"), str)
        and isinstance(entry.get("urn"), str)
        and entry["urn"].count("::") >= _PARTS
    )


_PARTS = 3
"""How many ``::`` a URN has at least."""
