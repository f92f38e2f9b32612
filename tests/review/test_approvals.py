"""Who has to agree: as the base has them, never as the change would have them."""

from __future__ import annotations

from pathlib import PurePosixPath

from keylife.review import Declared, Subject, compare
from keylife.review.approvals import Approval, approvals, reviewers
from keylife.review.codeowners import parse_codeowners
from tests.review.declarations import AT, TOMBSTONE, declared, key

FILE = PurePosixPath("stacks/dev/keys/billing.yaml")
OWNERS = parse_codeowners("* @everybody\n/stacks/dev/ @org/payments\n/policies/ @org/security\n")


def needed(before: Declared, after: Declared, *paths: str) -> tuple[Approval, ...]:
    def file_of(_subject: Subject) -> PurePosixPath:
        return FILE

    return approvals(compare(before, after, paths, AT), before, after, OWNERS, file_of)


def test_a_revocation_needs_the_keys_owner_and_the_owners_of_its_file() -> None:
    [approval] = needed(declared(key()), declared(key(revoked=TOMBSTONE)))

    assert approval.file == FILE
    assert [owner.contact for owner in approval.owners] == ["team-payments@example.com"]
    assert approval.code_owners == ("@org/payments",)


def test_whoever_takes_a_key_over_does_not_decide_it_alone() -> None:
    [approval] = needed(declared(key()), declared(key(owner="team-platform")))

    assert [owner.id for owner in approval.owners] == ["team-payments", "team-platform"]


def test_an_owner_is_reached_where_the_base_says() -> None:
    hijacked = {"team-payments": {"contact": "me@evil.example"}, "team-platform": {}}

    for approval in needed(declared(key()), declared(key(ttl="90d"), owners=hijacked)):
        assert [owner.contact for owner in approval.owners] == ["team-payments@example.com"]


def test_who_departed_before_cannot_be_asked() -> None:
    departed = {"since": "2026-01-01T00:00:00Z", "status": "departed"}
    owners = {"team-payments": departed, "team-platform": {}}

    [approval] = needed(declared(key(), owners=owners), declared(key(ttl="90d"), owners=owners))

    assert approval.owners == ()
    assert approval.code_owners == ("@org/payments",)


def test_a_guard_needs_the_owners_of_its_own_path() -> None:
    [approval] = needed(declared(), declared(), "policies/pack.py")

    assert approval.code_owners == ("@org/security",)


def test_what_gives_less_needs_nobody() -> None:
    assert needed(declared(key(ttl="60d")), declared(key(ttl="30d", purpose="reworded"))) == ()


def test_a_retired_service_needs_every_owner_who_loses_a_key_and_a_waiver_its_keys() -> None:
    keys = (key("a"), key("b", owner="team-platform"))
    retired = {"billing": {"status": "retired", "since": "2026-10-01T00:00:00Z"}}
    waiver = {"rule": "r", "key": "b", "reason": "x", "approver": "y", "until": None}

    [service] = needed(declared(*keys, services={"billing": {}}), declared(*keys, services=retired))
    [waived] = needed(declared(*keys), declared(*keys, waivers=[waiver]))

    assert [owner.id for owner in service.owners] == ["team-payments", "team-platform"]
    assert [owner.id for owner in waived.owners] == ["team-platform"]


def test_reviewers_are_named_once_the_riskiest_changes_first() -> None:
    after = declared(key(ttl="90d"))

    told = needed(declared(key()), after, "policies/pack.py")

    assert reviewers(told) == ("@org/security", "team-payments@example.com", "@org/payments")
