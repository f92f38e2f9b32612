"""Evasions that a policy pack cannot see, and a saved preview, plan or state shows."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keylife.saved.document import Form

Entry = dict[str, Any]
URN = "urn:pulumi:dev::shop::"
TOKEN = "vault:index/token:Token"
ACCESS_KEY = "aws:iam/accessKey:AccessKey"
MANAGED_KEY = "keylife:index:ManagedKey"
VERSION = "keylife:index:Version"
REVOCATION = "keylife:index:Revocation"
STATED = {"owner": "team-payments", "service": "billing"}
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "x"}


def entry(kind: str, name: str, inputs: Entry, **facts: Any) -> Entry:
    """A resource, as a state and a preview write one."""
    types = facts.pop("below", "") + kind
    own = kind.startswith("keylife:")
    return {
        "urn": f"{URN}{types}::{name}",
        "type": kind,
        "custom": not own,
        "inputs": inputs,
        **facts,
    }


def token(name: str = "ci", inputs: Entry | None = None, **facts: Any) -> Entry:
    """A compliant token, but for what is said."""
    compliant = {"ttl": "1h", "noParent": True, "policies": ["ci"], "metadata": STATED}
    return entry(TOKEN, name, {**compliant, **(inputs or {})}, **facts)


def key(name: str = "exporter", **inputs: Any) -> Entry:
    """A compliant key, but for what is said."""
    compliant = {
        "id": name,
        "kind": "vault-token",
        "purpose": "reads",
        "scope": {},
        "ttl": "30d",
        "rotateEvery": "21d",
        "quarantine": "0s",
        "deliver": [f"vault-kv secret/{name}"],
        "destroyedThrough": 0,
        **STATED,
    }
    return entry(MANAGED_KEY, name, {**compliant, **inputs})


def version(name: str = "exporter", **life: Any) -> Entry:
    """The first version of a key."""
    inputs = {
        "key": name,
        "version": 1,
        "birth": "2026-11-20T12:00:00Z",
        "expiry": "2026-12-20T12:00:00Z",
        "rotationDue": "2026-12-11T12:00:00Z",
        "grace": "9d",
        "cause": "first",
        "scope": {},
        **STATED,
        **life,
    }
    parent = f"{URN}{MANAGED_KEY}::{name}"
    return entry(VERSION, f"{name}-v1", inputs, below=f"{MANAGED_KEY}$", parent=parent)


def revocation(name: str = "exporter") -> Entry:
    """The revocation of a key."""
    inputs = {
        "key": name,
        "kind": "vault-token",
        "at": "2026-11-21T09:30:00Z",
        "reason": "cessationOfOperation",
        "by": "oncall@example.com",
        "ref": "PAY-812",
        "versions": [1],
    }
    return entry(REVOCATION, name, inputs, protect=True)


def step(op: str, old: Entry | None, new: Entry | None) -> Entry:
    """One step of a preview."""
    return {"op": op, "urn": (new or old or {})["urn"], "oldState": old, "newState": new}


def create(*new: Entry) -> list[Entry]:
    """Steps that make something."""
    return [step("create", None, one) for one in new]


def same(*both: Entry) -> list[Entry]:
    """Steps that leave something as it is."""
    return [step("same", one, one) for one in both]


def delete(*old: Entry) -> list[Entry]:
    """Steps that take something away."""
    return [step("delete", one, None) for one in old]


@dataclass(frozen=True)
class File:
    """What Pulumi saved."""

    form: Form
    document: Entry
    state: Entry | None = None


def preview(*steps: list[Entry], **facts: Any) -> File:
    """A whole preview of steps."""
    listed = [one for some in steps for one in some]
    summary: dict[str, int] = {}
    for one in listed:
        summary[one["op"]] = summary.get(one["op"], 0) + 1
    return File(Form.PREVIEW, {"steps": listed, "changeSummary": summary, **facts})


def state(*resources: Entry, **facts: Any) -> File:
    """A whole state."""
    return File(Form.STATE, export(*resources, **facts))


def export(*resources: Entry, **facts: Any) -> Entry:
    """What `pulumi stack export` prints."""
    return {"version": 3, "deployment": {"resources": list(resources), **facts}}


def without_a_step(file: File) -> File:
    """A preview that somebody shortened."""
    document = copy.deepcopy(file.document)
    document["steps"].pop()
    return File(file.form, document)


def api_key(until: str, **facts: Any) -> Entry:
    """A key of AppSync, whose end is an input that can be edited."""
    inputs = {"apiId": "x", "expires": until}
    team = f"{URN}acme:index:Team::team"
    return entry("aws:appsync/apiKey:ApiKey", "site", inputs, parent=team, **facts)


TEAM = entry("acme:index:Team", "team", STATED) | {"custom": False}
FOREIGN = {"parent": f"{URN}acme:index:Team::team"}


def foreign(kind: str, inputs: Entry) -> File:
    """The creation of a credential of a provider whose SDK is not installed."""
    return preview(create(TEAM, entry(kind, "foreign", inputs, **FOREIGN)))


def exported(outputs: Entry) -> Entry:
    """The stack's own entry, with its outputs."""
    return entry("pulumi:pulumi:Stack", "shop-dev", {}, outputs=outputs) | {"custom": False}


