"""unknown-credential-type: what is called a credential is in the catalogue, or somebody looks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Subject, UnknownType
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, warning


class UnknownCredentialType(Rule):
    """Warns of a resource type that the catalogue does not know, but that is called a credential.

    No catalogue is complete: a type named ``ApiToken`` of a provider that nobody has judged may
    mint a token that never ends, and no other rule would say a word. Types whose name is only
    about a credential (``KeyPolicy``, ``SecretIamMember``) and components are not meant.
    """

    id: ClassVar[str] = "unknown-credential-type"
    says: ClassVar[str] = "A resource type that is called a credential is one that keylife knows."
    warns: ClassVar[bool] = True
    subjects: ClassVar[tuple[type, ...]] = (UnknownType,)

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Say which type it is; its resource's properties are not looked at."""
        if isinstance(subject, UnknownType):
            yield warning(
                self,
                subject,
                f"type `{subject.type}` is called like one that mints a credential, and the"
                " catalogue does not know it: no rule judges this resource",
                "look at when what it makes ends and how it is revoked, and report the type to"
                " keylife",
            )
