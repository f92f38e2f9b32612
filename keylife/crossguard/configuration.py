"""A policy's configuration: what may stand in it, and what it means.

The engine checks it against the schema before anything runs; what it lets pass and keylife
cannot use is a fault of its own, and a fault is a violation: a limit with a typo is no limit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar

from pulumi_policy import PolicyConfigSchema

from keylife.compliance.limits import Limits, PartyLimit
from keylife.compliance.rules.rule import Rule
from keylife.model.duration import SPAN_PATTERN, parse_duration

T = TypeVar("T")

_SPAN = {"type": "string", "pattern": f"^{SPAN_PATTERN}$"}
_SPANS = {"type": "object", "additionalProperties": _SPAN}
_LIVES = {
    "issuerLives": {
        **_SPANS,
        "description": "By type token: the longest life that the issuer gives (90d), for types"
        " none of whose properties says so.",
    }
}
_LIMITS = {
    "limits": {
        **_SPANS,
        "description": "By kind of key, type token or `default`: the longest life (30d).",
    }
}
_DEPLOY_EVERY = {
    "deployEvery": {**_SPAN, "description": "How often the pipeline runs `pulumi up` (1d)."}
}
_STATED: dict[str, dict[str, Any]] = {
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
_REGISTRY: dict[str, dict[str, Any]] = {
    "registry": {
        "type": "string",
        "description": "The folder of services.yaml and owners.yaml, from the pack's folder on.",
    },
    **_STATED,
}


def _parties(limit: dict[str, Any], what: str) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "type": "object",
            "additionalProperties": limit,
            "description": f"By {word} or pattern (*, ?): {what}.",
        }
        for word, name in (("owner", "owners"), ("service", "services"))
    }


SCHEMAS: Mapping[str, Mapping[str, dict[str, Any]]] = {
    "expiry-required": _LIVES,
    "managed-only": _LIVES,
    "ttl-within-limit": {**_LIVES, **_LIMITS},
    "validity-budget": {**_LIMITS, **_DEPLOY_EVERY},
    "rotation-before-expiry": _DEPLOY_EVERY,
    "birth-not-stretched": _LIMITS,
    "irrevocable-needs-short-life": {
        **_LIVES,
        "budget": {**_SPAN, "description": "The longest life of what nobody can revoke (1h)."},
    },
    "dead-reference": {
        "soon": {**_SPAN, "description": "How long before its end nothing may name a version."}
    },
    "count-within-limit": _parties({"type": "integer", "minimum": 1}, "the largest number"),
    "age-within-limit": {**_LIVES, **_parties(_SPAN, "the longest life (30d)")},
    "service-known-and-active": _REGISTRY,
    "owner-known-and-active": _REGISTRY,
}
"""By rule: the settings of its policy, each as JSON Schema."""


def schema(rule: Rule) -> PolicyConfigSchema | None:
    """What may stand in the configuration of a rule's policy."""
    properties = SCHEMAS.get(rule.id)
    return None if properties is None else PolicyConfigSchema(dict(properties))


@dataclass(frozen=True)
class Configuration:
    """The configuration of one policy, read."""

    limits: Mapping[str, timedelta] = field(default_factory=dict)
    issuer_lives: Mapping[str, timedelta] = field(default_factory=dict)
    registry: str | None = None
    tags: tuple[str, ...] | None = None
    assigned: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, PartyLimit] = field(default_factory=dict)
    services: Mapping[str, PartyLimit] = field(default_factory=dict)
    spans: Mapping[str, timedelta] = field(default_factory=dict)
    """By the field of :class:`Limits` that it replaces."""

    def over(self, limits: Limits) -> Limits:
        """The limits of the repository, with what this policy's configuration puts in place."""
        return replace(
            limits,
            configured={**limits.configured, **self.limits},
            owners={**limits.owners, **self.owners},
            services={**limits.services, **self.services},
            **self.spans,
        )


def configuration(rule: Rule, given: Mapping[str, Any] | None) -> Configuration:
    """Read a policy's configuration.

    Raises:
        ValueError: an entry is unknown, or has a value of another form.
    """
    given = given or {}
    for name in given:
        if name not in SCHEMAS.get(rule.id, {}):
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
    party = _counted if rule.id == "count-within-limit" else _lasting
    names = {"budget": "irrevocable", "deployEvery": "deploy_every", "soon": "soon"}
    return Configuration(
        limits=_spans("limits", given),
        issuer_lives=_spans("issuerLives", given),
        registry=registry,
        tags=None if tags is None else tuple(tags),
        assigned=dict(assigned),
        owners=_table("owners", given, party),
        services=_table("services", given, party),
        spans={names[name]: _span(name, given[name]) for name in names if name in given},
    )


def _all_texts(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _table(name: str, given: Mapping[str, Any], read: Callable[[str, Any], T]) -> dict[str, T]:
    table = given.get(name, {})
    if not isinstance(table, Mapping):
        raise ValueError(f"`{name}` is to be a table")
    return {key: read(f"`{name}`, `{key}`", value) for key, value in table.items()}


def _spans(name: str, given: Mapping[str, Any]) -> Mapping[str, timedelta]:
    return _table(name, given, _span)


def _span(name: str, value: Any) -> timedelta:
    if not isinstance(value, str):
        raise ValueError(f"{name} is to be a span of time, such as 30d")
    try:
        return parse_duration(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _counted(name: str, value: Any) -> PartyLimit:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ValueError(f"{name} is to be a whole number")
    return PartyLimit(keys=int(value))


def _lasting(name: str, value: Any) -> PartyLimit:
    return PartyLimit(life=_span(name, value))
