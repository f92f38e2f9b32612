"""What Pulumi will do stands beside what the declarations say, and what does not fit is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keylife.errors import UsageError
from keylife.review import Change, Noun, Subject, What, compare
from keylife.review.preview import Preview, beside, read_previews
from tests.review.declarations import AT, TOMBSTONE, declared, key

RECORDED = Path(__file__).resolve().parent.parent / "vectors/review/preview-of-a-revocation.json"
BILLING = Subject(Noun.KEY, "billing-deploy", "dev")

ROOT = "urn:pulumi:dev::shop::"
MANAGED = f"{ROOT}keylife:index:ManagedKey::"


def step(op: str, urn: str, parent: str | None = None, **old: Any) -> dict[str, Any]:
    side = "oldState" if op == "delete" else "newState"
    return {"op": op, "urn": urn, side: {"parent": parent, **old}}


def read(*steps: dict[str, Any], **more: Any) -> Preview:
    return read_previews([("preview.json", json.dumps({"steps": steps, **more}))])


def changes(after: Any = None) -> tuple[Change, ...]:
    return compare(declared(key()), after or declared(key(revoked=TOMBSTONE)), (), AT)


def test_the_steps_of_a_real_preview_stand_beside_the_revocation() -> None:
    preview = read_previews([("recorded", RECORDED.read_text())])

    assert preview.stacks == {"dev"}
    assert [str(step) for step in preview.steps[BILLING]] == [
        "create `keylife:index:Revocation` `billing-deploy`",
        "delete `aws:secretsmanager/secret:Secret`"
        " `billing-deploy/secrets-manager/billing/aws#secret`",
        "delete `aws:secretsmanager/secretVersion:SecretVersion`"
        " `billing-deploy/secrets-manager/billing/aws`",
        "delete `keylife:index:Current` `billing-deploy`",
        "delete `vault:kv/secretV2:SecretV2` `billing-deploy/vault-kv/secret/billing/aws`",
        "update `aws:iam/accessKey:AccessKey` `billing-deploy-v1`",
        "update `keylife:index:ManagedKey` `billing-deploy`",
        "update `keylife:index:Version` `billing-deploy-v1`",
    ]
    assert preview.others == ()
    assert beside(changes(), preview).warnings == ()


def test_steps_on_a_key_that_no_change_explains_are_told() -> None:
    preview = read(
        step("update", f"{MANAGED}billing-deploy"),
        step("create", f"{ROOT}aws:iam/accessKey:AccessKey::x-v2", f"{MANAGED}other"),
    )

    [warning] = beside(changes(), preview).warnings

    assert warning.startswith("1 step on key `other` in `dev` that no change of a declaration")


def test_a_change_without_steps_is_told_unless_none_is_needed() -> None:
    nothing = read(step("same", f"{ROOT}pulumi:pulumi:Stack::shop-dev"))
    request = {"at": "2027-01-01T00:00:00Z", "reason": "superseded"}

    [warning] = beside(changes(), nothing).warnings

    assert "the preview has no step for it: is it of the same commit?" in warning
    assert beside(changes(declared(key(rotations=[request]))), nothing).warnings == ()


def test_a_stack_without_a_preview_is_named_and_not_said_to_do_nothing() -> None:
    other = read(step("same", "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod"))

    assert beside(changes(), other).warnings == ("there is no preview of stack `dev`",)


def test_a_delete_that_keeps_the_credential_is_told_loudly() -> None:
    urn = f"{ROOT}aws:iam/accessKey:AccessKey::billing-deploy-v1"
    preview = read(step("delete", urn, f"{MANAGED}billing-deploy", retainOnDelete=True))

    [warning] = beside(changes(), preview).warnings

    assert "kept at its issuer: deleting it so revokes nothing" in warning
    assert "KEPT AT ITS ISSUER" in str(preview.steps[BILLING][0])


def test_a_step_below_a_version_that_stays_the_same_is_its_keys() -> None:
    version = f"{ROOT}keylife:index:ManagedKey$keylife:index:Version::billing-deploy-v12"
    policy = f"{ROOT}aws:iam/userPolicyAttachment:UserPolicyAttachment::x"

    preview = read(step("create", policy, version))

    assert list(preview.steps) == [BILLING]


def test_a_replacement_is_one_step() -> None:
    urn = f"{ROOT}vault:index/token:Token::a-v1"
    parts = ("create-replacement", "replace", "delete-replaced")

    preview = read(*(step(op, urn, f"{MANAGED}billing-deploy") for op in parts))

    assert [one.operation for one in preview.steps[BILLING]] == ["replace"]


def test_steps_on_what_is_no_keys_are_counted() -> None:
    preview = read(
        step("update", f"{MANAGED}billing-deploy"),
        step("create", f"{ROOT}aws:iam/user:User::quick-fix"),
        step("delete", f"{ROOT}aws:iam/user:User::loop", f"{ROOT}aws:iam/user:User::loop"),
    )

    assert beside(changes(), preview).warnings == ("2 steps on resources that belong to no key",)


def test_a_preview_that_failed_says_so() -> None:
    preview = read(step("update", f"{MANAGED}billing-deploy"), diagnostics=[{"severity": "error"}])

    assert beside(changes(), preview).warnings == (
        "the preview ended with an error: it does not show everything",
    )


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"steps": {}}', '{"steps": [{"op": "create"}]}', "[" * 100_000],
)
def test_what_is_no_preview_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as error:
        read_previews([("p.json", text)])

    assert error.value.exit_code == 2
    assert "p.json" in str(error.value)


def test_no_value_of_a_property_is_taken_from_a_preview() -> None:
    urn = f"{ROOT}aws:iam/accessKey:AccessKey::billing-deploy-v1"
    leaking = step(
        "update", urn, f"{MANAGED}billing-deploy", inputs={"secret": "hunter2"}, id="AKIAHUNTER2"
    )

    assert "hunter2" not in repr(read(leaking)).lower()


def test_only_keys_that_changed_are_compared() -> None:
    retired = {"billing": {"status": "retired", "since": "2026-10-01T00:00:00Z"}, "metrics": {}}
    only_service = compare(declared(key()), declared(key(), services=retired), (), AT)
    nothing = read(step("same", f"{ROOT}pulumi:pulumi:Stack::shop-dev"))

    assert [c.what for c in only_service] == [What.SERVICE_RETIRED]
    assert beside(only_service, nothing).warnings == ()
