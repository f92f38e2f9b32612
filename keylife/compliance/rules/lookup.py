"""What the owner's and the service's rule share: finding who is stated in the registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from keylife.compliance.context import Context, Registry, RegistryUnknown
from keylife.compliance.credential import Absence, Credential, Role, Stated
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation

T = TypeVar("T")


def is_asked(subject: Credential) -> bool:
    """Whether it is asked for owner and service itself, and not its key in its place."""
    return not subject.managed or subject.role is Role.KEY


def look_up(
    rule: Rule,
    subject: Credential,
    context: Context,
    *,
    word: str,
    stated: Stated,
    declared: Callable[[Registry], Mapping[str, T]],
) -> T | Finding:
    """The declared service or owner that a credential states, or what is against it.

    Args:
        rule: on whose behalf.
        subject: the credential.
        context: with the registry.
        word: ``service`` or ``owner``.
        stated: what the credential says.
        declared: that part of the registry.
    """
    if isinstance(context.registry, RegistryUnknown):
        known = context.registry
        return violation(
            rule, subject, f"the registry of {word}s is not known: {known.why}", known.cure
        )
    if isinstance(stated, Absence):
        return violation(
            rule,
            subject,
            f"the {word} of this {subject.what} {stated.value}",
            f"state it as a declared {word}'s id: by a tag `keylife:{word}`, on a parent"
            " component, or under `assigned` in the pack's configuration",
        )
    table = declared(context.registry)
    if stated not in table:
        # What a raw credential says here may be anything, a secret too: it is not repeated.
        named = f"{word} `{stated}`" if subject.managed else f"the {word} it states"
        return violation(
            rule,
            subject,
            f"{named} is not one of the {len(table)} declared",
            f"declare the {word}, or correct the name",
        )
    return table[stated]
