"""From subjects to a verdict: levels, waivers, places."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import PurePath
from typing import Any, ClassVar

import pytest

from keylife.compliance.context import Context
from keylife.compliance.credential import NeverExpires, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.judgement import judge_all
from keylife.compliance.rules import RULES
from keylife.compliance.rules.rule import Rule, violation
from keylife.compliance.settings import Level, Settings
from keylife.compliance.verdict import Place, Verdict
from keylife.compliance.waivers import Waiver
from keylife.errors import UsageError
from tests.compliance.builders import NOON, REGISTRY, credential, key

DAY = timedelta(days=1)
ENDLESS = key(expiry=NeverExpires("unset", "set it"), subject="dev/billing-deploy")


def judged(*subjects: Subject, **how: Any) -> Verdict:
    return judge_all(subjects, at=NOON, registry=REGISTRY, **how)


def waiver(**facts: Any) -> Waiver:
    told = {"rule": "expiry-required", "key": "billing-deploy", "until": NOON + 30 * DAY}
    return Waiver(**{"reason": "moves to OIDC", "approver": "ciso", **told, **facts})


def rules(verdict: Verdict) -> list[str]:
    return [located.finding.rule for located in verdict.findings]


def test_what_is_compliant_passes_and_is_counted() -> None:
    verdict = judged(key(), credential())

    assert (verdict.findings, verdict.subjects) == ((), 2)
    assert verdict.rules == tuple(rule.id for rule in RULES)


@pytest.mark.parametrize(
    ("level", "violated", "warned"),
    [
        (Level.MANDATORY, ["expiry-required"], []),
        (Level.ADVISORY, [], ["expiry-required"]),
        (Level.DISABLED, [], []),
    ],
)
def test_a_level_decides_what_becomes_of_a_finding(
    level: Level, violated: list[str], warned: list[str]
) -> None:
    verdict = judged(ENDLESS, settings=Settings(levels={"expiry-required": level}))

    assert [f.finding.rule for f in verdict.violations] == violated
    assert [f.finding.rule for f in verdict.warnings] == warned
    assert ("expiry-required" in verdict.rules) is (level is not Level.DISABLED)


@pytest.mark.parametrize(
    ("facts", "waived"),
    [
        pytest.param({}, True, id="of this rule for this key"),
        pytest.param({"rule": "ttl-within-limit"}, False, id="of another rule"),
        pytest.param({"key": "billing"}, False, id="for another key"),
        pytest.param({"key": "urn:*"}, False, id="for what has a URN"),
        pytest.param({"until": NOON}, False, id="that is over"),
        pytest.param({"until": None}, False, id="without an end"),
    ],
)
def test_a_waiver_covers_what_it_says_for_as_long_as_it_says(
    facts: dict[str, Any], waived: bool
) -> None:
    verdict = judged(ENDLESS, settings=Settings(waivers=(waiver(**facts),)))

    assert [w.located.finding.rule for w in verdict.waived] == ["expiry-required"] * waived
    assert ("expiry-required" in rules(verdict)) is not waived
    ends = facts.get("until", NOON + DAY)
    assert ("waiver-valid" in rules(verdict)) is (ends is None or ends <= NOON)


def test_a_waiver_for_urns_covers_those_that_fit() -> None:
    a, b = (credential(subject=f"urn:{n}", expiry=NeverExpires("", "")) for n in "ab")
    two = [waiver(rule=rule, key="urn:a*") for rule in ("expiry-required", "managed-only")]

    verdict = judged(a, b, settings=Settings(waivers=tuple(two)))

    assert {w.located.finding.subject for w in verdict.waived} == {"urn:a"}
    assert {f.finding.subject for f in verdict.findings} == {"urn:b"}


def test_of_two_waivers_the_longer_one_is_told() -> None:
    two = (waiver(reason="short", until=NOON + 20 * DAY), waiver(reason="long"))

    [waived] = judged(ENDLESS, settings=Settings(waivers=two)).waived

    assert (waived.reason, waived.until) == ("long", NOON + 30 * DAY)


def test_no_waiver_waives_a_waiver() -> None:
    over = waiver(until=NOON - DAY, place=Place(PurePath("keylife.yaml"), 3, 5))
    about = waiver(rule="waiver-valid", key="billing-deploy")

    verdict = judged(ENDLESS, settings=Settings(waivers=(over, about)))

    [found] = [f for f in verdict.findings if f.finding.rule == "waiver-valid"]
    assert str(found.place) == "keylife.yaml:3:5"
    assert verdict.waived == ()


def test_nobody_asked_is_no_answer() -> None:
    none = Settings(levels={rule.id: Level.DISABLED for rule in RULES})

    with pytest.raises(UsageError, match="no rule is asked"):
        judged(key(), settings=none)
    with pytest.raises(UsageError, match="no rule is asked"):
        judged(key(), rules=())


class Raising(Rule):
    id: ClassVar[str] = "raising"
    says: ClassVar[str] = "It breaks."

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        raise RuntimeError("s3cr3t")
        yield violation(self, subject, "", "")


def test_a_rule_that_raises_is_a_finding_that_quotes_nothing() -> None:
    [found] = judged(key(), rules=(Raising(),)).violations

    assert "RuntimeError" in found.finding.message
    assert "s3cr3t" not in str(found.finding)


def test_what_is_deleted_is_judged_by_the_rules_of_deletions_only() -> None:
    gone = credential(expiry=NeverExpires("", ""), owner="nobody", deleted=True)

    assert judged(gone).findings == ()


def test_violations_come_first_and_the_order_is_the_same() -> None:
    subjects = [
        key(subject="b", service="old", expiry=NeverExpires("", "")),
        key(subject="a", id="a", service="old"),
    ]
    forth, back = judged(*subjects).findings, judged(*reversed(subjects)).findings

    assert forth == back
    assert [f.finding.severity for f in forth] == ["violation", "warning", "warning"]
