"""Whether a resource that the program declares stands at its issuer, and as what.

One function a type of resource. A type that none is written for, and a resource that is not
there, is left out of the state: the next deploy makes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from keylife.orphan import Clients
from keylife.rebuild.found import FoundVersion

Inputs = Mapping[str, Any]
Secrets = Mapping[str, str]


@dataclass(frozen=True)
class Standing:
    """A resource as its issuer has it."""

    id: str
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """Besides the inputs."""

    secrets: Secrets = field(default_factory=dict, repr=False)
    """Secret outputs, as far as they can be read anywhere."""

    inputs: Mapping[str, Any] = field(default_factory=dict)
    """What was written is not what is declared now, in these."""

    secret_inputs: Secrets = field(default_factory=dict, repr=False)
    """The same, of secret inputs."""


@dataclass(frozen=True)
class Known:
    """What the survey found of versions."""

    versions: Mapping[tuple[str, int], FoundVersion]
    materials: Mapping[str, Mapping[str, str]] = field(repr=False)
    """By credential, the secrets that deliveries hold."""


Look = Callable[[Inputs, Clients, Known], Standing | None]


def _user(inputs: Inputs, clients: Clients, known: Known) -> Standing | None:
    iam = clients.aws("iam")
    try:
        found = iam.get_user(UserName=inputs["name"])["User"]
    except iam.exceptions.NoSuchEntityException:
        return None
    told = {"arn": found["Arn"], "uniqueId": found["UserId"], "tagsAll": inputs["tags"]}
    return Standing(inputs["name"], told)


def _user_policy(inputs: Inputs, clients: Clients, known: Known) -> Standing | None:
    iam = clients.aws("iam")
    user, name = inputs["user"], inputs["name"]
    try:
        iam.get_user_policy(UserName=user, PolicyName=name)
    except iam.exceptions.NoSuchEntityException:
        return None
    return Standing(f"{user}:{name}")


def _attachment(inputs: Inputs, clients: Clients, known: Known) -> Standing | None:
    user, arn = inputs["user"], inputs["policyArn"]
    found = clients.aws("iam").list_attached_user_policies(UserName=user)["AttachedPolicies"]
    if arn not in [policy["PolicyArn"] for policy in found]:
        return None
    # AWS has no id of an attachment; the provider makes one up
    return Standing(f"{user}-{hashlib.sha256(arn.encode()).hexdigest()[:26]}")


def _access_key(inputs: Inputs, clients: Clients, known: Known) -> Standing | None:
    iam = clients.aws("iam")
    try:
        found = iam.list_access_keys(UserName=inputs["user"])["AccessKeyMetadata"]
    except iam.exceptions.NoSuchEntityException:
        return None
    if len(found) != 1:
        return None
    [key] = found
    material = known.materials.get(key["AccessKeyId"], {})
    secrets = {"secret": material["secret_access_key"]} if material else {}
    told = {"createDate": key["CreateDate"].strftime("%Y-%m-%dT%H:%M:%SZ"), "status": key["Status"]}
    return Standing(key["AccessKeyId"], told, secrets, {"status": key["Status"]})


def _token(inputs: Inputs, clients: Clients, known: Known) -> Standing | None:
    told = inputs["metadata"]
    version = known.versions.get((told["keylife-key"], int(told["keylife-version"])))
    if version is None or version.credential is None:
        return None
    material = known.materials.get(version.credential, {})
    return Standing(
        version.credential,
        secrets={"clientToken": material["token"]} if material else {},
    )


def _kv(inputs: Inputs, clients: Clients, known: Known) -> Standing | None:
    import hvac  # noqa: PLC0415  # a stack without Vault need not wait for it

    kv, at = clients.vault.secrets.kv.v2, {"mount_point": inputs["mount"]}
    wanted = inputs["customMetadata"]
    try:
        about = kv.read_secret_metadata(inputs["name"], **at)["data"]
    except hvac.exceptions.InvalidPath:
        return None
    told = about["custom_metadata"] or {}
    if told.get("keylife-key") != wanted["data"]["keylife-key"]:
        return None
    try:
        found = kv.read_secret_version(inputs["name"], **at, raise_on_deleted_version=True)
        data = dict(sorted(found["data"]["data"].items()))
    except hvac.exceptions.InvalidPath:
        data = {}
    text = json.dumps(data)
    number = int(about["current_version"])
    return Standing(
        f"{inputs['mount']}/data/{inputs['name']}",
        {
            "disableRead": False,  # the provider's default, as is the form of its JSON
            "metadata": {"version": str(number)},
            "path": f"{inputs['mount']}/data/{inputs['name']}",
        },
        {"dataJson": json.dumps(data, separators=(",", ":"))},
        {
            "options": {"cas": str(number - 1)},
            "customMetadata": {**wanted, "data": {**told}},
        },
        {"dataJson": text},
    )


def _secret(inputs: Inputs, clients: Clients, known: Known) -> Standing | None:
    manager = clients.aws("secretsmanager")
    try:
        found = manager.describe_secret(SecretId=inputs["name"])
    except manager.exceptions.ResourceNotFoundException:
        return None
    tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}
    if tags.get("keylife:key") != inputs["tags"]["keylife:key"]:
        return None
    told = {"arn": found["ARN"], "tagsAll": tags, "forceOverwriteReplicaSecret": False}
    return Standing(found["ARN"], told, inputs={"tags": tags})


def _secret_version(inputs: Inputs, clients: Clients, known: Known) -> Standing | None:
    manager = clients.aws("secretsmanager")
    try:
        found = manager.get_secret_value(SecretId=inputs["secretId"])
    except manager.exceptions.ResourceNotFoundException:
        return None
    text = found["SecretString"]
    return Standing(
        f"{found['ARN']}|{found['VersionId']}",
        {
            "arn": found["ARN"],
            "versionId": found["VersionId"],
            "versionStages": found["VersionStages"],
        },
        {"secretString": text},
        secret_inputs={"secretString": text},
    )


LOOKS: Mapping[str, Look] = {
    "aws:iam/accessKey:AccessKey": _access_key,
    "aws:iam/user:User": _user,
    "aws:iam/userPolicy:UserPolicy": _user_policy,
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": _attachment,
    "aws:secretsmanager/secret:Secret": _secret,
    "aws:secretsmanager/secretVersion:SecretVersion": _secret_version,
    "vault:index/token:Token": _token,
    "vault:kv/secretV2:SecretV2": _kv,
}
"""By type, who looks."""
