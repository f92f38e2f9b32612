"""``aws:iam/user:User``.

Source: terraform-provider-aws, internal/service/iam/user.go.
"""

import re
from collections.abc import Iterable

from keylife.sandbox.plugins.aws.base import (
    TAGS,
    AwsResource,
    changed_tags,
    no_failures_of,
    tags_in,
    tags_out,
)
from keylife.sandbox.plugins.aws.session import AwsRefusedError, calling
from keylife.sandbox.plugins.errors import PartialCreateError, PluginError
from keylife.sandbox.plugins.inputs import Failure
from keylife.sandbox.plugins.resource import Found
from keylife.sandbox.plugins.schema import Field
from keylife.sandbox.plugins.values import Values, reveal


class User(AwsResource):
    """An IAM user. A new name or path is set in place, yet the resource keeps its first id."""

    token = "aws:iam/user:User"  # noqa: S105 - a type, no secret
    name_property = "name"
    unsupported = ("permissionsBoundary",)
    fields = {  # noqa: RUF012 - the base class declares it
        "arn": Field(output=True),
        "forceDestroy": Field(kind="boolean", default=False),
        "name": Field(required=True, autoname=True),
        "path": Field(default="/"),
        "permissionsBoundary": Field(),
        **TAGS,
        "uniqueId": Field(output=True),
    }

    def more_failures(self, news: Values) -> Iterable[Failure]:
        """Refuse names that IAM would refuse."""
        return no_failures_of(
            news,
            "name",
            lambda name: re.fullmatch(r"[0-9A-Za-z=,.@\-_+]+", str(name)) is not None,
            "invalid value for name (must only contain alphanumeric characters, hyphens,"
            " underscores, commas, periods, @ symbols, plus and equals signs)",
        )

    def create(self, news: Values) -> Found:
        """Make the user, tagged from its first moment."""
        self.refuse_unsupported(news)
        name = str(reveal(news["name"]))
        with calling(f"creating IAM User ({name})"):
            self.aws.iam_once.create_user(
                UserName=name, Path=str(reveal(news.get("path")) or "/"), Tags=tags_in(news)
            )
        try:
            found = self.read(name, news)
        except PluginError as error:
            raise PartialCreateError(str(error), name, news) from None
        if found is None:
            raise PartialCreateError(f"reading IAM User ({name}): not found", name, news)
        return found

    def read(self, id_: str, state: Values) -> Found | None:
        """The user by its name."""
        try:
            with calling(f"reading IAM User ({id_})"):
                user = self.aws.iam.get_user(UserName=id_)["User"]
        except AwsRefusedError as error:
            if error.gone:
                return None
            raise
        boundary = user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return Found(
            user["UserName"],
            {
                "arn": user["Arn"],
                "forceDestroy": bool(reveal(state.get("forceDestroy"))),
                "name": user["UserName"],
                "path": user["Path"],
                "permissionsBoundary": boundary,
                "uniqueId": user["UserId"],
                **tags_out(user.get("Tags")),
            },
        )

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Rename or move the user, and set its tags."""
        self.refuse_unsupported(news)
        name, path = str(reveal(news["name"])), str(reveal(news.get("path")) or "/")
        old_name = str(reveal(state.get("name")) or id_)
        if (name, path) != (old_name, reveal(state.get("path"))):
            with calling(f"updating IAM User ({id_})"):
                self.aws.iam_once.update_user(UserName=old_name, NewUserName=name, NewPath=path)
        setting, removing = changed_tags(news, state)
        with calling(f"updating tags for IAM User ({name})"):
            if removing:
                self.aws.iam.untag_user(UserName=name, TagKeys=removing)
            if setting:
                self.aws.iam.tag_user(UserName=name, Tags=setting)
        found = self.read(name, news)
        if found is None:
            raise PluginError(f"reading IAM User ({name}): not found")
        return found

    def delete(self, id_: str, state: Values) -> None:
        """Delete the user; what hangs on it first, if ``forceDestroy`` says so.

        IAM refuses a user that still has policies, in any case, and one that has keys, unless
        they are removed here.
        """
        try:
            self._leave_groups(id_)
            if reveal(state.get("forceDestroy")):
                self._delete_credentials(id_)
            with calling(f"deleting IAM User ({id_})"):
                self.aws.iam.delete_user(UserName=id_)
        except AwsRefusedError as error:
            if not error.gone:
                raise

    def _leave_groups(self, name: str) -> None:
        with calling(f"removing IAM User ({name}) group memberships"):
            for page in self.aws.iam.get_paginator("list_groups_for_user").paginate(UserName=name):
                for group in page["Groups"]:
                    self.aws.iam.remove_user_from_group(GroupName=group["GroupName"], UserName=name)

    def _delete_credentials(self, name: str) -> None:
        """Access keys, SSH keys, MFA devices, password, certificates and service credentials."""
        iam = self.aws.iam
        with calling(f"removing IAM User ({name}) access keys"):
            for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
                iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        with calling(f"removing IAM User ({name}) SSH keys"):
            for public in iam.list_ssh_public_keys(UserName=name)["SSHPublicKeys"]:
                iam.delete_ssh_public_key(UserName=name, SSHPublicKeyId=public["SSHPublicKeyId"])
        with calling(f"removing IAM User ({name}) MFA devices"):
            for device in iam.list_mfa_devices(UserName=name)["MFADevices"]:
                iam.deactivate_mfa_device(UserName=name, SerialNumber=device["SerialNumber"])
        try:
            with calling(f"removing IAM User ({name}) login profile"):
                iam.delete_login_profile(UserName=name)
        except AwsRefusedError as error:
            if not error.gone:
                raise
        with calling(f"removing IAM User ({name}) signing certificate"):
            for certificate in iam.list_signing_certificates(UserName=name)["Certificates"]:
                iam.delete_signing_certificate(
                    UserName=name, CertificateId=certificate["CertificateId"]
                )
        with calling(f"removing IAM User ({name}) service-specific credentials"):
            found = iam.list_service_specific_credentials(UserName=name)
            for held in found["ServiceSpecificCredentials"]:
                iam.delete_service_specific_credential(
                    UserName=name,
                    ServiceSpecificCredentialId=held["ServiceSpecificCredentialId"],
                )
