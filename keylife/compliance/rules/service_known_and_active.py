"""service-known-and-active: every credential serves a declared service that still runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context, RegistryUnknown
from keylife.compliance.credential import Absence, Credential, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import states_owner_and_service, violation, warning
from keylife.model.instant import format_instant
from keylife.model.registry import ServiceStatus


class ServiceKnownAndActive:
    """Refuses a credential of no service, an unknown one or a retired one; deprecated warns."""

    id: ClassVar[str] = "service-known-and-active"
    says: ClassVar[str] = "Every credential serves a declared service that is not retired."
    warns: ClassVar[bool] = True
    asks_registry: ClassVar[bool] = True

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge a credential's service; a version's is judged at its key."""
        if not isinstance(subject, Credential) or not states_owner_and_service(subject):
            return
        if isinstance(context.registry, RegistryUnknown):
            known = context.registry
            yield violation(
                self, subject, f"the registry of services is not known: {known.why}", known.cure
            )
            return
        if isinstance(subject.service, Absence):
            yield violation(
                self,
                subject,
                f"the service of this {subject.what} {subject.service.value}",
                "state it as a declared service's id: by a tag `keylife:service`, on a parent"
                " component, or under `assigned` in the pack's configuration",
            )
            return
        service = context.registry.services.get(subject.service)
        if service is None:
            # What a raw credential says here may be anything, a secret too: it is not repeated.
            stated = f"service `{subject.service}`" if subject.managed else "the service it states"
            yield violation(
                self,
                subject,
                f"{stated} is not one of the {len(context.registry.services)} declared",
                "declare the service, or correct its name",
            )
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
