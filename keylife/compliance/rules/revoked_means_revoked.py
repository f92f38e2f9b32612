"""revoked-means-revoked: a key ends by a revocation, never by being forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Component, Credential, Party, Role, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation, warning
from keylife.compliance.tokens import MANAGED_KEY, REVOCATION
from keylife.model.instant import format_instant


class RevokedMeansRevoked(Rule):
    """Refuses ends that leave a credential alive, or that nobody could prove.

    - A key is deleted without a revocation in the same stack.
    - A revocation is deleted: it stays for ever.
    - A key is being revoked and its revocation is not registered.
    - A deletion revokes nothing: `retainOnDelete`, or a resource whose deletion the issuer never
      hears of.
    - A service is retired, or an owner departed, and keys of theirs have no tombstone. Ahead of
      that day it warns."""

    id: ClassVar[str] = "revoked-means-revoked"
    says: ClassVar[str] = (
        "A key ends by its revocation: to delete it, or to let who used it go, is not enough."
    )
    fact: ClassVar[str | None] = "deleted"
    warns: ClassVar[bool] = True
    judges_deletions: ClassVar[bool] = True
    subjects: ClassVar[tuple[type, ...]] = (Credential, Component, Party)

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge what this change deletes, and who is gone."""
        match subject:
            case Credential(deleted=True):
                yield from self._deleted(subject, context)
            case Component():
                yield from self._component(subject, context)
            case Party(keys=keys) if keys:
                yield self._left_behind(subject, context)

    def _deleted(self, subject: Credential, context: Context) -> Iterator[Finding]:
        if subject.options.retain_on_delete:
            yield violation(
                self,
                subject,
                f"this {subject.what} is removed from the program and kept alive: `retainOnDelete`",
                "take `retainOnDelete` off in a deploy of its own, then delete it",
            )
        elif subject.role is Role.KEY:
            key = subject.key_id
            if key is None or not _is_revoked(key, context):
                yield violation(
                    self,
                    subject,
                    "it is deleted, and nothing revokes it",
                    "restore its declaration, then `keylife revoke` it: a key ends by a tombstone,"
                    " not by being forgotten",
                )
        elif subject.deletion is not None and not subject.managed:
            yield violation(
                self,
                subject,
                f"its deletion revokes nothing: {subject.deletion.why}",
                f"{subject.deletion.cure}, and deploy that before it is deleted",
            )

    def _component(self, subject: Component, context: Context) -> Iterator[Finding]:
        if subject.type == REVOCATION and subject.deleted:
            yield violation(
                self,
                subject,
                "this revocation is deleted, and with it the memory that its key is revoked",
                "restore the tombstone: a revocation stays for ever",
            )
        elif (
            subject.type == MANAGED_KEY
            and subject.ending
            and not subject.deleted
            and context.population.complete
            and not (subject.key_id and _is_revoked(subject.key_id, context))
        ):
            yield violation(
                self,
                subject,
                "it is being revoked, and its revocation is not registered",
                "declare its tombstone with `keylife revoke`, which registers the revocation",
            )

    def _left_behind(self, subject: Party, context: Context) -> Finding:
        gone = "retired" if subject.word == "service" else "departed"
        shown = ", ".join(subject.keys[:_SHOWN])
        more = f" and {len(subject.keys) - _SHOWN} more" if len(subject.keys) > _SHOWN else ""
        say = violation if subject.since <= context.at else warning
        return say(
            self,
            subject,
            f"{subject.word} `{subject.id}` is {gone} since {format_instant(subject.since)} (now"
            f" {format_instant(context.at)}), and {len(subject.keys)} of its keys have no"
            f" tombstone: {shown}{more}",
            f"{_REMEDIES[subject.word]} {subject.id} …`",
        )


_SHOWN = 10

_REMEDIES = {
    "service": "revoke them in the same change: `keylife retire",
    "owner": "revoke them or hand them over in the same change: `keylife depart",
}


def _is_revoked(key: str, context: Context) -> bool:
    population = context.population
    return population.has_revocation_object(key) or population.revocation_of(key) is not None
