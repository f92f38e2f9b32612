"""owner-known-and-active: somebody who is still there answers for every credential."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context, RegistryUnknown
from keylife.compliance.credential import Absence, Credential, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import states_owner_and_service, violation, warning
from keylife.model.instant import format_instant


class OwnerKnownAndActive:
    """Refuses a credential of nobody, of somebody unknown, or of an owner who departed."""

    id: ClassVar[str] = "owner-known-and-active"
    says: ClassVar[str] = "Every credential has a declared owner who has not departed."
    warns: ClassVar[bool] = True
    asks_registry: ClassVar[bool] = True

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge a credential's owner; a version's is judged at its key."""
        if not isinstance(subject, Credential) or not states_owner_and_service(subject):
            return
        if isinstance(context.registry, RegistryUnknown):
            known = context.registry
            yield violation(
                self, subject, f"the registry of owners is not known: {known.why}", known.cure
            )
            return
        if isinstance(subject.owner, Absence):
            yield violation(
                self,
                subject,
                f"the owner of this {subject.what} {subject.owner.value}",
                "state it as a declared owner's id: by a tag `keylife:owner`, on a parent"
                " component, or under `assigned` in the pack's configuration",
            )
            return
        owner = context.registry.owners.get(subject.owner)
        if owner is None:
            # What a raw credential says here may be anything, a secret too: it is not repeated.
            stated = f"owner `{subject.owner}`" if subject.managed else "the owner it states"
            yield violation(
                self,
                subject,
                f"{stated} is not one of the {len(context.registry.owners)} declared",
                "declare the owner, or correct the name",
            )
            return
        if owner.since is None:
            return
        departure = f"departed {format_instant(owner.since)} (now {format_instant(context.at)})"
        if owner.since <= context.at:
            yield violation(
                self,
                subject,
                f"owner `{owner.id}` {departure}",
                "hand the key to an owner who is there, or revoke it",
            )
        else:
            yield warning(
                self, subject, f"owner `{owner.id}` {departure}", "hand over the key before then"
            )
