"""Killed while its program kills keys and proves them dead, a deploy is gone on with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.conftest import LONG
from tests.end_to_end.gates import AFTER, BEFORE, Gate, Point, standing_before
from tests.end_to_end.interruptions import VICTIMS, Interrupted, Revocations, kill, points_of
from tests.end_to_end.oracle import Oracle
from tests.end_to_end.project import Project

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(7200)]

CLI, ALL = VICTIMS
SAMPLE = [
    (Point("iam UpdateAccessKey billing-v1 Inactive", 1, AFTER), ALL),
    (Point("vault write secret/destroy/mark/metrics", 1, BEFORE), CLI),
]
"""What `make test` kills: after the kill of an issuer's and before that of a copy; `make
test-long` takes every point, of the engine of revocations and of the deletions behind it, with one
victim and the other by turns."""

PARTS = 2 if LONG else 1
"""Into how many tests the points are dealt, so that workers share them."""


@contextmanager
def interrupted(project: Project, oracle: Oracle) -> Iterator[Interrupted]:
    """The project, with the store and the engine of revocations, and a gate before its issuers."""
    gate = Gate()
    with standing_before(gate, project.environment()) as gated:
        yield Interrupted(project, oracle, gate, gated)


class Endings(Revocations):
    """Two keys more for each case, whose certificates are held against what the issuers do."""

    def holds(self) -> None:
        """Assert that both are dead, and that each system where they stood has its proof."""
        super().holds()
        project = self.about.project
        for key, systems in (
            (self.aws, ["aws-iam", "secrets-manager", "vault-kv"]),
            (self.vault, ["vault-kv", "vault-token"]),
        ):
            told = project.keylife("certificate", key, "--format", "json").stdout
            proofs = [each["certificate"] for each in json.loads(told)["certificates"]]
            assert sorted(proof["system"] for proof in proofs) == systems
            assert {proof["evidence"] for proof in proofs} == {"proven"}
            assert self.about.history(key).count(("revoked", None)) == 1
        project.keylife("audit", "verify")


@pytest.mark.parametrize("part", range(PARTS))
def test_a_deploy_that_is_killed_while_it_kills_is_gone_on_with(
    project: Project, oracle: Oracle, part: int
) -> None:
    with interrupted(project, oracle) as about:
        scenario = Endings(about, 1)
        cases = SAMPLE
        if LONG:
            points = points_of(about, scenario)
            assert {point for point, _ in cases} <= set(points)
            cases = [
                (point, victim)
                for number, point in enumerate(points)
                for victim in VICTIMS[number % 2 :: 2]
            ][part::PARTS]
        kill(about, scenario, cases)
