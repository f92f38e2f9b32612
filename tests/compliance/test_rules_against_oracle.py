"""All rules on random credentials, compared with an oracle written from their sentences."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

from keylife.compliance.context import Context
from keylife.compliance.finding import Severity
from keylife.compliance.judgement import judge_each, nowhere
from keylife.compliance.limits import Limits, PartyLimit
from keylife.compliance.population import Population
from keylife.compliance.rules import RULES, judge
from keylife.compliance.settings import Settings
from tests.compliance.builders import NOON, REGISTRY
from tests.compliance.random_credentials import random_credential
from tests.compliance.rule_oracle import DAY, OWNER_LIFE, refused_by

NEVER_OF_A_CREDENTIAL_ALONE = {
    "count-within-limit",
    "dead-reference",
    "prefer-no-key",
    "unique-claim",
    "unknown-credential-type",
    "waiver-valid",
}


def test_rules_and_oracle_agree(long: bool) -> None:
    population = Population()
    population.note_revoked("dead", "revoked 2026-11-20T09:30:00Z")
    population.note_revoked_material("revoked", "revoked 2026-11-20T09:30:00Z")
    owners = {name: PartyLimit(life=days * DAY) for name, days in OWNER_LIFE.items()}
    context = Context(NOON, Limits(owners=owners), REGISTRY, population)
    random, seen = Random(812), Counter[str]()

    for number in range(100_000 if long else 2_000):
        credential = random_credential(random)
        found = {
            finding.rule
            for rule in RULES
            for finding in judge(rule, credential, context)
            if finding.severity is Severity.VIOLATION
        }
        assert found == refused_by(credential, NOON), (number, credential)
        seen.update(found or {"accepted"})

    rules = {rule.id for rule in RULES} - NEVER_OF_A_CREDENTIAL_ALONE
    assert set(seen) == rules | {"accepted"}, "a rule that never refused was not tested"
    assert min(seen.values()) >= 5, seen


def test_many_alike_are_judged_as_each_of_them_alone(long: bool) -> None:
    random, population = Random(907), Population()
    population.note_revoked("dead", "revoked 2026-11-20T09:30:00Z")
    seen = [random_credential(random) for _ in range(20_000 if long else 1_000)]
    credentials = [
        each._replace(subject=f"{each.subject}-{number}-{twin}", id=name)
        for number, each in enumerate(seen)
        for twin, name in enumerate((each.id, "dead", "another"))
    ]
    random.shuffle(credentials)
    for each in credentials:
        population.note(each)
    limits = Limits(owners={"*": PartyLimit(keys=20)})
    context = Context(NOON, limits, REGISTRY, population)

    together = judge_each(credentials, context, Settings(), RULES, nowhere)

    alone = [
        found for each in credentials for rule in RULES for found in judge(rule, each, context)
    ]
    assert Counter(located.finding for located in together.found) == Counter(alone)
    assert {found.rule for found in alone} > {"no-resurrection", "count-within-limit"}


def test_a_rule_that_does_not_ask_for_the_name_says_the_same_under_another() -> None:
    random = Random(910)
    context = Context(NOON, Limits(), REGISTRY, Population())
    nameless = [rule for rule in RULES if rule.nameless]
    assert nameless

    for _ in range(2_000):
        one = random_credential(random)
        other = one._replace(subject="dev/another", id="another")
        for rule in nameless:
            renamed = [replace(found, subject="dev/another") for found in judge(rule, one, context)]
            assert renamed == [*judge(rule, other, context)], rule.id
