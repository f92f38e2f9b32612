"""The check benchmark's declarations break every rule they can, and both sides are compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # the stubs would be one more dependency

from benchmarks.check import benchmark, peer
from benchmarks.check.declared import AT, declare, write_json, write_yaml
from keylife.compliance.rules import RULES
from keylife.gates.declared import check_folder
from keylife.model.instant import parse_instant
from tests.benchmarks.plain_rules import Finding, findings

KEYS = 50
CANNOT_FIRE = {
    "birth-not-stretched",
    "expiry-required",
    "irrevocable-needs-short-life",
    "managed-only",
    "revocable-by-delete",
    "secret-outputs-marked",
    "token-not-a-child",
    "unknown-credential-type",
    "unsafe-options",
}
"""What no declaration that can be read can break."""


def test_keylife_finds_what_a_plain_reading_of_the_rules_finds(tmp_path: Path) -> None:
    declared = declare(KEYS, KEYS)
    write_yaml(declared, tmp_path)

    verdict = check_folder(tmp_path, parse_instant(AT))

    found = {(f.finding.rule, str(f.finding.severity), f.finding.subject) for f in verdict.findings}
    assert found == findings(declared)
    assert len(verdict.waived) == 1
    assert {rule for rule, _, _ in found} == {rule.id for rule in RULES} - CANNOT_FIRE


def test_blocks_are_alike_and_what_is_plain_is_in_order(tmp_path: Path) -> None:
    one, three = findings(declare(KEYS, KEYS)), findings(declare(3 * KEYS, KEYS))

    assert sum(map(len, declare(3 * KEYS, KEYS).keys.values())) == 3 * KEYS
    assert len(three) == 3 * len(one)
    assert not [subject for _, _, subject in three if "/key-" in subject]


def test_both_read_the_same(tmp_path: Path) -> None:
    declared = declare(KEYS, KEYS)
    write_yaml(declared, tmp_path)
    write_json(declared, tmp_path / "data.json")

    told = json.loads((tmp_path / "data.json").read_text())
    for stack in declared.keys:
        [path] = (tmp_path / stack / "keys").iterdir()
        read = yaml.load(path.read_text(), Loader=yaml.BaseLoader)["keys"]
        assert [{"stack": stack, **key} for key in read] == [
            key for key in told["keys"] if key["stack"] == stack
        ]
    assert told["configuration"] == declared.configuration
    assert [s["id"] for s in told["services"]] == [s["id"] for s in declared.services]


def test_the_benchmark_compares_whole_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "build", lambda: _opa(tmp_path, findings(declare(KEYS, KEYS))))
    monkeypatch.setattr(benchmark, "BLOCK", KEYS)

    result = benchmark.measure(tmp_path / "data", full=False, sizes=(KEYS,), turns=1)

    assert [row[0] for row in result.rows] == [str(KEYS)]
    assert all(figure.measured > 0 for figure in result.figures)
    assert "the same 27 things by 14 rules" in result.notes[0]


def test_a_finding_of_one_side_alone_stops_the_benchmark(tmp_path: Path) -> None:
    found = sorted(findings(declare(KEYS, KEYS)))
    benchmark.write_declared(tmp_path / "data", KEYS, KEYS)

    with pytest.raises(AssertionError, match=found[0][2]):
        benchmark.compare(tmp_path / "data", _opa(tmp_path, set(found[1:])), 1)


def _opa(folder: Path, found: set[Finding]) -> Path:
    """A program that answers what OPA would, whatever it is asked."""
    told = [dict(zip(("rule", "severity", "subject"), one, strict=True)) for one in found]
    (folder / "told.json").write_text(json.dumps(told))
    program = folder / "opa"
    program.write_text(f"#!/bin/sh\ncat '{folder}/told.json'\n")
    program.chmod(0o755)
    return program
