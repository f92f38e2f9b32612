"""What is true at the issuers: asked by logging in and by counting, never of keylife.

Nothing here reads keylife's state, plan or code. A secret is read where a consumer reads it, and
whether it works is tried by using it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from urllib.request import ProxyHandler, Request, build_opener

import boto3
import hvac
from botocore.config import Config
from botocore.exceptions import ClientError
from hvac.exceptions import Forbidden, InvalidPath, InvalidRequest
from types_boto3_iam import IAMClient
from types_boto3_secretsmanager import SecretsManagerClient

MOUNT = "secret"


class Environment(Protocol):
    """A sandbox, as far as the oracle needs it."""

    folder: Path

    def environment(self) -> dict[str, str]: ...


@dataclass(frozen=True)
class Copy:
    """What stands at a stable place."""

    secret: Mapping[str, str] = field(repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict)
    written: int = 0
    """Which write it is: KV's own version number; 0 where the place does not count."""


@dataclass(frozen=True)
class Answer:
    """How an issuer answered somebody who used a secret."""

    authenticates: bool
    """It knows who is asking."""

    may: bool
    """It did what the secret's scope allows."""

    def __bool__(self) -> bool:
        return self.authenticates and self.may


@dataclass(frozen=True)
class AwsVersion:
    """An IAM user under a key's path, with its access keys."""

    user: str
    tags: Mapping[str, str]
    keys: Mapping[str, str]
    """Access key ids and their status."""


@dataclass(frozen=True)
class VaultVersion:
    """A live token that says it is of a key."""

    accessor: str
    meta: Mapping[str, str]
    explicit_max_ttl: int
    """Seconds."""

    orphan: bool
    policies: tuple[str, ...]


