"""Service-specific credentials of IAM: for Bedrock, CodeCommit and Keyspaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from keylife.kinds.aws_user import PolicyArns, stray_user, with_user
from keylife.model.base import Model
from keylife.model.ledger import IssuedVersion
from keylife.model.traits import Traits
from keylife.orphan import Clients, Finder, Orphan, Pending, nothing_to_find

if TYPE_CHECKING:
    import pulumi
    from pulumi_aws import iam

    from keylife.kinds.kind import Issuance, Material


class ServiceName(StrEnum):
    """The services that take such credentials and ask IAM at each use."""

    BEDROCK = "bedrock"
    CODECOMMIT = "codecommit"
    KEYSPACES = "keyspaces"


class AwsServiceCredentialScope(Model):
    """For which service a credential is, and what it may do there."""

    service: Annotated[ServiceName, Field(strict=False)]
    """``bedrock`` (an API key), ``codecommit`` (a user and password for git) or ``keyspaces`` (a
    user and password for Cassandra's drivers)."""

    policies: PolicyArns
    """ARNs of managed policies, one to nine; they reach no further than the service."""


_SERVICES = {
    ServiceName.BEDROCK: "bedrock.amazonaws.com",
    ServiceName.CODECOMMIT: "codecommit.amazonaws.com",
    ServiceName.KEYSPACES: "cassandra.amazonaws.com",
}


def _stray_credentials(pending: Pending, clients: Clients) -> Iterable[Orphan]:
    """Credentials of the version's own user that the state does not know."""
    iam = clients.aws("iam")
    user, service = str(pending.inputs["userName"]), str(pending.inputs["serviceName"])
    try:
        found = iam.list_service_specific_credentials(UserName=user, ServiceName=service)
    except iam.exceptions.NoSuchEntityException:
        return
    for entry in found["ServiceSpecificCredentials"]:
        stray = entry["ServiceSpecificCredentialId"]
        if f"{service}:{user}:{stray}" not in pending.known:
            yield Orphan(
                f"credential {stray} for {service} of the IAM user {user}",
                partial(
                    iam.delete_service_specific_credential,
                    UserName=user,
                    ServiceSpecificCredentialId=stray,
                ),
            )


class AwsServiceCredential:
    """A service-specific credential whose user is refused everything from the expiry on."""

    name: ClassVar[str] = "aws-service-credential"
    # the policies could change in place, but not the service: a changed scope is a new version
    traits: ClassVar[Traits] = Traits(can_deactivate=True, scope_in_place=False)
    scope: ClassVar[type[Model]] = AwsServiceCredentialScope
    credential: ClassVar[str] = "aws:iam/serviceSpecificCredential:ServiceSpecificCredential"
    finders: ClassVar[Mapping[str, Finder]] = {
        "aws:iam/serviceSpecificCredential:ServiceSpecificCredential": _stray_credentials,
        "aws:iam/user:User": stray_user,
        "aws:iam/userPolicy:UserPolicy": nothing_to_find,
        "aws:iam/userPolicyAttachment:UserPolicyAttachment": nothing_to_find,
    }
    presentable: ClassVar[frozenset[str]] = frozenset({"api_key", "password", "user_name"})
    expiry_enforced_by: ClassVar[str] = (
        "AWS, by a policy that denies everything from the expiry on, and for Bedrock also by the"
        " credential's own age, in whole days"
    )

    def issue(self, issuance: Issuance, options: pulumi.ResourceOptions) -> Material:
        """Declare user, attachments, deny-after policy and credential of one version."""
        from pulumi_aws import iam

        scope = AwsServiceCredentialScope.model_validate(dict(issuance.version.scope))

        def mint(user: iam.User, after: pulumi.ResourceOptions) -> iam.ServiceSpecificCredential:
            return iam.ServiceSpecificCredential(
                issuance.name,
                service_name=_SERVICES[scope.service],
                user_name=user.name,
                credential_age_days=age_days(issuance.version, scope.service),
                status="Inactive" if issuance.deactivated else "Active",
                opts=after,
            )

        made = with_user(issuance, scope.policies, options, mint)
        if scope.service is ServiceName.BEDROCK:
            return {"api_key": made.service_credential_secret}
        return {"user_name": made.service_user_name, "password": made.service_password}


def service_of(principal: str) -> str | None:
    """A service as a scope names it, from how AWS does; None if it is none of these."""
    return next((name.value for name, told in _SERVICES.items() if told == principal), None)


def age_days(version: IssuedVersion, service: ServiceName) -> int | None:
    """The age at which AWS itself ends a version; None where the service knows none.

    Whole days, rounded up: the policy ends it to the second, and nobody may lose a working
    version before its expiry. It comes from the ledger alone, because another age is another
    credential.
    """
    if service is not ServiceName.BEDROCK:
        return None
    return -((version.birth - version.expiry) // timedelta(days=1))
