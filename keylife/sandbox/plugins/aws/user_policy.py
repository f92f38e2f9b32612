"""``aws:iam/userPolicy:UserPolicy``.

Source: terraform-provider-aws, internal/service/iam/user_policy.go.
"""

from collections.abc import Iterable

from keylife.sandbox.plugins.aws import policy_text
from keylife.sandbox.plugins.aws.base import (
    NAME_AND_PREFIX,
    AwsResource,
    chosen_name,
    prefix_of,
)
from keylife.sandbox.plugins.aws.session import AwsRefusedError, calling
from keylife.sandbox.plugins.errors import PluginError
from keylife.sandbox.plugins.inputs import Checked, Failure, Naming
from keylife.sandbox.plugins.resource import Found
from keylife.sandbox.plugins.schema import Field
from keylife.sandbox.plugins.values import Values, reveal


class UserPolicy(AwsResource):
    """An inline policy of an IAM user; its id is ``user:name``."""

    token = "aws:iam/userPolicy:UserPolicy"  # noqa: S105 - a type, no secret
    name_property = "name"
    fields = {  # noqa: RUF012 - the base class declares it
        **NAME_AND_PREFIX,
        "policy": Field(
            required=True, normalise=policy_text.normalised, suppress=policy_text.equivalent
        ),
        "user": Field(required=True, force_new=True),
    }

    def check(self, news: Values, olds: Values, naming: Naming) -> Checked:
        """Validate; a policy may be written as an object."""
        return super().check(policy_text.as_text(news), olds, naming)

    def more_failures(self, news: Values) -> Iterable[Failure]:
        """Refuse a policy that is no JSON object."""
        return policy_text.failures(news)

    def create(self, news: Values) -> Found:
        """Put the policy; one of the same name is overwritten, as IAM does."""
        return self._put(str(reveal(news["user"])), chosen_name(news), news)

    def read(self, id_: str, state: Values) -> Found | None:
        """The policy by its user's and its own name."""
        user, name = _parts(id_)
        try:
            with calling(f"reading IAM User Policy ({id_})"):
                answer = self.aws.iam.get_user_policy(UserName=user, PolicyName=name)
        except AwsRefusedError as error:
            if error.gone:
                return None
            raise
        # botocore has parsed the document already.
        text = policy_text.written(answer["PolicyDocument"])
        return Found(
            id_,
            {
                "name": name,
                "namePrefix": prefix_of(name, state.get("namePrefix")),
                "policy": policy_text.kept(state.get("policy"), text),
                "user": user,
            },
        )

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Put the new text under the old name."""
        user, name = _parts(id_)
        return self._put(user, name, news)

    def delete(self, id_: str, state: Values) -> None:
        """Delete the policy; one that is gone is no error."""
        user, name = _parts(id_)
        try:
            with calling(f"deleting IAM User Policy ({id_})"):
                self.aws.iam.delete_user_policy(UserName=user, PolicyName=name)
        except AwsRefusedError as error:
            if not error.gone:
                raise

    def _put(self, user: str, name: str, news: Values) -> Found:
        text = policy_text.normalised(reveal(news["policy"]))
        with calling(f"putting IAM User ({user}) Policy ({name})"):
            self.aws.iam.put_user_policy(UserName=user, PolicyName=name, PolicyDocument=text)
        found = self.read(f"{user}:{name}", {**news, "policy": text})
        if found is None:
            raise PluginError(f"waiting for IAM User Policy ({user}:{name}) create: not found")
        return found


def _parts(id_: str) -> tuple[str, str]:
    user, separator, name = id_.partition(":")
    if not separator:
        raise PluginError("user_policy id must be of the form <user name>:<policy name>")
    return user, name
