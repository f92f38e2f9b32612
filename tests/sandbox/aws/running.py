"""The sandbox's AWS, once for all tests of this process: moto's state is the process's."""

from __future__ import annotations

import itertools
import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.request import Request, urlopen

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from types_boto3_iam import IAMClient
from types_boto3_secretsmanager import SecretsManagerClient
from types_boto3_sts import STSClient

from keylife.sandbox.aws.server import Access, make

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Key:
    user: str
    id: str
    secret: str = field(repr=False)
    token: str | None = field(repr=False, default=None)


@dataclass(frozen=True)
class Sandbox:
    """The sandbox's AWS, running, as a test uses it."""

    access: Access

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.access.port}"

    def client(self, service: Any, key: Key | None = None, region: str = "eu-central-1") -> Any:
        key = key or Key("", self.access.access_key_id, self.access.secret_access_key)
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=key.id,
            aws_secret_access_key=key.secret,
            aws_session_token=key.token,
            config=Config(retries={"total_max_attempts": 1}),
        )

    def iam(self, key: Key | None = None) -> IAMClient:
        client: IAMClient = self.client("iam", key)
        return client

    def sts(self, key: Key) -> STSClient:
        client: STSClient = self.client("sts", key)
        return client

    def secrets(self, key: Key | None = None) -> SecretsManagerClient:
        client: SecretsManagerClient = self.client("secretsmanager", key)
        return client

    def ask(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}/keylife-sandbox/{path}", data, headers or {})
        with urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def session(self, role: str, key: Key | None = None, **more: Any) -> Key:
        """The key of a new session of a role."""
        sts: STSClient = self.client("sts", key)
        lent = sts.assume_role(RoleArn=role, RoleSessionName="here", **more)["Credentials"]
        return Key("here", lent["AccessKeyId"], lent["SecretAccessKey"], lent["SessionToken"])

    def move_clock(self, to: str | None) -> None:
        self.ask("clock", {"now": to})

    def fresh_name(self) -> str:
        return f"user-{next(_numbers)}"

    def key_with(self, *statements: dict[str, Any], tags: dict[str, str] | None = None) -> Key:
        """A new user with a key and one inline policy of these statements."""
        name = self.fresh_name()
        iam = self.iam()
        pairs: Any = [{"Key": k, "Value": v} for k, v in (tags or {}).items()]
        iam.create_user(UserName=name, Tags=pairs)
        if statements:
            document = {"Version": "2012-10-17", "Statement": list(statements)}
            iam.put_user_policy(
                UserName=name, PolicyName="inline", PolicyDocument=json.dumps(document)
            )
        made = iam.create_access_key(UserName=name)["AccessKey"]
        return Key(name, made["AccessKeyId"], made["SecretAccessKey"])


def error_of(call: Any, **parameters: Any) -> str | None:
    """AWS's name of the error that a call ends in; None for success."""
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


@cache
def sandbox() -> Sandbox:
    """The one server of this process; it ends with it."""
    server, access = make(lambda: datetime.now(UTC))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return Sandbox(access)
