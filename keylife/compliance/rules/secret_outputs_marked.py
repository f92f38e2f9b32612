"""secret-outputs-marked: secrets are marked as such, so that the state encrypts them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Credential, Leak, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation


class SecretOutputsMarked(Rule):
    """Names the outputs that hold a secret and that the provider's SDK does not mark.

    Pulumi encrypts in the state, and masks in its output, only what is marked. Saved previews and
    states show what came of it: there every output, the stack's own too, is looked at for what is a
    secret by its form (a token of Vault's, GitHub's or GitLab's, a private key), such as one that
    `unsecret` took the mark from.
    """

    id: ClassVar[str] = "secret-outputs-marked"
    says: ClassVar[str] = (
        "Every output that holds a secret is marked as one, so that state and logs do not show it."
    )
    nameless: ClassVar[bool] = True
    fact: ClassVar[str | None] = "exposed"
    subjects: ClassVar[tuple[type, ...]] = (Credential, Leak)

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge a credential's own outputs, and what any resource shows of secrets."""
        if isinstance(subject, Leak):
            shown = ", ".join(f"`{name}`" for name in subject.outputs)
            yield violation(
                self,
                subject,
                f"{shown} of {subject.what} is a secret by its form, and stands in the state in"
                " clear",
                "mark it as a secret where it comes from, and end what was shown",
            )
        if not isinstance(subject, Credential) or not subject.exposed:
            return
        names = ", ".join(f"`{name}`" for name in subject.exposed)
        listed = ", ".join(f'"{name}"' for name in subject.exposed)
        yield violation(
            self,
            subject,
            f"{names} of this {subject.what} would stand in the state in clear",
            f"set the option `additionalSecretOutputs: [{listed}]`",
        )
