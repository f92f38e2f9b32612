"""Service-specific credentials of IAM users, of which moto 5.2 knows nothing.

They live with moto's user, so they end with it. Source: AWS IAM API Reference,
CreateServiceSpecificCredential and its neighbours; Amazon Bedrock User Guide, "API keys"
(how such a key looks).
"""

from __future__ import annotations

import secrets
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID

from keylife.sandbox.aws.account import iam

BEDROCK = "bedrock.amazonaws.com"
CODECOMMIT = "codecommit.amazonaws.com"
CASSANDRA = "cassandra.amazonaws.com"
SERVICES = (BEDROCK, CASSANDRA, CODECOMMIT)

PER_SERVICE_AND_USER = 2
"""AWS IAM API Reference, CreateServiceSpecificCredential."""

_KEPT_AS = "keylife_service_credentials"


@dataclass
class ServiceCredential:
    """One credential of a user for one service."""

    id: str
    service: str
    created: datetime
    expires: datetime | None
    """Only Bedrock's end by themselves."""

    name: str
    """What stands before the secret: a user name, or the alias of a Bedrock key."""

    secret: str = field(repr=False)
    active: bool = True

    def accepted(self, at: datetime) -> bool:
        """Whether the service takes it at ``at``, whatever its user may then do."""
        return self.active and (self.expires is None or at < self.expires)

    def status(self, at: datetime) -> str:
        """As IAM tells it."""
        if self.expires is not None and at >= self.expires:
            return "Expired"
        return "Active" if self.active else "Inactive"


def credentials_of(user: Any) -> list[ServiceCredential]:
    """The credentials of one of moto's users; the list itself, to be changed."""
    found: list[ServiceCredential] = vars(user).setdefault(_KEPT_AS, [])
    return found


def made_for(user: Any, service: str, age_days: int | None, at: datetime) -> ServiceCredential:
    """A new credential, which the user then has."""
    if service == BEDROCK:
        alias = f"BedrockAPIKey-{secrets.token_hex(2)}-at-{DEFAULT_ACCOUNT_ID}"
        inner = f"{alias}:{secrets.token_urlsafe(32)}"
        name, secret = alias, "ABSK" + b64encode(inner.encode()).decode()
    else:
        nth = 1 + sum(held.service == service for held in credentials_of(user))
        more = "" if nth == 1 else f"+{nth - 1}"
        name = f"{user.name}{more}-at-{DEFAULT_ACCOUNT_ID}"
        secret = secrets.token_urlsafe(32)
    made = ServiceCredential(
        id=f"ACCA{secrets.token_hex(8).upper()}",
        service=service,
        created=at.replace(microsecond=0),
        expires=None if age_days is None else at + timedelta(days=age_days),
        name=name,
        secret=secret,
    )
    credentials_of(user).append(made)
    return made


def holder_of(service: str, name: str | None, secret: str) -> tuple[Any, ServiceCredential] | None:
    """The user and credential that a service is shown; a Bedrock key is shown without a name."""
    for user in iam().users.values():
        for held in credentials_of(user):
            if (
                held.service == service
                and secrets.compare_digest(held.secret.encode(), secret.encode())
                and name in (None, held.name)
            ):
                return user, held
    return None
