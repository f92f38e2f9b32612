"""``aws:iam/userPolicyAttachment:UserPolicyAttachment``.

Source: terraform-provider-aws, internal/service/iam/user_policy_attachment.go.
"""

from collections.abc import Iterable

from keylife.sandbox.plugins.aws.base import AwsResource, no_failures_of, unique
from keylife.sandbox.plugins.aws.session import AwsRefusedError, calling
from keylife.sandbox.plugins.errors import PluginError
from keylife.sandbox.plugins.inputs import Failure
from keylife.sandbox.plugins.resource import Found
from keylife.sandbox.plugins.schema import Field
from keylife.sandbox.plugins.values import Values, reveal


class UserPolicyAttachment(AwsResource):
    """A managed policy attached to an IAM user. Its id is made up, and means nothing to IAM."""

    token = "aws:iam/userPolicyAttachment:UserPolicyAttachment"  # noqa: S105 - a type, no secret
    fields = {  # noqa: RUF012 - the base class declares it
        "policyArn": Field(required=True, force_new=True),
        "user": Field(required=True, force_new=True),
    }

    def more_failures(self, news: Values) -> Iterable[Failure]:
        """Refuse an ARN that is none."""
        return no_failures_of(
            news,
            "policyArn",
            lambda arn: str(arn).startswith("arn:"),
            '"policy_arn" is an invalid ARN: arn: invalid prefix',
        )

    def create(self, news: Values) -> Found:
        """Attach the policy."""
        user, arn = str(reveal(news["user"])), str(reveal(news["policyArn"]))
        with calling(f"attaching IAM Policy ({arn}) to IAM User ({user})"):
            self.aws.iam.attach_user_policy(UserName=user, PolicyArn=arn)
        return Found(f"{user}-{unique()}", {"policyArn": arn, "user": user})

    def read(self, id_: str, state: Values) -> Found | None:
        """The attachment by its user and policy; for an import, the id is ``user/arn``."""
        if not state:
            user, _, arn = id_.partition("/")
            if not user or not arn:
                raise PluginError(
                    f'unexpected format of ID ("{id_}"), expected <user-name>/<policy_arn>'
                )
            id_ = f"{user}-{arn}"
        else:
            user, arn = str(reveal(state["user"])), str(reveal(state["policyArn"]))
        try:
            with calling(f"reading IAM User Policy Attachment ({user}:{arn})"):
                pages = self.aws.iam.get_paginator("list_attached_user_policies")
                found = [
                    p for page in pages.paginate(UserName=user) for p in page["AttachedPolicies"]
                ]
        except AwsRefusedError as error:
            if error.gone:
                return None
            raise
        if arn not in {policy.get("PolicyArn") for policy in found}:
            return None
        return Found(id_, {"policyArn": arn, "user": user})

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Never asked for: both properties replace."""
        raise PluginError("doesn't support update")

    def delete(self, id_: str, state: Values) -> None:
        """Detach the policy; one that is not attached is no error."""
        user, arn = str(reveal(state["user"])), str(reveal(state["policyArn"]))
        try:
            with calling(f"detaching IAM Policy ({arn}) from IAM User ({user})"):
                self.aws.iam.detach_user_policy(UserName=user, PolicyArn=arn)
        except AwsRefusedError as error:
            if not error.gone:
                raise
