from __future__ import annotations

import importlib
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from keylife.compliance.rules import RULES
from keylife.compliance.rules.rule import Rule
from keylife.crossguard.configuration import configuration
from keylife.crossguard.reference import NAME, schema, text

BY_ID = {rule.id: rule for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_nothing_needs_to_be_configured(rule: Rule) -> None:
    assert configuration(rule, None) == configuration(rule, {})


def test_what_is_configured_is_read() -> None:
    limits = configuration(BY_ID["ttl-within-limit"], {"limits": {"default": "30d"}})
    owners = configuration(
        BY_ID["owner-known-and-active"],
        {"registry": "r", "tags": ["team"], "assigned": {"*": "a"}},
    )

    assert limits.limits == {"default": timedelta(days=30)}
    assert (owners.registry, owners.tags, owners.assigned) == ("r", ("team",), {"*": "a"})


def test_every_setting_of_the_reference_is_one() -> None:
    reference = (Path(__file__).resolve().parents[2] / "docs/reference/rules.md").read_text()
    examples = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", reference, re.DOTALL)]

    assert len(examples) >= 4
    for example in examples:
        for rule, settings in example.items():
            configuration(BY_ID[rule], settings)


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        pytest.param("ttl-within-limit", {"limts": {}}, id="a typo"),
        pytest.param("ttl-within-limit", {"limits": {"default": "30"}}, id="no unit"),
        pytest.param("ttl-within-limit", {"limits": {"default": 30}}, id="a number"),
        pytest.param("ttl-within-limit", {"limits": ["30d"]}, id="no table"),
        pytest.param("expiry-required", {"issuerLives": {"x": "forever"}}, id="no span"),
        pytest.param("expiry-required", {"limits": {}}, id="another rule's setting"),
        pytest.param("no-resurrection", {"registry": "x"}, id="a rule without settings"),
        pytest.param("owner-known-and-active", {"registry": 1}, id="no path"),
        pytest.param("owner-known-and-active", {"tags": "team"}, id="no list"),
        pytest.param("owner-known-and-active", {"assigned": {"*": 1}}, id="no name"),
    ],
)
def test_what_cannot_be_meant_is_refused(rule: str, given: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        configuration(BY_ID[rule], given)


SCHEMA = importlib.import_module("jsonschema").Draft202012Validator(schema())  # it ships no types


def test_the_schema_is_up_to_date() -> None:
    path = Path(__file__).resolve().parents[2] / "docs" / "reference" / NAME

    assert path.read_text(encoding="utf-8") == text(), (
        "run `python -m keylife.crossguard.reference`"
    )


@pytest.mark.parametrize(
    ("rule", "given", "accepted"),
    [
        ("ttl-within-limit", {"limits": {"default": "30d"}}, True),
        ("ttl-within-limit", {"limits": {"default": "30"}}, False),
        ("ttl-within-limit", {"limits": {"default": 30}}, False),
        ("ttl-within-limit", {"limts": {}}, False),
        ("expiry-required", {"issuerLives": {"a:b:C": "1h"}}, True),
        ("expiry-required", {"limits": {}}, False),
        ("irrevocable-needs-short-life", {"budget": "30m"}, True),
        ("irrevocable-needs-short-life", {"budget": 30}, False),
        ("rotation-before-expiry", {"deployEvery": "6h"}, True),
        ("dead-reference", {"soon": "3d"}, True),
        ("dead-reference", {"soon": "soon"}, False),
        ("count-within-limit", {"owners": {"team-*": 50}}, True),
        ("count-within-limit", {"owners": {"team-*": "50"}}, False),
        ("count-within-limit", {"owners": {"team-*": 2.5}}, False),
        ("age-within-limit", {"services": {"billing": "14d"}}, True),
        ("age-within-limit", {"services": {"billing": 14}}, False),
        ("owner-known-and-active", {"tags": ["team"], "assigned": {"*": "a"}}, True),
        ("owner-known-and-active", {"tags": "team"}, False),
        ("no-resurrection", {"registry": "x"}, False),
    ],
)
def test_the_schema_and_the_reader_are_of_one_mind(
    rule: str, given: dict[str, Any], accepted: bool
) -> None:
    try:
        configuration(BY_ID[rule], given)
        taken = True
    except ValueError:
        taken = False

    assert (taken, SCHEMA.is_valid({rule: given})) == (accepted, accepted)
    assert SCHEMA.is_valid({rule: {**given, "enforcementLevel": "advisory"}}) is accepted


@pytest.mark.parametrize(
    ("given", "valid"),
    [
        ({"all": "advisory", "expiry-required": "mandatory"}, True),
        ({"waiver-valid-warning": "disabled"}, True),
        ({"waiver-valid-warning": "mandatory"}, False),
        ({"expiry-requird": "mandatory"}, False),
        ({"all": "remediate"}, False),
    ],
)
def test_the_schema_knows_the_policies_and_their_levels(given: object, valid: bool) -> None:
    assert SCHEMA.is_valid(given) is valid
