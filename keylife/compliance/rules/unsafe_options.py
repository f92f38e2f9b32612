"""unsafe-options: no option of Pulumi keeps a credential from ending."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Credential, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation, warning


class UnsafeOptions(Rule):
    """Judges what a program tells Pulumi about a credential besides its inputs.

    - `retainOnDelete`: its deletion would leave it alive.
    - `ignoreChanges` on what decides its end, its owner or its state: a reviewed change of them
      would not be deployed. (Below keylife's own versions only what switches a credential off.)
    - `import`: nobody knows its birth, nor where its copies are; `keylife import` asks both.
    - `deletedWith` a resource that does not take the credential along: when that one is deleted,
      nobody asks the issuer to end this.
    - `deleteBeforeReplace` warns: until its successor exists, no working version does.
    - `protect` warns on what keylife did not make: it could not be ended in a hurry.

    A policy pack sees neither `retainOnDelete`, `deletedWith` nor an import: a saved preview shows
    all of them.
    """

    id: ClassVar[str] = "unsafe-options"
    says: ClassVar[str] = (
        "No resource option keeps a credential alive, hides its changes, or leaves"
        " a moment without one."
    )
    nameless: ClassVar[bool] = True
    warns: ClassVar[bool] = True

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge the options that this gate sees."""
        if not isinstance(subject, Credential):
            return
        options = subject.options
        if options.retain_on_delete:
            yield violation(
                self,
                subject,
                f"`retainOnDelete` is set: the deletion of this {subject.what} would not end it",
                "take `retainOnDelete` off",
            )
        ignored = options.ignore_changes and _deciding(options.ignore_changes, subject)
        if ignored:
            yield violation(
                self,
                subject,
                f"`ignoreChanges` has {', '.join(ignored)}: a reviewed change of it would not be"
                " deployed",
                "take them out of `ignoreChanges`",
            )
        if subject.managed:
            return
        if options.imported:
            yield violation(
                self,
                subject,
                f"this {subject.what} is imported, and nobody knows its birth or its copies",
                "bring it in by `keylife import`, or issue a new one and end this one",
            )
        if options.deleted_with is not None and not _takes_along(options.deleted_with):
            yield violation(
                self,
                subject,
                f"`deletedWith` is set: when that resource is deleted, nobody asks to end this"
                f" {subject.what}",
                "take `deletedWith` off, or name what it cannot outlive: its user, its mount",
            )
        if options.delete_before_replace:
            yield warning(
                self,
                subject,
                "`deleteBeforeReplace` is set: until its successor exists, no working version does",
                "take `deleteBeforeReplace` off, or let keylife rotate it",
            )
        if options.protected:
            yield warning(
                self,
                subject,
                "`protect` is set: in an incident it could not be deleted at once",
                "take `protect` off",
            )


_TAKE_ALONG = frozenset(
    {
        "aws:iam/user:User",
        "azuread:index/application:Application",
        "azuread:index/servicePrincipal:ServicePrincipal",
        "gcp:serviceaccount/account:Account",
        "vault:appRole/authBackendRole:AuthBackendRole",
        "vault:identity/entity:Entity",
        "vault:index/authBackend:AuthBackend",
        "vault:index/mount:Mount",
    }
)
"""What no credential of it outlives."""


def _takes_along(urn: str) -> bool:
    return urn.count("::") >= 3 and urn.split("::", 3)[2].rpartition("$")[2] in _TAKE_ALONG


_OFF = frozenset({"*", "status", "enabled", "active"})
"""What switches a credential off; keylife itself ignores other inputs of what it imports."""

_DECIDING = _OFF | {
    "credentialAgeDays", "deletionPolicy", "expirationDate", "expires", "expiresAt", "expiresOn",
    "endDate", "explicitMaxTtl", "labels", "metadata", "noParent", "notAfter", "period",
    "renewable", "revoke", "rotationPeriod", "secondsToLive", "tags", "tagsAll", "ttl", "validity",
    "validityPeriodHours",
}  # fmt: skip


def _deciding(ignored: tuple[str, ...], subject: Credential) -> list[str]:
    heads = {re.split(r"[.\[]", path.strip(), maxsplit=1)[0]: path for path in ignored}
    deciding = _OFF if subject.managed else _DECIDING
    return sorted(f"`{head}`" for head in heads if head in deciding)
