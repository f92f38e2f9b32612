"""The tables of properties say what the installed SDK says."""

from __future__ import annotations

import inspect
import re
from importlib import metadata
from types import MappingProxyType
from typing import Any, get_origin

import pulumi_vault
import pytest
from pulumi import _types

from keylife.sandbox.plugins.resource import ResourceType
from keylife.sandbox.plugins.schema import STRING, Field, Fields
from keylife.sandbox.plugins.vault.provider import VaultProvider, make

TYPES = list(make().resources.values())
KINDS = MappingProxyType({str: "string", int: "integer", bool: "boolean", float: "number"})
by_token = pytest.mark.parametrize("type_", TYPES, ids=lambda type_: type_.token)


def _classes(type_: ResourceType) -> tuple[Any, Any]:
    match = re.fullmatch(r"vault:(\w+)/\w+:(\w+)", type_.token)
    assert match is not None
    module = match[1].lower()
    home = pulumi_vault if module == "index" else getattr(pulumi_vault, module)
    return getattr(home, match[2]), getattr(home, f"{match[2]}Args")


def _kinds(fields: Fields) -> dict[str, Any]:
    return {name: _kind(field) for name, field in fields.items()}


def _kind(field: Field) -> Any:
    if field.kind == "object":
        return _kinds(field.fields or {})
    if field.kind in ("list", "set", "map"):
        elements = _kind(field.elements or STRING)
        return [elements] if field.kind != "map" else {"*": elements}
    return field.kind


def _declared(annotation: Any) -> Any:
    if annotation in KINDS:
        return KINDS[annotation]
    if _types.is_input_type(annotation):
        inner = _types.input_type_types(annotation)
        return {name: _declared(kind) for name, kind in inner.items()}
    text = str(annotation)
    if get_origin(annotation) is not None and "Sequence" in text:
        return [_declared(_first(annotation, 0))]
    return {"*": _declared(_first(annotation, 1))}


def _first(annotation: Any, index: int) -> Any:
    argument = annotation.__args__[index]
    return next((kind for kind in getattr(argument, "__args__", ()) if kind in KINDS), argument)


@by_token
def test_inputs_and_their_types_are_the_sdks(type_: ResourceType) -> None:
    _, args = _classes(type_)
    declared = _types.input_type_types(args)
    inputs = {name: field for name, field in type_.fields.items() if field.is_input}

    assert _kinds(inputs) == {name: _declared(kind) for name, kind in declared.items()}


@by_token
def test_required_inputs_are_the_sdks(type_: ResourceType) -> None:
    _, args = _classes(type_)
    names = _types.input_type_py_to_pulumi_names(args)
    parameters = inspect.signature(args.__init__).parameters
    required = {
        names[name]
        for name, parameter in parameters.items()
        if name in names and parameter.default is inspect.Parameter.empty
    }

    assert {name for name, field in type_.fields.items() if field.required} == required


@by_token
def test_outputs_are_the_sdks(type_: ResourceType) -> None:
    resource, _ = _classes(type_)

    assert set(type_.fields) == set(_types.resource_types(resource))


@by_token
def test_secret_outputs_are_the_sdks(type_: ResourceType) -> None:
    resource, _ = _classes(type_)
    source = inspect.getsource(resource)
    marked = re.search(r"additional_secret_outputs=\[(.*?)\]", source)
    secret = set(re.findall(r'"(\w+)"', marked[1])) if marked else set()
    # Written only: never in the outputs, and the recorded plugin does not mark it.
    secret.discard("dataJsonWo")

    assert {name for name, field in type_.fields.items() if field.secret} == secret


def test_the_configuration_is_the_sdks() -> None:
    named = set(_types.input_type_py_to_pulumi_names(pulumi_vault.ProviderArgs).values())

    assert set(VaultProvider.config) == named


def test_the_version_is_the_sdks() -> None:
    assert VaultProvider.version == metadata.version("pulumi_vault")
