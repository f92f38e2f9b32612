"""Vendors' errors become words without what was sent; what nobody can use is said to be so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from keylife.orphan import Clients
from keylife.revocation.course import SystemSilentError
from keylife.revocation.hands import SystemHands
from keylife.systems.aws_iam import AwsIam
from keylife.systems.system import Answer, Holding, Material, Step, System, Verdict
from keylife.systems.vault_kv import VaultKv
from tests.store.builders import holding

SECRET = "canary-a5f1"  # it must not show


def throttled() -> ClientError:
    """What boto3 raises, with a secret in its text."""
    told: Any = {"Code": "Throttling", "Message": f"not now, {SECRET}"}
    return ClientError({"Error": told}, "DeleteAccessKey")


def hands(system: System, material: Material | None) -> SystemHands:
    return SystemHands(system, lambda _: Clients(), lambda _: material)


def answers_with(
    monkeypatch: pytest.MonkeyPatch, system: type, how: Callable[..., Answer], method: str = "use"
) -> None:
    monkeypatch.setattr(system, method, how)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (throttled(), "AWS answered: DeleteAccessKey: Throttling"),
        (
            EndpointConnectionError(endpoint_url=f"http://x/{SECRET}"),
            "no answer (EndpointConnectionError)",
        ),
    ],
)
def test_a_step_that_fails_says_why_and_nothing_more(error: Exception, said: str) -> None:
    def fail(holding: Holding, clients: Clients) -> str:
        raise error

    with pytest.raises(SystemSilentError) as found:
        hands(AwsIam(), {}).act(Step("delete", fail), holding())
    assert str(found.value) == said
    assert SECRET not in repr(found.value)
    assert found.value.__cause__ is None


def test_a_look_that_fails_is_unclear_and_never_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Answer:
        raise throttled()

    for method in ("use", "look"):
        answers_with(monkeypatch, AwsIam, fail, method)
    mine = hands(AwsIam(), {"access_key_id": "AKIA1", "secret_access_key": SECRET})
    for answer in (mine.use(holding()), mine.look(holding())):
        assert answer == Answer(Verdict.UNCLEAR, "AWS answered: DeleteAccessKey: Throttling")


def test_an_issuers_version_without_its_secret_is_not_used() -> None:
    assert hands(AwsIam(), None).use(holding()) is None


def test_a_delivery_is_read_without_any_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Material] = []

    def read(self: object, held: Holding, material: Material, clients: Clients) -> Answer:
        given.append(material)
        return Answer(Verdict.REFUSED, "404")

    answers_with(monkeypatch, VaultKv, read)
    answer = hands(VaultKv(), None).use(holding("vault-kv/secret/billing/aws"))
    assert answer == Answer(Verdict.REFUSED, "404")
    assert given == [{}]
