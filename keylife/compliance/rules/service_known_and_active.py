"""service-known-and-active: every credential serves a declared service that still runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Credential, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.lookup import is_asked, look_up
from keylife.compliance.rules.rule import Rule, violation, warning
from keylife.model.instant import format_instant
from keylife.model.registry import ServiceStatus


class ServiceKnownAndActive(Rule):
    """Refuses a credential of no service, an unknown one or a retired one; deprecated warns."""

    id: ClassVar[str] = "service-known-and-active"
    says: ClassVar[str] = "Every credential serves a declared service that is not retired."
    nameless: ClassVar[bool] = True
    field: ClassVar[str | None] = "service"
    warns: ClassVar[bool] = True
    asks_registry: ClassVar[bool] = True

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge a credential's service; a version's is judged at its key."""
        if not isinstance(subject, Credential) or not is_asked(subject):
            return
        service = look_up(
            self,
            subject,
            context,
            word="service",
            stated=subject.service,
            declared=lambda r: r.services,
        )
        if isinstance(service, Finding):
            yield service
            return
        if service.since is None:
            return
        since = f"since {format_instant(service.since)} (now {format_instant(context.at)})"
        if service.status is ServiceStatus.RETIRED and service.since <= context.at:
            yield violation(
                self,
                subject,
                f"service `{service.id}` is retired {since}",
                "revoke the key: nothing is left that may use it",
            )
        else:
            yield warning(
                self,
                subject,
                f"service `{service.id}` is {service.status} {since}",
                "plan the revocation of its keys",
            )
