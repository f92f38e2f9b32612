"""Latency is what the certificates say, and weak ones say nothing."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from keylife.revocation.certificate import Certificate
from keylife.revocation.latency import latencies
from tests.revocation.test_certificate import certificate

PROVEN, WEAK = certificate(), certificate(secret_gone=True)


def after(milliseconds: int, system: str = "aws-iam") -> Certificate:
    """A certificate of a version that was first refused so long after the request."""
    assert PROVEN.first_refused is not None
    asked = PROVEN.first_refused - timedelta(milliseconds=milliseconds)
    return PROVEN.model_copy(update={"asked": asked, "system": system})


@given(st.lists(st.integers(0, 10**7), min_size=1))
def test_percentiles_are_values_that_so_many_do_not_exceed(values: list[int]) -> None:
    [found] = latencies(map(after, values))
    assert found.count == len(values)
    assert found.worst == max(values)
    for percent, told in ((50, found.p50), (99, found.p99)):
        assert told in values
        assert told is not None
        assert sum(value <= told for value in values) * 100 >= percent * len(values)
        assert sum(value < told for value in values) * 100 < percent * len(values)


def test_systems_are_told_apart_and_weak_evidence_is_counted_and_not_measured() -> None:
    weak = WEAK.model_copy(update={"system": "ssm-parameter"})
    found = latencies([after(10, "vault-kv"), weak, after(30, "vault-kv"), after(5), weak])
    assert [(each.system, each.count, each.weak, each.p50) for each in found] == [
        ("aws-iam", 1, 0, 5),
        ("ssm-parameter", 0, 2, None),
        ("vault-kv", 2, 0, 10),
    ]
    assert latencies([]) == ()
