"""From a resource as a state or a preview writes it to what the rules describe."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from keylife.compliance.credential import ExpiresAfter, ExpiresAt, Life
from keylife.compliance.lifetimes import LIFETIMES
from keylife.compliance.material import holds_a_secret
from keylife.compliance.names import canonical
from keylife.compliance.options import Options
from keylife.compliance.resource import Resource
from keylife.compliance.tokens import VERSION
from keylife.model.instant import parse_instant
from keylife.saved.values import is_hidden, is_secret, plain, plain_inputs

Entry = Mapping[str, Any]
"""A resource of a state, or one side of a preview's step: they have the same form."""

Providers = Callable[[str], Mapping[str, object]]
"""The inputs of a provider, by its URN."""

_NOT_SEEN: Mapping[str, object] = {}


def resource_of(
    entry: Entry,
    providers: Providers,
    *,
    before: Entry | None = None,
    deleted: bool = False,
    hides: frozenset[str] = frozenset(),
) -> Resource:
    """A resource as the rules describe it.

    Args:
        entry: as it will be, or as it is.
        providers: where to look its provider up.
        before: as it was before this change, if it was.
        deleted: whether this change deletes it.
        hides: options that this form of file never shows.
    """
    reference = entry.get("provider")
    custom = bool(entry.get("custom"))
    inputs = plain_inputs(entry.get("inputs"))
    outputs = entry.get("outputs")
    return Resource(
        urn=str(entry["urn"]),
        type=str(entry["type"]),
        inputs=inputs,
        provider=_provider(reference, providers) if custom else None,
        aliases=aliases_of(entry),
        protected=bool(entry.get("protect")),
        parent=parent if isinstance(parent := entry.get("parent"), str) and parent else None,
        options=_options(entry, hides),
        was=None if before is None else life_of(before),
        cloud_id=_cloud_id(entry, before) if custom else None,
        secret_outputs=(
            frozenset(name for name, value in outputs.items() if is_secret(value))
            if custom and isinstance(outputs, Mapping)
            else None
        ),
        plain_outputs=(
            frozenset(n for n, value in outputs.items() if value and not is_hidden(value))
            if custom and isinstance(outputs, Mapping)
            else frozenset()
        ),
        leaking_outputs=(
            frozenset(n for n, v in outputs.items() if holds_a_secret(plain(v)))
            if isinstance(outputs, Mapping)
            else frozenset()
        ),
        deleted=deleted,
    )


def life_of(entry: Entry) -> Life | None:
    """Birth and end of what a state has; None where it is no credential that ends."""
    inputs = plain_inputs(entry.get("inputs"))
    if entry.get("type") == VERSION:
        since = "birth" if inputs.get("adopted") is None else "adopted"
        return Life(_instant(inputs.get(since)), _instant(inputs.get("expiry")))
    lifetime = LIFETIMES.get(canonical(str(entry.get("type"))))
    if lifetime is None:
        return None
    birth = _instant(entry.get("created"))
    match lifetime(inputs):
        case ExpiresAt(instant):
            return Life(birth, instant)
        case ExpiresAfter(span) if birth is not None:
            return Life(birth, birth + span)
    return Life(birth, None)


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        # The engine writes when it created something in nanoseconds, in which no life is measured.
        return parse_instant(re.sub(r"\.\d+(?=Z$)", "", value))
    except ValueError:
        return None


def _provider(reference: object, providers: Providers) -> Mapping[str, object]:
    if not isinstance(reference, str) or not reference:
        return _NOT_SEEN
    return providers(reference.rpartition("::")[0])


def aliases_of(entry: Entry) -> tuple[str, ...]:
    """What else a resource was called, as URNs; a saved plan has only the program's own words."""
    found = [alias for alias in entry.get("aliases") or () if isinstance(alias, str)]
    for alias in entry.get("structuredAliases") or ():
        found.append(_alias_urn(alias, str(entry["urn"])))
    return tuple(found)


def _alias_urn(alias: Mapping[str, Any], urn: str) -> str:
    """The URN that an alias of parts stands for; what it leaves out is the resource's own."""
    if alias.get("URN"):
        return str(alias["URN"])
    stack, project, types, name = urn.split("::", 3)
    *above, own = types.split("$")
    if alias.get("NoParent"):
        above = []
    elif alias.get("Parent"):
        above = str(alias["Parent"]).split("::", 3)[2].split("$")
    return "::".join(
        (
            f"urn:pulumi:{alias['Stack']}" if alias.get("Stack") else stack,
            str(alias.get("Project") or project),
            "$".join((*above, str(alias.get("Type") or own))),
            str(alias.get("Name") or name),
        )
    )


def _options(entry: Entry, hides: frozenset[str]) -> Options:
    ignored = tuple(map(str, entry.get("ignoreChanges") or ()))
    return Options(
        retain_on_delete=None if "retainOnDelete" in hides else bool(entry.get("retainOnDelete")),
        delete_before_replace=(
            None if "deleteBeforeReplace" in hides else bool(entry.get("deleteBeforeReplace"))
        ),
        ignore_changes=None if "ignoreChanges" in hides else ignored,
        imported=None if "importID" in hides else bool(entry.get("importID")),
        protected=bool(entry.get("protect")),
        secret_outputs=tuple(map(str, entry.get("additionalSecretOutputs") or ())),
        deleted_with=str(entry["deletedWith"]) if entry.get("deletedWith") else None,
    )


def _cloud_id(entry: Entry, before: Entry | None) -> str | None:
    for side in (entry, before or {}):
        known = plain(side.get("id"))
        if isinstance(known, str) and known:
            return known
    return None
