from __future__ import annotations

from datetime import timedelta

import pytest

from keylife.compliance.credential import Absence
from tests.compliance.builders import credential, key, violations, warnings

RULE = "rotation-before-expiry"
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("every", "refused", "warned"),
    [
        pytest.param(29 * DAY, False, False, id="a day before its end"),
        pytest.param(29 * DAY + timedelta(seconds=1), False, True, id="less than a run before"),
        pytest.param(30 * DAY, True, False, id="at its end"),
        pytest.param(31 * DAY, True, False, id="after its end"),
        pytest.param(Absence.COMPUTED, True, False, id="nobody can see when"),
        pytest.param(Absence.UNSTATED, True, False, id="nobody said when"),
    ],
)
def test_a_successor_exists_before_a_version_ends(
    every: timedelta | Absence, refused: bool, warned: bool
) -> None:
    subject = key(rotate_every=every)

    assert bool(violations(RULE, subject)) is refused
    assert bool(warnings(RULE, subject)) is warned


def test_what_is_no_declared_key_rotates_otherwise() -> None:
    assert violations(RULE, credential()) == []
