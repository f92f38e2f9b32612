"""A declared key: what it must say, each rule with what is accepted beside what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from keylife.model.key import DeliverySpec, Key
from keylife.model.revocation import Reason
from tests.program.declared import key

AT = "2026-11-23T09:30:00Z"
TOMBSTONE = {"at": AT, "reason": "superseded", "by": "oncall@example.com", "ref": "OPS-2"}
EXISTING = {"created": AT, "credential": {"access_key": "AKIA", "user": "ci"}}
KV = {"vault-kv": {"mount": "secret", "path": "a"}}

TWINS: list[Any] = [
    pytest.param({"id": "a"}, {"id": ""}, id="an id has a character"),
    pytest.param({"id": "a" * 63}, {"id": "a" * 64}, id="and no more than 63"),
    pytest.param({"id": "billing-2"}, {"id": "Billing"}, id="in lower case"),
    pytest.param({"id": "billing-2"}, {"id": "billing_2"}, id="without underscores"),
    pytest.param({"id": "billing"}, {"id": "billing\n"}, id="on one line"),
    pytest.param({"id": "2"}, {"id": "٢"}, id="in digits everybody reads"),
    pytest.param({"kind": "x"}, {"kind": 7}, id="a kind is a name"),
    pytest.param({"service": "s"}, {"service": "a b"}, id="a service is a name"),
    pytest.param({"owner": "o"}, {"owner": None}, id="an owner is a name"),
    pytest.param({"purpose": "é"}, {"purpose": " "}, id="a purpose is words"),
    pytest.param({"purpose": "x"}, {"purpose": "x\ny"}, id="in one line"),
    pytest.param({"purpose": "x"}, {"purpose": "x\x9b2J"}, id="that no terminal obeys"),
    pytest.param({"scope": {}}, {"scope": []}, id="a scope is a mapping"),
    pytest.param({"scope": {"a": [1]}}, {"scope": {"a": {1, 2}}}, id="of what JSON has"),
    pytest.param({"ttl": "3650d"}, {"ttl": "3651d"}, id="a TTL is ten years at most"),
    pytest.param({"ttl": "22d"}, {"ttl": "0d"}, id="and never nothing"),
    pytest.param({"rotate_every": "1s"}, {"rotate_every": "0s"}, id="a rotation comes some day"),
    pytest.param({"quarantine": "0s"}, {"quarantine": "-1s"}, id="a quarantine may be none"),
    pytest.param({"deliver": [KV]}, {"deliver": []}, id="it is delivered somewhere"),
    pytest.param({"deliver": [KV, KV]}, {"deliver": KV}, id="to a list of places"),
    pytest.param(
        {"rotations": [{"at": AT, "reason": "superseded"}]},
        {"rotations": [{"at": AT}]},
        id="a request says why",
    ),
    pytest.param({"revoked": TOMBSTONE}, {"revoked": {**TOMBSTONE, "ref": ""}}, id="where"),
    pytest.param({"revoked": TOMBSTONE}, {"revoked": {**TOMBSTONE, "by": " "}}, id="who"),
    pytest.param(
        {"revoked": {**TOMBSTONE, "reason": "keyCompromise"}},
        {"revoked": {**TOMBSTONE, "reason": "certificateHold"}},
        id="a key that ends never comes back",
    ),
    pytest.param({"revoked": TOMBSTONE}, {"revoked": {**TOMBSTONE, "at": "today"}}, id="when"),
    pytest.param({"revoked": None}, {"revoked": True}, id="a tombstone is more than a word"),
    pytest.param(
        {"imported": {**EXISTING, "adopts": {"access_key": "ci"}}},
        {"imported": {**EXISTING, "adopts": {"access_key": "ci"}}, "target": "far"},
        id="what is adopted stays where it is",
    ),
    pytest.param(
        {"imported": EXISTING, "target": "far"},
        {"imported": {**EXISTING, "adopts": {}}, "target": "far"},
        id="what is not may be anywhere",
    ),
]


@pytest.mark.parametrize(("accepted", "refused"), TWINS)
def test_what_a_key_says(accepted: Mapping[str, Any], refused: Mapping[str, Any]) -> None:
    assert key(**accepted)
    with pytest.raises(ValidationError):
        key(**refused)


@pytest.mark.parametrize(
    "field",
    sorted(
        {*Key.model_fields}
        - {"target", "quarantine", "gateways", "imported", "rotations", "revoked"}
    ),
)
def test_nothing_that_matters_has_a_default(field: str) -> None:
    settings = {n: v for n, v in key().model_dump(mode="json").items() if n != field}

    with pytest.raises(ValidationError, match=f"{field}\n  Field required"):
        Key.model_validate(settings)


def test_a_field_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError, match="expires"):
        key(expires="never")


@pytest.mark.parametrize(("rotate_every", "fits"), [("29d", True), ("30d", False), ("31d", False)])
def test_a_rotation_comes_before_the_end(*, rotate_every: str, fits: bool) -> None:
    if fits:
        assert key(ttl="30d", rotate_every=rotate_every).grace == timedelta(days=1)
    else:
        with pytest.raises(ValidationError, match="must be shorter than the TTL"):
            key(ttl="30d", rotate_every=rotate_every)


def test_what_is_not_said_is_a_quarantine_of_a_day_and_nothing_else() -> None:
    assert key().quarantine == timedelta(days=1)
    assert (key().rotations, key().revoked) == ((), None)


def test_a_key_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        key().ttl = timedelta(days=400)  # type: ignore[misc]  # mypy knows it too


def test_a_key_survives_being_written_down() -> None:
    whole = key(revoked=TOMBSTONE, rotations=[{"at": AT, "reason": "keyCompromise"}])

    assert Key.model_validate(whole.model_dump()) == whole
    assert Key.model_validate_json(whole.model_dump_json()) == whole
    assert whole.rotations[0].reason is Reason.KEY_COMPROMISE


def test_a_delivery_is_one_entry_its_name_then_its_settings() -> None:
    [spec] = key(deliver=[KV]).deliver

    assert spec == DeliverySpec(kind="vault-kv", settings={"mount": "secret", "path": "a"})


@pytest.mark.parametrize(
    "wrong", [{}, {"a": {}, "b": {}}, {"vault-kv": None}, {"vault-kv": []}, {"Vault": {}}, "a", 7]
)
def test_anything_else_is_no_delivery(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        key(deliver=[wrong])
