from __future__ import annotations

from datetime import timedelta

import pytest

from keylife.compliance.credential import (
    ExpiresAfter,
    ExpiresAt,
    ExpiryJudgedElsewhere,
    ExpiryUnknown,
    NeverExpires,
)
from keylife.compliance.limits import Limits, PartyLimit
from tests.compliance.builders import NOON, credential, key, violations

RULE = "age-within-limit"
DAY = timedelta(days=1)
LIMITS = Limits(owners={"team-*": PartyLimit(life=14 * DAY)})


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        pytest.param({"expiry": ExpiresAfter(14 * DAY)}, False, id="at the limit"),
        pytest.param({"expiry": ExpiresAfter(15 * DAY)}, True, id="beyond it"),
        pytest.param({"expiry": ExpiresAt(NOON + 14 * DAY)}, False, id="an end at the limit"),
        pytest.param({"expiry": ExpiresAt(NOON + 15 * DAY)}, True, id="an end beyond it"),
        pytest.param(
            {"expiry": ExpiresAt(NOON + DAY), "birth": NOON - 14 * DAY}, True, id="from its birth"
        ),
        pytest.param({"expiry": ExpiryUnknown("computed", "write it")}, True, id="not known"),
        pytest.param({"expiry": NeverExpires("unset", "set it")}, True, id="never"),
        pytest.param({"expiry": ExpiresAfter(15 * DAY), "owner": "x"}, False, id="another's"),
        pytest.param({"expiry": ExpiresAfter(15 * DAY), "recorded": True}, False, id="history"),
        pytest.param({"expiry": ExpiryJudgedElsewhere("x")}, False, id="judged elsewhere"),
    ],
)
def test_a_life_is_within_its_owners_limit(facts: dict[str, object], refused: bool) -> None:
    assert bool(violations(RULE, credential(**facts), limits=LIMITS)) is refused
    assert violations(RULE, credential(**facts)) == []


def test_a_services_limit_holds_too_and_the_longest_pattern_wins() -> None:
    limits = Limits(services={"*": PartyLimit(life=DAY), "bill*": PartyLimit(life=40 * DAY)})

    assert violations(RULE, key(), limits=limits) == []
    assert violations(RULE, key(service="other"), limits=limits) == [
        "this key lives 30 d, limit of service `other` 1 d"
    ]
