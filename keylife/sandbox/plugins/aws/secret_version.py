"""``aws:secretsmanager/secretVersion:SecretVersion``.

Source: terraform-provider-aws, internal/service/secretsmanager/secret_version.go.
"""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64Error
from collections.abc import Iterable
from typing import Any

from keylife.sandbox.plugins.aws.base import REGION, AwsResource, conflict, no_failures_of
from keylife.sandbox.plugins.aws.session import AwsRefusedError, calling
from keylife.sandbox.plugins.errors import PartialCreateError, PluginError
from keylife.sandbox.plugins.inputs import Failure
from keylife.sandbox.plugins.resource import Found
from keylife.sandbox.plugins.schema import Field
from keylife.sandbox.plugins.values import Secret, Values, reveal

CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"


class SecretVersion(AwsResource):
    """One value of a secret; its id is ``secretId|versionId``."""

    token = "aws:secretsmanager/secretVersion:SecretVersion"  # noqa: S105 - a type, no secret
    unsupported = ("secretStringWo", "secretStringWoVersion")
    fields = {  # noqa: RUF012 - the base class declares it
        "arn": Field(output=True),
        "hasSecretStringWo": Field(kind="boolean", output=True),
        **REGION,
        "secretArn": Field(output=True),
        "secretBinary": Field(force_new=True, secret=True),
        "secretId": Field(required=True, force_new=True),
        "secretString": Field(force_new=True, secret=True),
        "secretStringWo": Field(secret=True),
        "secretStringWoVersion": Field(kind="integer", force_new=True),
        "versionId": Field(output=True),
        "versionStages": Field(kind="set", computed=True),
    }

    def more_failures(self, news: Values) -> Iterable[Failure]:
        """Refuse two values at once, and bytes that are not base64."""
        values = ("secretBinary", "secretString", "secretStringWo")
        given = [name for name in values if news.get(name) is not None]
        clashes = [conflict(given[0], given[1])] if len(given) > 1 else []
        return [
            *clashes,
            *no_failures_of(news, "secretBinary", _is_base64, '"secret_binary" is not base64'),
        ]

    def create(self, news: Values) -> Found:
        """Put the value; unless stages are named, it becomes the current one."""
        self.refuse_unsupported(news)
        region = str(reveal(news.get("region")) or self.aws.region)
        secret_id = str(reveal(news["secretId"]))
        value: Any = {}
        if text := reveal(news.get("secretString")):
            value["SecretString"] = text
        if binary := reveal(news.get("secretBinary")):
            value["SecretBinary"] = b64decode(binary)
        if stages := reveal(news.get("versionStages")):
            value["VersionStages"] = list(stages)
        with calling(f"putting Secrets Manager Secret ({secret_id}) value"):
            made = self.aws.secrets(region).put_secret_value(SecretId=secret_id, **value)
        id_ = f"{secret_id}|{made['VersionId']}"
        state = {**news, "region": region}
        try:
            found = self.read(id_, state)
        except PluginError as error:
            raise PartialCreateError(str(error), id_, state) from None
        if found is None:
            raise PartialCreateError(
                "waiting for Secrets Manager Secret Version create", id_, state
            )
        return found

    def read(self, id_: str, state: Values) -> Found | None:
        """The version's value and stages."""
        secret_id, version_id = _parts(id_)
        region = str(reveal(state.get("region")) or self.aws.region)
        answer = self._value(secret_id, version_id, region)
        if answer is None:
            return None
        text, binary = answer.get("SecretString"), answer.get("SecretBinary")
        return Found(
            id_,
            {
                "arn": answer["ARN"],
                "hasSecretStringWo": False,
                "region": region,
                "secretArn": answer["ARN"],
                "secretBinary": Secret(b64encode(binary).decode() if binary else ""),
                "secretId": secret_id,
                "secretString": Secret(text if text is not None else ""),
                "versionId": answer["VersionId"],
                "versionStages": list(answer.get("VersionStages", [])),
            },
        )

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Move staging labels; the value itself never changes."""
        secret_id, version_id = _parts(id_)
        region = str(reveal(state.get("region")) or self.aws.region)
        old = list(reveal(state.get("versionStages")) or [])
        new = list(reveal(news.get("versionStages")) or old)
        adding = [stage for stage in new if stage not in old]
        for stage in adding:
            self._add(stage, secret_id, version_id, region)
        for stage in old:
            moved_on = stage == PREVIOUS and CURRENT in adding
            if stage not in new and not moved_on:
                self._remove(stage, secret_id, version_id, region)
        found = self.read(id_, state)
        if found is None:
            raise PluginError(f"reading Secrets Manager Secret Version ({version_id}): not found")
        return found

    def delete(self, id_: str, state: Values) -> None:
        """Take the labels of the state away; the current one stays, and with it the value.

        Secrets Manager has no call that deletes a version: it drops versions without a label in
        its own time.
        """
        secret_id, version_id = _parts(id_)
        region = str(reveal(state.get("region")) or self.aws.region)
        try:
            for stage in reveal(state.get("versionStages")) or []:
                self._remove(stage, secret_id, version_id, region)
        except AwsRefusedError as error:
            if error.gone:
                return
            raise
        left = self._value(secret_id, version_id, region)
        if left is not None and left.get("VersionStages", []) not in ([], [CURRENT], [PREVIOUS]):
            raise PluginError(
                f"waiting for Secrets Manager Secret Version ({version_id}) delete: it still has"
                f" the stages {left['VersionStages']}"
            )

    def _value(self, secret_id: str, version_id: str, region: str) -> Any | None:
        try:
            with calling(f"reading Secrets Manager Secret Version ({version_id})"):
                return self.aws.secrets(region).get_secret_value(
                    SecretId=secret_id, VersionId=version_id
                )
        except AwsRefusedError as error:
            if error.gone:
                return None
            raise

    def _add(self, stage: str, secret_id: str, version_id: str, region: str) -> None:
        secrets = self.aws.secrets(region)
        with calling(f"adding Secrets Manager Secret Version ({version_id}) stage ({stage})"):
            given: Any = {}
            if stage == CURRENT:
                holders = secrets.describe_secret(SecretId=secret_id)["VersionIdsToStages"]
                given["RemoveFromVersionId"] = next(
                    version for version, stages in holders.items() if CURRENT in stages
                )
            secrets.update_secret_version_stage(
                SecretId=secret_id, VersionStage=stage, MoveToVersionId=version_id, **given
            )

    def _remove(self, stage: str, secret_id: str, version_id: str, region: str) -> None:
        if stage == CURRENT:
            return  # AWS can only move it to another version
        with calling(f"deleting Secrets Manager Secret Version ({version_id}) stage ({stage})"):
            self.aws.secrets(region).update_secret_version_stage(
                SecretId=secret_id, VersionStage=stage, RemoveFromVersionId=version_id
            )


def _parts(id_: str) -> tuple[str, str]:
    secret_id, _, version_id = id_.partition("|")
    if not secret_id or not version_id:
        raise PluginError(f"unexpected format of ID ({id_}), expected SecretID|VersionID")
    return secret_id, version_id


def _is_base64(text: str) -> bool:
    try:
        b64decode(text, validate=True)
    except (NotBase64Error, ValueError):
        return False
    return True
