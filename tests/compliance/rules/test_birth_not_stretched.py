from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from keylife.compliance.credential import Credential, ExpiresAt, Life, Role
from tests.compliance.builders import NOON, credential, key, violations

RULE = "birth-not-stretched"
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def version_of(expiry: datetime) -> Credential:
    was = Life(NOON - 25 * DAY, NOON + 5 * DAY)
    return key(role=Role.VERSION, expiry=ExpiresAt(expiry), birth=was.birth, was=was)


def raw(end: timedelta, was: Life | None) -> Credential:
    return credential(expiry=ExpiresAt(NOON + end), was=was, birth=was.birth if was else None)


HALF_LIVED = Life(NOON - 20 * DAY, NOON + 5 * DAY)


@pytest.mark.parametrize(
    ("subject", "refused"),
    [
        pytest.param(raw(12 * DAY, HALF_LIVED), False, id="later, and within its limit from birth"),
        pytest.param(raw(13 * DAY, HALF_LIVED), True, id="later, beyond its limit from birth"),
        pytest.param(raw(4 * DAY, HALF_LIVED), False, id="earlier"),
        pytest.param(raw(30 * DAY, None), False, id="new"),
        pytest.param(version_of(NOON + 5 * DAY), False, id="a version as it was"),
        pytest.param(version_of(NOON + 5 * DAY + SECOND), True, id="a version, by a second"),
        pytest.param(version_of(NOON + 4 * DAY), False, id="a version, shortened"),
    ],
)
def test_an_end_counts_from_birth(subject: Credential, refused: bool) -> None:
    assert bool(violations(RULE, subject)) is refused


def test_small_edits_add_up() -> None:
    """Ten days more each week: none of it is long, until the whole is."""
    born, end, refused = NOON, NOON + 10 * DAY, []
    for week in range(1, 6):
        at, wanted = born + week * 7 * DAY, end + 7 * DAY
        subject = credential(expiry=ExpiresAt(wanted), was=Life(born, end), birth=born)
        refused.append(bool(violations(RULE, subject, at=at)))
        end = wanted

    assert refused == [False, False, False, True, True]
