"""How issuers are asked what an unfinished run left."""

from __future__ import annotations

import pytest

from keylife.orphan import Clients, Connection
from keylife.sandbox.aws.account import OTHER_ACCOUNT
from tests.sandbox.aws.running import sandbox


def test_an_account_behind_a_role_is_asked_as_that_role(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = sandbox()
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", aws.access.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", aws.access.secret_access_key)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    role = aws.access.other_account_role

    own = Clients(Connection(region="eu-west-1"))
    other = Clients(Connection(region="eu-west-1", role=role))

    assert own.aws("sts").get_caller_identity()["Account"] == "123456789012"
    assert other.aws("sts").get_caller_identity()["Account"] == OTHER_ACCOUNT
    assert other.aws("iam") is other.aws("iam")
