"""The rules that declarations can break, read anew in plain Python, without keylife's classes.

For the benchmark's declarations only: their spans are whole days or hours, their ids plain ASCII.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from benchmarks.check.declared import AT, Declared, Entry

Finding = tuple[str, str, str]
HOURS = {"h": 1, "d": 24}
LIVES = {"vault-token": "32d"}
ONLY_KEYLIFE_ENDS = {"generated", "aws-api-gateway-key", "aws-user-access-key"}


def findings(declared: Declared) -> set[Finding]:
    """Rule, severity and subject of all that is to be found, without what is waived."""
    every = [(f"{stack}/{k['id']}", k) for stack, keys in declared.keys.items() for k in keys]
    live = [(subject, key) for subject, key in every if "revoked" not in key]
    revoked = [key for _, key in every if "revoked" in key]
    found = set(_together(live, revoked, declared))
    for subject, key in live:
        found |= {(rule, severity, subject) for rule, severity in _alone(key, revoked, declared)}
    waived = {
        (w["rule"], w["key"]) for w in declared.configuration["waivers"] if w.get("until", "") > AT
    }
    found = {f for f in found if (f[0], f[2].partition("/")[2]) not in waived}
    for waiver in declared.configuration["waivers"]:
        if waiver.get("until", "") <= AT:
            name = f"waiver of {waiver['rule']} for {waiver['key']}"
            found.add(("waiver-valid", "violation", name))
    return found


def _hours(span: str) -> int:
    return int(span[:-1]) * HOURS[span[-1]]


def _party(entries: list[Entry], name: str) -> Entry | None:
    return next((entry for entry in entries if entry["id"] == name), None)


def _limit(table: dict[str, Any], name: str) -> dict[str, Any]:
    fitting = [pattern for pattern in table if fnmatchcase(name, pattern)]
    return dict(table[max(fitting, key=len)]) if fitting else {}


def _alone(key: Entry, revoked: list[Entry], declared: Declared) -> Iterator[tuple[str, str]]:
    limits = declared.configuration["limits"]
    ttl = _hours(key["ttl"])
    most = _hours({**LIVES, **limits["life"]}.get(key["kind"], "90d"))
    if ttl > most:
        yield "ttl-within-limit", "violation"
    elif key["kind"] in ONLY_KEYLIFE_ENDS and ttl + 24 > most:
        yield "validity-budget", "violation"
    if ttl - _hours(key["rotate_every"]) < 24:
        yield "rotation-before-expiry", "warning"
    yield from _parties(key, ttl, declared)
    if _looks(key["id"]) in {_looks(other["id"]) for other in revoked}:
        yield "no-resurrection", "violation"
    if "imported" in key and key["imported"]["credential"] in [
        other["imported"]["credential"] for other in revoked if "imported" in other
    ]:
        yield "no-resurrection", "violation"
    policies = key["scope"].get("policies", [])
    if any(policy.endswith(":policy/AdministratorAccess") for policy in policies):
        yield "least-scope", "violation"
    named = {re.sub(r"-v\d+$", "", policy) for policy in policies if re.search(r"-v\d+$", policy)}
    if named & {other["id"] for other in revoked}:
        yield "dead-reference", "violation"
    if key["kind"].startswith(("aws-", "vault-")) and any(
        "kubernetes-secret" in delivery for delivery in key["deliver"]
    ):
        yield "prefer-no-key", "warning"


def _parties(key: Entry, ttl: int, declared: Declared) -> Iterator[tuple[str, str]]:
    limits = declared.configuration["limits"]
    for word, entries in (("service", declared.services), ("owner", declared.owners)):
        rule, party = f"{word}-known-and-active", _party(entries, key[word])
        if party is None:
            yield rule, "violation"
        elif party.get("status") == "deprecated":
            yield rule, "warning"
        elif "since" in party:
            yield rule, "warning" if party["since"] > AT else "violation"
        if ttl > _hours(_limit(limits[f"{word}s"], key[word]).get("life", "3650d")):
            yield "age-within-limit", "violation"


def _looks(name: str) -> str:
    return name.replace("0", "o").replace("1", "l").replace("rn", "m").replace("vv", "w")


def _together(
    live: list[tuple[str, Entry]], revoked: list[Entry], declared: Declared
) -> Iterator[Finding]:
    claimed: set[str] = set()
    having: dict[str, int] = defaultdict(int)
    for subject, key in live:
        claims = {key["id"], *([str(key["imported"]["credential"])] if "imported" in key else [])}
        if claims & claimed:
            yield "unique-claim", "violation", subject
        claimed |= claims
        having[key["owner"]] += 1
        limits = declared.configuration["limits"]["owners"]
        if having[key["owner"]] > _limit(limits, key["owner"]).get("keys", len(live)):
            yield "count-within-limit", "violation", subject
    for word, entries in (("service", declared.services), ("owner", declared.owners)):
        for party in entries:
            if party.get("status") in ("retired", "departed") and any(
                key[word] == party["id"] for _, key in live
            ):
                severity = "warning" if party["since"] > AT else "violation"
                yield "revoked-means-revoked", severity, f"{word} {party['id']}"
