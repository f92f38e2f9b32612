"""Evasions that stand in declarations: files of a folder, by evasion, and those of the twin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Files = Mapping[str, str]

SERVICES = """\
services:
  - {id: billing, description: bills}
  - {id: fax, description: faxes, status: retired, since: 2026-06-01T00:00:00Z}
"""
OWNERS = """\
owners:
  - {id: team-payments, contact: pay@example.com}
  - {id: gone, contact: gone@example.com, status: departed, since: 2026-06-01T00:00:00Z}
"""
FIELDS = {
    "kind": "aws-access-key",
    "service": "billing",
    "owner": "team-payments",
    "purpose": "deploys the billing API from its pipeline",
    "scope": "{policies: [arn:aws:iam::aws:policy/ReadOnlyAccess]}",
    "ttl": "30d",
    "rotate_every": "21d",
    "quarantine": "1d",
    "deliver": "[vault-kv: {mount: secret, path: billing/aws}]",
}
REVOKED = "{at: 2026-11-20T09:30:00Z, reason: cessationOfOperation, by: a@example.com, ref: P-1}"


def key(name: str = "billing-deploy", **fields: str) -> str:
    """One key of a list, compliant but for what is said."""
    given = {**FIELDS, **fields}
    return f"  - id: {name}\n" + "".join(f"    {field}: {given[field]}\n" for field in given)


def keys(*entries: str) -> str:
    """A file of keys."""
    return "keys:\n" + "".join(entries or (key(),))


def folder(**files: str) -> Files:
    """A compliant folder, but for the files that are said; ``__`` stands for a slash."""
    named = {
        name.replace("__", "/").replace("_yaml", ".yaml"): text for name, text in files.items()
    }
    return {
        "services.yaml": SERVICES,
        "owners.yaml": OWNERS,
        "dev/keys/billing.yaml": keys(),
        **named,
    }


def of_key(**fields: str) -> Files:
    """A folder with one key, compliant but for what is said."""
    return folder(dev__keys__billing_yaml=keys(key(**fields)))


def waiver(**fields: str) -> Files:
    """A folder with a waiver, faultless but for what is said; empty takes a field away."""
    given = {
        "rule": "ttl-within-limit",
        "key": "billing-deploy",
        "reason": "the partner changes keys twice a year",
        "approver": "ciso@example.com",
        "until": "2026-12-31T00:00:00Z",
        **fields,
    }
    text = ", ".join(f"{name}: {value}" for name, value in given.items() if value)
    return folder(keylife_yaml=f"waivers:\n  - {{{text}}}\n")


def text_of(entry: str, old: str, new: str) -> Files:
    """A folder whose file of keys is a changed text."""
    assert old in entry
    return folder(dev__keys__billing_yaml=entry.replace(old, new))


@dataclass(frozen=True)
class Pair:
    """What is refused, and what is not."""

    evasion: Files
    twin: Files


READ = "[vault-kv: {mount: secret, path: billing/read}]"
TWO = keys(key(), key("billing-read", deliver=READ))

PAIRS: Mapping[str, Pair] = {
    "yaml-anchor": Pair(
        text_of(
            text_of(TWO, "ttl: 30d", "ttl: &long 30d")["dev/keys/billing.yaml"], "21d", "*long"
        ),
        folder(dev__keys__billing_yaml=TWO),
    ),
    "field-twice": Pair(
        text_of(keys(), "    ttl: 30d\n", "    ttl: 30d\n    ttl: 3650d\n"),
        text_of(keys(), "    ttl: 30d\n", "    # ttl: 3650d\n    ttl: 30d\n"),
    ),
    "merge-key": Pair(
        text_of(keys(), "    ttl: 30d\n", "    <<: {ttl: 3650d}\n"),
        of_key(purpose='"<<: merges nothing"'),
    ),
    "yaml-tag": Pair(of_key(ttl="!!str 30d"), of_key(ttl='"30d"')),
    "base-60-number": Pair(
        of_key(ttl="90:00"), of_key(ttl="90m", rotate_every="60m", quarantine="0s")
    ),
    "owner-no-in-yaml": Pair(of_key(owner="no"), of_key(owner='"team-payments"')),
    "second-document": Pair(
        folder(dev__keys__billing_yaml=f"{keys()}---\n{keys(key('hidden', ttl='3650d'))}"),
        folder(dev__keys__billing_yaml=f"---\n{keys()}"),
    ),
    "invisible-letter": Pair(
        folder(dev__keys__billing_yaml=keys(key("billing\u200b-deploy"))), folder()
    ),
    "file-nobody-reads": Pair(
        folder(**{"dev/keys/more.yml": keys(key("hidden", ttl="3650d"))}),
        folder(**{"dev/keys/more.yaml": keys(key("billing-read", deliver=READ))}),
    ),
    "rotated-after-its-end": Pair(
        of_key(ttl="21d", rotate_every="30d"), of_key(ttl="30d", rotate_every="21d")
    ),
    "ttl-of-years-in-weeks": Pair(of_key(ttl="57w"), of_key(ttl="4w", rotate_every="3w")),
    "administrator": Pair(
        of_key(scope="{policies: [arn:aws:iam::aws:policy/AdministratorAccess]}"), of_key()
    ),
    "look-alike-of-a-revoked-id": Pair(
        folder(dev__keys__billing_yaml=keys(key(revoked=REVOKED), key("bi11ing-deploy"))),
        folder(dev__keys__billing_yaml=keys(key(revoked=REVOKED), key("billing-read"))),
    ),
    "revoked-id-in-another-stack": Pair(
        folder(dev__keys__billing_yaml=keys(key(revoked=REVOKED)), prod__keys__billing_yaml=keys()),
        folder(
            dev__keys__billing_yaml=keys(key(revoked=REVOKED)),
            prod__keys__billing_yaml=keys(key("billing-prod")),
        ),
    ),
    "one-id-in-two-stacks": Pair(
        folder(prod__keys__billing_yaml=keys()),
        folder(prod__keys__billing_yaml=keys(key("billing-prod"))),
    ),
    "key-of-a-retired-service": Pair(of_key(service="fax"), of_key(service="fax", revoked=REVOKED)),
    "key-of-an-owner-who-left": Pair(of_key(owner="gone"), of_key(owner="gone", revoked=REVOKED)),
    "waiver-without-an-end": Pair(waiver(until=""), waiver()),
    "waiver-for-everything": Pair(waiver(key='"*"'), waiver(key="billing-deploy")),
    "waiver-that-is-over": Pair(waiver(until="2026-11-01T00:00:00Z"), waiver()),
    "limit-with-a-typo": Pair(
        folder(keylife_yaml="limits: {lief: {default: 30d}}\n"),
        folder(keylife_yaml="limits: {life: {default: 30d}}\n"),
    ),
    "no-rule-is-asked": Pair(
        folder(keylife_yaml="rules: {ALL: disabled}\n"),
        folder(keylife_yaml="rules: {prefer-no-key: disabled}\n"),
    ),
    "configuration-of-another-name": Pair(
        folder(**{"keylife.yml": "limits: {life: {default: 30d}}\n"}),
        folder(keylife_yaml="limits: {life: {default: 30d}}\n"),
    ),
}
"""By evasion."""

UNREAD = frozenset({"exit code 2"})
"""The files are refused as a whole: nothing is judged."""

_BY_RULES: Mapping[str, frozenset[str]] = {
    "ttl-of-years-in-weeks": frozenset({"ttl-within-limit"}),
    "administrator": frozenset({"least-scope"}),
    "look-alike-of-a-revoked-id": frozenset({"no-resurrection"}),
    "revoked-id-in-another-stack": frozenset({"no-resurrection"}),
    "one-id-in-two-stacks": frozenset({"unique-claim"}),
    "key-of-a-retired-service": frozenset({"revoked-means-revoked", "service-known-and-active"}),
    "key-of-an-owner-who-left": frozenset({"owner-known-and-active", "revoked-means-revoked"}),
    "waiver-without-an-end": frozenset({"waiver-valid"}),
    "waiver-that-is-over": frozenset({"waiver-valid"}),
}

REFUSED_BY = {name: _BY_RULES.get(name, UNREAD) for name in PAIRS}
"""By evasion: exactly these rules refuse it."""
