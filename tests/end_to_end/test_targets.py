"""One stack, several places: another AWS account, and a namespace of Vault with its own token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import hvac
import pytest
from botocore.config import Config
from hvac.exceptions import Forbidden, InvalidPath

from keylife.sandbox.openbao import POLICIES
from tests.end_to_end.oracle import MOUNT, Answer, Oracle
from tests.end_to_end.project import Project

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
WORKS = Answer(authenticates=True, may=True)
REGION = "eu-west-1"
TOMBSTONE = {
    "at": "2027-03-02T12:00:00Z",
    "reason": "keyCompromise",
    "by": "oncall@example.com",
    "ref": "OPS-9",
}


class Namespace:
    """A namespace of the sandbox's Vault, with a mount and policies as its root has them."""

    def __init__(self, project: Project, oracle: Oracle) -> None:
        self.name = f"team-{project.names.mark}"
        self._address = project.environment()["VAULT_ADDR"]
        root = project.environment()["VAULT_TOKEN"]
        oracle.vault.write(f"sys/namespaces/{self.name}")
        self.admin = self.client(root)
        self.admin.sys.enable_secrets_engine("kv", path=MOUNT, options={"version": "2"})
        for name, text in POLICIES.items():
            self.admin.sys.create_or_update_policy(name, text)
        self.admin.sys.create_or_update_policy(
            "deployer",
            'path "*" { capabilities = ["create","read","update","delete","list","sudo"] }',
        )

    def client(self, token: str) -> Any:
        """Whoever uses a token here."""
        return hvac.Client(self._address, token, namespace=self.name)

    def deployer(self) -> str:
        """A new token for the pipeline, which knows this namespace only."""
        made = self.admin.auth.token.create(policies=["deployer"], no_parent=True, ttl="1h")
        return str(made["auth"]["client_token"])

    def read(self, path: str) -> Mapping[str, str] | None:
        """What a consumer finds in the namespace's KV."""
        try:
            found = self.admin.secrets.kv.v2.read_secret_version(
                path, mount_point=MOUNT, raise_on_deleted_version=True
            )
        except InvalidPath:
            return None
        return dict(found["data"]["data"])

    def answers(self, token: str) -> bool:
        """Whether a token may read here what its policy allows."""
        try:
            self.client(token).secrets.kv.v2.read_secret_version(
                "nowhere", mount_point=MOUNT, raise_on_deleted_version=True
            )
        except InvalidPath:
            return True
        except Forbidden:
            return False
        return True


def test_key_and_delivery_live_in_the_targets_that_the_config_names(
    project: Project, oracle: Oracle
) -> None:
    names = project.names
    space = Namespace(project, oracle)
    targets = {
        "far": {"aws": {"region": REGION, "assumeRole": _role(project)}},
        "team": {"vault": {"namespace": space.name, "tokenVariable": "VAULT_TOKEN_TEAM"}},
    }
    _say(project, targets)
    place = names.path("billing")
    billing = project.declared.aws(
        "billing",
        target="far",
        deliver=[
            {"vault-kv": {"mount": MOUNT, "path": place, "target": "team"}},
            {"secrets-manager": {"name": place, "target": "far"}},
            {"vault-kv": {"mount": MOUNT, "path": place}},
        ],
    )
    metrics = project.declared.vault("metrics", target="team")
    first = space.deployer()

    project.deploy(NOON, extra={"VAULT_TOKEN_TEAM": first})

    aws, token = space.read(place), oracle.kv(names.path("metrics"))
    own = oracle.kv(place)
    assert aws is not None and token is not None and own is not None
    assert own.secret == aws
    assert oracle.aws_answers(aws) == WORKS
    users = {user["UserName"] for user in _far(project, "iam").list_users()["Users"]}
    assert f"{billing['id']}-v1" in users
    assert not oracle.aws_versions(billing["id"]), "the user is in the stack's own account"
    assert oracle.secrets_manager(place) is None, "the copy is in the stack's own region"
    assert json.loads(_far(project).get_secret_value(SecretId=place)["SecretString"]) == aws
    assert space.answers(token.secret["token"])
    assert not oracle.vault_versions(names.id("metrics")), "the token is one of the root namespace"
    told = "".join(str(project.export()))
    assert first not in told and token.secret["token"] not in told

    # The pipeline has a new token, as pipelines do; everything in the targets ends with it.
    space.admin.auth.token.revoke(first)
    billing["revoked"] = metrics["revoked"] = TOMBSTONE
    project.deploy(NOON + timedelta(days=1), extra={"VAULT_TOKEN_TEAM": space.deployer()})

    assert space.read(place) is None and oracle.kv(place) is None
    assert not space.answers(token.secret["token"])
    assert not oracle.aws_answers(aws).authenticates
    listed = _far(project).list_secrets()["SecretList"]
    assert place not in [secret["Name"] for secret in listed]


def _say(project: Project, targets: Mapping[str, Any]) -> None:
    for target, sides in targets.items():
        for side, settings in sides.items():
            for name, value in settings.items():
                path = f"keylife:targets.{target}.{side}.{name}"
                project.run("config", "set", "--path", path, value)


def _role(project: Project) -> str:
    role = project.sandbox.status().other_account_role
    assert role is not None
    return role


def _far(project: Project, service: str = "secretsmanager") -> Any:
    told = project.environment()
    at: Any = {
        "region_name": REGION,
        "endpoint_url": told["AWS_ENDPOINT_URL"],
        "config": Config(proxies={}),
    }
    sts = boto3.client(
        "sts",
        aws_access_key_id=told["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
        **at,
    )
    lent = sts.assume_role(RoleArn=_role(project), RoleSessionName="oracle")["Credentials"]
    return boto3.client(
        service,  # type: ignore[call-overload]  # a name that is computed
        aws_access_key_id=lent["AccessKeyId"],
        aws_secret_access_key=lent["SecretAccessKey"],
        aws_session_token=lent["SessionToken"],
        **at,
    )
