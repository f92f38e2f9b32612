"""What a credential may do, read from where it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from keylife.compliance.credential import Absence, Scope, Statement
from keylife.compliance.unknown import UNKNOWN

_NOTHING = Scope()


def declared_scope(scope: Mapping[str, object]) -> Scope | Absence:
    """The scope of a declared key: its kind's ``policies``, as far as it has such."""
    policies = scope.get("policies")
    if policies is UNKNOWN:
        return Absence.COMPUTED
    if not policies:
        return _NOTHING
    if isinstance(policies, str) or not isinstance(policies, Sequence):
        return Absence.UNREADABLE
    names: list[str] = []
    for policy in policies:
        if policy is UNKNOWN:
            return Absence.COMPUTED
        if not isinstance(policy, str):
            return Absence.UNREADABLE
        names.append(policy)
    return Scope(tuple(names))


def read_iam_policy(document: object) -> Scope | Absence:
    """What an IAM policy allows, from its JSON.

    Source: IAM user guide, "Grammar of the IAM JSON policy language".
    """
    if document is UNKNOWN:
        return Absence.COMPUTED
    if document is None:
        return Absence.UNSTATED
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError):
            return Absence.UNREADABLE
    if not isinstance(document, Mapping):
        return Absence.UNREADABLE
    listed = document.get("Statement", [])
    statements = []
    for statement in [listed] if isinstance(listed, Mapping) else listed or []:
        if not isinstance(statement, Mapping):
            return Absence.UNREADABLE
        if statement.get("Effect") == "Allow":
            statements.append(_statement(statement))
    return Scope(statements=tuple(statements))


def _statement(statement: Mapping[str, object]) -> Statement:
    """All that is left out of ``NotAction`` is as good as everything."""
    actions = _texts(statement["Action"]) if "Action" in statement else ("*",)
    resources = _texts(statement["Resource"]) if "Resource" in statement else ("*",)
    return Statement(actions, resources)


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Sequence):
        return tuple(text for text in value if isinstance(text, str))
    return ()


_PATH = re.compile(r'path\s+"([^"]*)"\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}')
_CAPABILITIES = re.compile(r"capabilities\s*=\s*\[([^\]]*)\]")


def read_vault_policy(text: object) -> Scope | Absence:
    """What a Vault policy allows: capabilities as actions, paths as resources.

    Source: Vault's documentation, "Policies", in HCL; what is no HCL that this reads is unreadable.
    """
    if text is UNKNOWN:
        return Absence.COMPUTED
    if text is None:
        return Absence.UNSTATED
    if not isinstance(text, str):
        return Absence.UNREADABLE
    bare = re.sub(r"(?m)(#|//).*$", "", text)
    paths = _PATH.findall(bare)
    if not paths and bare.strip():
        return Absence.UNREADABLE
    statements = []
    for path, body in paths:
        found = _CAPABILITIES.search(body)
        allowed = re.findall(r'"([a-z]+)"', found[1]) if found else []
        if "deny" not in allowed:
            statements.append(Statement(tuple(allowed), (path,)))
    return Scope(statements=tuple(statements))
