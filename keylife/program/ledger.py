"""Reading the ledger from the stack's own state.

Never from its outputs: when one resource fails, or the process is killed, outputs are not
written, or they record what was never created (DESIGN.md, "What the plan promises", 2).
"""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import JsonValue, ValidationError

from keylife.errors import LedgerUnreadableError
from keylife.model.ledger import (
    IssuedVersion,
    KeyRecord,
    Ledger,
    PendingOperation,
    RecordedRevocation,
)
from keylife.program.types import CURRENT, MANAGED_KEY, REVOCATION, VERSION

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
    command = ["pulumi", "stack", "export", "--stack", stack]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LedgerUnreadableError(
            f"`pulumi stack export` did not run: {type(error).__name__}",
            "keylife needs the Pulumi CLI on PATH, logged in to the stack's backend",
        ) from error
    if done.returncode != 0:
        raise LedgerUnreadableError(
            f"`pulumi stack export --stack {stack}` failed: {_last_line(done.stderr)}",
            "check the backend and the stack's name; nothing was changed",
        )
    try:
        return parse_ledger(json.loads(done.stdout))
    except json.JSONDecodeError as error:
        raise LedgerUnreadableError("`pulumi stack export` did not print JSON") from error


def parse_ledger(export: Mapping[str, Any]) -> Ledger:
    """The ledger in a stack export, of the state's schema version 3 or 4.

    Raises:
        LedgerUnreadableError: it is no export, or keylife's resources in it are not as keylife
            writes them.
    """
    deployment = export.get("deployment")
    unknown = set(export.get("features") or ()) - _FEATURES
    if export.get("version") not in (3, 4) or unknown or not isinstance(deployment, Mapping):
        raise LedgerUnreadableError(
            f"the state's layout is unknown (schema version {export.get('version')},"
            f" features {sorted(unknown)})",
            "this Pulumi CLI writes a state that this version of keylife does not know",
        )
    resources: list[Resource] = [
        resource
        for resource in deployment.get("resources") or ()
        if not resource.get("delete")  # replaced already, and only waiting for its deletion
    ]
    try:
        return Ledger(
            keys={record.id: record for record in _records(resources)},
            pending=tuple(
                PendingOperation(operation=entry["type"], urn=entry["resource"]["urn"])
                for entry in deployment.get("pending_operations") or ()
            ),
        )
    except (KeyError, ValidationError) as error:
        what = str(error) if isinstance(error, KeyError) else f"{error.error_count()} faults"
        raise LedgerUnreadableError(
            f"a resource of keylife's in the state is not as keylife writes it ({what})",
            "compare `pulumi stack export` with docs/reference/ledger.md",
        ) from error


def _records(resources: Iterable[Resource]) -> Iterable[KeyRecord]:
    by_type: dict[str, list[Resource]] = defaultdict(list)
    children: dict[str, list[Resource]] = defaultdict(list)
    for resource in resources:
        by_type[resource["type"]].append(resource)
        children[resource.get("parent", "")].append(resource)

    current = {r["inputs"]["key"]: r["inputs"] for r in by_type[CURRENT]}
    ended = {r["inputs"]["key"]: _revocation(r["inputs"]) for r in by_type[REVOCATION]}
    live = {r["inputs"]["id"]: r for r in by_type[MANAGED_KEY]}
    versions: dict[str, list[IssuedVersion]] = defaultdict(list)
    for resource in by_type[VERSION]:
        version = _version(resource["inputs"], children[resource["urn"]])
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
            versions=tuple(sorted(versions[key_id], key=lambda version: version.number)),
            destroyed_through=int(inputs.get("destroyedThrough", 0)),
            delivered=int(current[key_id]["version"]) if key_id in current else None,
            delivered_since=current[key_id]["since"] if key_id in current else None,
            delivery_facts={
                child["urn"].rpartition("::")[2]: _open_values(child)
                for child in (children[component["urn"]] if component else ())
                if child["type"] not in (VERSION, CURRENT)
            },
            revocation=revocation,
        )


def _kind(revocation: RecordedRevocation | None) -> str:
    assert revocation is not None
    return revocation.kind


def _version(inputs: Mapping[str, Any], children: Iterable[Resource]) -> IssuedVersion:
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
        deactivated=inputs.get("deactivated"),
        exists=bool(credentials),
        issuer_facts=_without_secrets(credentials[0]["inputs"]) if credentials else {},
    )


def _name(inputs: Mapping[str, Any]) -> str:
    """The credential itself bears the version's own name; what surrounds it has a longer one."""
    return f"{inputs['key']}-v{int(inputs['version'])}"


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
        "inputs": dict(_without_secrets(resource.get("inputs") or {})),
        "outputs": dict(_without_secrets(resource.get("outputs") or {})),
    }


def _without_secrets(values: Mapping[str, Any]) -> Mapping[str, JsonValue]:
    """Values as a program gave them: no wrapped ones, nothing a provider's bridge added."""
    return {
        name: dict(_without_secrets(value)) if isinstance(value, Mapping) else value
        for name, value in values.items()
        if name != "__defaults" and not (isinstance(value, Mapping) and _SIGNATURE in value)
    }


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
