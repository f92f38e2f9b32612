from __future__ import annotations

from datetime import timedelta

import pytest

from keylife.compliance.credential import Credential, Role
from keylife.compliance.limits import Limits, PartyLimit
from keylife.compliance.population import Population
from tests.compliance.builders import credential, key, violations

RULE = "count-within-limit"
DAY = timedelta(days=1)


def numbered(count: int, **facts: object) -> list[Credential]:
    return [credential(subject=f"urn:{number}", **facts) for number in range(count)]


def refused(subjects: list[Credential], limits: Limits) -> list[str]:
    population = Population()
    for subject in subjects:
        population.note(subject)
        population.note(subject)  # seen again in the same run, it counts once
    return [
        s.subject for s in subjects if violations(RULE, s, limits=limits, population=population)
    ]


@pytest.mark.parametrize("word", ["owners", "services"])
@pytest.mark.parametrize(("most", "over"), [(3, []), (2, ["urn:2"]), (1, ["urn:1", "urn:2"])])
def test_whatever_comes_after_the_last_is_refused(word: str, most: int, over: list[str]) -> None:
    limits = Limits(**{word: {"*": PartyLimit(keys=most)}})  # type: ignore[arg-type]

    assert refused(numbered(3), limits) == over


def test_each_owner_is_counted_alone() -> None:
    subjects = [*numbered(1), credential(subject="urn:other", owner="somebody-else")]

    assert refused(subjects, Limits(owners={"*": PartyLimit(keys=1)})) == []


def test_nothing_is_counted_that_is_deleted_or_part_of_a_key() -> None:
    subjects = [
        credential(subject="urn:gone", deleted=True),
        key(role=Role.VERSION, subject="urn:version"),
        key(),
    ]

    assert refused(subjects, Limits(owners={"team-payments": PartyLimit(keys=1)})) == []


def test_there_is_no_limit_by_default() -> None:
    assert refused(numbered(100), Limits()) == []
