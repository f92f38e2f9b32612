"""``aws:secretsmanager/secret:Secret``.

Source: terraform-provider-aws, internal/service/secretsmanager/secret.go.
"""

from collections.abc import Iterable
from typing import Any

from keylife.sandbox.plugins.aws.base import (
    NAME_AND_PREFIX,
    REGION,
    TAGS,
    AwsResource,
    changed_tags,
    chosen_name,
    no_failures_of,
    prefix_of,
    tags_in,
    tags_out,
)
from keylife.sandbox.plugins.aws.session import AwsRefusedError, calling
from keylife.sandbox.plugins.errors import PartialCreateError, PluginError
from keylife.sandbox.plugins.inputs import Failure
from keylife.sandbox.plugins.resource import Found
from keylife.sandbox.plugins.schema import Field
from keylife.sandbox.plugins.values import Values, reveal

RECOVERY_DAYS = 30
"""Days that a deleted secret can be brought back, unless declared otherwise; 0 for none."""


class Secret(AwsResource):
    """A secret without its values; its id is its ARN."""

    token = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type, no secret
    name_property = "name"
    unsupported = ("policy", "replicas", "type")
    fields = {  # noqa: RUF012 - the base class declares it
        "arn": Field(output=True),
        "description": Field(),
        "forceOverwriteReplicaSecret": Field(kind="boolean", default=False),
        "kmsKeyId": Field(),
        **NAME_AND_PREFIX,
        "policy": Field(computed=True),
        "recoveryWindowInDays": Field(kind="integer", default=RECOVERY_DAYS),
        **REGION,
        "replicas": Field(
            kind="set",
            computed=True,
            elements=Field(
                kind="object",
                fields={
                    "kmsKeyId": Field(computed=True),
                    "lastAccessedDate": Field(output=True),
                    "region": Field(required=True),
                    "status": Field(output=True),
                    "statusMessage": Field(output=True),
                },
            ),
        ),
        **TAGS,
        "type": Field(computed=True, force_new=True),
    }

    def more_failures(self, news: Values) -> Iterable[Failure]:
        """Refuse a recovery window that Secrets Manager does not have."""
        return no_failures_of(
            news,
            "recoveryWindowInDays",
            lambda days: days == 0 or 7 <= days <= 30,
            "expected recovery_window_in_days to be in the range (7 - 30), or 0",
        )

    def create(self, news: Values) -> Found:
        """Make the secret; a name still in its recovery window is refused at once.

        The real plugin tries such a name again for two minutes before it gives up.
        """
        self.refuse_unsupported(news)
        region, name = str(reveal(news.get("region")) or self.aws.region), chosen_name(news)
        given: Any = {"KmsKeyId": reveal(news["kmsKeyId"])} if news.get("kmsKeyId") else {}
        with calling(f"creating Secrets Manager Secret ({name})"):
            arn = self.aws.secrets(region).create_secret(
                Name=name,
                Description=str(reveal(news.get("description")) or ""),
                Tags=tags_in(news),
                **given,
            )["ARN"]
        try:
            found = self.read(arn, {**news, "region": region})
        except PluginError as error:
            raise PartialCreateError(str(error), arn, news) from None
        if found is None:
            raise PartialCreateError("waiting for Secrets Manager Secret create", arn, news)
        return found

    def read(self, id_: str, state: Values) -> Found | None:
        """The secret by its ARN or name; one that is scheduled for deletion is gone."""
        region = str(reveal(state.get("region")) or self.aws.region)
        try:
            with calling(f"reading Secrets Manager Secret ({id_})"):
                secret = self.aws.secrets(region).describe_secret(SecretId=id_)
        except AwsRefusedError as error:
            if error.gone:
                return None
            raise
        if secret.get("DeletedDate"):
            return None
        name = secret["Name"]
        window = reveal(state.get("recoveryWindowInDays"))
        return Found(
            id_,
            {
                "arn": secret["ARN"],
                "description": secret.get("Description", ""),
                "forceOverwriteReplicaSecret": bool(
                    reveal(state.get("forceOverwriteReplicaSecret"))
                ),
                "kmsKeyId": secret.get("KmsKeyId", ""),
                "name": name,
                "namePrefix": prefix_of(name, state.get("namePrefix")),
                "policy": "",
                "recoveryWindowInDays": RECOVERY_DAYS if window is None else window,
                "region": region,
                "replicas": [],
                "type": "",
                **tags_out(secret.get("Tags")),
            },
        )

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Set description, encryption key and tags; the recovery window counts at deletion."""
        self.refuse_unsupported(news)
        secrets = self.aws.secrets(str(reveal(state.get("region")) or self.aws.region))
        wanted = {name: str(reveal(news.get(name)) or "") for name in ("description", "kmsKeyId")}
        if any(value != (reveal(state.get(name)) or "") for name, value in wanted.items()):
            given: Any = {"KmsKeyId": wanted["kmsKeyId"]} if wanted["kmsKeyId"] else {}
            with calling(f"updating Secrets Manager Secret ({id_})"):
                secrets.update_secret(SecretId=id_, Description=wanted["description"], **given)
        setting, removing = changed_tags(news, state)
        with calling(f"updating tags for Secrets Manager Secret ({id_})"):
            if removing:
                secrets.untag_resource(SecretId=id_, TagKeys=removing)
            if setting:
                secrets.tag_resource(SecretId=id_, Tags=setting)
        found = self.read(id_, {**news, "region": state.get("region")})
        if found is None:
            raise PluginError(f"reading Secrets Manager Secret ({id_}): not found")
        return found

    def delete(self, id_: str, state: Values) -> None:
        """Schedule the deletion, or delete at once when the recovery window is 0."""
        window = reveal(state.get("recoveryWindowInDays"))
        days = RECOVERY_DAYS if window is None else int(window)
        how: Any = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
        region = str(reveal(state.get("region")) or self.aws.region)
        try:
            with calling(f"deleting Secrets Manager Secret ({id_})"):
                self.aws.secrets(region).delete_secret(SecretId=id_, **how)
        except AwsRefusedError as error:
            if not error.gone:
                raise
