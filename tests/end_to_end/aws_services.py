"""What AWS's services say of a credential, asked by showing it to them."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from keylife.sandbox.lifecycle import Sandbox


class AwsServices:
    """Bedrock, CodeCommit, API Gateway and Parameter Store of the sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._environment = sandbox.environment()
        self.gateway = self.client("apigateway")
        self.ssm = self.client("ssm")

    def client(self, service: Any) -> Any:
        """AWS's administrator."""
        given = self._environment
        return boto3.client(
            service,
            endpoint_url=given["AWS_ENDPOINT_URL"],
            region_name=given["AWS_REGION"],
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )

    def parameter(self, name: str) -> Mapping[str, str] | None:
        """What a consumer reads in Parameter Store."""
        try:
            found = self.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ParameterNotFound":
                raise
            return None
        told: Mapping[str, str] = json.loads(found["Value"])
        return told

    def bedrock_takes(self, secret: Mapping[str, str]) -> bool:
        """Whether Bedrock answers to an API key."""
        return self._door("/foundation-models", f"Bearer {secret['api_key']}")

    def codecommit_takes(self, secret: Mapping[str, str]) -> bool:
        """Whether a repository can be pulled with a user and a password."""
        pair = f"{secret['user_name']}:{secret['password']}".encode()
        return self._door("/v1/repos/billing/info/refs", f"Basic {b64encode(pair).decode()}")

    def gateway_takes(self, secret: Mapping[str, str], plan: str) -> bool:
        """Whether API Gateway would let a request with this key through in a usage plan."""
        places = self.gateway.get_usage_plan_keys(usagePlanId=plan)["items"]
        held = [self.gateway.get_api_key(apiKey=p["id"], includeValue=True) for p in places]
        return any(key["enabled"] and key["value"] == secret["api_key"] for key in held)

    def gateway_keys(self, key_id: str) -> dict[str, bool]:
        """The keys that say they are of a key, by name, and whether they are enabled."""
        return {
            key["name"]: key["enabled"]
            for key in self.gateway.get_api_keys(limit=500)["items"]
            if (key.get("tags") or {}).get("keylife:key") == key_id
        }

    def _door(self, path: str, authorization: str) -> bool:
        request = Request(
            f"{self._environment['AWS_ENDPOINT_URL']}{path}",
            headers={"Authorization": authorization},
        )
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=30) as answer:
                return bool(answer.status == 200)
        except HTTPError:
            return False
