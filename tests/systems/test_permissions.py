"""What the page of permissions says is enough for revoking is enough, and is no more than needed
to see that it was done."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from keylife.orphan import Clients
from keylife.systems.system import Verdict
from keylife.systems.table import SYSTEMS
from tests.systems import (
    test_aws_further,
    test_aws_iam,
    test_aws_role_sessions,
    test_ssm_parameter,
    test_vault_approle,
    test_vault_kv,
    test_vault_pki,
    test_vault_token,
)
from tests.systems.doing import done

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/permissions.md"


def block(kind: str) -> str:
    """The block of a language in the section on revoking."""
    section = PAGE.read_text().partition("## Revoking")[2].partition("\n## ")[0]
    found = re.search(rf"```{kind}\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def in_vault(clients: Clients, name: str, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """An operator who may do just that, at this test's mounts."""
    text = block("hcl")
    for there, here in (
        ("auth/approle/", f"auth/{name}/"),
        ('"pki/', f'"{name}-pki/'),
        ("/billing/*", f"/{name}/*"),
    ):
        assert there in text
        text = text.replace(there, here)
    clients.vault.sys.create_or_update_policy(name, text)
    made = clients.vault.auth.token.create_orphan(policies=[name], no_default_policy=True)
    monkeypatch.setenv("VAULT_TOKEN", made["auth"]["client_token"])
    return Clients()


def test_in_vault(clients: Clients, in_vault: Clients, name: str) -> None:
    clients.vault.sys.enable_auth_method("approle", path=name)
    role = test_vault_approle.made(clients, name, f"keylife-{name}-v1")
    test_vault_kv.write(clients, f"{name}/place", 1, {"token": "value"})
    held: list[Any] = [
        test_vault_token.held(name, test_vault_token.made(clients, name)),
        (role.held, role.material),
        test_vault_pki.issue(clients, test_vault_pki.made(clients, f"{name}-pki")),
        (test_vault_kv.held(f"{name}/place", 1), {}),
    ]

    for each, material in held:
        system = SYSTEMS[each.system]
        assert system.use(each, material, in_vault).verdict is Verdict.ACCEPTED
        assert system.look(each, in_vault).verdict is Verdict.ACCEPTED
        done(each, in_vault)
        done(each, in_vault)
        assert system.use(each, material, in_vault).verdict is Verdict.REFUSED
        assert system.look(each, in_vault).verdict is Verdict.REFUSED


@pytest.fixture
def in_aws(clients: Clients, name: str, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """An operator who may do just that, of what the sandbox can judge."""
    document = json.loads(block("json").replace("parameter/billing/*", f"parameter/{name}-ssm"))
    kept = [s for s in document["Statement"] if s["Sid"] != "KeylifeRevokeSecrets"]
    assert len(kept) == len(document["Statement"]) - 1
    iam = clients.aws("iam")
    text = json.dumps({**document, "Statement": kept})
    arn = iam.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]["Arn"]
    iam.create_user(UserName=f"{name}-operator")
    iam.attach_user_policy(UserName=f"{name}-operator", PolicyArn=arn)
    key = iam.create_access_key(UserName=f"{name}-operator")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    return Clients()


def test_in_aws(clients: Clients, in_aws: Clients, name: str) -> None:
    key, material = test_aws_iam.made(clients, name)
    iam = clients.aws("iam")
    iam.create_login_profile(UserName=name, Password="Aa1!Aa1!Aa1!")
    iam.create_group(GroupName=name)
    iam.add_user_to_group(UserName=name, GroupName=name)
    began, _, sessions = test_aws_role_sessions.leaked(clients, f"{name}-began")
    trust = {"Effect": "Allow", "Principal": {"AWS": sessions.facts["arn"]}}
    text = json.dumps({"Version": "2012-10-17", "Statement": {**trust, "Action": "sts:AssumeRole"}})
    iam.create_role(Path="/billing/", RoleName=name, AssumeRolePolicyDocument=text)
    done(began, clients)
    held: list[Any] = [
        (key, material),
        (sessions, {}),
        test_aws_further.credential(clients, f"{name}-service"),
        test_aws_further.gateway_key(clients, name)[:2],
        (test_ssm_parameter.write(clients, f"{name}-ssm", 1, {"token": "value"}), {}),
    ]

    for each, secret in held:
        system = SYSTEMS[each.system]
        assert system.use(each, secret, in_aws).verdict is Verdict.ACCEPTED
        done(each, in_aws)
        done(each, in_aws)  # as after a lost answer: what is gone is seen to be gone
        assert system.use(each, secret, in_aws).verdict is Verdict.REFUSED
        assert system.look(each, in_aws).verdict is Verdict.REFUSED
    iam.delete_role_policy(RoleName=name, PolicyName="keylife-sessions")
    iam.delete_role(RoleName=name)
