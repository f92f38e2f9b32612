"""A policy's configuration: what may stand in it, and what it means.

The engine checks it against the schema before anything runs; what it lets pass and keylife
cannot use is a fault of its own, and a fault is a violation: a limit with a typo is no limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pulumi_policy import PolicyConfigSchema

from keylife.compliance.rules.rule import Rule
from keylife.model.duration import parse_duration

_SPANS = {"type": "object", "additionalProperties": {"type": "string"}}
_LIVES = {
    "issuerLives": {
        **_SPANS,
        "description": "By type token: the longest life that the issuer gives (90d), for types"
        " none of whose properties says so.",
    }
}
_REGISTRY: dict[str, dict[str, Any]] = {
    "registry": {
        "type": "string",
        "description": "The folder of services.yaml and owners.yaml, from the pack's folder on.",
    },
    "tags": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Tags and metadata entries to read the name from, the strongest first.",
    },
    "assigned": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "By URN or URN pattern (*, ?): the name for resources that state none.",
    },
}
_SCHEMAS: Mapping[str, dict[str, dict[str, Any]]] = {
    "expiry-required": _LIVES,
    "managed-only": _LIVES,
    "ttl-within-limit": {
        **_LIVES,
        "limits": {
            **_SPANS,
            "description": "By kind of key, type token or `default`: the longest life (30d).",
        },
    },
    "service-known-and-active": _REGISTRY,
    "owner-known-and-active": _REGISTRY,
}


def schema(rule: Rule) -> PolicyConfigSchema | None:
    """What may stand in the configuration of a rule's policy."""
    properties = _SCHEMAS.get(rule.id)
    return None if properties is None else PolicyConfigSchema(properties)


@dataclass(frozen=True)
class Configuration:
    """The configuration of one policy, read."""

    limits: Mapping[str, timedelta] = field(default_factory=dict)
    issuer_lives: Mapping[str, timedelta] = field(default_factory=dict)
    registry: str | None = None
    tags: tuple[str, ...] | None = None
    assigned: Mapping[str, str] = field(default_factory=dict)


def configuration(rule: Rule, given: Mapping[str, Any] | None) -> Configuration:
    """Read a policy's configuration.

    Raises:
        ValueError: an entry is unknown, or has a value of another form.
    """
    given = given or {}
    for name in given:
        if name not in _SCHEMAS.get(rule.id, {}):
            raise ValueError(f"`{name}` is no setting of this policy")
    registry = given.get("registry")
    if registry is not None and not isinstance(registry, str):
        raise ValueError("`registry` is to be a path")
    tags = given.get("tags")
    if tags is not None and not _all_texts(tags):
        raise ValueError("`tags` is to be a list of names")
    assigned = given.get("assigned", {})
    if not isinstance(assigned, Mapping) or not _all_texts(list(assigned.values())):
        raise ValueError("`assigned` is to be a table of names")
    return Configuration(
        limits=_spans("limits", given),
        issuer_lives=_spans("issuerLives", given),
        registry=registry,
        tags=None if tags is None else tuple(tags),
        assigned=dict(assigned),
    )


def _all_texts(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _spans(name: str, given: Mapping[str, Any]) -> Mapping[str, timedelta]:
    table = given.get(name, {})
    if not isinstance(table, Mapping) or not _all_texts(list(table.values())):
        raise ValueError(f"`{name}` is to be a table of spans of time, such as 30d")
    spans = {}
    for key, text in table.items():
        try:
            spans[key] = parse_duration(text)
        except ValueError as error:
            raise ValueError(f"`{name}`, `{key}`: {error}") from None
    return spans
