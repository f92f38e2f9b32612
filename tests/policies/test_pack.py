from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pulumi_policy import EnforcementLevel, PolicyPack

from keylife.compliance.rules import RULES

POLICIES = Path(__file__).resolve().parents[2] / "policies"


def test_every_rule_is_a_mandatory_policy_of_a_list_that_can_be_imported() -> None:
    from policies.pack import POLICIES

    mandatory = [p.name for p in POLICIES if p.enforcement_level is EnforcementLevel.MANDATORY]

    assert mandatory == [rule.id for rule in RULES]
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", policy.name) for policy in POLICIES)
    assert all(p.name.endswith("-warning") for p in POLICIES if p.name not in mandatory)


def test_importing_the_list_prints_nothing() -> None:
    """The pack's standard output carries its port, and nothing else."""
    done = subprocess.run(
        [sys.executable, "-c", "import policies.pack"],
        cwd=POLICIES.parent,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == ""


def test_the_program_is_the_pack_and_nothing_else() -> None:
    """Because constructing it never returns."""
    _doc, *imports, pack = ast.parse((POLICIES / "__main__.py").read_text()).body

    assert all(isinstance(statement, ast.ImportFrom) for statement in imports)
    assert ast.unparse(pack).startswith("PolicyPack('keylife', POLICIES)")


def test_a_pack_without_rules_does_not_start() -> None:
    with pytest.raises(TypeError):
        PolicyPack("keylife", [])
