"""P16: after a revoke nothing is at the issuers that the stack's state does not have.

Every list that the sandbox's AWS and Vault have of credentials and their copies is gone through,
for what bears one test's mark. The state is read from the backend's own file: what it does not
have nobody would ever end. What it has and nobody else does is not counted: a killed version's
user stays there until the next deploy.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hvac.exceptions import Forbidden, InvalidPath, InvalidRequest

from tests.end_to_end.aws_services import AwsServices
from tests.end_to_end.oracle import MOUNT, Oracle
from tests.end_to_end.project import Project

Inventory = Mapping[str, frozenset[str]]
"""By what it is, the ids or names of all there is."""

_IN_THE_STATE = {
    "aws:iam/user:User": ("users", "id"),
    "aws:iam/accessKey:AccessKey": ("access keys", "id"),
    "aws:iam/serviceSpecificCredential:ServiceSpecificCredential": ("service credentials", "id"),
    "aws:apigateway/apiKey:ApiKey": ("API keys", "id"),
    "aws:secretsmanager/secret:Secret": ("secrets", "name"),
    "aws:ssm/parameter:Parameter": ("parameters", "name"),
    "vault:index/token:Token": ("tokens", "id"),
    "vault:appRole/authBackendRole:AuthBackendRole": ("roles", "roleName"),
    "vault:identity/entity:Entity": ("entities", "id"),
    "vault:kv/secretV2:SecretV2": ("paths", "name"),
}


def orphans(project: Project, oracle: Oracle) -> dict[str, frozenset[str]]:
    """What lives, or stands somewhere, and is in no state; by what it is, if there is any."""
    known = in_the_state(project)
    found = {what: ids - known[what] for what, ids in at_the_issuers(project, oracle).items()}
    return {what: ids for what, ids in found.items() if ids}


def in_the_state(project: Project) -> Inventory:
    """What the project's stack knows to be its own."""
    checkpoint = json.loads(project.checkpoint.read_text())["checkpoint"].get("latest") or {}
    found: dict[str, set[str]] = {what: set() for what, _ in _IN_THE_STATE.values()}
    for resource in checkpoint.get("resources") or ():
        if resource["type"] in _IN_THE_STATE:
            what, name = _IN_THE_STATE[resource["type"]]
            told = resource["id"] if name == "id" else resource["inputs"][name]
            # a service-specific credential is ``service:user:id`` there
            found[what].add(str(told).rpartition(":")[2])
    return {what: frozenset(ids) for what, ids in found.items()}


def at_the_issuers(project: Project, oracle: Oracle) -> Inventory:
    """What there really is with the project's mark."""
    mark = project.names.mark
    services = AwsServices(project.sandbox)
    users = [user for user in _pages(oracle.iam, "list_users", "Users") if mark in user["UserName"]]
    names = [user["UserName"] for user in users]
    credentials = "list_service_specific_credentials"
    return {
        "users": frozenset(names),
        "access keys": frozenset(
            key["AccessKeyId"]
            for name in names
            for key in oracle.iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
        ),
        "service credentials": frozenset(
            each["ServiceSpecificCredentialId"]
            for name in names
            for each in getattr(oracle.iam, credentials)(UserName=name)[
                "ServiceSpecificCredentials"
            ]
        ),
        "API keys": frozenset(
            key["id"]
            for key in _pages(services.gateway, "get_api_keys", "items")
            if mark in key["name"]
        ),
        "secrets": frozenset(
            secret["Name"]
            for secret in _pages(
                oracle.secrets, "list_secrets", "SecretList", IncludePlannedDeletion=True
            )
            if mark in secret["Name"]
        ),
        "parameters": frozenset(
            each["Name"]
            for each in _pages(services.ssm, "describe_parameters", "Parameters")
            if mark in each["Name"]
        ),
        **_at_vault(oracle.vault, mark),
    }


def _at_vault(vault: Any, mark: str) -> Inventory:
    tokens = {
        accessor
        for accessor in _listed(vault, "auth/token/accessors")
        if mark in _whose(vault, accessor)
    }
    mounts = vault.sys.list_auth_methods()["data"]
    roles = {
        role
        for path, mount in mounts.items()
        if mount["type"] == "approle"
        for role in _listed(vault, f"auth/{path}role")
        if mark in role
    }
    told = vault.list("identity/entity/id")
    about = (told or {"data": {"key_info": {}}})["data"].get("key_info") or {}
    entities = {id for id, entity in about.items() if mark in entity["name"]}
    return {
        "tokens": frozenset(tokens),
        "roles": frozenset(roles),
        "entities": frozenset(entities),
        "paths": frozenset(path for path in _paths(vault, "") if mark in path),
    }


def _whose(vault: Any, accessor: str) -> str:
    """The key that a token says it is of; empty of one that somebody got by logging in: that ends
    with its entity, and is listed until its TTL is over all the same."""
    try:
        told = vault.auth.token.lookup_accessor(accessor)["data"]
    except (Forbidden, InvalidPath, InvalidRequest):
        return ""  # it died between the list and the question
    made = str(told["path"]).startswith("auth/token/")
    return str((told["meta"] or {}).get("keylife-key", "")) if made else ""


def _listed(vault: Any, path: str) -> list[str]:
    told = vault.list(path)
    found: list[str] = told["data"]["keys"] if told else []
    return found


def _paths(vault: Any, folder: str) -> Iterator[str]:
    """Every path of the KV mount, of destroyed values too: their metadata stands."""
    try:
        found = vault.secrets.kv.v2.list_secrets(folder, mount_point=MOUNT)["data"]["keys"]
    except InvalidPath:
        return
    for name in found:
        if name.endswith("/"):
            yield from _paths(vault, f"{folder}{name}")
        else:
            yield f"{folder}{name}"


def _pages(client: Any, operation: str, member: str, **given: Any) -> Iterable[Mapping[str, Any]]:
    for page in client.get_paginator(operation).paginate(**given):
        yield from page[member]
