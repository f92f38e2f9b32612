from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from keylife.compliance.waivers import Waiver
from tests.compliance.builders import NOON, credential, violations, warnings

RULE = "waiver-valid"
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("until", "refused", "warned"),
    [
        pytest.param(None, True, False, id="without an end"),
        pytest.param(NOON, True, False, id="over now"),
        pytest.param(NOON - DAY, True, False, id="long over"),
        pytest.param(NOON + timedelta(seconds=1), False, True, id="for a second"),
        pytest.param(NOON + 7 * DAY, False, True, id="for a week"),
        pytest.param(NOON + 8 * DAY, False, False, id="for longer"),
    ],
)
def test_a_waiver_holds_for_a_while(until: datetime | None, refused: bool, warned: bool) -> None:
    waiver = Waiver("ttl-within-limit", "a", "because", "me", until)

    assert bool(violations(RULE, waiver)) is refused
    assert bool(warnings(RULE, waiver)) is warned


def test_nothing_else_is_its_business() -> None:
    assert violations(RULE, credential()) == []
