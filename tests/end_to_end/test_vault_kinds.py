"""Vault's kinds and generated secrets, with the real CLI, told by who logs in and who verifies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import hvac
import pytest
from cryptography import x509
from hvac.exceptions import Forbidden, InvalidRequest

from keylife.kinds.generated import is_generated
from tests.end_to_end.oracle import Oracle
from tests.end_to_end.project import Project

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.timeout(1200),
]

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LIFE = {"ttl": "40d", "rotate_every": "21d"}
"""Longer than Vault's longest lease by default, which is 32 days."""


def declare(project: Project, word: str, kind: str, scope: dict[str, Any]) -> dict[str, Any]:
    return project.declared.vault(word, kind=kind, scope=scope, **LIFE)


def read(oracle: Oracle, project: Project, word: str) -> Mapping[str, str]:
    copy = oracle.kv(project.names.path(word))
    assert copy is not None
    return copy.secret


class Authority:
    """A PKI mount as its own people run it."""

    def __init__(self, oracle: Oracle, mount: str) -> None:
        self.vault, self.mount = oracle.vault, mount
        self.vault.sys.enable_secrets_engine("pki", path=mount, config={"max_lease_ttl": "87600h"})
        root = {"common_name": "ca.example.com", "ttl": "87600h"}
        self.vault.write_data(f"{mount}/root/generate/internal", data=root)
        role = {"allowed_domains": "example.com", "allow_subdomains": True}
        self.vault.write_data(f"{mount}/roles/web", data=role)

    def revoked(self) -> set[int]:
        """The serial numbers on its list."""
        pem = self.vault.read(f"{self.mount}/cert/crl")["data"]["certificate"]
        return {entry.serial_number for entry in x509.load_pem_x509_crl(pem.encode())}


class Mount:
    """An AppRole auth mount, and who logs in there."""

    def __init__(self, oracle: Oracle, path: str) -> None:
        self.oracle, self.path = oracle, path
        oracle.vault.sys.enable_auth_method("approle", path=path)

    def log_in(self, secret: Mapping[str, str]) -> dict[str, Any]:
        client = hvac.Client(self.oracle.vault.url)
        answer = client.auth.approle.login(**secret, mount_point=self.path)
        granted: dict[str, Any] = answer["auth"]
        return granted

    def accepts(self, secret: Mapping[str, str]) -> bool:
        try:
            self.log_in(secret)
        except (InvalidRequest, Forbidden):
            return False
        return True

    def works(self, token: str) -> bool:
        return bool(self.oracle.vault_answers({"token": token}))


def test_what_vault_issues_works_overlaps_and_ends(project: Project, oracle: Oracle) -> None:
    names = project.names
    mount = Mount(oracle, f"approle-{names.mark}")
    authority = Authority(oracle, f"pki-{names.mark}")
    scope: dict[str, Any] = {"mount": mount.path, "policies": ["kv-read"]}
    role = declare(project, "robot", "vault-approle-secret-id", scope)
    subject = {"mount": authority.mount, "role": "web", "common_name": "api.example.com"}
    tls = declare(project, "tls", "vault-pki-certificate", subject)
    hook = declare(project, "hook", "generated", {"accepted_by": "the shop's web hook"})

    project.deploy(NOON)

    robot_1, tls_1 = read(oracle, project, "robot"), read(oracle, project, "tls")
    login_1 = mount.log_in(robot_1)
    token_1 = login_1["client_token"]
    assert mount.works(token_1)
    assert login_1["lease_duration"] == 15 * 60
    assert login_1["token_policies"] == ["kv-read"]
    assert login_1["metadata"]["keylife-key"] == role["id"]
    certificate_1 = x509.load_pem_x509_certificate(tls_1["certificate"].encode())
    assert certificate_1.not_valid_after_utc == NOON + 40 * DAY
    certificate_1.verify_directly_issued_by(
        x509.load_pem_x509_certificate(tls_1["ca_chain"].encode())
    )

    hook_1 = read(oracle, project, "hook")["secret"]
    assert is_generated(hook_1)

    answer = project.deploy(NOON)
    assert set(project.steps(answer)) == {"unchanged"}

    # A run 22 days later rotates; meanwhile somebody revokes the first secret id by hand.
    hook["scope"] = {"accepted_by": "the web hook of the shop, which reads it on start"}
    project.deploy(NOON + 22 * DAY)

    hook_2 = read(oracle, project, "hook")["secret"]
    assert is_generated(hook_2) and hook_2 != hook_1
    robot_2, tls_2 = read(oracle, project, "robot"), read(oracle, project, "tls")
    assert robot_2 != robot_1
    assert mount.accepts(robot_1) and mount.accepts(robot_2)
    token_2 = mount.log_in(robot_2)["client_token"]
    certificate_2 = x509.load_pem_x509_certificate(tls_2["certificate"].encode())
    assert certificate_2.serial_number != certificate_1.serial_number
    assert authority.revoked() == set()
    oracle.vault.auth.approle.destroy_secret_id(
        robot_1["role_id"], robot_1["secret_id"], mount_point=mount.path
    )
    assert not mount.accepts(robot_1)
    hook["scope"] = {"accepted_by": "the web hook"}
    assert mount.works(token_1), "Vault itself leaves what was got with it alive"

    tls["revoked"] = {
        "at": "2027-04-11T12:30:00Z",
        "reason": "cessationOfOperation",
        "by": "oncall@example.com",
        "ref": "PAY-812",
    }
    project.deploy(NOON + 41 * DAY)  # does not stumble over what is gone already

    assert not mount.works(token_1)
    assert mount.accepts(robot_2) and mount.works(token_2)
    assert authority.revoked() == {certificate_1.serial_number, certificate_2.serial_number}
    assert oracle.kv(names.path("tls")) is None
    assert read(oracle, project, "hook")["secret"] == hook_2, "an edit drew another secret"
    exported = project.run("stack", "export").stdout
    assert "klg_" not in exported and tls_2["private_key"][40:80] not in exported
    entities = oracle.vault.list("identity/entity/name")["data"]["keys"]
    assert [name for name in entities if role["id"] in name] == [f"keylife-{role['id']}-v2"]
    history = project.keylife("history", role["id"]).stdout
    assert (history.count("issued"), history.count("Z  destroyed")) == (2, 1), history
