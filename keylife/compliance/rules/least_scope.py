"""least-scope: no key may do everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Absence, Credential, Grant, Statement, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation, warning


class LeastScope(Rule):
    """Refuses what lets the holder of a key do everything, or make himself able to.

    Refused are AWS's managed policies for administrators (`AdministratorAccess`,
    `IAMFullAccess`), inline statements that allow the action `*`, or `iam:*` on every resource,
    Vault's `root` policy, and Vault policies that may write to every path. Judged are declared
    keys, Vault tokens, and what is attached to IAM users and groups; a role is no key. What an
    attached policy allows may be computed: that warns, and the deploy judges it.
    """

    id: ClassVar[str] = "least-scope"
    says: ClassVar[str] = "No key has administrator access, or everything allowed."
    nameless: ClassVar[bool] = True
    field: ClassVar[str | None] = "scope"
    warns: ClassVar[bool] = True
    subjects: ClassVar[tuple[type, ...]] = (Credential, Grant)

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge what is written at the subject itself."""
        if not isinstance(subject, Credential | Grant):
            return
        if isinstance(subject.scope, Absence):
            yield from self._unseen(subject, subject.scope)
            return
        for policy in subject.scope.policies:
            if policy == "root" or policy.rpartition(":policy/")[2] in _ADMINISTRATORS:
                yield violation(
                    self,
                    subject,
                    f"this {subject.what} has the policy `{policy.rpartition('/')[2]}`, by which"
                    " its holder can do everything",
                    _CURE,
                )
        for statement in subject.scope.statements:
            if _is_everything(statement):
                actions = ", ".join(sorted(statement.actions)[:3])
                yield violation(
                    self,
                    subject,
                    f"this {subject.what} allows `{actions}` on"
                    f" `{', '.join(sorted(statement.resources)[:3])}`",
                    _CURE,
                )

    def _unseen(self, subject: Credential | Grant, scope: Absence) -> Iterator[Finding]:
        if scope is Absence.UNSTATED:
            return
        if isinstance(subject, Grant) and scope is Absence.COMPUTED:
            yield warning(
                self,
                subject,
                f"what this {subject.what} allows {scope.value}",
                "write it as a literal value, if it is for a key",
            )
            return
        yield violation(
            self,
            subject,
            f"what this {subject.what} may do {scope.value}",
            "write its policies as literal values",
        )


_CURE = "name the actions and resources that the workload needs, and nothing else"

_ADMINISTRATORS = frozenset({"AdministratorAccess", "IAMFullAccess"})
"""Source: AWS managed policy reference guide; who may write IAM policies may do anything."""

_WRITES = frozenset({"create", "update", "patch", "sudo", "write"})


def _is_everything(statement: Statement) -> bool:
    every_resource = any(resource in _ANYWHERE for resource in statement.resources)
    for action in statement.actions:
        if action in ("*", "*:*") or (action.lower() == "iam:*" and every_resource):
            return True
        if action in _WRITES and every_resource:
            return True
    return False


_ANYWHERE = frozenset({"*", "+/*"})
