"""The stand-in's configuration and its resource types.

Source: pulumi-aws, provider/resources.go (configuration, its environment variables and the check
of the credentials before anything else).
"""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from keylife.sandbox.plugins.aws.access_key import AccessKey
from keylife.sandbox.plugins.aws.api_key import ApiKey
from keylife.sandbox.plugins.aws.base import AwsResource, Context
from keylife.sandbox.plugins.aws.iam_policy import Policy
from keylife.sandbox.plugins.aws.parameter import Parameter
from keylife.sandbox.plugins.aws.secret import Secret
from keylife.sandbox.plugins.aws.secret_version import SecretVersion
from keylife.sandbox.plugins.aws.service_specific_credential import ServiceSpecificCredential
from keylife.sandbox.plugins.aws.session import Aws, Settings, calling
from keylife.sandbox.plugins.aws.usage_plan_key import UsagePlanKey
from keylife.sandbox.plugins.aws.user import User
from keylife.sandbox.plugins.aws.user_policy import UserPolicy
from keylife.sandbox.plugins.aws.user_policy_attachment import UserPolicyAttachment
from keylife.sandbox.plugins.errors import PluginError
from keylife.sandbox.plugins.inputs import DEFAULTS
from keylife.sandbox.plugins.resource import Provider, ResourceType
from keylife.sandbox.plugins.schema import Field
from keylife.sandbox.plugins.values import Values, reveal

TYPES: tuple[type[AwsResource], ...] = (
    AccessKey,
    ApiKey,
    Parameter,
    Policy,
    Secret,
    SecretVersion,
    ServiceSpecificCredential,
    UsagePlanKey,
    User,
    UserPolicy,
    UserPolicyAttachment,
)

HONOURED = (
    "accessKey",
    "assumeRoles",
    "defaultTags",
    "endpoints",
    "region",
    "secretKey",
    "skipCredentialsValidation",
    "token",
)
"""Configuration that has an effect here."""

_TAKEN = (
    "allowedAccountIds",
    "assumeRoleWithWebIdentity",
    "customCaBundle",
    "ec2MetadataServiceEndpoint",
    "ec2MetadataServiceEndpointMode",
    "forbiddenAccountIds",
    "httpProxy",
    "httpsProxy",
    "ignoreTags",
    "insecure",
    "maxRetries",
    "noProxy",
    "profile",
    "retryMode",
    "s3UsEast1RegionalEndpoint",
    "s3UsePathStyle",
    "sharedConfigFiles",
    "sharedCredentialsFiles",
    "skipMetadataApiCheck",
    "skipRegionValidation",
    "skipRequestingAccountId",
    "stsRegion",
    "tagPolicyCompliance",
    "tokenBucketRateLimiterCapacity",
    "useDualstackEndpoint",
    "useFipsEndpoint",
    "userAgents",
)
"""Configuration that the real plugin has and the sandbox's AWS knows nothing of."""

_REFUSED = ("allowedAccountIds", "assumeRoleWithWebIdentity", "forbiddenAccountIds")
"""Configuration that guards something: better refused than passed over."""

_SECRET = {"accessKey", "secretKey", "token"}


class AwsProvider(Provider):
    """The types of ``TYPES`` on one account and one region of the sandbox's AWS."""

    name = "aws"
    version = "7.51.1"
    config = {  # noqa: RUF012 - the base class declares it
        name: Field(secret=name in _SECRET) for name in (*HONOURED, *_TAKEN)
    }

    def __init__(self) -> None:
        self._context = Context()
        made = [type_(self._context) for type_ in TYPES]
        self._resources: dict[str, ResourceType] = {each.token: each for each in made}

    @property
    def resources(self) -> Mapping[str, ResourceType]:
        """The resource types by token."""
        return self._resources

    def config_defaults(self) -> Values:
        """The region from the environment, as the real plugin takes it."""
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        return {"region": region} if region else {}

    def configure(self, config: Values) -> None:
        """Take the configuration in and ask AWS who is asking, unless told not to."""
        for name in _REFUSED:
            if reveal(config.get(name)) not in (None, "", "[]", "{}"):
                raise PluginError(f"the sandbox's AWS cannot honour the configuration {name}")
        settings = _settings(config)
        roles = _parsed(config, "assumeRoles", [])
        if len(roles) > 1:
            raise PluginError("the sandbox's AWS has no chains of roles: assumeRoles has several")
        aws = Aws(_as_role(settings, roles[0]) if roles else settings)
        tags = _parsed(config, "defaultTags", {}).get("tags") or {}
        self._context.default_tags = {k: v for k, v in tags.items() if k != DEFAULTS}
        if str(reveal(config.get("skipCredentialsValidation"))).lower() != "true":
            with calling("unable to validate AWS credentials"):
                aws.sts.get_caller_identity()
        self._context.aws = aws


def _settings(config: Values) -> Settings:
    region = reveal(config.get("region"))
    if not region:
        raise PluginError("Missing region configuration: set aws:region or AWS_REGION")
    access_key = reveal(config.get("accessKey")) or os.environ.get("AWS_ACCESS_KEY_ID")
    secret_key = reveal(config.get("secretKey")) or os.environ.get("AWS_SECRET_ACCESS_KEY")
    if not access_key or not secret_key:
        raise PluginError("No valid credential sources found: set AWS_ACCESS_KEY_ID and its secret")
    listed = _parsed(config, "endpoints", [])
    endpoints = {name: url for entry in listed for name, url in entry.items() if url}
    for service, variable in _ENDPOINT_NAMES.items():
        single = os.environ.get(f"AWS_ENDPOINT_URL_{variable}")
        if single:
            endpoints.setdefault(service, single)
    return Settings(
        region=str(region),
        endpoint=os.environ.get("AWS_ENDPOINT_URL", ""),
        endpoints=endpoints,
        access_key=str(access_key),
        secret_key=str(secret_key),
        token=reveal(config.get("token")) or os.environ.get("AWS_SESSION_TOKEN") or None,
    )


def _as_role(settings: Settings, role: Mapping[str, Any]) -> Settings:
    """The same, with a session of a role's instead of one's own key.

    Raises:
        PluginError: AWS refused it, or more is asked of the session than a name.
    """
    more = sorted(name for name, value in role.items() if value and name not in _OF_A_ROLE)
    if more or not role.get("roleArn"):
        raise PluginError(f"the sandbox's AWS cannot honour assumeRoles: {', '.join(more)}")
    with calling(f"unable to assume the role {role['roleArn']}"):
        lent = Aws(settings).sts.assume_role(
            RoleArn=role["roleArn"], RoleSessionName=role.get("sessionName") or "pulumi"
        )["Credentials"]
    return replace(
        settings,
        access_key=lent["AccessKeyId"],
        secret_key=lent["SecretAccessKey"],
        token=lent["SessionToken"],
    )


_OF_A_ROLE = {"roleArn", "sessionName"}

_ENDPOINT_NAMES = {
    "apigateway": "API_GATEWAY",
    "iam": "IAM",
    "secretsmanager": "SECRETS_MANAGER",
    "ssm": "SSM",
    "sts": "STS",
}


def _parsed(config: Values, name: str, empty: Any) -> Any:
    """A configuration value that is not text: it travels as JSON."""
    value = reveal(config.get(name))
    if not value:
        return empty
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise PluginError(f"the configuration {name} is not JSON") from None
