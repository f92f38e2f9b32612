"""A preview, as `pulumi preview --json --show-sames` writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keylife.compliance.resource import Resource
from keylife.saved.document import Json, SavedFileError
from keylife.saved.entry import Entry, Providers, resource_of
from keylife.saved.saved import Saved, ledger_in
from keylife.saved.state import entries_of, is_entry, provider_inputs
from keylife.saved.values import plain

_GONE = frozenset({"delete", "delete-replaced", "discard", "discard-replaced", "read-discard"})
_HALF = frozenset({"create-replacement", "import-replacement", "read-replacement"})
"""Steps that the engine may show beside the ``replace`` that they are a part of."""

_HIDES = frozenset({"deleteBeforeReplace"})
"""Options that are not shown of what is not being replaced."""


def read_preview(document: Json, state: Json | None = None) -> Saved:
    """What a change will leave, and what it deletes.

    What does not change has to be there too (``--show-sames``): an owner that a parent states, a
    ``retainOnDelete`` that was just set and the ledger stand nowhere else.

    Args:
        document: the preview.
        state: the stack's state, for when the engine made what it has; a preview does not say.

    Raises:
        SavedFileError: the preview failed, leaves something out, or is damaged.
    """
    steps = [step for step in document["steps"] if isinstance(step, Mapping)]
    if len(steps) != len(document["steps"]) or not all(_is_step(step) for step in steps):
        raise SavedFileError(
            "a step of this preview is not as Pulumi writes it",
            "write it anew by `pulumi preview --json --show-sames`",
        )
    _require_success(document)
    _require_sames(document, steps)
    before = {"version": 3, "deployment": {"resources": list(_before(steps))}}
    made = {} if state is None else {e["urn"]: e.get("created") for e in entries_of(state)}
    dated = [
        {**step, "oldState": {**old, "created": made.get(old["urn"])}}
        if (old := step.get("oldState"))
        else step
        for step in steps
    ]
    return Saved(tuple(_resources(document, dated)), ledger_in(before))


def _is_step(step: Mapping[str, Any]) -> bool:
    sides = [side for side in (step.get("oldState"), step.get("newState")) if side is not None]
    return isinstance(step.get("op"), str) and bool(sides) and all(map(is_entry, sides))


def _require_success(document: Json) -> None:
    diagnostics = document.get("diagnostics") or ()
    if any(isinstance(said, Mapping) and said.get("severity") == "error" for said in diagnostics):
        raise SavedFileError(
            "this preview failed, so it shows only a part of the change",
            "mend the program until `pulumi preview --json` ends well, then save it again",
        )


def _require_sames(document: Json, steps: list[Mapping[str, Any]]) -> None:
    summary = document.get("changeSummary")
    if not isinstance(summary, Mapping):
        raise SavedFileError(
            "this preview has no summary of its changes, so nobody can tell whether it is whole",
            "write it anew by `pulumi preview --json --show-sames`",
        )
    for op, counted in summary.items():
        shown = sum(1 for step in steps if step["op"] == op)
        if isinstance(counted, int) and counted > shown:
            raise SavedFileError(
                f"this preview leaves out {counted - shown} of {counted} resources of `{op}`",
                "save it by `pulumi preview --json --show-sames`: a parent's owner and a changed"
                " option stand only there",
            )


def _before(steps: list[Mapping[str, Any]]) -> Iterator[Entry]:
    for step in steps:
        if step.get("oldState") is not None and step["op"] != "refresh":
            # What this change is to replace is marked so already, and stands until then.
            marks = ("delete", "pendingReplacement")
            yield {name: v for name, v in step["oldState"].items() if name not in marks}


def _resources(document: Json, steps: list[Mapping[str, Any]]) -> Iterator[Resource]:
    providers = _providers(document, steps)
    gone: list[Entry] = []
    for step in steps:
        old: Entry | None = step.get("oldState")
        new: Entry | None = step.get("newState")
        if step["op"] in _GONE or new is None:
            gone += [side for side in (old or new,) if side is not None]
        elif step["op"] not in _HALF:
            yield _standing(step["op"], new, old, providers)
            if step["op"] == "replace" and old is not None:
                gone.append(old)
    for entry in gone:
        yield resource_of(entry, providers, deleted=True, hides=_HIDES)


def _standing(op: str, new: Entry, old: Entry | None, providers: Providers) -> Resource:
    if op != "replace" or old is None:
        return resource_of(new, providers, before=old, hides=_HIDES)
    # That it is deleted before its successor exists is shown at what it was, and only then.
    first = {**new, "deleteBeforeReplace": bool(old.get("pendingReplacement"))}
    return resource_of(first, providers)


def _providers(document: Json, steps: list[Mapping[str, Any]]) -> Providers:
    sides = [side for step in steps for side in (step.get("oldState"), step.get("newState"))]
    inputs = provider_inputs(tuple(side for side in sides if side is not None))
    config = document.get("config")
    settings = config if isinstance(config, Mapping) else {}

    def look_up(urn: str) -> Mapping[str, object]:
        """A default provider is never shown: its inputs are the stack's configuration."""
        package = urn.split("::")[2].rpartition(":")[2] if urn.count("::") >= 3 else ""
        configured = {
            str(name).partition(":")[2]: plain(value)
            for name, value in settings.items()
            if str(name).startswith(f"{package}:")
        }
        return inputs.get(urn, configured)

    return look_up
