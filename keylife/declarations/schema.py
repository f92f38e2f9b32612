"""The JSON Schema of a declarations file, for editors: generated from the models.

An editor's check is a convenience; ``keylife.declarations.load`` is stricter and decides.
"""

from __future__ import annotations

from typing import Any, get_args

from keylife.declarations.docstrings import field_docstrings, first_sentence
from keylife.deliveries import DELIVERIES
from keylife.kinds import KINDS
from keylife.model.base import NAME_PATTERN, Model, Name
from keylife.model.gateway import Gateway
from keylife.model.key import DeliverySpec, Key
from keylife.model.registry import Owner, Service

NAME_RULE = get_args(Name)[1]
"""What marks a field as a name."""


def schema() -> dict[str, Any]:
    """The schema of every file of keys, and of what stands once for all stacks."""
    definitions: dict[str, Any] = {}
    headings = {
        heading: {"type": "array", "items": described_model(model, definitions)}
        for heading, model in (
            ("keys", Key),
            ("services", Service),
            ("owners", Owner),
            ("gateways", Gateway),
        )
    }
    key = definitions["Key"]
    key["properties"]["kind"]["enum"] = sorted(KINDS.built_in)
    key["allOf"] = [
        {
            "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
            "then": {"properties": {"scope": described_model(kind.scope, definitions)}},
        }
        for name, kind in sorted(KINDS.built_in.items())
    ]
    key["properties"]["deliver"]["minItems"] = 1
    definitions[DeliverySpec.__name__] = _delivery(definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "keylife declarations",
        "description": "A file of keys, of services, of owners or of gateways.",
        "type": "object",
        "oneOf": [{"required": [heading]} for heading in headings],
        "properties": headings,
        "additionalProperties": False,
        "$defs": dict(sorted(definitions.items())),
    }


def _delivery(definitions: dict[str, Any]) -> dict[str, Any]:
    """A delivery as it is declared: one entry, its name and its settings."""
    return {
        "description": first_sentence(DeliverySpec),
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": {
            name: described_model(delivery.settings, definitions)
            for name, delivery in sorted(DELIVERIES.built_in.items())
        },
    }


def described_model(model: type[Model], definitions: dict[str, Any]) -> dict[str, Any]:
    """A reference to the model's schema, which is put among the definitions with all it needs.

    Args:
        model: what is declared.
        definitions: of the whole schema.
    """
    own = model.model_json_schema(ref_template="#/$defs/{model}")
    nested = own.pop("$defs", {})
    definitions.update(nested)
    definitions[model.__name__] = own
    for described in _models_in(model):
        _complete(described, definitions[described.__name__])
    return {"$ref": f"#/$defs/{model.__name__}"}


def _models_in(model: type[Model]) -> list[type[Model]]:
    """The model and those its fields are made of."""
    found = [model]
    for info in model.model_fields.values():
        for part in _parts(info.annotation):
            if isinstance(part, type) and issubclass(part, Model):
                found += _models_in(part)
    return found


def _parts(annotation: Any) -> list[Any]:
    return [annotation, *(part for inner in get_args(annotation) for part in _parts(inner))]


def _complete(model: type[Model], described: dict[str, Any]) -> None:
    """Add what the models say in words and in validators."""
    documented = field_docstrings(model)
    described.pop("title", None)
    described["description"] = first_sentence(model)
    for name, info in model.model_fields.items():
        field = described["properties"][name]
        field.pop("title", None)
        field.pop("default", None)
        if name in documented:
            field["description"] = documented[name]
        if NAME_RULE in info.metadata or any(
            NAME_RULE in get_args(p) for p in _parts(info.annotation)
        ):
            field["pattern"] = f"^{NAME_PATTERN}$"
        if "anyOf" in field:  # a field is left out, never null
            field["anyOf"] = [choice for choice in field["anyOf"] if choice != {"type": "null"}]
