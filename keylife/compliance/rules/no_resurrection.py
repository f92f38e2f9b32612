"""no-resurrection: a revoked id never lives again, and no key turns into another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import (
    Absence,
    Component,
    Credential,
    Heir,
    LedgerUnknown,
    Role,
    Subject,
)
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation
from keylife.compliance.tokens import CURRENT, MANAGED_KEY, REVOCATION, VERSION
from keylife.model.ledger import KeyRecord


class NoResurrection(Rule):
    """Compares keylife's own resources with what the ledger remembers of their keys.

    A key that is revoked stays in the program until its last version has been destroyed: what is
    recorded and deactivated may stand, all else of a revoked id is refused.
    """

    id: ClassVar[str] = "no-resurrection"
    says: ClassVar[str] = "A revoked id never lives again, and no key turns into another."
    field: ClassVar[str | None] = "id"
    subjects: ClassVar[tuple[type, ...]] = (Credential, Component, Heir)

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge one of keylife's own resources against its key's past, and a credential of a key
        for whose it was before."""
        if isinstance(subject, Credential):
            yield from self._again(subject, context)
        if isinstance(subject, Credential | Heir) and subject.takes_over:
            yield violation(
                self,
                subject,
                "it has an alias of what is another key's, whose place it would take over",
                "remove the alias: what one key holds is never another's",
            )
        if not isinstance(subject, Component):
            return
        if subject.aliased:
            yield violation(
                self,
                subject,
                "it has an alias, by which one key could take over another's place",
                "remove the alias: a renamed key is a new key, and the old one is revoked",
            )
        if subject.type == REVOCATION and not subject.protected:
            yield violation(
                self,
                subject,
                "this revocation is not protected, so a later change could delete it",
                "register it with `protect=True`: a revocation stays for ever",
            )
        if subject.ending and subject.type in (VERSION, CURRENT) and not subject.deactivated:
            yield violation(
                self,
                subject,
                "its key is being revoked, and it is not deactivated",
                "deactivate every version of a key that ends",
            )
        if isinstance(subject.key, Absence):
            yield violation(
                self,
                subject,
                f"the id of its key {subject.key.value}",
                "write the id as a literal name",
            )
        elif isinstance(subject.past, LedgerUnknown):
            yield violation(
                self,
                subject,
                f"what became of key `{subject.key}` before is not known: {subject.past.why}",
                "make the stack's state readable where the policy pack runs",
            )
        elif subject.past is not None:
            yield from self._against(subject, subject.past)

    def _again(self, subject: Credential, context: Context) -> Iterator[Finding]:
        """What is revoked elsewhere, or looks so; a ledger tells its own stack's keys."""
        for what, value in (("secret", subject.fingerprint), ("issuer's id", subject.cloud_id)):
            how = None if value is None else context.population.revocation_of_material(value)
            if how is not None:
                yield violation(
                    self,
                    subject,
                    f"its {what} is that of a key that was {how}",
                    "issue a new one: what was revoked never lives again",
                )
        key_id = subject.key_id if subject.role is Role.KEY else None
        if key_id is None:
            return
        how = context.population.revocation_of(key_id)
        alike = context.population.revoked_lookalike(key_id)
        if how is not None:
            yield violation(
                self,
                subject,
                f"key `{key_id}` was {how}",
                "a revoked id never lives again: restore its tombstone, and choose another id for a"
                " new key",
            )
        elif alike is not None:
            yield violation(
                self,
                subject,
                f"its id looks like `{alike}`, which was {context.population.revocation_of(alike)}",
                "choose an id that nobody can take for the revoked one",
            )

    def _against(self, subject: Component, past: KeyRecord) -> Iterator[Finding]:
        if past.revocation is not None:
            if not _winds_down(subject, past):
                yield violation(
                    self,
                    subject,
                    f"key `{past.id}` was {past.revocation.phrase}",
                    "a revoked id never lives again: restore its tombstone, and choose another"
                    " id for a new key",
                )
        elif subject.type == MANAGED_KEY and subject.kind != past.kind:
            now = f"`{subject.kind}`" if isinstance(subject.kind, str) else subject.kind.value
            yield violation(
                self,
                subject,
                f"key `{past.id}` is a live `{past.kind}`, and its kind is now: {now}",
                "declare a new key with another id, and revoke this one",
            )


def _winds_down(subject: Component, past: KeyRecord) -> bool:
    """Whether it is part of a revoked key's orderly end."""
    if subject.type == MANAGED_KEY:
        return bool(past.versions)
    if subject.type == VERSION:
        return subject.deactivated and subject.recorded_version is not None
    return subject.type != CURRENT
