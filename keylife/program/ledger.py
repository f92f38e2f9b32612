"""Reading the ledger from the stack's own state.

Never from its outputs: when one resource fails, or the process is killed, outputs are not
written, or they record what was never created (DESIGN.md, "What the plan promises", 2).
"""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import JsonValue

from keylife.compliance.tokens import CURRENT, MANAGED_KEY, PRINCIPAL, REVOCATION, VERSION
from keylife.engine.stack import TORN, read_whole
from keylife.errors import LedgerUnreadableError
from keylife.model.ledger import (
    IssuedVersion,
    KeyRecord,
    Ledger,
    PendingOperation,
    RecordedRevocation,
)
from keylife.model.target import target_of

Resource = Mapping[str, Any]

_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Marks a wrapped value (a secret, an asset …) in a state file.

Source: pulumi/sdk, go/common/resource/sig/sig.go.
"""


_FEATURES = {"hooks", "refreshBeforeUpdate", "taint", "views"}
"""What a state of schema version 4 may say it uses: none changes the fields read here.

Source: pulumi/pkg, resource/stack/deployment.go.
"""


def read_ledger(stack: str) -> Ledger:
    """The ledger of a stack, from ``pulumi stack export``.

    This works while an update holds the stack's lock, so a program can read what it builds on.

    Args:
        stack: the stack's name, fully qualified where it is not the one of this folder.

    Raises:
        LedgerUnreadableError: for any reason other than a stack without resources.
    """
    return parse_ledger(read_export(stack))


def read_export(stack: str) -> Any:
    """What ``pulumi stack export`` prints of a stack, secrets encrypted.

    Raises:
        LedgerUnreadableError: it did not run, failed, or printed no JSON.
    """
    command = ["pulumi", "stack", "export", "--stack", stack]
    try:
        done = read_whole(
            lambda: subprocess.run(command, capture_output=True, check=False, timeout=300)
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LedgerUnreadableError(
            f"`pulumi stack export` did not run: {type(error).__name__}",
            "keylife needs the Pulumi CLI on PATH, logged in to the stack's backend",
        ) from error
    if done.returncode != 0:
        said = _last_line(done.stderr)
        raise LedgerUnreadableError(
            f"`pulumi stack export --stack {stack}` failed: {said}",
            "a run was killed while it wrote the state: run `keylife recover`"
            if said.endswith(TORN)
            else "check the backend and the stack's name; nothing was changed",
        )
    try:
        export = json.loads(done.stdout)
    except ValueError:  # not JSON, or not even text; its message would hold a piece of it
        raise LedgerUnreadableError("`pulumi stack export` did not print JSON") from None
    return export


def parse_ledger(export: Mapping[str, Any]) -> Ledger:
    """The ledger in a stack export, of the state's schema version 3 or 4.

    Raises:
        LedgerUnreadableError: it is no export, or keylife's resources in it are not as keylife
            writes them.
    """
    version, features, deployment = _layout(export)
    unknown = features - _FEATURES
    if version not in (3, 4) or unknown:
        raise LedgerUnreadableError(
            f"the state's layout is unknown (schema version {version}, features {sorted(unknown)})",
            "this Pulumi CLI writes a state that this version of keylife does not know",
        )
    try:
        resources: list[Resource] = [
            resource
            for resource in _entries(deployment, "resources")
            # replaced and waiting for its deletion, or deleted and waiting for its replacement
            if not (resource.get("delete") or resource.get("pendingReplacement"))
        ]
        return Ledger(
            keys={record.id: record for record in _records(resources)},
            ids=known_ids(_entries(deployment, "resources")),
            pending=tuple(
                PendingOperation(operation=entry["type"], urn=entry["resource"]["urn"])
                for entry in _entries(deployment, "pending_operations")
            ),
            providers=frozenset(_providers(resources)),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        # Only the names of fields are told, and no cause is kept: both could hold a value.
        what = f"no {error}" if isinstance(error, KeyError) else type(error).__name__
        raise LedgerUnreadableError(
            f"a resource of keylife's in the state is not as keylife writes it ({what})",
            "compare `pulumi stack export` with docs/reference/ledger.md",
        ) from None


def known_ids(resources: Iterable[Resource]) -> dict[str, frozenset[str]]:
    """By type, the ids of the resources; those that wait for their deletion count too."""
    ids: dict[str, set[str]] = defaultdict(set)
    for resource in resources:
        if "id" in resource:
            ids[resource["type"]].add(str(resource["id"]))
    return {kind: frozenset(found) for kind, found in ids.items()}


def _providers(resources: Iterable[Resource]) -> Iterable[tuple[str, str]]:
    for resource in resources:
        _, _, package = resource["type"].partition("pulumi:providers:")
        target = target_of(resource["urn"].rpartition("::")[2])
        if package and target is not None:
            yield target, package


def _layout(export: object) -> tuple[int, set[str], Mapping[str, Any]]:
    if isinstance(export, Mapping):
        version, deployment = export.get("version"), export.get("deployment")
        features = export.get("features") or []
        known = isinstance(features, list) and all(isinstance(name, str) for name in features)
        if isinstance(version, int) and known and isinstance(deployment, Mapping):
            return version, set(features), deployment
    raise LedgerUnreadableError(
        "`pulumi stack export` did not print a stack's state", "look at what it prints"
    )


def _entries(deployment: Mapping[str, Any], name: str) -> list[Resource]:
    """A list of the state; one that is missing is empty, anything else is no list."""
    entries = deployment.get(name)
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise TypeError
    return entries


def _records(resources: Iterable[Resource]) -> Iterable[KeyRecord]:
    by_type: dict[str, list[Resource]] = defaultdict(list)
    children: dict[str, list[Resource]] = defaultdict(list)
    for resource in resources:
        _require_own_name(resource)
        by_type[resource["type"]].append(resource)
        children[resource.get("parent", "")].append(resource)

    current = {r["inputs"]["key"]: r["inputs"] for r in by_type[CURRENT]}
    ended = {r["inputs"]["key"]: _revocation(r["inputs"]) for r in by_type[REVOCATION]}
    live = {r["inputs"]["id"]: r for r in by_type[MANAGED_KEY]}
    principals = {r["inputs"]["key"]: r["inputs"]["since"] for r in by_type[PRINCIPAL]}
    versions: dict[str, list[IssuedVersion]] = defaultdict(list)
    for resource in by_type[VERSION]:
        shared = resource["inputs"]["key"] in principals
        version = _version(resource["inputs"], children[resource["urn"]], shared=shared)
        versions[resource["inputs"]["key"]].append(version)

    for key_id in sorted({*live, *ended, *versions}):
        component = live.get(key_id)
        revocation = ended.get(key_id)
        if component is None and revocation is None:
            raise LedgerUnreadableError(f"key `{key_id}` has versions but no ManagedKey")
        inputs = component["inputs"] if component else {}
        yield KeyRecord(
            id=key_id,
            kind=inputs["kind"] if component else _kind(revocation),
            target=inputs.get("target"),
            imported=inputs.get("imported"),
            versions=tuple(sorted(versions[key_id], key=lambda version: version.number)),
            destroyed_through=int(inputs.get("destroyedThrough", 0)),
            delivered=int(current[key_id]["version"]) if key_id in current else None,
            delivered_since=current[key_id]["since"] if key_id in current else None,
            delivery_facts={
                child["urn"].rpartition("::")[2]: _open_values(child)
                for child in (children[component["urn"]] if component else ())
                if child["type"] not in (VERSION, CURRENT, PRINCIPAL)
            },
            room_made=inputs.get("roomMade"),
            principal_since=principals.get(key_id),
            ending=bool(component) and not inputs["deliver"],
            revocation=revocation,
        )


def _require_own_name(resource: Resource) -> None:
    """A program can rewrite what a resource says of itself (a transform), but not its name.

    A revocation that says it is another key's would free the id that it ended.
    """
    own_name = _NAMES.get(resource["type"])
    if own_name is None:
        return
    expected = own_name(resource["inputs"])
    name = resource["urn"].rpartition("::")[2]
    if name != expected:
        raise LedgerUnreadableError(
            f"{resource['type']} `{name}` in the state says it is of `{expected}`",
            "something in the program rewrites keylife's resources, such as a transform: remove"
            " it and restore the state; nothing was changed",
        )


def _kind(revocation: RecordedRevocation | None) -> str:
    assert revocation is not None
    return revocation.kind


def _version(
    inputs: Mapping[str, Any], children: Iterable[Resource], *, shared: bool
) -> IssuedVersion:
    """A version; one that shares its end is deactivated only once its credential says so.

    What only was to be deactivated would be accepted again with a successor's longer end.
    """
    credentials = [child for child in children if child["urn"].rpartition("::")[2] == _name(inputs)]
    return IssuedVersion(
        number=int(inputs["version"]),
        birth=inputs["birth"],
        expiry=inputs["expiry"],
        rotation_due=inputs["rotationDue"],
        grace=inputs["grace"],
        cause=inputs["cause"],
        owner=inputs["owner"],
        service=inputs["service"],
        scope=inputs["scope"],
        adopted=inputs.get("adopted"),
        deactivated=None
        if shared and any(c["inputs"].get("status") == "Active" for c in credentials)
        else inputs.get("deactivated"),
        exists=bool(credentials),
        issuer_facts=_facts(credentials[0]) if credentials else {},
    )


def _facts(credential: Resource) -> Mapping[str, JsonValue]:
    """Nothing of a tainted one must be kept: the engine is going to replace it."""
    return {} if credential.get("taint") else without_secrets(credential["inputs"])


def _name(inputs: Mapping[str, Any]) -> str:
    """The credential itself bears the version's own name; what surrounds it has a longer one."""
    return f"{inputs['key']}-v{int(inputs['version'])}"


