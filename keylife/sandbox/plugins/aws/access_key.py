"""``aws:iam/accessKey:AccessKey``.

Source: terraform-provider-aws, internal/service/iam/access_key.go; for the SMTP password, Amazon
SES Developer Guide, "Obtaining Amazon SES SMTP credentials".
"""

import base64
import hmac
from collections.abc import Iterable
from datetime import UTC
from typing import Any

from keylife.sandbox.plugins.aws.base import AwsResource, no_failures_of
from keylife.sandbox.plugins.aws.session import AwsRefusedError, calling
from keylife.sandbox.plugins.errors import PartialCreateError, PluginError
from keylife.sandbox.plugins.inputs import Failure
from keylife.sandbox.plugins.resource import Found
from keylife.sandbox.plugins.schema import Field
from keylife.sandbox.plugins.values import Secret, Values, reveal

ACTIVE, INACTIVE = "Active", "Inactive"


class AccessKey(AwsResource):
    """A long-term key of an IAM user; its secret is told once, at its creation."""

    token = "aws:iam/accessKey:AccessKey"  # noqa: S105 - a type, no secret
    unsupported = ("pgpKey",)
    fields = {  # noqa: RUF012 - the base class declares it
        "createDate": Field(output=True),
        "encryptedSecret": Field(output=True),
        "encryptedSesSmtpPasswordV4": Field(output=True),
        "keyFingerprint": Field(output=True),
        "pgpKey": Field(force_new=True),
        "secret": Field(output=True, secret=True),
        "sesSmtpPasswordV4": Field(output=True, secret=True),
        "status": Field(default=ACTIVE),
        "user": Field(required=True, force_new=True),
    }

    def more_failures(self, news: Values) -> Iterable[Failure]:
        """Refuse a status that IAM does not have."""
        return no_failures_of(
            news,
            "status",
            lambda status: status in (ACTIVE, INACTIVE),
            f'expected status to be one of ["{ACTIVE}" "{INACTIVE}"]',
        )

    def create(self, news: Values) -> Found:
        """Make a key; a second call makes a second one, so it is made in one try."""
        self.refuse_unsupported(news)
        user = str(reveal(news["user"]))
        with calling(f"creating IAM Access Key ({user})"):
            key = self.aws.iam_once.create_access_key(UserName=user)["AccessKey"]
        secret = key["SecretAccessKey"]
        state = {
            **_told(key),
            "secret": Secret(secret),
            "sesSmtpPasswordV4": Secret(smtp_password(secret, self.aws.region)),
        }
        if reveal(news.get("status")) == INACTIVE:
            try:
                self._set_status(key["AccessKeyId"], user, INACTIVE)
            except PluginError as error:
                raise PartialCreateError(str(error), key["AccessKeyId"], state) from None
            state["status"] = INACTIVE
        return Found(key["AccessKeyId"], state)

    def read(self, id_: str, state: Values) -> Found | None:
        """The key among its user's keys; an imported one has no secret to tell."""
        user = str(reveal(state.get("user")) or self._user_of(id_))
        try:
            with calling(f"reading IAM Access Key ({id_})"):
                pages = self.aws.iam.get_paginator("list_access_keys").paginate(UserName=user)
                keys = [key for page in pages for key in page["AccessKeyMetadata"]]
        except AwsRefusedError as error:
            if error.gone:
                return None
            raise
        for key in keys:
            if key["AccessKeyId"] == id_:
                return Found(id_, {**state, **_told(key)})
        return None

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Set the status, which is all that can change in place."""
        status = str(reveal(news.get("status")) or ACTIVE)
        if status != reveal(state.get("status")):
            self._set_status(id_, str(reveal(news["user"])), status)
        found = self.read(id_, state)
        if found is None:
            raise PluginError(f"reading IAM Access Key ({id_}): not found")
        return found

    def delete(self, id_: str, state: Values) -> None:
        """Delete the key; one that is gone is no error."""
        try:
            with calling(f"deleting IAM Access Key ({id_})"):
                self.aws.iam.delete_access_key(
                    UserName=str(reveal(state.get("user"))), AccessKeyId=id_
                )
        except AwsRefusedError as error:
            if not error.gone:
                raise

    def _set_status(self, id_: str, user: str, status: str) -> None:
        wanted: Any = status
        with calling(f"updating IAM Access Key ({id_})"):
            self.aws.iam.update_access_key(UserName=user, AccessKeyId=id_, Status=wanted)

    def _user_of(self, id_: str) -> str:
        with calling(f"fetching IAM Access Key ({id_}) username via GetAccessKeyLastUsed"):
            return self.aws.iam.get_access_key_last_used(AccessKeyId=id_)["UserName"]


def _told(key: Any) -> Values:
    created = key["CreateDate"].astimezone(UTC)
    return {
        "createDate": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "status": key["Status"],
        "user": key["UserName"],
    }


def smtp_password(secret: str, region: str) -> str:
    """The password by which the key's owner sends mail through Amazon SES in a region."""
    signature = f"AWS4{secret}".encode()
    for part in ("11111111", region, "ses", "aws4_request", "SendRawEmail"):
        signature = hmac.digest(signature, part.encode(), "sha256")
    return base64.b64encode(b"\x04" + signature).decode()
