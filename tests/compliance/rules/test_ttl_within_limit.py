from __future__ import annotations

from datetime import timedelta

import pytest

from keylife.compliance.credential import (
    Credential,
    ExpiresAfter,
    ExpiresAt,
    ExpiryUnknown,
    NeverExpires,
    Role,
)
from keylife.compliance.limits import Limits
from tests.compliance.builders import DAY, NOON, credential, key, violations

RULE = "ttl-within-limit"
SECOND = timedelta(seconds=1)


def version(life: timedelta, born: timedelta = timedelta(0), **facts: object) -> Credential:
    birth = NOON + born
    return key(
        role=Role.VERSION, birth=birth, expiry=ExpiresAt(birth + life), what="version", **facts
    )


@pytest.mark.parametrize(
    ("subject", "refused"),
    [
        pytest.param(credential(expiry=ExpiresAfter(32 * DAY)), False, id="a token at its limit"),
        pytest.param(credential(expiry=ExpiresAfter(32 * DAY + SECOND)), True, id="a second over"),
        pytest.param(key(expiry=ExpiresAfter(90 * DAY)), False, id="an access key at its limit"),
        pytest.param(key(expiry=ExpiresAfter(90 * DAY + SECOND)), True, id="an access key over"),
        pytest.param(
            key(kind="vault-token", expiry=ExpiresAfter(33 * DAY)), True, id="a kind has its own"
        ),
        pytest.param(
            credential(expiry=ExpiresAt(NOON + 32 * DAY)), False, id="an instant, from now on"
        ),
        pytest.param(
            credential(expiry=ExpiresAt(NOON + 33 * DAY)), True, id="an instant too far away"
        ),
        pytest.param(credential(expiry=ExpiresAt(NOON - DAY)), False, id="what is over already"),
        pytest.param(
            credential(expiry=ExpiryUnknown("computed", "write it")), True, id="an unknown life"
        ),
        pytest.param(
            credential(expiry=NeverExpires("", "")), False, id="no end at all is another rule's"
        ),
        pytest.param(version(90 * DAY, -DAY), False, id="a version counts from its birth"),
        pytest.param(version(91 * DAY, -89 * DAY), True, id="a version that stretches its life"),
        pytest.param(
            version(91 * DAY, -89 * DAY, recorded=True), False, id="a version that was judged"
        ),
        pytest.param(version(30 * DAY, DAY), False, id="another machine's clock"),
        pytest.param(version(30 * DAY, 2 * DAY), True, id="a birth put ahead"),
    ],
)
def test_a_life_is_held_against_its_limit(subject: Credential, refused: bool) -> None:
    assert bool(violations(RULE, subject)) is refused


def test_the_finding_has_both_numbers() -> None:
    subject = credential(expiry=ExpiresAt(NOON + 400 * DAY))

    assert violations(RULE, subject) == ["this Vault token expires in 400 d, limit 32 d"]


@pytest.mark.parametrize(
    ("configured", "refused"),
    [
        pytest.param({}, False, id="by default 30 days are allowed"),
        pytest.param({"vault:index/token:Token": 7 * DAY}, True, id="the type's own limit wins"),
        pytest.param({"default": 7 * DAY}, False, id="a new default does not touch named limits"),
        pytest.param({"vault-token": 7 * DAY}, False, id="a kind is not a type"),
    ],
)
def test_limits_are_configurable(configured: dict[str, timedelta], refused: bool) -> None:
    subject = credential(expiry=ExpiresAfter(30 * DAY))

    assert bool(violations(RULE, subject, limits=Limits(configured))) is refused


def test_a_limit_of_a_kind_lets_a_version_of_that_kind_be() -> None:
    long = Limits({"aws-access-key": 120 * DAY})

    assert violations(RULE, version(120 * DAY), limits=long) == []
    assert violations(RULE, version(121 * DAY), limits=long) != []
