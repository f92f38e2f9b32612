"""A rebuild that cannot be sure changes nothing, and says why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import hvac.exceptions
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from keylife.model.key import Key
from keylife.model.ledger import IssuedVersion, KeyRecord
from keylife.orphan import Clients
from keylife.rebuild.rebuild import NoAnswerError, NotEmptyError, Rebuilt, rebuild
from keylife.rebuild.state import StackName
from tests.program.declared import declare, key

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EMPTY: dict[str, Any] = {"version": 3, "deployment": {}}


def rebuilt(
    declared: Key, clients: Clients, export: dict[str, Any] = EMPTY, **more: Any
) -> Rebuilt:
    return rebuild(
        declare(declared),
        export,
        name=StackName("organization", "keylife", "dev"),
        config={},
        clients_of=lambda _target: clients,
        at=NOON,
        **more,
    )


class Refusing(Clients):
    """Whatever is asked, this is the answer."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error
        self.asked = 0

    def aws(self, service: str) -> Any:
        self.asked += 1
        raise self.error

    @property
    def vault(self) -> Any:
        self.asked += 1
        raise self.error


CODE = {"Error": {"Code": "AccessDenied", "Message": "canary is not authorized"}}


def test_of_a_key_whose_versions_no_tag_tells_apart_nothing_is_written_down() -> None:
    scope = {"policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}
    asked = Refusing(AssertionError("nobody is to be asked"))

    found = rebuilt(key(kind="aws-user-access-key", scope=scope), asked)

    assert (found.keys, found.not_looked_for, asked.asked) == ((), ("billing",), 0)


@pytest.mark.parametrize("kind", ["aws-user-access-key", "vault-pki-certificate", "of-a-package"])
def test_of_what_is_not_looked_for_no_version_is_called_gone(kind: str) -> None:
    asked = Refusing(AssertionError("nobody is to be asked"))
    subject = {"role": "web", "common_name": "api.example.com"}
    declared = key(kind="vault-pki-certificate", scope=subject).model_copy(update={"kind": kind})
    born = IssuedVersion.model_validate(
        {
            **{"number": 1, "birth": NOON, "expiry": NOON + timedelta(days=30)},
            **{"rotation_due": NOON + timedelta(days=21), "grace": timedelta(days=9)},
            **{"cause": "first", "owner": "team", "service": "billing", "scope": subject},
        }
    )
    kept = {"billing": KeyRecord(id="billing", kind=kind, versions=(born,))}

    found = rebuilt(declared, asked, remembered={} if kind.startswith("vault") else kept)

    assert (found.keys, found.not_looked_for, asked.asked) == ((), ("billing",), 0)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(
            ClientError(CODE, "ListUsers"),  # type: ignore[arg-type]
            "AWS cannot be asked: ListUsers: AccessDenied",
            id="AWS refuses",
        ),
        pytest.param(
            hvac.exceptions.Forbidden("canary", errors=["permission denied"]),
            "Vault cannot be asked: permission denied",
            id="Vault refuses",
        ),
        pytest.param(
            EndpointConnectionError(endpoint_url="https://canary"),
            "an issuer cannot be asked: EndpointConnectionError",
            id="nobody answers",
        ),
    ],
)
def test_an_issuer_that_cannot_be_asked_is_no_empty_one(error: Exception, told: str) -> None:
    with pytest.raises(NoAnswerError) as refused:
        rebuilt(key(), Refusing(error))

    assert str(refused.value) == told
    assert "canary" not in repr(refused.value)


@pytest.mark.parametrize("there", [{"resources": [{}]}, {"pending_operations": [{}]}])
def test_a_state_that_is_not_empty_is_not_rebuilt(there: Any) -> None:
    clients = Refusing(AssertionError())

    with pytest.raises(NotEmptyError, match="nothing is lost"):
        rebuilt(key(), clients, {"deployment": there})

    assert clients.asked == 0
