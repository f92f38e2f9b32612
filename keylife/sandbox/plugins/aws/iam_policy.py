"""``aws:iam/policy:Policy``.

Source: terraform-provider-aws, internal/service/iam/policy.go.
"""

from collections.abc import Iterable
from typing import Any

from keylife.sandbox.plugins.aws import policy_text
from keylife.sandbox.plugins.aws.base import (
    NAME_AND_PREFIX,
    TAGS,
    AwsResource,
    changed_tags,
    chosen_name,
    prefix_of,
    tags_in,
    tags_out,
)
from keylife.sandbox.plugins.aws.session import AwsRefusedError, calling
from keylife.sandbox.plugins.errors import PluginError
from keylife.sandbox.plugins.inputs import Checked, Failure, Naming
from keylife.sandbox.plugins.resource import Found
from keylife.sandbox.plugins.schema import Field
from keylife.sandbox.plugins.values import Values, reveal

VERSIONS = 5
"""Versions of a managed policy that IAM keeps; the oldest makes room for a sixth."""


class Policy(AwsResource):
    """A managed policy of the account's own; its id is its ARN."""

    token = "aws:iam/policy:Policy"  # noqa: S105 - a type, no secret
    name_property = "name"
    unsupported = ("delayAfterPolicyCreationInMs",)
    fields = {  # noqa: RUF012 - the base class declares it
        "arn": Field(output=True),
        "attachmentCount": Field(kind="integer", output=True),
        "delayAfterPolicyCreationInMs": Field(kind="integer"),
        "description": Field(force_new=True),
        **NAME_AND_PREFIX,
        "path": Field(default="/", force_new=True),
        "policy": Field(
            required=True, normalise=policy_text.normalised, suppress=policy_text.equivalent
        ),
        "policyId": Field(output=True),
        **TAGS,
    }

    def check(self, news: Values, olds: Values, naming: Naming) -> Checked:
        """Validate; a policy may be written as an object."""
        return super().check(policy_text.as_text(news), olds, naming)

    def more_failures(self, news: Values) -> Iterable[Failure]:
        """Refuse a policy that is no JSON object."""
        return policy_text.failures(news)

    def create(self, news: Values) -> Found:
        """Make the policy."""
        self.refuse_unsupported(news)
        name, text = chosen_name(news), policy_text.normalised(reveal(news["policy"]))
        with calling(f"creating IAM Policy ({name})"):
            arn = self.aws.iam_once.create_policy(
                PolicyName=name,
                Path=str(reveal(news.get("path")) or "/"),
                Description=str(reveal(news.get("description")) or ""),
                PolicyDocument=text,
                Tags=tags_in(news),
            )["Policy"]["Arn"]
        return self._read_back(str(arn), news)

    def read(self, id_: str, state: Values) -> Found | None:
        """The policy and the text of its default version."""
        try:
            with calling(f"reading IAM Policy ({id_})"):
                policy = self.aws.iam.get_policy(PolicyArn=id_)["Policy"]
                version = self.aws.iam.get_policy_version(
                    PolicyArn=id_, VersionId=str(policy.get("DefaultVersionId"))
                )["PolicyVersion"]
        except AwsRefusedError as error:
            if error.gone:
                return None
            raise
        name = str(policy.get("PolicyName"))
        text = policy_text.written(version.get("Document"))
        return Found(
            id_,
            {
                "arn": id_,
                "attachmentCount": policy.get("AttachmentCount", 0),
                "description": policy.get("Description", ""),
                "name": name,
                "namePrefix": prefix_of(name, state.get("namePrefix")),
                "path": policy.get("Path", "/"),
                "policy": policy_text.kept(state.get("policy"), text),
                "policyId": policy.get("PolicyId"),
                **tags_out(policy.get("Tags")),
            },
        )

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Make the new text the default version, and set the tags."""
        text = policy_text.normalised(reveal(news["policy"]))
        if not policy_text.equivalent(text, reveal(state.get("policy"))):
            with calling(f"updating IAM Policy ({id_})"):
                self._make_room(id_)
                self.aws.iam_once.create_policy_version(
                    PolicyArn=id_, PolicyDocument=text, SetAsDefault=True
                )
        setting, removing = changed_tags(news, state)
        with calling(f"updating tags for IAM Policy ({id_})"):
            if removing:
                self.aws.iam.untag_policy(PolicyArn=id_, TagKeys=removing)
            if setting:
                self.aws.iam.tag_policy(PolicyArn=id_, Tags=setting)
        return self._read_back(id_, news)

    def delete(self, id_: str, state: Values) -> None:
        """Delete the policy with all its versions; one that is gone is no error."""
        try:
            with calling(f"deleting IAM Policy ({id_})"):
                for version in self._versions(id_):
                    if not version["IsDefaultVersion"]:
                        self._delete_version(id_, version)
                self.aws.iam.delete_policy(PolicyArn=id_)
        except AwsRefusedError as error:
            if not error.gone:
                raise

    def _read_back(self, arn: str, news: Values) -> Found:
        text = policy_text.normalised(reveal(news["policy"]))
        found = self.read(arn, {**news, "policy": text})
        if found is None:
            raise PluginError(f"reading IAM Policy ({arn}): not found")
        return found

    def _make_room(self, arn: str) -> None:
        versions = self._versions(arn)
        old = [version for version in versions if not version["IsDefaultVersion"]]
        if len(versions) >= VERSIONS:
            self._delete_version(arn, min(old, key=lambda version: version["CreateDate"]))

    def _versions(self, arn: str) -> list[Any]:
        return list(self.aws.iam.list_policy_versions(PolicyArn=arn)["Versions"])

    def _delete_version(self, arn: str, version: Any) -> None:
        self.aws.iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
