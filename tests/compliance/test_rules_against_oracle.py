"""All rules on random credentials, compared with an oracle written from their sentences."""

from __future__ import annotations

from collections import Counter
from random import Random

from keylife.compliance.context import Context
from keylife.compliance.finding import Severity
from keylife.compliance.limits import Limits, PartyLimit
from keylife.compliance.population import Population
from keylife.compliance.rules import RULES, judge
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