_NAMES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    MANAGED_KEY: lambda inputs: str(inputs["id"]),
    CURRENT: lambda inputs: str(inputs["key"]),
    REVOCATION: lambda inputs: str(inputs["key"]),
    VERSION: _name,
    PRINCIPAL: lambda inputs: str(inputs["key"]),
}
"""By type, the name that a resource of keylife's bears, from what it says of itself."""


def _revocation(inputs: Mapping[str, Any]) -> RecordedRevocation:
    return RecordedRevocation(
        kind=inputs["kind"],
        at=inputs["at"],
        reason=inputs["reason"],
        by=inputs["by"],
        ref=inputs["ref"],
        versions=tuple(int(number) for number in inputs["versions"]),
    )


def _open_values(resource: Resource) -> Mapping[str, JsonValue]:
    return {
        "inputs": dict(without_secrets(resource.get("inputs") or {})),
        "outputs": dict(without_secrets(resource.get("outputs") or {})),
    }


def without_secrets(values: Mapping[str, Any]) -> Mapping[str, JsonValue]:
    """Values as a program gave them: no wrapped ones, nothing a provider's bridge added."""
    return {
        name: _open_value(value)
        for name, value in values.items()
        if name != "__defaults" and not _is_wrapped(value)
    }


def _open_value(value: Any) -> JsonValue:
    if isinstance(value, Mapping):
        return dict(without_secrets(value))
    if isinstance(value, list):
        return [_open_value(entry) for entry in value if not _is_wrapped(entry)]
    return value  # type: ignore[no-any-return]  # a scalar of JSON


def _is_wrapped(value: Any) -> bool:
    return isinstance(value, Mapping) and _SIGNATURE in value


def _last_line(output: bytes) -> str:
    text = output.decode(errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
