"""Service-specific credentials of IAM: for Bedrock, CodeCommit and Keyspaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from keylife.orphan import Clients
from keylife.systems import iam_user
from keylife.systems.aws_answers import aws_errors, unclear
from keylife.systems.aws_iam import WINDOW, Whose, whose_user
from keylife.systems.listed import OnlyListed
from keylife.systems.state import issued, open_text, secret_text
from keylife.systems.system import (
    Answer,
    Holding,
    Material,
    Resource,
    Step,
    Surroundings,
)

_WEAK = (
    "its service refuses an unknown credential in the same words as one of another region or"
    " without permission: only IAM's listing is evidence"
)


_NOT_ITS_OWN = "left alone: the user is not the version's"
_NO_CREDENTIAL = "no such credential"


def _deny(holding: Holding, clients: Clients) -> str:
    if not _is_its_own(holding):
        return _NOT_ITS_OWN
    iam, user = clients.aws("iam"), holding.facts["user"]
    return iam_user.unless_gone(iam, user, lambda: iam_user.deny_everything(iam, user))


def _deactivate(holding: Holding, clients: Clients) -> str:
    iam = clients.aws("iam")

    def deactivate() -> str:
        iam.update_service_specific_credential(**_named(holding), Status="Inactive")
        return "inactive"

    return iam_user.unless_gone(iam, holding.facts["user"], deactivate, _NO_CREDENTIAL)


def _end_others(holding: Holding, clients: Clients) -> str:
    if not _is_its_own(holding):
        return _NOT_ITS_OWN
    iam, user = clients.aws("iam"), holding.facts["user"]
    own = holding.facts["credential"]
    end = partial(iam_user.end_all, iam, user, lambda found: found.id == own)
    return iam_user.unless_gone(iam, user, end)


def _delete(holding: Holding, clients: Clients) -> str:
    iam = clients.aws("iam")

    def delete() -> str:
        iam.delete_service_specific_credential(**_named(holding))
        return "deleted"

    return iam_user.unless_gone(iam, holding.facts["user"], delete, _NO_CREDENTIAL)


def _delete_user(holding: Holding, clients: Clients) -> str:
    if not _is_its_own(holding):
        return "the user stays"
    return iam_user.delete_if_there(clients.aws("iam"), holding.facts["user"])


def _is_its_own(holding: Holding) -> bool:
    return holding.facts["whose"] == Whose.VERSION


def _named(holding: Holding) -> Mapping[str, str]:
    facts = holding.facts
    return {"UserName": facts["user"], "ServiceSpecificCredentialId": facts["credential"]}


class AwsServiceCredential(OnlyListed):
    """A service-specific credential and its user."""

    name: ClassVar[str] = "aws-service-credential"
    types: ClassVar[frozenset[str]] = frozenset(
        {"aws:iam/serviceSpecificCredential:ServiceSpecificCredential"}
    )
    issues: ClassVar[bool] = True
    steps: ClassVar[Sequence[Step]] = (
        Step("deny", _deny, final=False),
        Step("deactivate", _deactivate, final=False),
        Step("end-other-credentials", _end_others),
        Step("delete-credential", _delete),
        Step("delete-user", _delete_user),
    )

    def holdings(self, resource: Resource, around: Surroundings) -> Iterable[Holding]:
        """One; its id in the state is ``service:user:id``."""
        service, user, credential = str(resource["id"]).split(":", 2)
        facts = {
            "credential": credential,
            "user": user,
            "service": service,
            "whose": str(whose_user(user, around)),
        }
        return issued(
            self.name,
            resource,
            around,
            identity=credential,
            facts=facts,
            window=WINDOW,
            weak=_WEAK,
        )

    def material(self, resource: Resource) -> Material:
        """Bedrock's API key, or the others' user name and password."""
        outputs = resource.get("outputs")
        if api_key := secret_text(outputs, "serviceCredentialSecret"):
            return {"api_key": api_key}
        name, password = (
            open_text(outputs, "serviceUserName"),
            secret_text(outputs, "servicePassword"),
        )
        return {"user_name": name, "password": password} if name and password else {}

    def mark(self, resource: Resource) -> Mapping[str, str]:
        """The user name, where the service has one."""
        name = open_text(resource.get("outputs"), "serviceUserName")
        return {"user_name": name} if name else {}

    def look(self, holding: Holding, clients: Clients) -> Answer:
        """List what the user has: the credential itself, and what its holder may have added."""
        its_own = _is_its_own(holding)
        try:
            return iam_user.look(
                clients.aws("iam"),
                holding.facts["user"],
                holding.facts["credential"],
                frozenset() if its_own else None,
                its_own=its_own,
            )
        except aws_errors() as error:
            return unclear(error)
