"""A certificate holds, or it is none: whoever changes one has another, or nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylife.model.revocation import Reason
from keylife.revocation.certificate import Certificate, certify, read_certificate
from keylife.revocation.progress import Progress
from keylife.systems.system import Holding, Verdict
from tests.revocation.world import START, Told, Weather, World, live_through


def certificate(seed: int = 1, **weather: Any) -> Certificate:
    """Of a version that died."""
    return of(live_through(World(seed, Weather(**weather))))


def of(told: Told, weak: str = "") -> Certificate:
    """What is certified of a history."""
    return certify(
        "r1",
        "organization/payments/prod",
        holding(weak),
        told.progress,
        reason=Reason.KEY_COMPROMISE,
        by="oncall@example.com",
        ref="INC-7",
    )


def holding(weak: str = "") -> Holding:
    """What died."""
    return Holding(
        system="aws-iam",
        key="billing",
        version=1,
        place="aws-iam/AKIA1",
        facts={},
        urn="",
        provider="",
        window=10.0,
        weak=weak,
    )


def test_a_death_is_certified_with_its_latency() -> None:
    found = certificate()
    assert found.evidence == "proven"
    assert found.why_weak is None
    assert len(found.probes) == 3
    assert found.last_accepted_after_ms is not None
    assert found.first_refused is not None
    assert found.refused_after_ms is not None
    assert 0 <= found.last_accepted_after_ms < found.refused_after_ms < 1000
    assert found.certified - found.first_refused >= timedelta(seconds=10)
    assert read_certificate(found.body()) == found


def test_where_nobody_could_use_it_the_evidence_is_weak_and_says_why() -> None:
    found = certificate(secret_gone=True)
    assert found.evidence == "weak"
    assert found.why_weak is not None
    assert "its secret was not to be had" in found.why_weak


def test_what_never_told_is_weak_and_has_no_refusal() -> None:
    world = World(1, Weather(mute=Verdict.UNCLEAR), weak="keylife cannot ask it")
    found = of(live_through(world), weak="keylife cannot ask it")
    assert (found.evidence, found.why_weak) == ("weak", "keylife cannot ask it")
    assert found.first_refused is None
    assert found.refused_after_ms is None
    assert read_certificate(found.body()) == found
    for verdict in ("accepted", "refused"):
        told = json.loads(found.body())
        told["probes"][0]["verdict"] = verdict
        with pytest.raises(ValueError, match="says that it did not"):
            Certificate.model_validate_json(json.dumps(told))


def test_what_is_not_settled_has_no_certificate() -> None:
    with pytest.raises(ValueError, match="not settled"):
        certify(
            "r1",
            "s",
            holding(),
            Progress(asked=START, due=START),
            reason=Reason.SUPERSEDED,
            by="a",
            ref="b",
        )


LIES: list[tuple[str, Any, str]] = [
    ("a probe less", lambda c: c["probes"].pop(), "instants"),
    (
        "a probe less, and the end with it",
        lambda c: (c["probes"].pop(), c.update(certified=c["probes"][-1]["at"])),
        "enough",
    ),
    ("no probe", lambda c: c.update(probes=[]), "instants"),
    ("no refusal", lambda c: c.pop("first_refused"), "instants"),
    ("accepted in between", lambda c: c["probes"][1].update(verdict="accepted"), "not refused"),
    ("unclear in between", lambda c: c["probes"][1].update(verdict="unclear"), "not refused"),
    (
        "all at once",
        lambda c: (
            [probe.update(at=c["probes"][0]["at"]) for probe in c["probes"]],
            c.update(certified=c["probes"][0]["at"]),
        ),
        "enough",
    ),
    ("a longer window", lambda c: c.update(window_ms=60_000), "enough"),
    ("refused earlier", lambda c: c.update(first_refused=c["asked"]), "instants"),
    ("accepted later", lambda c: c.update(last_accepted=c["certified"]), "accepted after"),
    ("nobody used it", lambda c: [p.update(used=False) for p in c["probes"]], "nobody used"),
    (
        "neither alive nor listed",
        lambda c: c.update(seen_alive=False, corroborated=False),
        "nobody used",
    ),
    ("weak without a reason", lambda c: c.update(evidence="weak"), "says why"),
    ("proven with a reason", lambda c: c.update(why_weak="because"), "says why"),
    ("a field nobody knows", lambda c: c.update(note="trust me"), "extra"),
]


@pytest.mark.parametrize(("lie", "why"), [lie[1:] for lie in LIES], ids=[lie[0] for lie in LIES])
def test_a_certificate_that_does_not_hold_is_none(lie: Any, why: str) -> None:
    told = json.loads(certificate().body())
    lie(told)
    with pytest.raises(ValueError, match=f"(?i){why}"):
        read_certificate(json.dumps(told, sort_keys=True, separators=(",", ":")).encode())


@given(st.data())
def test_no_byte_can_change_unseen(data: st.DataObject) -> None:
    found = certificate()
    body = bytearray(found.body())
    where = data.draw(st.integers(0, len(body) - 1))
    body[where] ^= data.draw(st.integers(1, 255))
    try:
        changed = read_certificate(bytes(body))
    except ValueError:
        return
    assert changed.digest != found.digest
