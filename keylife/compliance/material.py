"""Texts that are a secret by their very form, whoever wrote them where.

Only forms that nothing else has: a finding that is wrong would teach people to look away. An AWS
secret access key has no form of its own, so that one is not recognised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_SECRET = re.compile(
    r"\bhv[sbr]\.[A-Za-z0-9_-]{20,}"  # Vault's tokens since 1.10
    r"|(?<![\w.])[sb]\.[A-Za-z0-9]{24}(?![\w.])"  # Vault's before, and OpenBao's
    r"|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}"
    r"|\bgithub_pat_[A-Za-z0-9_]{40,}"
    r"|\bglpat-[A-Za-z0-9_-]{20,}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{20,}"
    r"|\bAIza[A-Za-z0-9_-]{35}"
)
"""Sources: Vault's documentation, "Tokens", on their prefixes; RFC 7468, section 10; GitHub's,
GitLab's, Slack's and Google's documentation of their tokens' prefixes."""

_DEEPEST = 64


def holds_a_secret(value: object, depth: int = 0) -> bool:
    """Whether there is a secret of a known form anywhere in a value."""
    if isinstance(value, str):
        return _SECRET.search(value) is not None
    if depth < _DEEPEST and isinstance(value, Mapping):
        return any(holds_a_secret(inner, depth + 1) for inner in value.values())
    if depth < _DEEPEST and isinstance(value, Sequence) and not isinstance(value, bytes):
        return any(holds_a_secret(inner, depth + 1) for inner in value)
    return False
