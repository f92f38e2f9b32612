"""Which secret outputs of a resource stand in the clear."""

from __future__ import annotations

from typing import Any

import pytest

from keylife.compliance.exposures import exposed_outputs
from keylife.compliance.options import Options
from keylife.compliance.resource import Resource

ACTIVATION = "aws:ssm/activation:Activation"
TOKEN = "vault:index/token:Token"


def exposed(type_token: str, **facts: Any) -> tuple[str, ...]:
    urn = f"urn:pulumi:dev::p::{type_token}::n"
    return exposed_outputs(type_token, Resource(urn, type_token, {}, provider={}, **facts))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        pytest.param({}, (), id="a gate that sees neither program nor state cannot tell"),
        pytest.param({"options": Options(secret_outputs=())}, ("activationCode",), id="unmarked"),
        pytest.param({"options": Options(secret_outputs=("activationCode",))}, (), id="marked"),
        pytest.param({"secret_outputs": frozenset({"activationCode"})}, (), id="encrypted"),
        pytest.param(
            {"secret_outputs": frozenset(), "plain_outputs": frozenset({"activationCode"})},
            ("activationCode",),
            id="in clear",
        ),
    ],
)
def test_what_its_sdk_does_not_mark_the_program_has_to(
    facts: dict[str, Any], said: tuple[str, ...]
) -> None:
    assert exposed(ACTIVATION, **facts) == said


def test_what_its_sdk_marks_may_be_in_clear_in_a_state_that_something_else_wrote() -> None:
    shown = frozenset({"clientToken", "displayName"})

    assert exposed(TOKEN, secret_outputs=frozenset(), plain_outputs=shown) == ("clientToken",)
    assert exposed(TOKEN, secret_outputs=frozenset({"clientToken"})) == ()


def test_what_is_no_secret_may_be_in_clear() -> None:
    outputs = frozenset({"encryptedSecret", "user", "id"})

    assert exposed("aws:iam/accessKey:AccessKey", plain_outputs=outputs) == ()
