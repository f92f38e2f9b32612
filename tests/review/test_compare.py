"""What a change does to keys is told whole, once, and in the words of the lifecycle."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from keylife.model.gateway import Gateway
from keylife.model.registry import Owner, Service
from keylife.review import Change, Declared, Noun, Risk, What, compare
from tests.review.declarations import AT, TOMBSTONE, declared, key, revisions

WHOLE = "*"

Difference = tuple[str, str, str]


def told_differences(changes: tuple[Change, ...]) -> Counter[Difference]:
    """What changes say that they tell, as noun, id and field."""
    return Counter(
        (str(change.subject.noun), change.subject.id, field)
        for change in changes
        for field in change.fields or (WHOLE,)
    )


def real_differences(before: Declared, after: Declared) -> Counter[Difference]:
    """The oracle: every field of everything, compared as text, without a thought."""
    found: Counter[Difference] = Counter()
    for noun, old, new in (
        ("key", _keys(before), _keys(after)),
        ("service", _plain(before.services), _plain(after.services)),
        ("owner", _plain(before.owners), _plain(after.owners)),
        ("gateway", _plain(before.gateways), _plain(after.gateways)),
    ):
        for name in {*old, *new}:
            if name not in old or name not in new:
                found[noun, name, WHOLE] += 1
            else:
                for field in {*old[name], *new[name]}:
                    if old[name].get(field) != new[name].get(field):
                        found[noun, name, field] += 1
    return found


def _keys(side: Declared) -> dict[str, dict[str, Any]]:
    return {i: {**k.model_dump(mode="json"), "stack": s} for (s, i), k in side.keys.items()}


def _plain(models: Any) -> dict[str, dict[str, Any]]:
    return {name: model.model_dump(mode="json") for name, model in models.items()}


def of_rules(change: Change) -> bool:
    return change.subject.noun in (Noun.WAIVER, Noun.RULE, Noun.LIMITS)


@given(revisions(), revisions())
@settings(max_examples=100)
def test_every_difference_is_told_by_exactly_one_change(before: Declared, after: Declared) -> None:
    changes = compare(before, after, (), AT)

    rest = tuple(change for change in changes if not of_rules(change))
    assert told_differences(rest) == real_differences(before, after)
    same_rules = before.configuration == after.configuration
    assert same_rules or any(of_rules(change) for change in changes) or _reordered(before, after)


def _reordered(before: Declared, after: Declared) -> bool:
    """The same decisions, written otherwise: in another order, or a default spelled out."""
    one, other = before.configuration, after.configuration
    rules = {*one.rules, *other.rules}
    return (
        sorted(map(str, one.waivers)) == sorted(map(str, other.waivers))
        and all(one.rules.get(r, "mandatory") == other.rules.get(r, "mandatory") for r in rules)
        and one.limits == other.limits
    )


@given(revisions())
@settings(max_examples=50)
def test_a_change_of_nothing_tells_nothing(side: Declared) -> None:
    again = Declared(
        {where: one.model_copy() for where, one in side.keys.items()},
        side.services,
        side.owners,
        side.gateways,
        side.configuration.model_copy(),
    )

    assert compare(side, again, ("README.md",), AT) == ()


MIRRORED = {
    What.ISSUED: {What.FORGOTTEN},
    What.IMPORTED: {What.FORGOTTEN},
    What.BURIED: {What.TOMBSTONE_LOST},
    What.REVOKED: {What.REVIVED},
    What.TOMBSTONE_REWRITTEN: {What.TOMBSTONE_REWRITTEN},
    What.MOVED: {What.MOVED},
    What.KIND_CHANGED: {What.KIND_CHANGED},
    What.TARGET_CHANGED: {What.TARGET_CHANGED},
    What.SCOPE_NARROWED: {What.SCOPE_WIDENED},
    What.SCOPE_WIDENED: {What.SCOPE_WIDENED, What.SCOPE_NARROWED},
    What.EXTENDED: {What.SHORTENED},
    What.IMPORT_CHANGED: {What.IMPORT_CHANGED},
    What.DELIVERY_ADDED: {What.DELIVERY_ADDED, What.DELIVERY_REMOVED},
    What.REOWNED: {What.REOWNED},
    What.REASSIGNED: {What.REASSIGNED},
    What.ROTATION_WITHDRAWN: {What.ROTATION_WITHDRAWN, What.ROTATED},
    What.ROTATED_LESS_OFTEN: {What.ROTATED_MORE_OFTEN},
    What.QUARANTINE_SHORTENED: {What.QUARANTINE_LENGTHENED},
    What.REWORDED: {What.REWORDED},
    What.SERVICE_ADDED: {What.SERVICE_REMOVED},
    What.SERVICE_RETIRED: {What.SERVICE_REVIVED},
    What.SERVICE_DEPRECATED: {What.SERVICE_REVIVED},
    What.OWNER_ADDED: {What.OWNER_REMOVED},
    What.OWNER_DEPARTED: {What.OWNER_RETURNED},
    What.CONTACT_CHANGED: {What.CONTACT_CHANGED},
    What.REDATED: {What.REDATED},
    What.GATEWAY_CHANGED: {What.GATEWAY_CHANGED},
    What.WAIVED: {What.WAIVER_WITHDRAWN},
    What.WAIVER_CHANGED: {What.WAIVER_CHANGED, What.WAIVER_SHORTENED},
    What.RULE_RELAXED: {What.RULE_TIGHTENED},
    What.LIMITS_CHANGED: {What.LIMITS_CHANGED},
}


def test_every_word_has_its_mirror() -> None:
    mirrors = {what: {*whats} for what, whats in MIRRORED.items()}
    for what, whats in MIRRORED.items():
        for other in whats:
            mirrors.setdefault(other, set()).add(what)

    assert set(What) - set(mirrors) == {What.GUARD_CHANGED, What.FIELD_CHANGED}


@given(revisions(), revisions())
@settings(max_examples=80)
def test_the_change_back_is_the_mirror_image(before: Declared, after: Declared) -> None:
    there, back = compare(before, after, (), AT), compare(after, before, (), AT)

    def image(changes: tuple[Change, ...]) -> dict[tuple[Any, ...], Change]:
        return {
            (c.subject.noun, c.subject.id, c.fields, str(c.before), str(c.after)): c
            for c in changes
        }

    mirrored = image(back)
    assert len(there) == len(back)
    for (noun, name, fields, old, new), change in image(there).items():
        other = mirrored[noun, name, fields, new, old].what
        forth = other in MIRRORED.get(change.what, ()) or change.what in MIRRORED.get(other, ())
        assert forth, (change.what, other)


@given(revisions(), revisions())
@settings(max_examples=50)
def test_risky_changes_come_first(before: Declared, after: Declared) -> None:
    risks = [change.what.risk for change in compare(before, after, ("policies/pack.py",), AT)]

    assert risks == sorted(risks, key=list(Risk).index)
    assert risks[0] is Risk.HIGH


def only(before: Declared, after: Declared) -> Change:
    [change] = compare(before, after, (), AT)
    return change


REVOKED = key(revoked=TOMBSTONE)


def test_a_revocation_says_why_who_refuses_which_copies_go_and_who_loses_it() -> None:
    change = only(declared(key()), declared(REVOKED))

    assert change.what is What.REVOKED
    assert change.told == (
        "cessationOfOperation, PAY-812, by oncall@example.com, 2026-11-20T09:30:00Z"
    )
    assert change.effects == (
        "AWS refuses every version with the next deploy; they are destroyed after 1d of quarantine",
        "the copy at `vault-kv/secret/billing/aws` is destroyed",
        "service `billing` loses it: deploys the billing API",
        "it cannot be taken back: the id never lives again",
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"revoked": {**TOMBSTONE, "reason": "keyCompromise"}}, "destroyed at once"),
        ({"quarantine": "0s", "revoked": TOMBSTONE}, "there is no quarantine"),
        (
            {"kind": "vault-token", "scope": {"policies": ["a"]}, "revoked": TOMBSTONE},
            "Vault refuses every version with the next deploy; they are destroyed at once",
        ),
    ],
)
def test_how_a_revoked_key_ends_is_told(fields: dict[str, Any], said: str) -> None:
    live = key(**{name: value for name, value in fields.items() if name != "revoked"})

    assert said in only(declared(live), declared(key(**fields))).effects[0]


def test_a_key_that_is_deleted_without_a_tombstone_is_of_the_highest_risk() -> None:
    change = only(declared(key()), declared())

    assert (change.what, change.what.risk) == (What.FORGOTTEN, Risk.HIGH)
    assert "keylife revoke billing-deploy" in change.effects[-1]
    assert "AWS goes on accepting it until it expires" in change.effects[0]


def test_a_tombstone_that_is_taken_away_is_told_as_such_with_or_without_its_key() -> None:
    assert only(declared(REVOKED), declared(key())).what is What.REVIVED
    assert only(declared(REVOKED), declared()).what is What.TOMBSTONE_LOST


def test_raising_a_tombstone_to_key_compromise_is_told_from_rewriting_it() -> None:
    raised = key(revoked={**TOMBSTONE, "reason": "keyCompromise"})
    other = key(revoked={**TOMBSTONE, "ref": "PAY-1"})

    assert "destroyed at once" in only(declared(REVOKED), declared(raised)).effects[0]
    assert "deploy refuses another story" in only(declared(REVOKED), declared(other)).effects[0]


@pytest.mark.parametrize(
    ("policies", "what"),
    [
        (["A", "B"], What.SCOPE_WIDENED),
        (["B"], What.SCOPE_WIDENED),
        ([], What.SCOPE_NARROWED),
        (["A"], What.REWORDED),
    ],
)
def test_a_scope_is_narrowed_only_if_nothing_is_gained(policies: list[str], what: What) -> None:
    arns = [f"arn:aws:iam::aws:policy/{name}" for name in policies]
    both = ["arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/C"]
    before = both if not policies else both[:1]
    new = key(scope={"policies": arns or both[:1]}, purpose="another")

    whats = {
        c.what for c in compare(declared(key(scope={"policies": before})), declared(new), (), AT)
    }

    assert whats == {what, What.REWORDED}


def test_a_field_of_a_scope_that_goes_away_may_widen_it() -> None:
    token = {"kind": "vault-approle-secret-id"}
    old = key(**token, scope={"policies": ["a"], "token_ttl": "5m"})
    new = key(**token, scope={"policies": ["a"]})

    assert only(declared(old), declared(new)).what is What.SCOPE_WIDENED


def test_a_renamed_key_is_a_new_one_and_the_end_of_another() -> None:
    deleted = compare(declared(key("old")), declared(key("new")), (), AT)
    revoked = compare(
        declared(key("old")),
        declared(key("old", revoked=TOMBSTONE), key("new", purpose="moved to another pipeline")),
        (),
        AT,
    )

    for changes, end in ((deleted, What.FORGOTTEN), (revoked, What.REVOKED)):
        ended, issued = changes
        assert (ended.what, issued.what) == (end, What.ISSUED)
        assert ended.effects[-1] == "`new` takes its place: a new id is a new key"
        assert issued.effects[-1] == "`old` under another name: a new id is a new key"


def test_a_new_key_takes_the_place_of_one_key_only() -> None:
    place = [{"vault-kv": {"mount": "secret", "path": "other"}}]
    before = declared(key("a", purpose="another"), key("b", deliver=place))

    told = [e for c in compare(before, declared(key("new")), (), AT) for e in c.effects]

    assert [effect for effect in told if "new key" in effect] == [
        "`new` takes its place: a new id is a new key",
        "`a` under another name: a new id is a new key",
    ]


def test_a_new_key_that_is_like_no_other_takes_nobodys_place() -> None:
    changes = compare(declared(key("old")), declared(key("new", ttl="90d")), (), AT)

    assert not any("new key" in effect for change in changes for effect in change.effects)


def test_a_service_that_is_retired_lists_every_key_that_has_to_die() -> None:
    dead = key("e", revoked=TOMBSTONE)
    keys = [key("a"), key("b"), key("c", service="metrics"), key("d"), dead]
    retired = {"billing": {"status": "retired", "since": "2026-12-01T00:00:00Z"}, "metrics": {}}
    after = declared(keys[0], key("b", revoked=TOMBSTONE), keys[2], dead, services=retired)

    changes = {c.subject.id: c for c in compare(declared(*keys), after, (), AT)}

    assert changes["billing"].what is What.SERVICE_RETIRED
    assert changes["billing"].told == "active → retired from 2026-12-01T00:00:00Z"
    assert changes["billing"].effects == (
        "`a` in `dev` has to die, and has no tombstone here",
        "`b` in `dev` is revoked with it",
        "`d` in `dev` is deleted with it: it needs a tombstone",
    )


def test_an_owner_who_departed_lists_the_keys_that_nobody_answers_for() -> None:
    gone = {
        "team-payments": {"status": "departed", "since": "2026-11-01T00:00:00Z"},
        "team-platform": {},
    }

    change = only(declared(key()), declared(key(), owners=gone))

    assert change.what is What.OWNER_DEPARTED
    assert change.told == "active → departed since 2026-11-01T00:00:00Z"
    assert change.effects == ("`billing-deploy` in `dev` has to die, and has no tombstone here",)


def test_a_new_key_of_a_service_that_is_retired_says_so_first() -> None:
    ended = {"since": "2026-10-01T00:00:00Z"}
    parties: dict[str, Any] = {
        "services": {"billing": {"status": "retired", **ended}},
        "owners": {"team-payments": {"status": "departed", **ended}},
    }

    change = only(declared(**parties), declared(key(), **parties))

    assert change.effects[:2] == (
        "its service `billing` is retired",
        "its owner `team-payments` is departed",
    )


def test_a_key_that_moves_to_another_stack_is_not_issued_and_deleted() -> None:
    change = only(declared(key(), stack="dev"), declared(key(), stack="prod"))

    assert (change.what, change.told) == (What.MOVED, "from `dev` to `prod`")


def test_a_rotation_says_when_and_whether_there_is_a_grace() -> None:
    leaked = {"at": "2026-11-23T00:00:00Z", "reason": "keyCompromise"}
    later = {"at": "2027-01-01T00:00:00Z", "reason": "superseded"}

    change = only(declared(key()), declared(key(rotations=[leaked, later])))

    assert change.what is What.ROTATED
    assert change.effects == (
        "requested for 2026-11-23T00:00:00Z (keyCompromise): a new version with the next deploy;"
        " AWS refuses the earlier ones at once, without grace",
        "requested for 2027-01-01T00:00:00Z (superseded): a new version then",
    )
    assert only(declared(key(rotations=[leaked])), declared(key())).what is What.ROTATION_WITHDRAWN


WAIVER = {
    "rule": "ttl-within-limit",
    "key": "billing-deploy",
    "reason": "moves to OIDC",
    "approver": "ciso",
    "until": "2026-12-24T00:00:00Z",
}


@pytest.mark.parametrize(
    ("before", "after", "what", "effect"),
    [
        ([], [WAIVER], What.WAIVED, None),
        ([WAIVER], [], What.WAIVER_WITHDRAWN, None),
        ([WAIVER], [{**WAIVER, "until": "2027-12-24T00:00:00Z"}], What.WAIVER_CHANGED, "before:"),
        ([WAIVER], [{**WAIVER, "approver": "me"}], What.WAIVER_CHANGED, "before:"),
        ([WAIVER], [{**WAIVER, "until": "2026-12-01T00:00:00Z"}], What.WAIVER_SHORTENED, "before:"),
        ([], [{**WAIVER, "until": "2026-11-01T00:00:00Z"}], What.WAIVED, "past its end"),
        ([], [{**WAIVER, "until": None}], What.WAIVED, "no end"),
    ],
)
def test_waivers_are_told(
    before: list[Any], after: list[Any], what: What, effect: str | None
) -> None:
    change = only(declared(waivers=before), declared(waivers=after))

    assert change.what is what
    assert change.subject.id == "ttl-within-limit for billing-deploy"
    assert effect is None or effect in change.effects[0] or effect in change.effects[-1]


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ({}, {"prefer-no-key": "disabled"}, What.RULE_RELAXED),
        ({"prefer-no-key": "advisory"}, {}, What.RULE_TIGHTENED),
    ],
)
def test_a_rule_that_is_taken_otherwise_is_told(
    before: dict[str, str], after: dict[str, str], what: What
) -> None:
    assert only(declared(rules=before), declared(rules=after)).what is what


def test_every_other_decision_of_the_file_is_told_as_a_changed_limit() -> None:
    change = only(declared(), declared(limits={"irrevocable": "2h"}))

    assert (change.what, change.subject.id) == (What.LIMITS_CHANGED, "limits")


@pytest.mark.parametrize(
    "path",
    [
        "policies/pack.py",
        "infra/policies/PulumiPolicy.yaml",
        ".github/workflows/ci.yml",
        ".github/actions/check/action.yml",
        "pipelines/github/action.yml",
        ".gitlab-ci.yml",
        "stacks/keylife.yaml",
        ".github/CODEOWNERS",
        "docs/CODEOWNERS",
        "Pulumi.yaml",
        "stacks/Pulumi.dev.yaml",
        "__main__.py",
        "stacks/__main__.py",
        "infra/stacks/__main__.py",
        ".pre-commit-config.yaml",
    ],
)
def test_a_file_that_guards_keys_is_told_when_it_changes(path: str) -> None:
    [change] = compare(
        declared(), declared(), (path, "README.md", "src/ci.yml", "src/app/__main__.py"), AT
    )

    assert (change.what, change.subject.id) == (What.GUARD_CHANGED, path)


def test_services_and_owners_that_come_and_go_are_told() -> None:
    before, after = declared(), declared()
    changed = Declared(
        {},
        {**after.services, "new": Service(id="new", description="x")},
        {"team-platform": Owner(id="team-platform", contact="elsewhere")},
    )

    whats = [(c.what, c.subject.id) for c in compare(before, changed, (), AT)]

    assert whats == [
        (What.OWNER_REMOVED, "team-payments"),
        (What.CONTACT_CHANGED, "team-platform"),
        (What.SERVICE_ADDED, "new"),
    ]


def test_a_field_that_no_teller_knows_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from keylife.review import fields

    tellers = {name: tell for name, tell in fields._TELLERS.items() if name != "ttl"}
    monkeypatch.setattr(fields, "_TELLERS", tellers)

    change = only(declared(key()), declared(key(ttl="60d")))

    assert (change.what, change.fields, change.before, change.after) == (
        What.FIELD_CHANGED,
        ("ttl",),
        "30d",
        "60d",
    )


def _edge(**fields: Any) -> dict[str, Gateway]:
    told = {"id": "edge", "url": "https://e.example.com/", "value": "{secret}", "cache_age": "5m"}
    return {"edge": Gateway.model_validate({**told, **fields})}


def test_a_gateway_elsewhere_is_told_with_every_key_that_is_shown_there() -> None:
    """Whoever moves it is shown live keys when they are revoked."""
    keys = declared(key(gateways=["edge"]), key("other"))
    elsewhere = _edge(url="https://mallory.example.com/")

    change = only(replace(keys, gateways=_edge()), replace(keys, gateways=elsewhere))

    assert (change.what, change.what.risk) == (What.GATEWAY_CHANGED, Risk.HIGH)
    assert change.told == ("another `url`: asked at https://mallory.example.com/, remembers for 5m")
    assert change.effects == ("`billing-deploy` in `dev` is shown there when it ends",)


def test_a_gateway_that_a_key_names_no_more_is_not_asked() -> None:
    change = only(declared(key(gateways=["edge"])), declared(key(gateways=["inner"])))

    assert change.what is What.GATEWAY_CHANGED
    assert change.effects == (
        "`inner` is shown it when it ends",
        "whether `edge` still lets it in then is not asked",
    )
