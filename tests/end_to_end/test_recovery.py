"""Killed at any point, a deploy is recovered: nothing lives on that no state knows."""

from __future__ import annotations

import pytest

from tests.conftest import LONG
from tests.end_to_end.gates import AFTER, Point
from tests.end_to_end.interruptions import (
    VICTIMS,
    Make,
    Revocations,
    Rotations,
    interrupted,
    kill,
    points_of,
)
from tests.end_to_end.oracle import Oracle
from tests.end_to_end.project import Project

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(7200)]

CLI, ALL = VICTIMS
SAMPLE = {
    "rotation": [
        (Point("iam CreateAccessKey billing-new", 1, AFTER), CLI),
        (Point("vault write secret/data/mark/billing", 1, AFTER), ALL),
    ],
    "revocation": [(Point("iam UpdateAccessKey billing-v1 Inactive", 1, AFTER), ALL)],
}
"""What `make test` kills: a create, a delivery, a kill; `make test-long` takes every point."""


PARTS = 3 if LONG else 1
"""Into how many tests the points of a scenario are dealt, so that both workers have their share."""


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(("name", "make"), [("rotation", Rotations), ("revocation", Revocations)])
def test_a_deploy_that_is_killed_at_any_point_is_recovered(
    project: Project, oracle: Oracle, name: str, make: Make, part: int
) -> None:
    with interrupted(project, oracle) as about:
        scenario = make(about, 4 if LONG else 1)
        cases = SAMPLE[name]
        if LONG:
            points = points_of(about, scenario)
            assert {point for point, _ in cases} <= set(points)
            cases = [(point, victim) for point in points for victim in VICTIMS][part::PARTS]
        kill(about, scenario, cases)