class Oracle:
    """Uses secrets, lists what is live, and counts what was created."""

    def __init__(self, sandbox: Environment) -> None:
        self._sandbox = sandbox
        self._environment = sandbox.environment()

    # What consumers read

    def kv(self, path: str) -> Copy | None:
        """What a consumer reads at a path of Vault's KV mount ``secret``."""
        try:
            found = self.vault.secrets.kv.v2.read_secret_version(
                path, mount_point=MOUNT, raise_on_deleted_version=True
            )["data"]
        except InvalidPath:
            return None
        metadata = found["metadata"]
        return Copy(found["data"], metadata["custom_metadata"] or {}, metadata["version"])

    def secrets_manager(self, name: str, stage: str = "AWSCURRENT") -> Copy | None:
        """What a consumer reads in Secrets Manager under a staging label."""
        try:
            found = self.secrets.get_secret_value(SecretId=name, VersionStage=stage)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return None
        return Copy(json.loads(found["SecretString"]))

    # Whether a secret works

    def aws_answers(self, secret: Mapping[str, str]) -> Answer:
        """Log in to AWS with an access key and do what IAMReadOnlyAccess allows."""
        clients = self._aws_clients(secret["access_key_id"], secret["secret_access_key"])
        return Answer(
            authenticates=_succeeds(clients("sts").get_caller_identity),
            may=_succeeds(clients("iam").list_users),
        )

    def as_a_role(self, secret: Mapping[str, str], role: str) -> IAMClient:
        """IAM, as whoever has an access key and is let in by a role."""
        own = self._aws_clients(secret["access_key_id"], secret["secret_access_key"])("sts")
        lent = own.assume_role(RoleArn=role, RoleSessionName="holder")["Credentials"]
        pair = lent["AccessKeyId"], lent["SecretAccessKey"]
        client: IAMClient = self._aws_clients(*pair, lent["SessionToken"])("iam")
        return client

    def vault_answers(self, secret: Mapping[str, str]) -> Answer:
        """Log in to Vault with a token and read what the policy ``kv-read`` allows.

        A token without the default policy may not look itself up; Vault's own administrator
        does that for it.
        """
        client = hvac.Client(self._environment["VAULT_ADDR"], secret["token"])
        try:
            self.vault.auth.token.lookup(secret["token"])
            known = True
        except (Forbidden, InvalidPath, InvalidRequest):
            known = False
        try:
            client.secrets.kv.v2.read_secret_version(
                "nowhere", mount_point=MOUNT, raise_on_deleted_version=True
            )
        except InvalidPath:
            return Answer(known, may=True)
        except Forbidden:
            return Answer(known, may=False)
        return Answer(known, may=True)

    # What is live

    def aws_versions(self, key_id: str) -> dict[str, AwsVersion]:
        """Every IAM user under a key's path, by name."""
        users = self.iam.list_users(PathPrefix=f"/keylife/{key_id}/", MaxItems=1000)["Users"]
        return {user["UserName"]: self._aws_version(user["UserName"]) for user in users}

    def live_access_keys(self, key_id: str) -> list[str]:
        """Access keys of a key that authenticate, by user name."""
        return sorted(
            version.user
            for version in self.aws_versions(key_id).values()
            for status in version.keys.values()
            if status == "Active"
        )

    def attached_policies(self, user: str) -> list[str]:
        """The managed policies of an IAM user."""
        found = self.iam.list_attached_user_policies(UserName=user)["AttachedPolicies"]
        return sorted(policy["PolicyName"] for policy in found)

    def vault_versions(self, key_id: str) -> dict[str, VaultVersion]:
        """Every live token that says it is of a key, by accessor."""
        accessors = self.vault.list("auth/token/accessors")["data"]["keys"]
        found = {}
        for accessor in accessors:
            try:
                data = self.vault.auth.token.lookup_accessor(accessor)["data"]
            except (Forbidden, InvalidPath, InvalidRequest):
                continue  # it died between the list and the question
            meta = data["meta"] or {}
            if meta.get("keylife-key") == key_id:
                found[accessor] = VaultVersion(
                    accessor,
                    meta,
                    data["explicit_max_ttl"],
                    data["orphan"],
                    tuple(data["policies"]),
                )
        return found

    def inventory(self, mark: str) -> dict[str, Any]:
        """Everything at the issuers and at the places that bears a test's mark, secrets included.

        For comparing one moment with another; never to be printed.
        """
        users = [
            user["UserName"]
            for page in self.iam.get_paginator("list_users").paginate(PathPrefix="/keylife/")
            for user in page["Users"]
            if mark in user["UserName"]
        ]
        names = [
            secret["Name"]
            for page in self.secrets.get_paginator("list_secrets").paginate()
            for secret in page["SecretList"]
            if mark in secret["Name"]
        ]
        tokens = {}
        for accessor in self.vault.list("auth/token/accessors")["data"]["keys"]:
            try:
                data = self.vault.auth.token.lookup_accessor(accessor)["data"]
            except (Forbidden, InvalidPath, InvalidRequest):
                continue
            if mark in (data["meta"] or {}).get("keylife-key", ""):
                tokens[accessor] = data["meta"]
        return {
            "users": {name: self._aws_version(name) for name in users},
            "secrets": {name: self.secrets_manager(name) for name in names},
            "tokens": tokens,
            "kv": {path: self.kv(path) for path in self._kv_paths(mark)},
        }

    # What was ever created

    def created_access_keys(self, key_id: str) -> Counter[str]:
        """How many access keys AWS made, by user name, told or not."""
        return Counter(
            call["parameters"]["UserName"]
            for call in self.front("calls")["calls"]
            if (call["service"], call["action"]) == ("iam", "CreateAccessKey")
            and call["executed"]
            and _is_version_of(call["parameters"]["UserName"], key_id)
        )

    def created_tokens(self, key_id: str) -> Counter[str]:
        """How many tokens Vault made, by display name, as its audit device says."""
        counts: Counter[str] = Counter()
        for line in (self._sandbox.folder / "logs" / "audit.log").read_text().splitlines():
            entry = json.loads(line)
            auth = (entry.get("response") or {}).get("auth") or {}
            name = str(auth.get("display_name", "")).removeprefix("token-")
            if entry["type"] == "response" and _is_version_of(name, key_id):
                counts[name] += 1
        return counts

    # The front's own paths

    def front(self, path: str, body: Any = None) -> Any:
        """Ask the sandbox's AWS for its calls, or order faults."""
        request = Request(
            f"{self._environment['AWS_ENDPOINT_URL']}/keylife-sandbox/{path}",
            None if body is None else json.dumps(body).encode(),
        )
        with build_opener(ProxyHandler({})).open(request, timeout=30) as answer:
            return json.load(answer)

    def fail(self, action: str, kind: str = "error-before", times: int = 1, **match: str) -> None:
        """Order AWS's next calls of an IAM action to fail."""
        order = {
            "service": "iam",
            "action": action,
            "match": match,
            "times": times,
            "kind": kind,
        }
        self.front("faults", [order])

    def heal(self) -> None:
        """Take every order back."""
        self.front("faults", [])

    @cached_property
    def vault(self) -> Any:
        """Vault's administrator."""
        return hvac.Client(self._environment["VAULT_ADDR"], self._environment["VAULT_TOKEN"])

    @cached_property
    def iam(self) -> IAMClient:
        """AWS's administrator."""
        client: IAMClient = self._admin("iam")
        return client

    @cached_property
    def secrets(self) -> SecretsManagerClient:
        """AWS's administrator."""
        client: SecretsManagerClient = self._admin("secretsmanager")
        return client

    @property
    def _admin(self) -> Any:
        environment = self._environment
        return self._aws_clients(
            environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
        )

    def _aws_clients(self, key_id: str, secret: str, token: str | None = None) -> Any:
        def client(service: Any) -> Any:
            return boto3.client(
                service,
                endpoint_url=self._environment["AWS_ENDPOINT_URL"],
                region_name=self._environment["AWS_REGION"],
                aws_access_key_id=key_id,
                aws_secret_access_key=secret,
                aws_session_token=token,
                config=Config(retries={"total_max_attempts": 1}, proxies={}),
            )

        return client

    def _aws_version(self, user: str) -> AwsVersion:
        tags = self.iam.list_user_tags(UserName=user)["Tags"]
        keys = self.iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
        return AwsVersion(
            user,
            {tag["Key"]: tag["Value"] for tag in tags},
            {key["AccessKeyId"]: key["Status"] for key in keys},
        )

    def _kv_paths(self, mark: str) -> list[str]:
        try:
            found = self.vault.secrets.kv.v2.list_secrets(mark, mount_point=MOUNT)
        except InvalidPath:
            return []
        return [f"{mark}/{name}" for name in found["data"]["keys"]]


def birth_of(tags: Mapping[str, str]) -> datetime:
    """When a version says it was born, by its tags at IAM."""
    return datetime.fromisoformat(tags["keylife:birth"])


def expiry_of(tags: Mapping[str, str]) -> datetime:
    """When a version says it ends, by its tags at IAM."""
    return datetime.fromisoformat(tags["keylife:expiry"])


def _is_version_of(name: str, key_id: str) -> bool:
    head, _, number = name.rpartition("-v")
    return head == key_id and number.isdigit()


def _succeeds(call: Any) -> bool:
    try:
        call()
    except ClientError:
        return False
    return True
