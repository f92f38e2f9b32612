from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from keylife.compliance.context import Context
from keylife.compliance.credential import Subject
from keylife.compliance.finding import Finding, Severity
from keylife.compliance.limits import DEFAULT_LIMITS, Limits
from keylife.compliance.rules import RULES, judge
from keylife.compliance.rules.rule import Rule
from keylife.compliance.spans import say_span
from tests.compliance.builders import NOON, REGISTRY, component, credential, key

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "keylife/compliance/rules"
REFERENCE = (ROOT / "docs/reference/rules.md").read_text()
NO_RULES = 3
"""Files of the folder that are none: the table, what a rule is, what two rules share."""

CANARY = "s3cr3t-canary"


class Raising(Rule):
    id: ClassVar[str] = "raising"
    says: ClassVar[str] = "It breaks."

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        raise RuntimeError(CANARY)
        yield


def test_a_rule_that_raises_is_a_violation_that_quotes_nothing() -> None:
    [finding] = judge(Raising(), credential(), Context(NOON, Limits(), REGISTRY))

    assert finding.severity is Severity.VIOLATION
    assert "RuntimeError" in finding.message
    assert CANARY not in str(finding)


def test_there_are_rules_and_each_has_its_own_id() -> None:
    assert (
        len(RULES) == len({rule.id for rule in RULES}) == len(list(FOLDER.glob("*.py"))) - NO_RULES
    )


@pytest.mark.parametrize("subject", [credential(), key(), component()])
def test_what_is_compliant_has_no_finding_at_all(subject: Subject) -> None:
    context = Context(NOON, Limits(), REGISTRY)

    assert [f for rule in RULES for f in judge(rule, subject, context)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_has_a_file_a_test_and_a_page_of_its_name(rule) -> None:  # type: ignore[no-untyped-def]
    name = rule.id.replace("-", "_")

    assert (FOLDER / f"{name}.py").is_file()
    assert (Path(__file__).parent / f"test_{name}.py").is_file()
    assert (ROOT / f"docs/reference/rules/{rule.id}.md").is_file()
    assert rule.says in REFERENCE


def test_the_reference_has_the_limits_that_hold() -> None:
    rows = dict(re.findall(r"^\| `([^`]+)` \| ([^|]+?) \|", REFERENCE, re.MULTILINE))

    assert {name: say_span(limit) for name, limit in DEFAULT_LIMITS.items()} == {
        name: rows.get(name) for name in DEFAULT_LIMITS
    }
