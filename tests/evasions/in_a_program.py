"""Evasions that stand in a program, and the policies that refuse them in ``pulumi preview``.

What each of them does stands in ``tests/end_to_end/programs/evasions``.
"""

from __future__ import annotations

from collections.abc import Mapping

_ENDLESS = frozenset({"expiry-required", "managed-only"})
_UNKNOWN = _ENDLESS | {"ttl-within-limit"}
_NOBODYS = frozenset({"owner-known-and-active", "service-known-and-active"})
_OWNER = frozenset({"owner-known-and-active"})

REFUSED: Mapping[str, frozenset[str]] = {
    "ttl-from-output": _UNKNOWN,
    "ttl-of-zero": _ENDLESS,
    "ttl-beyond-numbers": _UNKNOWN,
    "ttl-in-words": _UNKNOWN,
    "period-instead-of-ttl": _ENDLESS,
    "renewed-for-ever": _UNKNOWN,
    "maximum-beside-a-short-ttl": frozenset({"ttl-within-limit"}),
    "child-of-the-provider": frozenset({"token-not-a-child"}),
    "transform-adds-the-ttl": frozenset({"ttl-within-limit"}),
    "nested-components": _ENDLESS,
    "secret-id-of-zero": _ENDLESS,
    "year-9999": _ENDLESS,
    "certificate-nobody-revokes": frozenset({"revocable-by-delete"}),
    "raw-access-key": _ENDLESS | _NOBODYS,
    "look-alike-component": _ENDLESS,
    "version-without-a-key": _ENDLESS,
    "name-like-a-type": _ENDLESS | _NOBODYS,
    "another-sdk": _ENDLESS,
    "dynamic-provider": _UNKNOWN,
    "another-endpoint": _ENDLESS,
    "generic-write-that-mints": _UNKNOWN,
    "path-in-disguise": _UNKNOWN,
    "answer-read-back": _UNKNOWN,
    "service-account-token": _ENDLESS,
    "another-version-of-a-type": _ENDLESS,
    "shell-command-that-mints": _UNKNOWN,
    "template-that-mints": _UNKNOWN,
    "template-out-of-sight": _UNKNOWN,
    "secret-in-clear": frozenset({"secret-outputs-marked"}),
    "sessions-nobody-revokes": frozenset({"irrevocable-needs-short-life"}),
    "owner-called-no": _OWNER,
    "owner-who-left": _OWNER,
    "owner-in-capitals": _OWNER,
    "owner-in-wide-letters": _OWNER,
    "owner-with-a-cyrillic-letter": _OWNER,
    "owner-from-output": _OWNER,
    "two-owners": _OWNER,
    "retired-service": frozenset({"service-known-and-active"}),
    "owner-by-default-tags": _OWNER,
    "owner-by-a-parent": _OWNER,
    "ignored-ttl": frozenset({"unsafe-options"}),
    "everything-ignored": frozenset({"unsafe-options"}),
    "key-without-a-ttl": frozenset({"expiry-required"}),
    "key-of-400-days": frozenset({"ttl-within-limit"}),
    "key-with-a-computed-ttl": frozenset({"expiry-required", "ttl-within-limit"}),
    "stretched-version": frozenset({"ttl-within-limit"}),
    "version-from-the-future": frozenset({"ttl-within-limit"}),
    "revocation-one-may-delete": frozenset({"no-resurrection"}),
}
"""By evasion: exactly these rules refuse it."""
