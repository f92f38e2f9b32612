"""The reference page and the schema are what the models say today."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from keylife.declarations import fast, load
from keylife.declarations.reference import files, page, schema_text
from keylife.deliveries import DELIVERIES
from keylife.kinds import KINDS
from keylife.model.key import Key
from keylife.model.registry import Owner, Service
from tests.declarations.folders import make_folder

_ROOT = Path(__file__).parents[2]
_VECTORS = _ROOT / "tests" / "vectors" / "declarations"


@pytest.mark.parametrize("path", files(_ROOT / "docs" / "reference"), ids=lambda path: path.name)
def test_the_generated_file_is_up_to_date(path: Path) -> None:
    expected = files(_ROOT / "docs" / "reference")[path]

    assert path.read_text(encoding="utf-8") == expected, (
        "run `python -m keylife.declarations.reference`"
    )


def test_every_field_kind_and_delivery_is_on_the_page() -> None:
    text = page()

    for model in (Key, Service, Owner):
        for field in model.model_fields:
            assert f"| `{field}` |" in text
    for name in (*KINDS, *DELIVERIES):
        assert f"### {name}\n" in text


def test_the_example_of_the_page_loads(tmp_path: Path) -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", page(), re.DOTALL)
    folder = make_folder(tmp_path)
    (folder / "dev" / "keys" / "billing.yaml").write_text(example)

    assert fast.read(example) is not None
    assert list(load(folder, "dev").keys) == ["billing-deploy"]


def _validator() -> Any:
    return importlib.import_module("jsonschema").Draft202012Validator(json.loads(schema_text()))


def _value(path: Path) -> Any:
    yaml = YAML(typ="safe", pure=True)
    yaml.constructor.add_constructor(
        "tag:yaml.org,2002:timestamp", lambda constructor, node: node.value
    )
    return yaml.load(path.read_bytes())


def test_the_schema_is_a_schema() -> None:
    _validator().check_schema(json.loads(schema_text()))


@pytest.mark.parametrize(
    "path", sorted((_VECTORS / "accepted").iterdir()), ids=lambda path: path.stem
)
def test_the_schema_accepts_what_is_accepted(path: Path) -> None:
    assert [error.message for error in _validator().iter_errors(_value(path))] == []


@pytest.mark.parametrize(
    "name",
    [
        *("ttl-bare-number", "ttl-unknown-unit", "id-upper-case", "kind-unknown", "unknown-field"),
        *("missing-owner", "scope-unknown-field", "scope-policies-ten", "deliver-unknown"),
        *("deliver-empty", "deliver-two-in-one", "deliver-settings-missing", "tombstone-true"),
        *("tombstone-null", "tombstone-reason-unknown", "service-status-unknown", "keys-text"),
        *("heading-misspelt", "second-heading", "empty-mapping"),
    ],
)
def test_the_schema_refuses_what_an_editor_can_see(name: str) -> None:
    path = _VECTORS / "malformed" / f"{name}.yaml"

    assert list(_validator().iter_errors(_value(path)))
