"""What Pulumi says it will do, read from ``pulumi preview --json``, by key.

The file comes from a run of the pull request's program: it is read with care, and nothing of a
property's value is ever taken from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from keylife.errors import UsageError
from keylife.model.number import counted
from keylife.review.change import Change, Noun, Subject, What

_NOTHING = {"same", "read", "refresh", "discard", "read-discard", "remove-pending-replace"}
_PARTS_OF_REPLACE = {
    "create-replacement",
    "delete-replaced",
    "discard-replaced",
    "import-replacement",
}

_NAMED_BY_KEY = {"keylife:index:ManagedKey", "keylife:index:Current", "keylife:index:Revocation"}
"""keylife's own resources that bear a key's id as their name."""

_VERSION = "keylife:index:Version"
"""Named by key and number: ``billing-deploy-v3``."""


@dataclass(frozen=True, order=True)
class Step:
    """One thing that the engine will do."""

    operation: str
    """create, update, replace, delete, import …"""

    type: str
    name: str
    retained: bool = False
    """A delete that only forgets: the resource's options say ``retainOnDelete``."""

    def __str__(self) -> str:
        kept = " (KEPT AT ITS ISSUER: retainOnDelete)" if self.retained else ""
        return f"{self.operation} `{self.type}` `{self.name}`{kept}"


@dataclass(frozen=True)
class Preview:
    """The steps of one or more stacks."""

    stacks: frozenset[str]
    steps: Mapping[Subject, tuple[Step, ...]]
    """By key."""

    others: tuple[Step, ...] = ()
    """On resources that belong to no key."""

    failed: bool = False
    """Whether the engine reported an error: then what it says is not all that would be done."""


@dataclass(frozen=True)
class Comparison:
    """The preview beside the changes."""

    steps: Mapping[Subject, tuple[Step, ...]] = field(default_factory=dict)
    """By key, also those without a change."""

    warnings: tuple[str, ...] = ()


def read_previews(texts: Iterable[tuple[str, str]]) -> Preview:
    """Read the outputs of ``pulumi preview --json``, one a stack.

    Args:
        texts: each with the name of its file.

    Raises:
        UsageError: one is not such an output.
    """
    stacks: set[str] = set()
    steps: dict[Subject, set[Step]] = {}
    others: list[Step] = []
    failed = False
    for name, text in texts:
        found = _digest(name, text)
        failed = failed or _has_errors(found)
        entries = [entry for entry in found["steps"] if isinstance(entry, dict)]
        parents = dict(_parents(entries))
        replaced = {e.get("urn") for e in entries if e.get("op") == "replace"}
        for entry in entries:
            urn, operation = str(entry.get("urn")), str(entry.get("op"))
            stack, type_, resource = _parts(name, urn)
            stacks.add(stack)
            if operation in _NOTHING or (operation in _PARTS_OF_REPLACE and urn in replaced):
                continue
            step = Step(operation, type_, resource, _is_retained(operation, entry))
            key = _key_of(urn, parents)
            if key is None:
                others.append(step)
            else:
                steps.setdefault(Subject(Noun.KEY, key, stack), set()).add(step)
    ordered = {subject: tuple(sorted(steps[subject])) for subject in sorted(steps)}
    return Preview(frozenset(stacks), ordered, tuple(sorted(others)), failed)


def _digest(name: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"{name} is not JSON", "make it with `pulumi preview --json > FILE`"
        ) from error
    if not isinstance(found, dict) or not isinstance(found.get("steps", []), list):
        raise UsageError(
            f"{name} is no preview of Pulumi's", "make it with `pulumi preview --json > FILE`"
        )
    return {**found, "steps": found.get("steps", [])}


def _has_errors(found: Mapping[str, Any]) -> bool:
    diagnostics = found.get("diagnostics")
    listed = diagnostics if isinstance(diagnostics, list) else []
    return any(isinstance(one, dict) and one.get("severity") == "error" for one in listed)


def _parents(entries: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for entry in entries:
        for side in ("oldState", "newState"):
            state = entry.get(side)
            if isinstance(state, dict) and isinstance(state.get("parent"), str):
                yield str(entry.get("urn")), state["parent"]


def _parts(file: str, urn: str) -> tuple[str, str, str]:
    """Stack, type and name: ``urn:pulumi:<stack>::<project>::<types>::<name>``."""
    pieces = urn.split("::", 3)
    if len(pieces) != 4 or not pieces[0].startswith("urn:pulumi:"):
        raise UsageError(f"{file} has a step without a URN", "make it with `pulumi preview --json`")
    return pieces[0].removeprefix("urn:pulumi:"), pieces[2].rpartition("$")[2], pieces[3]


def _key_of(urn: str, parents: Mapping[str, str]) -> str | None:
    """The key a resource belongs to: that of keylife's own resource which it stands below.

    A resource that stays the same is left out of the file, so the way up may end early: a version
    tells its key, too.
    """
    seen: set[str] = set()
    while urn not in seen:
        seen.add(urn)
        pieces = urn.split("::", 3)
        type_ = pieces[2].rpartition("$")[2] if len(pieces) == 4 else ""
        if type_ in _NAMED_BY_KEY:
            return pieces[3]
        if type_ == _VERSION:
            return pieces[3].rpartition("-v")[0]
        urn = parents.get(urn, urn)
    return None


def _is_retained(operation: str, entry: Mapping[str, Any]) -> bool:
    old = entry.get("oldState")
    return operation == "delete" and isinstance(old, dict) and old.get("retainOnDelete") is True


_WITHOUT_STEPS = frozenset(
    {What.ROTATION_WITHDRAWN, What.ROTATED, What.IMPORT_CHANGED, What.REWORDED}
)
"""Changes that a deploy may have nothing to do for."""


def beside(changes: Iterable[Change], preview: Preview) -> Comparison:
    """Compare what changes in the declarations with what the engine will do.

    Steps on keys that no change explains are told, and changes without steps: a rotation that is
    due, a drift, a program that does more than it declares, or a preview of another commit.
    """
    told = [c for c in changes if c.subject.noun is Noun.KEY]
    changed = {c.subject for c in told}
    expected = {c.subject for c in told if c.what not in _WITHOUT_STEPS}
    warnings = []
    if preview.failed:
        warnings.append("the preview ended with an error: it does not show everything")
    for subject, steps in preview.steps.items():
        if subject not in changed:
            warnings.append(
                f"{counted(len(steps), 'step')} on key `{subject.id}` in `{subject.stack}` that no"
                " change of a declaration explains: a rotation or an end that is due, or more than"
                " that"
            )
        warnings += [
            f"`{step.name}` of key `{subject.id}` is taken out of the stack and kept at its issuer:"
            " deleting it so revokes nothing"
            for step in steps
            if step.retained
        ]
    warnings += [
        f"key `{subject.id}` in `{subject.stack}` changes, and the preview has no step for it: is"
        " it of the same commit?"
        for subject in sorted(expected)
        if subject.stack in preview.stacks and subject not in preview.steps
    ]
    missing = sorted({s.stack for s in changed} - preview.stacks)
    warnings += [f"there is no preview of stack `{stack}`" for stack in missing]
    if preview.others:
        warnings.append(
            f"{counted(len(preview.others), 'step')} on resources that belong to no key"
        )
    return Comparison(preview.steps, tuple(warnings))
