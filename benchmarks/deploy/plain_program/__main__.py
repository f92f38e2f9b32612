"""The peer: what keylife makes for the same keys, by hand, with pulumi-aws and pulumi-vault alone.

Every resource, tag, policy and order of creation is keylife's; there is no ledger, no component,
no hook, and nobody rotates, ends or records anything.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pulumi
import pulumi_aws as aws
import pulumi_vault as vault

config = pulumi.Config("benchmark")
prefix = config.require("prefix")
birth = datetime.fromisoformat(pulumi.Config("keylife").require("at"))
expiry = birth + timedelta(days=30)
born, ends = (f"{instant:%Y-%m-%dT%H:%M:%SZ}" for instant in (birth, expiry))
life = int((expiry - birth).total_seconds())

deny_from_expiry = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "KeylifeExpiry",
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {"DateGreaterThanEquals": {"aws:CurrentTime": ends}},
            }
        ],
    }
)


def deliver_to_vault(key: str, owner: str, contents: pulumi.Output[str]) -> None:
    """One value in Vault KV."""
    vault.kv.SecretV2(
        f"{key}/vault-kv",
        mount="secret",
        name=f"{prefix}/{key}",
        data_json=contents,
        options={"cas": "0"},
        delete_all_versions=True,
        custom_metadata=vault.kv.SecretV2CustomMetadataArgs(
            max_versions=2,
            delete_version_after=life,
            data={
                "keylife-key": key,
                "keylife-version": "1",
                "keylife-owner": owner,
                "keylife-expiry": ends,
            },
        ),
    )


def access_key(key: str, service: str, owner: str) -> None:
    """An IAM user with one access key, delivered to two places."""
    name = f"{key}-v1"
    user = aws.iam.User(
        f"{name}-user",
        name=name,
        path=f"/keylife/{key}/",
        force_destroy=True,
        tags={
            "keylife:key": key,
            "keylife:version": "1",
            "keylife:owner": owner,
            "keylife:service": service,
            "keylife:birth": born,
            "keylife:expiry": ends,
        },
    )
    end = aws.iam.UserPolicy(
        f"{name}-expiry", name="keylife-expiry", user=user.name, policy=deny_from_expiry
    )
    attachment = aws.iam.UserPolicyAttachment(
        f"{name}-aws-IAMReadOnlyAccess",
        user=user.name,
        policy_arn="arn:aws:iam::aws:policy/IAMReadOnlyAccess",
    )
    made = aws.iam.AccessKey(
        name,
        user=user.name,
        status="Active",
        opts=pulumi.ResourceOptions(depends_on=[end, attachment]),
    )
    contents: pulumi.Output[str] = pulumi.Output.secret(
        pulumi.Output.json_dumps({"access_key_id": made.id, "secret_access_key": made.secret})
    )
    deliver_to_vault(key, owner, contents)
    secret = aws.secretsmanager.Secret(
        f"{key}/secret",
        name=f"{prefix}/{key}",
        description=f"current version of the key {key}, written by keylife",
        recovery_window_in_days=0,
        tags={"keylife:key": key, "keylife:owner": owner, "keylife:service": service},
    )
    aws.secretsmanager.SecretVersion(f"{key}/secret", secret_id=secret.id, secret_string=contents)


def token(key: str, service: str, owner: str) -> None:
    """A Vault token, delivered to one place."""
    name = f"{key}-v1"
    made = vault.Token(
        name,
        display_name=name,
        policies=["kv-read"],
        no_default_policy=True,
        no_parent=True,
        renewable=False,
        ttl=f"{life}s",
        explicit_max_ttl=f"{life}s",
        metadata={
            "keylife-key": key,
            "keylife-version": "1",
            "keylife-owner": owner,
            "keylife-service": service,
            "keylife-birth": born,
            "keylife-expiry": ends,
        },
    )
    contents: pulumi.Output[str] = pulumi.Output.secret(
        pulumi.Output.json_dumps({"token": made.client_token})
    )
    deliver_to_vault(key, owner, contents)


for number in range(config.require_int("keys")):
    if number % 2:
        access_key(f"{prefix}-{number}", "service-0", "team-0")
    else:
        token(f"{prefix}-{number}", "service-0", "team-0")
