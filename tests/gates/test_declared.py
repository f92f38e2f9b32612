"""The declarations as a gate, and the same program at the gate after it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from keylife.crossguard import policies
from keylife.declarations.everything import read_everything
from keylife.errors import DeclarationError, UsageError
from keylife.gates.configured import load_settings
from keylife.gates.declared import check_folder, judge_everything
from keylife.model.duration import format_duration
from keylife.model.key import Key
from keylife.model.ledger import KeyRecord, Ledger, RecordedRevocation
from tests.crossguard.analyzer import Analyzer

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
SERVICES = """\
services:
  - {id: billing, description: bills}
  - {id: fax, description: faxes, status: retired, since: 2026-06-01T00:00:00Z}
  - {id: old, description: ages, status: deprecated, since: 2026-06-01T00:00:00Z}
"""
OWNERS = """\
owners:
  - {id: team-payments, contact: p@example.com}
  - {id: gone, contact: g@example.com, status: departed, since: 2026-06-01T00:00:00Z}
"""
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
TOMBSTONE = "{at: 2026-11-20T09:30:00Z, reason: superseded, by: me, ref: PAY-1}"


def key(name: str = "billing-deploy", **changed: object) -> str:
    told = {
        "id": name,
        "kind": "aws-access-key",
        "service": "billing",
        "owner": "team-payments",
        "purpose": "deploys",
        "scope": "{policies: [" + READ_ONLY + "]}",
        "ttl": "30d",
        "rotate_every": "21d",
        "deliver": "[{vault-kv: {mount: secret, path: " + name + "}}]",
        **changed,
    }
    fields = [f"{field}: {value}" for field, value in told.items()]
    return "  - " + "\n    ".join(fields) + "\n"


def folder(root: Path, **stacks: str) -> Path:
    (root / "services.yaml").write_text(SERVICES)
    (root / "owners.yaml").write_text(OWNERS)
    for stack, keys in stacks.items():
        (root / stack / "keys").mkdir(parents=True)
        (root / stack / "keys" / "all.yaml").write_text("keys:\n" + keys)
    return root


def told(root: Path, at: datetime = AT) -> list[tuple[str, str, str]]:
    verdict = check_folder(root, at)
    return [
        (f.finding.rule, f.finding.subject, str(f.place).removeprefix(f"{root}/"))
        for f in verdict.findings
    ]


def test_what_is_in_order_passes(tmp_path: Path) -> None:
    assert told(folder(tmp_path, dev=key())) == []


@pytest.mark.parametrize(
    ("changed", "rule", "line"),
    [
        ({"ttl": "400d"}, "ttl-within-limit", 8),
        ({"owner": "nobody"}, "owner-known-and-active", 5),
        ({"service": "faks"}, "service-known-and-active", 4),
        ({"service": "old"}, "service-known-and-active", 4),
        ({"scope": "{policies: [arn:aws:iam::aws:policy/AdministratorAccess]}"}, "least-scope", 7),
        ({"rotate_every": "29d 12h".replace(" 12h", "")}, None, 0),
        ({"rotate_every": "719h"}, "rotation-before-expiry", 9),
    ],
)
def test_a_finding_stands_where_it_is_mended(
    tmp_path: Path, changed: Mapping[str, str], rule: str | None, line: int
) -> None:
    found = told(folder(tmp_path, dev=key(**changed)))

    assert [(r, s, p.rpartition(":")[0]) for r, s, p in found] == (
        [(rule, "dev/billing-deploy", f"dev/keys/all.yaml:{line}")] if rule else []
    )


def test_a_retired_service_is_told_with_the_keys_it_leaves(tmp_path: Path) -> None:
    root = folder(tmp_path, dev=key(service="fax") + key("b", service="fax", revoked=TOMBSTONE))

    assert told(root) == [
        ("service-known-and-active", "dev/billing-deploy", "dev/keys/all.yaml:4:14"),
        ("revoked-means-revoked", "service fax", "services.yaml:3:43"),
    ]


class TestSeveralStacks:
    def test_a_key_is_one_stacks(self, tmp_path: Path) -> None:
        root = folder(tmp_path, dev=key(), prod=key(deliver="[{vault-kv: {mount: a, path: b}}]"))

        assert told(root) == [("unique-claim", "prod/billing-deploy", "prod/keys/all.yaml:2:9")]

    def test_what_is_revoked_in_one_does_not_live_in_another(self, tmp_path: Path) -> None:
        root = folder(tmp_path, dev=key(revoked=TOMBSTONE), prod=key())

        assert told(root) == [("no-resurrection", "prod/billing-deploy", "prod/keys/all.yaml:2:9")]

    def test_neither_does_what_looks_like_it(self, tmp_path: Path) -> None:
        root = folder(tmp_path, dev=key(revoked=TOMBSTONE), prod=key("bi11ing-dep1oy"))

        assert [rule for rule, *_ in told(root)] == ["no-resurrection"]

    @pytest.mark.parametrize(
        ("access_key", "found"),
        [("AKIAAAAAAAAAAAAAAAAA", ["no-resurrection"]), ("AKIABBBBBBBBBBBBBBBB", [])],
    )
    def test_neither_does_its_access_key_under_another_id(
        self, tmp_path: Path, access_key: str, found: list[str]
    ) -> None:
        told_of = "{created: 2026-11-01T00:00:00Z, credential: {user: ci, access_key: %s}}"
        dead = told_of % "AKIAAAAAAAAAAAAAAAAA"
        root = folder(
            tmp_path,
            dev=key(revoked=TOMBSTONE, imported=dead),
            prod=key("another", imported=told_of % access_key),
        )

        assert [rule for rule, *_ in told(root)] == found

    def test_an_access_key_is_one_keys(self, tmp_path: Path) -> None:
        told_of = "{created: 2026-11-01T00:00:00Z, credential: {user: ci, access_key: AKIA%s}}"
        imported = told_of % ("A" * 16)
        root = folder(tmp_path, a=key("a", imported=imported), b=key("b", imported=imported))

        assert [(r, s) for r, s, _ in told(root)] == [("unique-claim", "b/b")]

    def test_all_of_them_are_judged(self, tmp_path: Path) -> None:
        root = folder(tmp_path, a=key("a", ttl="400d"), b=key("b"), c=key("c", ttl="400d"))

        assert [subject for _, subject, _ in told(root)] == ["a/a", "c/c"]
        assert check_folder(root, AT).subjects == 3 + 2  # three keys, and who is or will be gone


class TestWhatCannotBeJudged:
    def test_a_fault_is_a_fault(self, tmp_path: Path) -> None:
        with pytest.raises(DeclarationError, match=r"all\.yaml:8:10: "):
            told(folder(tmp_path, dev=key(ttl="0d")))

    def test_a_folder_without_a_stack_is_no_answer(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="no stack"):
            told(folder(tmp_path))

    def test_a_registry_that_is_not_there(self, tmp_path: Path) -> None:
        root = folder(tmp_path, dev=key())
        (root / "owners.yaml").unlink()

        with pytest.raises(DeclarationError, match=r"owners\.yaml"):
            told(root)

    def test_a_configuration_with_a_fault(self, tmp_path: Path) -> None:
        root = folder(tmp_path, dev=key())
        (root / "keylife.yaml").write_text("limits: {lives: {}}\n")

        with pytest.raises(DeclarationError, match=r"keylife\.yaml:1:10: "):
            told(root)


def test_a_waiver_of_the_file_holds_and_ends(tmp_path: Path) -> None:
    root = folder(tmp_path, dev=key(ttl="400d"))
    (root / "keylife.yaml").write_text(
        "waivers:\n  - rule: ttl-within-limit\n    key: billing-deploy\n    reason: a\n"
        "    approver: b\n    until: 2026-12-23T12:00:00Z\n"
    )

    verdict = check_folder(root, AT)
    assert (verdict.findings, len(verdict.waived)) == ((), 1)
    assert told(root, AT + timedelta(days=30)) == [
        ("ttl-within-limit", "dev/billing-deploy", "dev/keys/all.yaml:8:10"),
        ("waiver-valid", "waiver of ttl-within-limit for billing-deploy", "keylife.yaml:2:5"),
    ]


def test_a_thousand_keys_take_a_moment(tmp_path: Path) -> None:
    """Counted as processor time, because other tests run beside this one."""
    keys = "".join(key(f"key-{n}", ttl="400d" if n % 10 == 0 else "30d") for n in range(1000))
    root = folder(tmp_path, dev=keys)
    before = time.process_time()  # the measure itself

    verdict = check_folder(root, AT)

    assert len(verdict.violations) == 100
    assert time.process_time() - before < 2


Said = set[tuple[str, str, str]]


def at_the_declarations(root: Path) -> Said:
    verdict = judge_everything(read_everything(root), load_settings(root), AT)
    return {
        (
            str(f.finding.severity),
            f.finding.subject.partition("/")[2],
            f"{f.finding.message}; {f.finding.remedy} ({f.finding.anchor})",
        )
        for f in verdict.findings
        if "/" in f.finding.subject  # what is said of services and owners no resource says
    }


def at_the_preview(root: Path, keys: list[Key]) -> Said:
    """The same keys as keylife's program registers them, asked through the SDK's analyzer."""
    buried = {
        key.id: KeyRecord(
            id=key.id,
            kind=key.kind,
            revocation=RecordedRevocation(kind=key.kind, versions=(1,), **key.revoked.model_dump()),
        )
        for key in keys
        if key.revoked
    }
    pack = policies(
        beside=root, declarations=".", ledger=lambda: Ledger(keys=buried), clock=lambda: AT
    )
    analyzer = Analyzer(pack)
    said = set()
    for declared in keys:
        if declared.revoked is None:
            for reported in analyzer.analyze(
                "keylife:index:ManagedKey", registered(declared), name=declared.id
            ):
                if reported.policy == "waiver-valid-warning":
                    continue  # what is granted, which the other gate counts apart
                text = reported.message.partition(f"::{declared.id}: ")[2]
                severity = "violation" if reported.mandatory else "warning"
                said.add((severity, declared.id, text))
    return said


def registered(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "kind": key.kind,
        "service": key.service,
        "owner": key.owner,
        "purpose": key.purpose,
        "scope": dict(key.scope),
        "ttl": format_duration(key.ttl),
        "rotateEvery": format_duration(key.rotate_every),
        "quarantine": format_duration(key.quarantine),
        "deliver": [f"{spec.kind}/somewhere" for spec in key.deliver],
        "destroyedThrough": 0,
    }


def random_keys(random: Random) -> Iterator[str]:
    kinds = {
        "aws-access-key": [
            "{policies: [" + READ_ONLY + "]}",
            "{policies: [a:policy/IAMFullAccess]}",
        ],
        "vault-token": ["{policies: [metrics-read]}"],
        "aws-api-gateway-key": ["{usage_plans: [a1b2c3]}"],
        "generated": ["{accepted_by: the partner who has dead-key-v3}"],
    }
    names = ["dead-key", "deadkey", "dead--key", "alive", "a1ive", "third", "fourth"]
    for name in random.sample(names, random.randint(1, len(names))):
        kind = random.choice(list(kinds))
        changed: dict[str, object] = {
            "kind": kind,
            "scope": random.choice(kinds[kind]).replace("a:policy", "arn:aws:iam::aws:policy"),
            "ttl": random.choice(["30d", "33d", "90d", "91d", "400d", "60m"]),
            "rotate_every": random.choice(["30m", "12h", "29d"]),
            "service": random.choice(["billing", "billing", "fax", "old", "nothing"]),
            "owner": random.choice(["team-payments", "team-payments", "gone", "nobody"]),
        }
        if changed["ttl"] in ("30d", "60m") or random.random() < 0.5:
            changed["rotate_every"] = "30m"
        if random.random() < 0.3:
            delivery = f"github-actions-secret: {{repository: {name}, name: KEY}}"
            changed["deliver"] = "[{" + delivery + "}]"
        if name == "dead-key" or random.random() < 0.1:
            changed["revoked"] = TOMBSTONE
        yield key(name, **changed)


def test_the_same_keys_are_judged_alike_at_both_gates(tmp_path: Path, long: bool) -> None:
    random, rules = Random(5), set()
    for number in range(600 if long else 40):
        root = folder_of(tmp_path / str(number), random)
        keys = [e.model for _, e in read_everything(root).keys if e.model is not None]

        first, second = at_the_declarations(root), at_the_preview(root, keys)

        assert first == second, number
        rules |= {message for _, _, message in first}
    assert len(rules) > 20


def folder_of(root: Path, random: Random) -> Path:
    root.mkdir()
    made = folder(root, dev="".join(random_keys(random)))
    (made / "keylife.yaml").write_text(
        "limits:\n  owners: {team-payments: {keys: 2, life: 60d}}\n"
        "waivers:\n  - rule: ttl-within-limit\n    key: third\n    reason: a\n    approver: b\n"
        "    until: 2027-12-23T12:00:00Z\n"
    )
    return made


def test_files_of_one_stack_are_compared_with_each_other(tmp_path: Path) -> None:
    root = folder(tmp_path, dev=key("first"))
    place = "[{vault-kv: {mount: secret, path: first}}]"
    more = key("second", deliver=place) + key("first", deliver=place.replace("first", "third"))
    (root / "dev" / "keys" / "more.yaml").write_text("keys:\n" + more)

    with pytest.raises(DeclarationError) as refused:
        check_folder(root, AT)

    told = [fault.what for fault in refused.value.faults]
    assert len(told) == 2
    assert any("there is a key `first` already" in what for what in told)
    assert any("is where key `first`" in what for what in told)


def test_what_a_file_says_is_let_go_of_once_its_keys_are_read(tmp_path: Path) -> None:
    everything = read_everything(folder(tmp_path, dev=key("first"), prod=key("second")))

    assert [entry.id for _, entry in everything.keys] == ["first", "second"]
    for _, entry in everything.keys:
        assert entry.raw is None
        assert "value" not in vars(entry.document)
