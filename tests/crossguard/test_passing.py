"""Policies are passed over only where nobody has anything to judge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pulumi_policy import EnforcementLevel, ResourceValidationPolicy

from keylife.crossguard import policies
from keylife.model.ledger import Ledger
from tests.crossguard.analyzer import Analyzer, Reported, urn
from tests.crossguard.test_pack import STACK, TOKEN

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BUCKET = "aws:s3/bucket:Bucket"
ENDLESS = {"policies": ["ci"]}
Policies = list[ResourceValidationPolicy]


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Policies]:
    (tmp_path / "services.yaml").write_text("services: []\n")
    (tmp_path / "owners.yaml").write_text("owners:\n  - {id: team, contact: t@example.com}\n")

    def make(levels: dict[str, EnforcementLevel] | None = None) -> Policies:
        return policies(
            beside=tmp_path, declarations=".", levels=levels, ledger=Ledger, clock=lambda: NOW
        )

    return make


def count(found: Policies) -> dict[str, int]:
    """How often each policy says that it validates, from now on."""
    counted: dict[str, int] = {}
    for policy in found:
        answer = policy.has_validation

        def counting(name: str = policy.name, answer: Callable[[], bool] = answer) -> bool:
            said = answer()
            counted[name] = counted.get(name, 0) + said
            return said

        policy.has_validation = counting  # type: ignore[method-assign]
    return counted


def test_what_bears_no_credential_is_seen_by_one_policy(asked: Callable[..., Policies]) -> None:
    found = asked()
    analyzer, counted = Analyzer(found), count(found)
    analyzer.analyze(STACK, {})
    assert set(counted.values()) == {1}, "each has to be told its configuration"

    for number in range(5):
        analyzer.analyze(BUCKET, {"bucket": "b"}, name=f"b{number}", provider={})

    assert {name: times - 1 for name, times in counted.items() if times > 1} == {
        "expiry-required": 5
    }


def reports(found: Policies, configuration: Any = None) -> list[list[Reported]]:
    analyzer = Analyzer(found, configuration)
    team = urn("my:p:Team", "t")
    return [
        analyzer.analyze(STACK, {}),
        analyzer.analyze(BUCKET, {}, provider={}),
        analyzer.analyze(TOKEN, ENDLESS, provider={}),
        analyzer.analyze(BUCKET, {}, name="next", provider={}),
        analyzer.analyze("my:p:Team", {"tags": {"team": "team"}}, name="t"),
        analyzer.analyze(f"my:p:Team${TOKEN}", ENDLESS, provider={}, parent=team),
        analyzer.analyze(TOKEN, ENDLESS, provider={}),
    ]


@pytest.mark.parametrize("seed", range(8))
def test_no_order_of_the_policies_hides_a_finding(
    asked: Callable[..., Policies], seed: int
) -> None:
    """Of a list in another order nobody is passed over, so that nothing stale is believed."""
    expected = reports(asked())
    shuffled = asked()
    Random(seed).shuffle(shuffled)

    assert [set(r) for r in reports(shuffled)] == [set(r) for r in expected]
    assert [set(r) for r in reports(asked()[::-1])] == [set(r) for r in expected]


def test_neither_does_one_that_is_switched_off(asked: Callable[..., Policies]) -> None:
    off = {"expiry-required": EnforcementLevel.DISABLED}
    expected = [{r for r in found if r.policy != "expiry-required"} for found in reports(asked())]

    assert [set(found) for found in reports(asked(off))] == expected


def test_what_an_ancestor_states_by_a_tag_of_ones_own_is_remembered(
    asked: Callable[..., Policies],
) -> None:
    """The component itself has nothing to judge, and what is below it inherits its tag."""
    configured = {"owner-known-and-active": {"tags": ["team"]}}

    below = reports(asked(), configured)[5]
    apart = reports(asked(), configured)[6]

    assert "owner-known-and-active" not in {found.policy for found in below}
    assert "owner-known-and-active" in {found.policy for found in apart}
