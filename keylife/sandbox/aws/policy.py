"""Whether identity-based policies allow a call: an explicit deny wins, no allow is a deny.

Source: AWS IAM User Guide, "Policy evaluation logic" and "IAM JSON policy element reference".
What a document holds that is not known here makes the call denied, with the reason: the
sandbox must never let a call pass that AWS would have refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from keylife.sandbox.aws.conditions import Context, UndecidableError, holds, wildcard


@dataclass(frozen=True)
class Call:
    """What somebody asks to do."""

    action: str
    """``service:Action``, for example ``iam:CreateUser``."""

    resource: str | None
    """ARN the call acts on; ``None`` where the sandbox cannot tell or AWS knows none."""

    context: Context


@dataclass(frozen=True)
class Document:
    """One policy document and where it stands, for the log."""

    name: str
    text: str


class Verdict(Enum):
    """How a call was judged; only ``ALLOWED`` lets it pass."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "no policy allows it"
    EXPLICIT_DENY = "explicit deny"
    UNDECIDABLE = "the sandbox cannot judge it, so it is denied"


@dataclass(frozen=True)
class Decision:
    """A verdict, and in words for people which policy brought it about."""

    verdict: Verdict
    because: str


def decide(documents: Iterable[Document], call: Call) -> Decision:
    """Judge a call by all policies of its caller taken together."""
    allowed_by: str | None = None
    undecidable: str | None = None
    for document in documents:
        try:
            for statement in _statements(document.text):
                if not _concerns(statement, call):
                    continue
                if not _condition_holds(statement, call):
                    continue
                if statement["Effect"] == "Deny":
                    return Decision(Verdict.EXPLICIT_DENY, f"policy {document.name}")
                allowed_by = document.name
        except UndecidableError as unknown:
            undecidable = f"policy {document.name}: {unknown}"
    if undecidable is not None:
        return Decision(Verdict.UNDECIDABLE, undecidable)
    if allowed_by is None:
        return Decision(Verdict.NOT_ALLOWED, f"no policy allows {call.action}")
    return Decision(Verdict.ALLOWED, f"policy {allowed_by}")


_ELEMENTS = {
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}


@lru_cache(maxsize=4096)
def _statements(text: str) -> tuple[Mapping[str, Any], ...]:
    try:
        parsed = json.loads(text)
        found = parsed["Statement"]
    except (ValueError, TypeError, KeyError):
        raise UndecidableError("a document without statements") from None
    statements = found if isinstance(found, list) else [found]
    for statement in statements:
        if not isinstance(statement, dict) or statement.get("Effect") not in {"Allow", "Deny"}:
            raise UndecidableError("a statement without Effect Allow or Deny")
        unknown = statement.keys() - _ELEMENTS
        if unknown:
            raise UndecidableError(f"statement element {sorted(unknown)[0]}")
    return tuple(statements)


def _concerns(statement: Mapping[str, Any], call: Call) -> bool:
    return _action_matches(statement, call.action) and _resource_matches(statement, call)


def _action_matches(statement: Mapping[str, Any], action: str) -> bool:
    if "Action" in statement:
        return _any_matches(_texts(statement["Action"]), action, ignore_case=True)
    if "NotAction" in statement:
        return not _any_matches(_texts(statement["NotAction"]), action, ignore_case=True)
    raise UndecidableError("a statement without Action")


def _resource_matches(statement: Mapping[str, Any], call: Call) -> bool:
    negated = "Resource" not in statement
    if negated and "NotResource" not in statement:
        raise UndecidableError("a statement without Resource")
    patterns = _texts(statement["NotResource" if negated else "Resource"])
    if call.resource is None:
        # Only `*` is sure to cover a resource that is not known. Anything narrower may or may
        # not: then a deny counts and an allow does not.
        covers_all = not negated and "*" in patterns
        return covers_all or statement["Effect"] == "Deny"
    patterns = tuple(_with_user_name(pattern, call.context) for pattern in patterns)
    return _any_matches(patterns, call.resource, ignore_case=False) is not negated


def _with_user_name(pattern: str, context: Context) -> str:
    filled = pattern.replace("${aws:username}", context.get("aws:username") or "")
    if "${" in filled:
        raise UndecidableError(f"a policy variable in resource {pattern}")
    return filled


def _texts(element: object) -> tuple[str, ...]:
    values = element if isinstance(element, list) else [element]
    if not all(isinstance(value, str) for value in values):
        raise UndecidableError("an Action or Resource that is not text")
    return tuple(values)


@lru_cache(maxsize=16384)
def _any_matches(patterns: tuple[str, ...], text: str, *, ignore_case: bool) -> bool:
    return any(wildcard(p, ignore_case=ignore_case).fullmatch(text) for p in patterns)


def _condition_holds(statement: Mapping[str, Any], call: Call) -> bool:
    return "Condition" not in statement or holds(statement["Condition"], call.context)
