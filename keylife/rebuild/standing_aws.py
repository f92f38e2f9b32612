"""What stands in AWS of the resources that versions and deliveries consist of.

One function a type of resource.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from keylife.rebuild.standing import Asked, Look, Standing


def _user(asked: Asked) -> Standing | None:
    iam = asked.clients.aws("iam")
    try:
        found = iam.get_user(UserName=asked.inputs["name"])["User"]
    except iam.exceptions.NoSuchEntityException:
        return None
    told = {"arn": found["Arn"], "uniqueId": found["UserId"], "tagsAll": asked.inputs["tags"]}
    return Standing(asked.inputs["name"], told)


def _user_policy(asked: Asked) -> Standing | None:
    iam = asked.clients.aws("iam")
    user, name = asked.inputs["user"], asked.inputs["name"]
    try:
        iam.get_user_policy(UserName=user, PolicyName=name)
    except iam.exceptions.NoSuchEntityException:
        return None
    return Standing(f"{user}:{name}")


def _attachment(asked: Asked) -> Standing | None:
    user, arn = asked.inputs["user"], asked.inputs["policyArn"]
    found = asked.clients.aws("iam").list_attached_user_policies(UserName=user)["AttachedPolicies"]
    if arn not in [policy["PolicyArn"] for policy in found]:
        return None
    # AWS has no id of an attachment; the provider makes one up
    return Standing(f"{user}-{hashlib.sha256(arn.encode()).hexdigest()[:26]}")


def _access_key(asked: Asked) -> Standing | None:
    iam = asked.clients.aws("iam")
    try:
        found = iam.list_access_keys(UserName=asked.inputs["user"])["AccessKeyMetadata"]
    except iam.exceptions.NoSuchEntityException:
        return None
    if len(found) != 1:
        return None
    [key] = found
    material = asked.material(key["AccessKeyId"])
    secrets = {"secret": material["secret_access_key"]} if material else {}
    told = {"createDate": key["CreateDate"].strftime("%Y-%m-%dT%H:%M:%SZ"), "status": key["Status"]}
    return Standing(key["AccessKeyId"], told, secrets, {"status": key["Status"]})


def _secret(asked: Asked) -> Standing | None:
    manager = asked.clients.aws("secretsmanager")
    try:
        found = manager.describe_secret(SecretId=asked.inputs["name"])
    except manager.exceptions.ResourceNotFoundException:
        return None
    tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}
    if tags.get("keylife:key") != asked.inputs["tags"]["keylife:key"]:
        return None
    told = {"arn": found["ARN"], "tagsAll": tags, "forceOverwriteReplicaSecret": False}
    return Standing(found["ARN"], told, inputs={"tags": tags})


def _secret_version(asked: Asked) -> Standing | None:
    manager = asked.clients.aws("secretsmanager")
    try:
        found = manager.get_secret_value(SecretId=asked.inputs["secretId"])
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


def _service_credential(asked: Asked) -> Standing | None:
    user, service = asked.inputs["userName"], asked.inputs["serviceName"]
    iam = asked.clients.aws("iam")
    try:
        found = iam.list_service_specific_credentials(UserName=user, ServiceName=service)
    except iam.exceptions.NoSuchEntityException:
        return None
    credentials = found["ServiceSpecificCredentials"]
    if len(credentials) != 1:
        return None
    [credential] = credentials
    own = f"{service}:{user}:{credential['ServiceSpecificCredentialId']}"
    material = asked.material(own)
    secrets = {"serviceCredentialSecret": "api_key", "servicePassword": "password"}
    return Standing(
        own,
        {
            "serviceSpecificCredentialId": credential["ServiceSpecificCredentialId"],
            "serviceUserName": credential.get("ServiceUserName", ""),
            "serviceCredentialAlias": credential.get("ServiceCredentialAlias", ""),
        },
        {name: material[field] for name, field in secrets.items() if field in material},
        {"status": credential["Status"]},
    )


def _api_key(asked: Asked) -> Standing | None:
    credential = asked.credential
    if credential is None:
        return None
    gateway = asked.clients.aws("apigateway")
    try:
        found = gateway.get_api_key(apiKey=credential, includeValue=True)
    except gateway.exceptions.NotFoundException:
        return None
    tags = found["tags"]
    told = {"enabled": found["enabled"], "tags": tags}
    return Standing(found["id"], {"tagsAll": tags}, {"value": found["value"]}, told)


def _place_in_plan(asked: Asked) -> Standing | None:
    plan, key = asked.inputs["usagePlanId"], asked.inputs["keyId"]
    gateway = asked.clients.aws("apigateway")
    try:
        found = gateway.get_usage_plan_key(usagePlanId=plan, keyId=key)
    except gateway.exceptions.NotFoundException:
        return None
    return Standing(key, {"name": found["name"]}, {"value": found["value"]})


def _parameter(asked: Asked) -> Standing | None:
    ssm, name = asked.clients.aws("ssm"), asked.inputs["name"]
    try:
        listed = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
        tags = {tag["Key"]: tag["Value"] for tag in listed}
        if tags.get("keylife:key") != asked.inputs["tags"]["keylife:key"]:
            return None
        found = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    except (ssm.exceptions.InvalidResourceId, ssm.exceptions.ParameterNotFound):
        return None
    return Standing(
        name,
        {"arn": found["ARN"], "version": found["Version"], "tagsAll": tags},
        {"value": found["Value"]},
        {"tags": tags},
        {"value": found["Value"]},
    )


LOOKS: Mapping[str, Look] = {
    "aws:apigateway/apiKey:ApiKey": _api_key,
    "aws:apigateway/usagePlanKey:UsagePlanKey": _place_in_plan,
    "aws:iam/accessKey:AccessKey": _access_key,
    "aws:iam/serviceSpecificCredential:ServiceSpecificCredential": _service_credential,
    "aws:iam/user:User": _user,
    "aws:iam/userPolicy:UserPolicy": _user_policy,
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": _attachment,
    "aws:secretsmanager/secret:Secret": _secret,
    "aws:secretsmanager/secretVersion:SecretVersion": _secret_version,
    "aws:ssm/parameter:Parameter": _parameter,
}
"""By type, who looks."""