def extended(until: str) -> File:
    """A change that moves the end of a key that was made in September."""
    old = api_key("2026-11-30T00:00:00Z", created="2026-09-01T00:00:00.5Z")
    update = step("update", old, api_key(until))
    whole = preview(same(TEAM), [update])
    return File(Form.PREVIEW, whole.document, export(TEAM, old))


@dataclass(frozen=True)
class Shown:
    """What is refused, and what is not."""

    rule: str
    """Or ``incomplete``: the file is not judged at all."""

    evasion: File
    twin: File


KEPT = token(retainOnDelete=True)
OWN = f"{URN}{MANAGED_KEY}${VERSION}${TOKEN}::exporter-v1"
BUCKET = f"{URN}aws:s3/bucket:Bucket::logs"
USER = f"{URN}aws:iam/user:User::ci"
ENDING = key(deliver=[])

SHOWN: Mapping[str, Shown] = {
    "kept-when-deleted": Shown("unsafe-options", preview(create(KEPT)), preview(create(token()))),
    "option-of-an-unchanged-resource": Shown(
        "unsafe-options", preview([step("same", token(), KEPT)]), preview(same(token()))
    ),
    "deleted-and-kept": Shown(
        "revoked-means-revoked",
        preview(delete(KEPT), same(token("other"))),
        preview(delete(token()), same(token("other"))),
    ),
    "replaced-and-kept": Shown(
        "revoked-means-revoked",
        preview([step("replace", KEPT, token(inputs={"ttl": "2h"}))]),
        preview([step("replace", token(), token(inputs={"ttl": "2h"}))]),
    ),
    "forgotten-with-a-bucket": Shown(
        "unsafe-options",
        preview(create(token(deletedWith=BUCKET))),
        preview(create(token(deletedWith=USER))),
    ),
    "key-deleted-without-a-revocation": Shown(
        "revoked-means-revoked",
        preview(delete(key(), version())),
        preview(delete(key(), version()), create(revocation())),
    ),
    "revocation-deleted": Shown(
        "revoked-means-revoked", preview(delete(revocation())), preview(same(revocation()))
    ),
    "ending-without-a-revocation": Shown(
        "revoked-means-revoked", preview(create(ENDING)), preview(create(ENDING, revocation()))
    ),
    "secret-ttl": Shown(
        "expiry-required",
        preview(create(token(inputs={"ttl": "[secret]"}))),
        preview(create(token(inputs={"displayName": "[secret]"}))),
    ),
    "secret-ttl-in-a-state": Shown(
        "expiry-required", state(token(inputs={"ttl": SECRET})), state(token())
    ),
    "owner-in-a-secret": Shown(
        "owner-known-and-active",
        preview(create(token(inputs={"metadata": {**STATED, "owner": "[secret]"}}))),
        preview(create(token(inputs={"metadata": {**STATED, "note": "[secret]"}}))),
    ),
    "import": Shown(
        "unsafe-options",
        preview([step("import", None, token(importID="x"))]),
        preview(create(token())),
    ),
    "alias-of-a-keys-credential": Shown(
        "no-resurrection",
        preview([step("same", token(), token(aliases=[OWN]))]),
        preview([step("same", token(), token(aliases=[f"{URN}{TOKEN}::earlier"]))]),
    ),
    "key-renamed-by-an-alias": Shown(
        "no-resurrection",
        preview([step("update", key(), {**key("importer"), "aliases": [key()["urn"]]})]),
        preview(same(key()), create(key("importer"))),
    ),
    "kind-of-a-live-key-changed": Shown(
        "no-resurrection",
        preview([step("update", key(), key(kind="aws-access-key"))], same(version())),
        preview([step("update", key(), key(purpose="reads more"))], same(version())),
    ),
    "revoked-key-again": Shown(
        "no-resurrection",
        preview(same(revocation()), create(key())),
        preview(same(revocation()), create(key("importer"))),
    ),
    "version-rewritten": Shown(
        "birth-not-stretched",
        preview(same(key()), [step("update", version(), version(expiry="2026-12-30T12:00:00Z"))]),
        preview(same(key()), [step("update", version(), version(cause="first of all"))]),
    ),
    "stretched-by-small-edits": Shown(
        "birth-not-stretched", extended("2026-12-15T00:00:00Z"), extended("2026-11-29T00:00:00Z")
    ),
    "orphan-of-an-interrupted-run": Shown(
        "expiry-required",
        state(token("other"), pending_operations=[
            {"type": "creating", "resource": token(inputs={"ttl": None})}
        ]),
        state(token("other"), pending_operations=[{"type": "creating", "resource": token()}]),
    ),
    "secret-in-clear-in-a-state": Shown(
        "secret-outputs-marked",
        state(token(outputs={"clientToken": "x"})),
        state(token(outputs={"clientToken": SECRET})),
    ),
    "mark-taken-off-a-secret": Shown(
        "secret-outputs-marked",
        state(token(), exported({"token": "hvs." + "x" * 24})),
        state(token(), exported({"token": SECRET, "accessor": "x" * 24})),
    ),
    "end-of-time-in-days": Shown(
        "expiry-required",
        foreign("gitlab:index/projectAccessToken:ProjectAccessToken", {"expiresAt": "9999-12-31"}),
        foreign("gitlab:index/projectAccessToken:ProjectAccessToken", {"expiresAt": "2026-12-31"}),
    ),
    "default-of-an-issuer": Shown(
        "expiry-required",
        foreign("azuread:index/applicationPassword:ApplicationPassword", {}),
        foreign(
            "azuread:index/applicationPassword:ApplicationPassword",
            {"endDate": "2026-12-31T00:00:00Z"},
        ),
    ),
    "validity-of-ten-years-in-hours": Shown(
        "ttl-within-limit",
        foreign("tls:index/selfSignedCert:SelfSignedCert", {"validityPeriodHours": 87600}),
        foreign("tls:index/selfSignedCert:SelfSignedCert", {"validityPeriodHours": 720}),
    ),
    "step-left-out": Shown(
        "incomplete",
        without_a_step(preview(create(token(), KEPT | {"urn": f"{URN}{TOKEN}::kept"}))),
        preview(create(token(), token("other"))),
    ),
    "preview-that-failed": Shown(
        "incomplete",
        preview(create(token()), diagnostics=[{"severity": "error", "message": "failed"}]),
        preview(create(token()), diagnostics=[{"severity": "warning", "message": "old"}]),
    ),
    "plan-without-its-state": Shown(
        "incomplete",
        File(Form.PLAN, {"resourcePlans": {KEPT["urn"]: {"steps": ["delete"]}}}),
        File(
            Form.PLAN,
            {"resourcePlans": {KEPT["urn"]: {"steps": ["delete"]}}},
            export(token(), token("other")),
        ),
    ),
}  # fmt: skip
"""By evasion."""
