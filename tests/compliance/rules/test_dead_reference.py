from __future__ import annotations

from datetime import timedelta

import pytest

from keylife.compliance.credential import Mention
from keylife.compliance.mentions import mentioned
from keylife.compliance.past import note_ledger
from keylife.compliance.population import Population
from keylife.compliance.unknown import UNKNOWN
from keylife.model.ledger import IssuedVersion, Ledger
from tests.compliance.builders import NOON, record, version, violations, warnings

RULE = "dead-reference"


def knowing(*ledgers: Ledger) -> Population:
    population = Population()
    for ledger in ledgers:
        note_ledger(population, ledger, NOON, timedelta(days=7))
    return population


def mention(*names: str) -> Mention:
    return Mention("urn", "this Function", frozenset(names))


def of(*versions: IssuedVersion, revoked: bool = False, destroyed: int = 0) -> Ledger:
    kept = record(*versions, revoked=revoked).model_copy(update={"destroyed_through": destroyed})
    return Ledger(keys={"billing-deploy": kept})


DAY = timedelta(days=1)
OFF = version(1).model_copy(update={"deactivated": NOON})


@pytest.mark.parametrize(
    ("ledger", "name", "refused", "warned"),
    [
        pytest.param(of(version(1)), "billing-deploy-v1", False, False, id="the current one"),
        pytest.param(of(version(2), destroyed=1), "billing-deploy-v1", True, False, id="destroyed"),
        pytest.param(of(OFF), "billing-deploy-v1", True, False, id="deactivated"),
        pytest.param(of(version(1), version(2)), "billing-deploy-v1", True, False, id="superseded"),
        pytest.param(
            of(version(1), version(2)), "billing-deploy-v2", False, False, id="its successor"
        ),
        pytest.param(of(version(1, NOON - 30 * DAY)), "billing-deploy-v1", True, False, id="over"),
        pytest.param(of(version(1, NOON - 23 * DAY)), "billing-deploy-v1", False, True, id="soon"),
        pytest.param(
            of(version(1, NOON - 22 * DAY)), "billing-deploy-v1", False, False, id="not so soon"
        ),
        pytest.param(of(revoked=True), "billing-deploy-v7", True, False, id="of a revoked key"),
        pytest.param(of(revoked=True), "other-v7", False, False, id="of another"),
    ],
)
def test_what_a_text_names_lives(ledger: Ledger, name: str, refused: bool, warned: bool) -> None:
    subject, population = mention(name), knowing(ledger)

    assert bool(violations(RULE, subject, population=population)) is refused
    assert bool(warnings(RULE, subject, population=population)) is warned


def test_an_issuers_id_that_is_known_to_be_dead() -> None:
    population = Population()
    population.note_dead("AKIAAAAAAAAAAAAAAAAA", "which is revoked")

    assert violations(RULE, mention("AKIAAAAAAAAAAAAAAAAA"), population=population) != []
    assert violations(RULE, mention("AKIABBBBBBBBBBBBBBBB"), population=population) == []


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("billing-deploy-v3", {"billing-deploy-v3"}),
        ({"a": [{"b": "arn:aws:iam::1:user/keylife/x/x-v12"}]}, {"x-v12"}),
        ("id AKIAIOSFODNN7EXAMPLE.", {"AKIAIOSFODNN7EXAMPLE"}),
        ("billing-deploy-v0 api-version akiaiosfodnn7example", set()),
        (7, set()),
        (None, set()),
        (UNKNOWN, set()),
    ],
)
def test_names_are_found_anywhere(value: object, names: set[str]) -> None:
    assert mentioned(value) == names
