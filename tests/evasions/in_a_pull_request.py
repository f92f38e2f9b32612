"""Evasions that only the difference between two revisions shows: what each side's files are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keylife.review import What
from tests.evasions.in_declarations import OWNERS, REVOKED, SERVICES, TWO, key, keys

Files = Mapping[str, str | None]
"""By path from the repository's root; None takes one away."""

BILLING = "stacks/dev/keys/billing.yaml"
OTHER = key("billing-read", deliver="[vault-kv: {mount: secret, path: billing/read}]")
OLD = "[vault-kv: {mount: secret, path: billing/old}]"
BASE: Files = {
    "Pulumi.yaml": "name: shop\nruntime: python\nmain: stacks\n",
    "README.md": "# Shop\n",
    "stacks/services.yaml": SERVICES,
    "stacks/owners.yaml": OWNERS,
    "stacks/keylife.yaml": "limits: {life: {default: 30d}}\n",
    BILLING: TWO,
    "stacks/dev/keys/ended.yaml": keys(key("billing-old", deliver=OLD, revoked=REVOKED)),
    "policies/pack.py": "LEVELS = {}\n",
    "CODEOWNERS": "* @security\n",
}
"""What all of these pull requests begin with."""


@dataclass(frozen=True)
class Request:
    """A pull request that is told by its word, and one that is not."""

    told: What
    evasion: Files
    twin: Files


README: Files = {"README.md": "# The shop\n"}

REQUESTS: Mapping[str, Request] = {
    "edit-of-the-pack": Request(
        What.GUARD_CHANGED, {"policies/pack.py": "LEVELS = {'no-resurrection': OFF}\n"}, README
    ),
    "edit-of-the-workflow": Request(
        What.GUARD_CHANGED, {".github/workflows/keys.yml": "on: push\n"}, {"docs/keys.md": "x\n"}
    ),
    "registry-of-ones-own": Request(
        What.GUARD_CHANGED,
        {"policies/pack.json": '{"owner-known-and-active": {"registry": "../mine"}}\n'},
        {"stacks/owners.yaml": f"{OWNERS}  - {{id: team-new, contact: new@example.com}}\n"},
    ),
    "clock-set-back": Request(
        What.GUARD_CHANGED,
        {"stacks/Pulumi.dev.yaml": "config:\n  keylife:simulatedClock: true\n"},
        {BILLING: TWO.replace("deploys the billing API", "brings the billing API out")},
    ),
    "reviewers-of-ones-own": Request(What.GUARD_CHANGED, {"CODEOWNERS": "* @me\n"}, README),
    "limits-loosened": Request(
        What.LIMITS_CHANGED,
        {"stacks/keylife.yaml": "limits: {life: {default: 3650d}}\n"},
        {BILLING: TWO.replace("ttl: 30d", "ttl: 28d")},
    ),
    "rule-switched-off": Request(
        What.RULE_RELAXED,
        {
            "stacks/keylife.yaml": "limits: {life: {default: 30d}}\n"
            "rules: {no-resurrection: disabled}\n"
        },
        {
            "stacks/keylife.yaml": "limits: {life: {default: 30d}}\n"
            "rules: {prefer-no-key: mandatory}\n"
        },
    ),
    "tombstone-deleted": Request(
        What.TOMBSTONE_LOST,
        {"stacks/dev/keys/ended.yaml": None},
        {
            "stacks/dev/keys/ended.yaml": None,
            "stacks/dev/keys/tombstones.yaml": keys(
                key("billing-old", deliver=OLD, revoked=REVOKED)
            ),
        },
    ),
    "tombstone-lifted": Request(
        What.REVIVED,
        {"stacks/dev/keys/ended.yaml": keys(key("billing-old", deliver=OLD))},
        {
            "stacks/dev/keys/ended.yaml": keys(
                key("billing-old", deliver=OLD, revoked=REVOKED, ttl="28d")
            )
        },
    ),
    "renamed-without-a-tombstone": Request(
        What.FORGOTTEN,
        {BILLING: TWO.replace("id: billing-read", "id: billing-reads")},
        {
            BILLING: keys(
                key(), OTHER + f"    revoked: {REVOKED}\n", OTHER.replace("-read\n", "-reads\n")
            )
        },
    ),
    "moved-to-another-stack": Request(
        What.MOVED,
        {BILLING: keys(key()), "stacks/prod/keys/billing.yaml": keys(OTHER)},
        {"stacks/dev/keys/read.yaml": keys(OTHER), BILLING: keys(key())},
    ),
    "stack-renamed": Request(
        What.MOVED,
        {
            BILLING: None,
            "stacks/dev/keys/ended.yaml": None,
            "stacks/dev2/keys/billing.yaml": TWO,
            "stacks/dev2/keys/ended.yaml": keys(key("billing-old", deliver=OLD, revoked=REVOKED)),
        },
        {BILLING: None, "stacks/dev/keys/all.yaml": TWO},
    ),
    "service-called-back": Request(
        What.SERVICE_REVIVED,
        {
            "stacks/services.yaml": SERVICES.replace(
                ", status: retired, since: 2026-06-01T00:00:00Z", ""
            )
        },
        {"stacks/services.yaml": SERVICES.replace("description: faxes", "description: the fax")},
    ),
    "owner-called-back": Request(
        What.OWNER_RETURNED,
        {
            "stacks/owners.yaml": OWNERS.replace(
                ", status: departed, since: 2026-06-01T00:00:00Z", ""
            )
        },
        {"stacks/owners.yaml": OWNERS.replace("gone@example.com", "was@example.com")},
    ),
    "waiver-in-passing": Request(
        What.WAIVED,
        {
            BILLING: TWO.replace("deploys the billing API", "brings the billing API out"),
            "stacks/keylife.yaml": "limits: {life: {default: 30d}}\nwaivers:\n"
            "  - {rule: ttl-within-limit, key: billing-deploy, reason: later, approver: me@x.org,"
            " until: 2036-01-01T00:00:00Z}\n",
        },
        {BILLING: TWO.replace("deploys the billing API", "brings the billing API out")},
    ),
    "life-stretched-bit-by-bit": Request(
        What.EXTENDED,
        {BILLING: TWO.replace("ttl: 30d", "ttl: 31d", 1)},
        {BILLING: TWO.replace("ttl: 30d", "ttl: 29d", 1)},
    ),
}
"""By evasion."""
