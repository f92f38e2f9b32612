from __future__ import annotations

from datetime import timedelta

import pytest

from keylife.compliance.credential import Credential
from keylife.compliance.population import Population
from tests.compliance.builders import credential, key, violations

RULE = "unique-claim"
DAY = timedelta(days=1)


def populated(*subjects: Credential) -> Population:
    population = Population()
    for subject in subjects:
        population.note(subject)
    return population


FIRST = key(subject="dev/billing-deploy")


@pytest.mark.parametrize(
    ("second", "refused"),
    [
        pytest.param(key(subject="prod/billing-deploy"), True, id="the same id"),
        pytest.param(key(subject="prod/other", id="other"), False, id="another id"),
        pytest.param(key(subject="prod/c", id="c", cloud_id="AKIA1"), True, id="the same key"),
        pytest.param(key(subject="prod/c", id="c", cloud_id="AKIA2"), False, id="another one"),
        pytest.param(credential(fingerprint="f1"), True, id="the same secret"),
        pytest.param(credential(fingerprint="f2"), False, id="another secret"),
    ],
)
def test_the_second_to_claim_it_is_refused(second: Credential, refused: bool) -> None:
    first = key(subject="dev/billing-deploy", cloud_id="AKIA1", fingerprint="f1")
    population = populated(first, second)

    assert violations(RULE, first, population=population) == []
    messages = violations(RULE, second, population=population)
    assert ["dev/billing-deploy" in message for message in messages] == ([True] if refused else [])


def test_what_is_deleted_claims_nothing() -> None:
    moved = key(subject="prod/billing-deploy")

    assert violations(RULE, moved, population=populated(key(deleted=True), moved)) == []


def test_an_issuers_id_is_not_repeated() -> None:
    first, second = (
        credential(subject="a", cloud_id="hvs.x"),
        credential(subject="b", cloud_id="hvs.x"),
    )
    [message] = violations(RULE, second, population=populated(first, second))

    assert "hvs.x" not in message
