"""IAM access keys that existed before keylife: their user stays whose it was, their end is new."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, JsonValue

from keylife.kinds.aws_key_found import look
from keylife.kinds.aws_user import deny_from
from keylife.kinds.existing import Existing
from keylife.model.base import Model
from keylife.model.imported import Imported

if TYPE_CHECKING:
    import pulumi

    from keylife.kinds.kind import Issuance, Material
    from keylife.orphan import Clients


def _access_key_id(text: str) -> str:
    if re.fullmatch(r"AKIA[A-Z0-9]{12,124}", text) is None:
        raise ValueError(
            "not the id of a long-term access key: AKIA and 12 or more capital letters and digits"
            " (an id that begins with ASIA is of a session, which ends by itself)"
        )
    return text


def _user_name(text: str) -> str:
    if re.fullmatch(r"[\w+=,.@-]{1,64}", text, re.ASCII) is None:
        raise ValueError("not the name of an IAM user: 1 to 64 letters, digits and +=,.@_-")
    return text


def _resource(text: str) -> str:
    if text.startswith("urn:"):
        parts = text.split("::", 3)
        if len(parts) != 4 or not text.startswith("urn:pulumi:"):
            raise ValueError("not a URN as `pulumi stack --show-urns` prints it")
        if any(kind.startswith("keylife:") for kind in parts[2].split("$")):
            raise ValueError(
                "it belongs to a keylife key, and what one key holds is never another's"
            )
    elif not text.strip():
        raise ValueError("the name of a resource, or its URN")
    return text


Resource = Annotated[str, AfterValidator(_resource)]
"""A resource of the program's: its name, or its URN if it stands below another."""


class ImportedAccessKey(Model):
    """Which access key it is."""

    access_key: Annotated[str, AfterValidator(_access_key_id)]
    """Its id: AKIA…"""

    user: Annotated[str, AfterValidator(_user_name)]
    """The name of the IAM user it belongs to; it may have no other access key."""


class AdoptedAccessKey(Model):
    """The plain resources that become the version's."""

    access_key: Resource
    """The ``aws.iam.AccessKey``: its name in the program, or its URN if it stands below another
    resource."""

    user: Resource | None = None
    """The ``aws.iam.User``, if it is to end with the version. Without it the user stays where it
    is in the program."""

    attachments: Mapping[Resource, str] = {}
    """By resource, the ARN of the policy that this ``aws.iam.UserPolicyAttachment`` attaches."""


class AwsImportedKey:
    """An existing access key. What keylife did not make it does not take away: the user keeps
    its name, its path, its tags and what it may do, and stays when the key is gone."""

    credential: ClassVar[type[Model]] = ImportedAccessKey
    adopts: ClassVar[type[Model]] = AdoptedAccessKey

    def look(
        self,
        credential: str,
        clients: Clients,
        resources: Sequence[Mapping[str, Any]],
        scope: Mapping[str, JsonValue] | None,
    ) -> Existing:
        """Ask IAM whose key it is; nothing that others need may end with it."""
        return look(credential, clients.aws("iam"), resources, scope)

    def adopt(
        self, issuance: Issuance, imported: Imported, options: pulumi.ResourceOptions
    ) -> Material:
        """Declare the deny-after policy, the access key, and what else is adopted with it.

        The access key comes after the policy, so it is deleted before it: while it lives, it has
        its end.
        """
        import pulumi
        from pulumi_aws import iam

        name = issuance.name
        told = ImportedAccessKey.model_validate(dict(imported.credential))
        given = None
        if imported.adopts is not None:
            given = AdoptedAccessKey.model_validate(dict(imported.adopts))
        user: pulumi.Input[str] = told.user
        before: list[pulumi.Resource] = []
        if given is not None and given.user is not None:
            adopted = iam.User(
                f"{name}-user",
                name=told.user,
                opts=_as_it_is(options, given.user, "name", "path", "tags", "permissionsBoundary"),
            )
            user = adopted.name
            before.append(adopted)
        for resource, arn in given.attachments.items() if given is not None else ():
            attachment = iam.UserPolicyAttachment(
                f"{name}-{arn.rpartition('/')[2]}",
                user=user,
                policy_arn=arn,
                opts=_as_it_is(options, resource),
            )
            before.append(attachment)
        end = iam.UserPolicy(
            f"{name}-expiry",
            name="keylife-expiry",
            user=user,
            policy=json.dumps(deny_from(issuance.version.expiry)),
            opts=options,
        )
        bring_in = pulumi.ResourceOptions(depends_on=[*before, end])
        if given is not None:
            bring_in = pulumi.ResourceOptions.merge(
                bring_in, pulumi.ResourceOptions(aliases=[_alias(given.access_key)])
            )
        elif not issuance.version.exists:
            bring_in = pulumi.ResourceOptions.merge(
                bring_in, pulumi.ResourceOptions(import_=told.access_key)
            )
        access_key = iam.AccessKey(
            name,
            user=user,
            status="Inactive" if issuance.deactivated else "Active",
            opts=pulumi.ResourceOptions.merge(options, bring_in),
        )
        secret = access_key.secret.apply(_require(name)) if given is not None else access_key.secret
        return {"access_key_id": access_key.id, "secret_access_key": secret}


def _require(name: str) -> Callable[[str | None], str]:
    def told(secret: str | None) -> str:
        if not secret:
            raise ValueError(
                f"{name}: the state has no secret of the access key that is adopted (it was"
                " imported there itself): take `adopts` out, and a version is issued at once"
            )
        return secret

    return told


def _alias(resource: str) -> pulumi.Alias | str:
    import pulumi

    if resource.startswith("urn:"):
        return resource
    return pulumi.Alias(name=resource, parent=pulumi.ROOT_STACK_RESOURCE)


def _as_it_is(options: pulumi.ResourceOptions, resource: str, *but: str) -> pulumi.ResourceOptions:
    import pulumi

    return pulumi.ResourceOptions.merge(
        options,
        pulumi.ResourceOptions(aliases=[_alias(resource)], ignore_changes=list(but)),
    )
