from __future__ import annotations

from datetime import timedelta

import pytest

from keylife.compliance.credential import ExpiresAfter, Objection
from keylife.compliance.limits import Limits
from tests.compliance.builders import key, violations

RULE = "validity-budget"
DAY = timedelta(days=1)
NOBODY = Objection("nobody refuses it", "shorten it")


@pytest.mark.parametrize(
    ("span", "refused"),
    [
        pytest.param(89 * DAY, False, id="over before the limit, a late run included"),
        pytest.param(90 * DAY, True, id="at the limit, and a day until keylife's next run"),
        pytest.param(400 * DAY, False, id="beyond the limit alone: another rule's"),
    ],
)
def test_what_only_keylife_ends_ends_within_the_limit(span: timedelta, refused: bool) -> None:
    subject = key(kind="aws-api-gateway-key", expiry=ExpiresAfter(span), unenforced=NOBODY)

    assert bool(violations(RULE, subject)) is refused
    assert violations(RULE, key(expiry=ExpiresAfter(span))) == []


def test_a_pipeline_that_runs_more_often_leaves_less() -> None:
    subject = key(expiry=ExpiresAfter(90 * DAY - timedelta(hours=1)), unenforced=NOBODY)
    hourly = Limits(deploy_every=timedelta(hours=1))

    assert violations(RULE, subject) != []
    assert violations(RULE, subject, limits=hourly) == []


def test_both_numbers_are_said() -> None:
    [message] = violations(RULE, key(expiry=ExpiresAfter(90 * DAY), unenforced=NOBODY))

    assert "91 d" in message
    assert "limit 90 d" in message
