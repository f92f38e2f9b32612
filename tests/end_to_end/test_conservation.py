"""The inventory finds what nobody would ever end: each kind of it is put there, and seen."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from keylife.sandbox.lifecycle import Sandbox
from tests.end_to_end.aws_services import AwsServices
from tests.end_to_end.conservation import orphans
from tests.end_to_end.oracle import MOUNT, Oracle
from tests.end_to_end.project import Names, Project


def test_what_is_in_no_state_is_found_and_what_is_in_it_is_not(
    sandbox: Sandbox, oracle: Oracle, tmp_path: Path
) -> None:
    names = Names(secrets.token_hex(4))
    name = names.id("billing")
    oracle.iam.create_user(UserName=name)
    key = oracle.iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
    oracle.secrets.create_secret(Name=names.path("billing"), SecretString="{}")
    services = AwsServices(sandbox)
    api_key = services.gateway.create_api_key(name=name)["id"]
    services.ssm.put_parameter(Name=f"/{name}", Value="x", Type="String")
    vault = oracle.vault
    token = vault.auth.token.create_orphan(meta={"keylife-key": name}, ttl="10m")["auth"]
    kv = vault.secrets.kv.v2
    kv.create_or_update_secret(names.path("billing"), {"a": "b"}, mount_point=MOUNT)
    checkpoint = tmp_path / "checkpoint.json"
    project = cast(Project, SimpleNamespace(names=names, sandbox=sandbox, checkpoint=checkpoint))

    checkpoint.write_text(json.dumps({"checkpoint": {"latest": None}}))
    assert orphans(project, oracle) == {
        "users": {name},
        "access keys": {key},
        "secrets": {names.path("billing")},
        "API keys": {api_key},
        "parameters": {f"/{name}"},
        "tokens": {token["accessor"]},
        "paths": {names.path("billing")},
    }

    def of(type_: str, id_: str, **inputs: str) -> dict[str, object]:
        return {"type": type_, "id": id_, "inputs": inputs}

    known = [
        of("aws:iam/user:User", name),
        of("aws:iam/accessKey:AccessKey", key),
        of("aws:secretsmanager/secret:Secret", "arn", name=names.path("billing")),
        of("aws:apigateway/apiKey:ApiKey", api_key),
        of("aws:ssm/parameter:Parameter", f"/{name}", name=f"/{name}"),
        of("vault:index/token:Token", token["accessor"]),
        of("vault:kv/secretV2:SecretV2", "path", name=names.path("billing")),
    ]
    checkpoint.write_text(json.dumps({"checkpoint": {"latest": {"resources": known}}}))
    assert orphans(project, oracle) == {}
