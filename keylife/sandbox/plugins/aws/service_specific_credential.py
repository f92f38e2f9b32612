"""``aws:iam/serviceSpecificCredential:ServiceSpecificCredential``.

Source: terraform-provider-aws, internal/service/iam/service_specific_credential.go.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from keylife.sandbox.plugins.aws.base import AwsResource, no_failures_of
from keylife.sandbox.plugins.aws.session import AwsRefusedError, calling
from keylife.sandbox.plugins.errors import PartialCreateError, PluginError
from keylife.sandbox.plugins.inputs import Failure
from keylife.sandbox.plugins.resource import Found
from keylife.sandbox.plugins.schema import Field
from keylife.sandbox.plugins.values import Secret, Values, reveal

ACTIVE = "Active"
STATUSES = (ACTIVE, "Inactive", "Expired")


class ServiceSpecificCredential(AwsResource):
    """A user's credential for one service; its id is ``service:user:credential``."""

    token = "aws:iam/serviceSpecificCredential:ServiceSpecificCredential"  # noqa: S105 - a type
    fields = {  # noqa: RUF012 - the base class declares it
        "createDate": Field(output=True),
        "credentialAgeDays": Field(kind="integer", force_new=True),
        "expirationDate": Field(output=True),
        "serviceCredentialAlias": Field(output=True),
        "serviceCredentialSecret": Field(output=True, secret=True),
        "serviceName": Field(required=True, force_new=True),
        "servicePassword": Field(output=True, secret=True),
        "serviceSpecificCredentialId": Field(output=True),
        "serviceUserName": Field(output=True),
        "status": Field(default=ACTIVE),
        "userName": Field(required=True, force_new=True),
    }

    def more_failures(self, news: Values) -> Iterable[Failure]:
        """Refuse what the provider's own schema refuses."""
        return [
            *no_failures_of(
                news,
                "credentialAgeDays",
                lambda days: 1 <= days <= 36600,
                "expected credential_age_days to be in the range (1 - 36600)",
            ),
            *no_failures_of(
                news,
                "status",
                lambda status: status in STATUSES,
                f"expected status to be one of {list(STATUSES)}",
            ),
            *no_failures_of(
                news,
                "userName",
                lambda name: 1 <= len(name) <= 64,
                "expected length of user_name to be in the range (1 - 64)",
            ),
        ]

    def create(self, news: Values) -> Found:
        """Make a credential; a second call makes a second one, so it is made in one try."""
        user, service = str(reveal(news["userName"])), str(reveal(news["serviceName"]))
        age = reveal(news.get("credentialAgeDays"))
        given: Any = {} if age is None else {"CredentialAgeDays": int(age)}
        with calling("creating IAM Service-Specific Credential"):
            made = self.aws.iam_once.create_service_specific_credential(
                UserName=user, ServiceName=service, **given
            )["ServiceSpecificCredential"]
        id_ = f"{service}:{user}:{made['ServiceSpecificCredentialId']}"
        state = {
            **news,
            "serviceCredentialSecret": Secret(made.get("ServiceCredentialSecret", "")),
            "servicePassword": Secret(made.get("ServicePassword", "")),
        }
        status = str(reveal(news.get("status")) or ACTIVE)
        try:
            if status != ACTIVE:
                self._set_status(id_, status)
            found = self.read(id_, state)
        except PluginError as error:
            raise PartialCreateError(str(error), id_, state) from None
        if found is None:
            raise PartialCreateError("reading IAM Service Specific Credential", id_, state)
        return found

    def read(self, id_: str, state: Values) -> Found | None:
        """The credential among its user's; an imported one has no secret to tell."""
        service, user, credential = _parts(id_)
        try:
            with calling(f"reading IAM Service Specific Credential ({id_})"):
                listed = self.aws.iam.list_service_specific_credentials(
                    UserName=user, ServiceName=service
                )["ServiceSpecificCredentials"]
        except AwsRefusedError as error:
            if error.gone:
                return None
            raise
        for one in listed:
            if one["ServiceSpecificCredentialId"] == credential:
                return Found(id_, {**state, **_told(one)})
        return None

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Set the status, which is all that can change in place."""
        self._set_status(id_, str(reveal(news.get("status")) or ACTIVE))
        found = self.read(id_, state)
        if found is None:
            raise PluginError(f"reading IAM Service Specific Credential ({id_}): not found")
        return found

    def delete(self, id_: str, state: Values) -> None:
        """Delete the credential; one that is gone is no error."""
        _, user, credential = _parts(id_)
        try:
            with calling(f"deleting IAM Service-Specific Credential ({id_})"):
                self.aws.iam.delete_service_specific_credential(
                    UserName=user, ServiceSpecificCredentialId=credential
                )
        except AwsRefusedError as error:
            if not error.gone:
                raise

    def _set_status(self, id_: str, status: str) -> None:
        _, user, credential = _parts(id_)
        wanted: Any = status
        with calling(f"updating IAM Service-Specific Credential ({id_})"):
            self.aws.iam.update_service_specific_credential(
                UserName=user, ServiceSpecificCredentialId=credential, Status=wanted
            )


def _told(one: Any) -> Values:
    return {
        "createDate": _stamp(one["CreateDate"]),
        "expirationDate": _stamp(one["ExpirationDate"]) if one.get("ExpirationDate") else "",
        "serviceCredentialAlias": one.get("ServiceCredentialAlias", ""),
        "serviceName": one["ServiceName"],
        "serviceSpecificCredentialId": one["ServiceSpecificCredentialId"],
        "serviceUserName": one.get("ServiceUserName", ""),
        "status": one["Status"],
        "userName": one["UserName"],
    }


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parts(id_: str) -> tuple[str, str, str]:
    parts = id_.split(":", 2)
    if len(parts) != 3 or not all(parts):
        raise PluginError(
            f"unexpected format for ID ({id_}), expected"
            " SERVICE-NAME:USER-NAME:SERVICE-SPECIFIC-CREDENTIAL-ID"
        )
    return parts[0], parts[1], parts[2]
