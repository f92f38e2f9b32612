"""Every rule's page is generated, and its examples are judged as it says."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path

import pytest

from keylife.compliance.rules import RULES
from keylife.compliance.rules.rule import Rule
from keylife.declarations.configuration import read_configuration
from keylife.declarations.nodes import value_of
from keylife.declarations.precise import read
from keylife.deliveries import DELIVERIES
from keylife.errors import DeclarationError
from keylife.gates.examples import judge_example
from keylife.gates.reference import example, files
from keylife.kinds import KINDS
from keylife.model.key import Key

Draft202012Validator = importlib.import_module("jsonschema").Draft202012Validator  # no types
REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
SCHEMA = json.loads((REFERENCE / "keylife.schema.json").read_text())
IDS = [rule.id for rule in RULES]
RULE = pytest.mark.parametrize("rule", RULES, ids=IDS)


@pytest.mark.parametrize("path", files(REFERENCE), ids=lambda path: path.name)
def test_the_generated_file_is_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == files(REFERENCE)[path], (
        "run `python -m keylife.gates.reference`"
    )


@RULE
def test_what_a_page_says_is_refused_is_refused_by_that_rule(rule: Rule) -> None:
    verdict = judge_example(example(REFERENCE, rule, "refused"))

    assert rule.id in {located.finding.rule for located in verdict.findings}


@RULE
def test_what_a_page_says_is_accepted_is_accepted_by_all_rules(rule: Rule) -> None:
    verdict = judge_example(example(REFERENCE, rule, "accepted"))

    assert verdict.findings == ()
    assert verdict.subjects > 0 or rule.id in ("no-resurrection", "unknown-credential-type")


@pytest.mark.parametrize("which", ["refused", "accepted"])
@RULE
def test_what_an_example_declares_is_valid(rule: Rule, which: str) -> None:
    root = read(example(REFERENCE, rule, which)).root
    assert root is not None
    stacks = value_of(root).get("stacks", {})
    for declared in (Key.model_validate(key) for keys in stacks.values() for key in keys):
        assert KINDS[declared.kind].scope.model_validate(declared.scope)
        for spec in declared.deliver:
            assert DELIVERIES[spec.kind].settings.model_validate(spec.settings)


def test_there_is_no_page_and_no_example_of_what_is_no_rule() -> None:
    pages = {path.stem for path in (REFERENCE / "rules").glob("*.md")}
    examples = {path.name.split(".")[0] for path in (REFERENCE / "rules/examples").iterdir()}

    assert pages == examples == set(IDS)


LONG = "until: 2027-02-01T00:00:00Z"
WAIVER = "{rule: ttl-within-limit, key: a, reason: because, approver: me, " + LONG + "}"


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        pytest.param("rules: {prefer-no-key: disabled}", True, id="a level"),
        pytest.param("rules: {prefer-no-key: off}", False, id="a level that is none"),
        pytest.param("rules: {prefer-no-kei: disabled}", False, id="a rule that is none"),
        pytest.param("limits: {life: {default: 30d}, irrevocable: 15m}", True, id="limits"),
        pytest.param("limits: {life: {default: 30}}", False, id="a limit without a unit"),
        pytest.param("limits: {live: {default: 30d}}", False, id="a typo"),
        pytest.param('limits: {owners: {"team-*": {keys: 5, life: 9d}}}', True, id="an owner's"),
        pytest.param('limits: {owners: {"team-*": {keys: 0}}}', False, id="no key at all"),
        pytest.param('limits: {owners: {"team-*": {keys: "5"}}}', False, id="a number as text"),
        pytest.param("issuer_lives: {a: 1h}", True, id="an issuer's life"),
        pytest.param(f"waivers: [{WAIVER}]", True, id="a waiver"),
        pytest.param(f"waivers: [{WAIVER.replace(LONG, '')}]", True, id="one without an end"),
        pytest.param(
            f"waivers: [{WAIVER.replace('approver: me, ', '')}]", False, id="approved by nobody"
        ),
        pytest.param(
            f"waivers: [{WAIVER.replace('ttl-within-limit', 'ttl')}]", False, id="of no rule"
        ),
        pytest.param(f"waivers: {WAIVER}", False, id="waivers that are no list"),
        pytest.param("whatever: 1", False, id="an unknown field"),
        pytest.param("[]", False, id="a list"),
    ],
)
def test_the_schema_and_the_reader_are_of_one_mind(
    tmp_path: Path, text: str, accepted: bool
) -> None:
    (tmp_path / "keylife.yaml").write_text(text + "\n")
    root = read(text + "\n").root
    valid = root is not None and Draft202012Validator(SCHEMA).is_valid(value_of(root))

    try:
        read_configuration(tmp_path, IDS)
        taken = True
    except DeclarationError as error:
        taken = False
        assert re.match(r".*keylife\.yaml:1:\d+: ", str(error))
    assert (taken, valid) == (accepted, accepted)
