"""The policies as the engine asks them, in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi_policy import EnforcementLevel

from keylife.compliance.rules import RULES
from keylife.compliance.tokens import CURRENT, MANAGED_KEY, REVOCATION, VERSION
from keylife.crossguard import policies
from keylife.errors import LedgerUnreadableError
from keylife.model.ledger import Ledger
from tests.compliance.builders import KEY_INPUTS as KEY
from tests.compliance.builders import record, version
from tests.crossguard.analyzer import COMPUTED, Analyzer, Reported, secret, urn

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CANARY = "canary-that-nobody-may-see"
"""Also a name as owners and services have them: being one makes nothing public."""

STACK = "pulumi:pulumi:Stack"
TOKEN = "vault:index/token:Token"
ACCESS_KEY = "aws:iam/accessKey:AccessKey"
STATED = {"metadata": {"owner": "team-payments", "service": "billing"}, "noParent": True}
VERSION_1 = {
    "key": "billing-deploy",
    "version": 1,
    "birth": "2026-11-23T12:00:00Z",
    "expiry": "2026-12-23T12:00:00Z",
}


@pytest.fixture
def pack_folder(tmp_path: Path) -> Path:
    stacks = tmp_path / "stacks"
    stacks.mkdir()
    (stacks / "services.yaml").write_text(
        "services:\n  - {id: billing, description: bills}\n"
        "  - {id: fax, description: faxes, status: retired, since: 2026-06-01T00:00:00Z}\n"
        "  - {id: old, description: ages, status: deprecated, since: 2026-06-01T00:00:00Z}\n"
    )
    (stacks / "owners.yaml").write_text(
        "owners:\n  - {id: team-payments, contact: p@example.com}\n"
    )
    (tmp_path / "policies").mkdir()
    return tmp_path / "policies"


Start = Callable[..., Analyzer]


@pytest.fixture
def start(pack_folder: Path) -> Start:
    def start(
        ledger: Callable[[], Ledger] = Ledger,
        configuration: Mapping[str, Mapping[str, Any]] | None = None,
        folder: Path = pack_folder,
    ) -> Analyzer:
        return Analyzer(policies(beside=folder, ledger=ledger, clock=lambda: NOW), configuration)

    return start


def blocking(reported: list[Reported]) -> set[str]:
    return {r.policy for r in reported if r.mandatory}


@pytest.mark.parametrize(
    ("chain", "inputs", "refused_by"),
    [
        pytest.param(TOKEN, {"ttl": "1h", **STATED}, set(), id="a token with a TTL"),
        pytest.param(
            TOKEN, STATED, {"expiry-required", "managed-only"}, id="a token without a TTL"
        ),
        pytest.param(
            TOKEN,
            {"ttl": COMPUTED, **STATED},
            {"expiry-required", "managed-only", "ttl-within-limit"},
            id="a token with a computed TTL",
        ),
        pytest.param(
            TOKEN,
            {"ttl": secret(COMPUTED), **STATED},
            {"expiry-required", "managed-only", "ttl-within-limit"},
            id="a token with a computed secret TTL",
        ),
        pytest.param(
            TOKEN,
            {"ttl": "1h", "policies": [COMPUTED], "displayName": COMPUTED, **STATED},
            set(),
            id="a token with all else computed",
        ),
        pytest.param(TOKEN, {"ttl": "800h", **STATED}, {"ttl-within-limit"}, id="a long token"),
        pytest.param(
            TOKEN,
            {
                "ttl": "1h",
                "noParent": True,
                "metadata": {"owner": "team-payments", "service": "fax"},
            },
            {"service-known-and-active"},
            id="a token of a retired service",
        ),
        pytest.param(
            TOKEN,
            {"ttl": "1h", "noParent": True, "metadata": {"owner": COMPUTED, "service": "billing"}},
            {"owner-known-and-active"},
            id="a token whose owner is computed",
        ),
        pytest.param(
            TOKEN,
            {"ttl": "1h", "noParent": True, "metadata": COMPUTED},
            {"owner-known-and-active", "service-known-and-active"},
            id="a token whose metadata is computed",
        ),
        pytest.param(
            ACCESS_KEY,
            {"user": "u"},
            {
                "expiry-required",
                "managed-only",
                "owner-known-and-active",
                "service-known-and-active",
            },
            id="a raw access key",
        ),
        pytest.param(
            f"{MANAGED_KEY}${VERSION}${ACCESS_KEY}", {"user": COMPUTED}, set(), id="a managed one"
        ),
        pytest.param("pulumi:providers:vault", {"token": secret(CANARY)}, set(), id="a provider"),
        pytest.param("aws:s3/bucket:Bucket", {"bucket": COMPUTED}, set(), id="a bucket"),
        pytest.param("my:pkg:Component", {"ttl": COMPUTED}, set(), id="a component of others"),
        pytest.param(STACK, {}, set(), id="the stack itself"),
        pytest.param(MANAGED_KEY, KEY, set(), id="a declared key"),
        pytest.param(
            MANAGED_KEY,
            {**KEY, "ttl": COMPUTED},
            {"expiry-required", "ttl-within-limit"},
            id="a declared key with a computed TTL",
        ),
        pytest.param(f"{MANAGED_KEY}${VERSION}", VERSION_1, set(), id="a version"),
        pytest.param(
            f"{MANAGED_KEY}${VERSION}",
            {**VERSION_1, "expiry": "2036-12-23T12:00:00Z"},
            {"ttl-within-limit"},
            id="a version that lives ten years",
        ),
    ],
)
def test_a_resource_is_judged(
    start: Start, chain: str, inputs: dict[str, Any], refused_by: set[str]
) -> None:
    reported = start().analyze(chain, inputs, provider={} if "/" in chain else None)

    assert blocking(reported) == refused_by
    assert [r for r in reported if not r.mandatory] == []


def test_a_deprecated_service_warns_and_blocks_nothing(start: Start) -> None:
    reported = start().analyze(
        TOKEN,
        {"ttl": "1h", "noParent": True, "metadata": {"owner": "team-payments", "service": "old"}},
        provider={},
    )

    assert [(r.policy, r.mandatory) for r in reported] == [
        ("service-known-and-active-warning", False)
    ]


class TestNoResurrection:
    def test_a_revoked_id_is_refused_and_the_tombstone_named(self, start: Start) -> None:
        ledger = Ledger(keys={"billing-deploy": record(revoked=True)})
        [reported] = start(lambda: ledger).analyze(MANAGED_KEY, KEY)

        assert (reported.policy, reported.mandatory) == ("no-resurrection", True)
        for fact in ("2026-11-22T12:00:00Z", "keyCompromise", "oncall@example.com", "PAY-812"):
            assert fact in reported.message

    @pytest.mark.parametrize(
        ("options", "refused"),
        [({"protect": True}, False), ({}, True), ({"protect": True, "aliases": ["urn:x"]}, True)],
    )
    def test_a_revocation_is_protected_and_nothing_else(
        self, start: Start, options: dict[str, Any], refused: bool
    ) -> None:
        reported = start().analyze(REVOCATION, {"key": "billing-deploy"}, **options)

        assert bool(blocking(reported)) is refused

    def test_a_changed_kind_is_refused(self, start: Start) -> None:
        ledger = Ledger(keys={"billing-deploy": record(version())})
        analyzer = start(lambda: ledger)

        assert blocking(analyzer.analyze(MANAGED_KEY, KEY)) == set()
        changed = {**KEY, "kind": "vault-token"}
        assert blocking(analyzer.analyze(MANAGED_KEY, changed)) == {"no-resurrection"}

    def test_a_ledger_that_cannot_be_read_refuses_what_needs_it(self, start: Start) -> None:
        def unreadable() -> Ledger:
            raise LedgerUnreadableError("no CLI")

        analyzer = start(unreadable)

        assert blocking(analyzer.analyze(MANAGED_KEY, KEY)) == {"no-resurrection"}
        assert blocking(analyzer.analyze(TOKEN, {"ttl": "1h", **STATED}, provider={})) == set()

    def test_the_ledger_is_read_once_and_only_for_our_own(self, start: Start) -> None:
        reads = []

        def ledger() -> Ledger:
            reads.append(1)
            return Ledger()

        analyzer = start(ledger)
        analyzer.analyze(TOKEN, {"ttl": "1h", **STATED}, provider={})
        assert reads == []
        analyzer.analyze(MANAGED_KEY, KEY)
        analyzer.analyze(CURRENT, {"key": "billing-deploy", "version": 1})
        assert reads == [1]

    def test_an_active_version_of_a_key_that_ends_is_refused(self, start: Start) -> None:
        analyzer = start()
        ended = {**KEY, "service": "fax", "deliver": []}
        parent = urn(MANAGED_KEY, "name")
        chain = f"{MANAGED_KEY}${VERSION}"

        assert blocking(analyzer.analyze(MANAGED_KEY, ended)) == set()
        assert blocking(analyzer.analyze(chain, VERSION_1, parent=parent)) == {"no-resurrection"}
        deactivated = {**VERSION_1, "deactivated": "2026-11-23T12:00:00Z"}
        assert blocking(analyzer.analyze(chain, deactivated, parent=parent)) == set()


class TestStatedOwners:
    """Each way to state owner and service of what keylife did not make."""

    INPUTS: Mapping[str, Any] = {"secondsToLive": 3600}
    TYPE = "aws:grafana/workspaceApiKey:WorkspaceApiKey"

    def test_none_at_all_is_refused(self, start: Start) -> None:
        assert blocking(start().analyze(self.TYPE, self.INPUTS, provider={})) == {
            "owner-known-and-active",
            "service-known-and-active",
        }

    def test_default_tags_of_the_provider(self, start: Start) -> None:
        tags = '{"tags":{"owner":"team-payments","service":"billing"}}'

        assert (
            blocking(start().analyze(self.TYPE, self.INPUTS, provider={"defaultTags": tags}))
            == set()
        )

    def test_a_component_far_above(self, start: Start) -> None:
        analyzer = start()
        analyzer.analyze("my:p:Team", {"owner": "team-payments", "service": "billing"}, name="t")
        user = "my:p:Team$aws:iam/user:User"
        analyzer.analyze(user, {}, name="u", provider={}, parent=urn("my:p:Team", "t"))
        reported = analyzer.analyze(
            f"{user}${self.TYPE}", self.INPUTS, provider={}, parent=urn(user, "u")
        )

        assert blocking(reported) == set()

    def test_the_configuration(self, start: Start) -> None:
        analyzer = start(
            configuration={
                "owner-known-and-active": {"assigned": {"*": "team-payments"}},
                "service-known-and-active": {"assigned": {"*": "billing"}},
            }
        )

        assert blocking(analyzer.analyze(self.TYPE, self.INPUTS, provider={})) == set()

    def test_keylife_yaml(self, start: Start, pack_folder: Path) -> None:
        (pack_folder.parent / "stacks/keylife.yaml").write_text(
            'owner_stated: {assigned: {"*": team-payments}}\n'
            'service_stated: {assigned: {"*": billing}}\n'
        )

        assert blocking(start().analyze(self.TYPE, self.INPUTS, provider={})) == set()

    def test_an_unreadable_name_is_not_passed_over(self, start: Start) -> None:
        analyzer = start(configuration={"owner-known-and-active": {"assigned": {"*": "x"}}})
        metadata = {
            "metadata": {"owner": CANARY, "service": "billing"},
            "ttl": "1h",
            "noParent": True,
        }
        [reported] = analyzer.analyze(TOKEN, metadata, provider={})

        assert reported.policy == "owner-known-and-active"
        assert CANARY not in reported.message


@pytest.mark.parametrize(
    "configuration",
    [
        pytest.param({"ttl-within-limit": {"limits": {"default": "30"}}}, id="a limit, no unit"),
        pytest.param({"ttl-within-limit": {"limts": {}}}, id="a typo"),
    ],
)
def test_a_faulty_configuration_fails_every_program(
    start: Start, configuration: dict[str, Any]
) -> None:
    analyzer = start(configuration=configuration)

    assert blocking(analyzer.analyze(STACK, {})) == {"ttl-within-limit"}
    assert "ttl-within-limit" in blocking(analyzer.analyze(MANAGED_KEY, KEY))


def test_a_missing_registry_fails_every_program(start: Start, tmp_path: Path) -> None:
    analyzer = start(folder=tmp_path / "elsewhere" / "policies")
    both = {"owner-known-and-active", "service-known-and-active"}

    assert blocking(analyzer.analyze(STACK, {})) == both
    assert blocking(analyzer.analyze(MANAGED_KEY, KEY)) == both


def test_a_registry_can_stand_elsewhere(start: Start, tmp_path: Path, pack_folder: Path) -> None:
    settings = {"registry": str(pack_folder.parent / "stacks")}
    rules = ("owner-known-and-active", "service-known-and-active")
    analyzer = start(
        folder=tmp_path / "elsewhere", configuration={rule: settings for rule in rules}
    )

    assert blocking(analyzer.analyze(STACK, {})) == set()
    assert analyzer.analyze(MANAGED_KEY, KEY) == []


def test_a_broken_description_is_a_violation_of_every_rule(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr("keylife.crossguard.request.describe", broken)
    reported = start().analyze("aws:s3/bucket:Bucket", {}, provider={})

    assert len(blocking(reported)) == len(RULES)
    assert all(CANARY not in r.message for r in reported)


def test_no_message_holds_a_property_that_may_be_secret(start: Start) -> None:
    analyzer = start()
    declared = {"id": "billing-deploy", "key": "billing-deploy", "owner": "x", "service": "x"}
    inputs = declared | {
        name: secret(CANARY)
        for name in (
            "kind", "ttl", "version", "birth", "expiry", "deliver", "deactivated", "explicitMaxTtl",
            "period", "renewable", "expires", "secondsToLive", "dataJson", "path", "pgpKey",
        )
    }  # fmt: skip
    reported = [
        r
        for chain in (MANAGED_KEY, VERSION, CURRENT, REVOCATION, TOKEN, ACCESS_KEY,
                      "aws:appsync/apiKey:ApiKey", "vault:generic/endpoint:Endpoint")
        for r in analyzer.analyze(
            chain,
            {**inputs, "metadata": {"owner": secret(CANARY), "service": CANARY}},
            provider={"token": secret(CANARY)} if "/" in chain else None,
        )
    ]  # fmt: skip

    assert len(reported) > 10
    assert [r for r in reported if CANARY in r.message] == []


class TestInstant:
    @pytest.fixture(autouse=True)
    def _config(self) -> Iterator[None]:
        yield
        pulumi.runtime.set_all_config({})

    @pytest.mark.parametrize(
        ("config", "refused"),
        [
            pytest.param({}, True, id="by the clock the service is retired"),
            pytest.param(
                {"keylife:at": "2026-01-01T00:00:00Z"}, True, id="a stale instant revives nothing"
            ),
            pytest.param(
                {"keylife:at": "2026-01-01T00:00:00Z", "keylife:simulatedClock": "true"},
                False,
                id="a simulated one may",
            ),
            pytest.param({"keylife:at": "noon"}, True, id="what is no instant refuses"),
        ],
    )
    def test_the_rules_judge_at_an_instant(
        self, start: Start, config: dict[str, str], refused: bool
    ) -> None:
        pulumi.runtime.set_all_config(config)
        reported = start().analyze(MANAGED_KEY, {**KEY, "service": "fax"})

        assert ("service-known-and-active" in blocking(reported)) is refused


def test_a_level_for_no_rule_is_refused(pack_folder: Path) -> None:
    with pytest.raises(ValueError, match="expiry-requird"):
        policies(beside=pack_folder, levels={"expiry-requird": EnforcementLevel.ADVISORY})


def test_a_pack_in_which_every_rule_is_disabled_does_not_start(pack_folder: Path) -> None:
    off = {rule.id: EnforcementLevel.DISABLED for rule in RULES}
    with pytest.raises(ValueError, match="every rule is disabled"):
        policies(beside=pack_folder, levels=off)

    policies(beside=pack_folder, levels={**off, "expiry-required": EnforcementLevel.ADVISORY})


class TestKeylifeYaml:
    """The repository's own file holds for the pack, too."""

    def test_its_levels_hold_unless_the_pack_says_otherwise(self, pack_folder: Path) -> None:
        (pack_folder.parent / "stacks" / "keylife.yaml").write_text(
            "rules: {least-scope: disabled, expiry-required: advisory}\n"
        )
        levels = {"expiry-required": EnforcementLevel.MANDATORY}
        own = {p.name: p.enforcement_level for p in policies(beside=pack_folder)}
        told = {p.name: p.enforcement_level for p in policies(beside=pack_folder, levels=levels)}

        assert own["expiry-required"] is EnforcementLevel.ADVISORY
        assert told["expiry-required"] is EnforcementLevel.MANDATORY
        assert own["least-scope"] is own["least-scope-warning"] is EnforcementLevel.DISABLED

    def test_its_limits_hold_and_a_policys_own_win(self, pack_folder: Path, start: Start) -> None:
        (pack_folder.parent / "stacks" / "keylife.yaml").write_text(
            "limits: {life: {aws-access-key: 14d}}\n"
        )
        wider = {"ttl-within-limit": {"limits": {"aws-access-key": "60d"}}}

        assert blocking(start().analyze(MANAGED_KEY, KEY)) == {"ttl-within-limit"}
        assert blocking(start(configuration=wider).analyze(MANAGED_KEY, KEY)) == set()

    def test_what_it_waives_is_shown_and_blocks_nothing(
        self, pack_folder: Path, start: Start
    ) -> None:
        file = pack_folder.parent / "stacks" / "keylife.yaml"
        waiver = "{rule: ttl-within-limit, key: billing-deploy, reason: a, approver: ciso%s}"
        until = ", until: 2027-01-01T00:00:00Z"
        file.write_text(f"waivers: [{waiver % until}]\n")
        analyzer = start()
        long = {**KEY, "ttl": "400d"}

        reported = analyzer.analyze(MANAGED_KEY, long)
        assert [(r.policy, r.mandatory) for r in reported] == [("waiver-valid-warning", False)]
        assert "approved by ciso" in reported[0].message
        assert blocking(analyzer.analyze(MANAGED_KEY, {**long, "id": "other"})) == {
            "ttl-within-limit"
        }

        file.write_text(f"waivers: [{waiver % ''}]\n")
        assert blocking(start().analyze(STACK, {})) == {"waiver-valid"}
        assert blocking(start().analyze(MANAGED_KEY, long)) == {"ttl-within-limit"}

    def test_a_fault_in_it_fails_every_program(self, pack_folder: Path, start: Start) -> None:
        (pack_folder.parent / "stacks" / "keylife.yaml").write_text("waivres: []\n")

        assert blocking(start().analyze(STACK, {})) == {rule.id for rule in RULES}


def test_what_takes_over_a_keys_place_is_refused_whatever_it_is(start: Start) -> None:
    held = urn(f"{MANAGED_KEY}${VERSION}$aws:iam/user:User", "billing-deploy-v1")
    plain = urn("aws:iam/user:User", "somebody")
    analyzer = start()

    for chain in ("aws:s3/bucket:Bucket", "my:pkg:Component", "vault:index/policy:Policy", TOKEN):
        inputs = {"ttl": "1h", **STATED}
        provider: dict[str, Any] | None = None if chain.startswith("my:") else {}
        taken = analyzer.analyze(chain, inputs, provider=provider, aliases=[held])
        left = analyzer.analyze(chain, inputs, provider=provider, aliases=[plain])

        assert (blocking(taken), blocking(left)) == ({"no-resurrection"}, set())


def test_a_version_that_is_named_is_judged_even_if_the_key_comes_later(start: Start) -> None:
    gone = record(revoked=True).model_copy(update={"id": "old-exporter"})
    ledger = Ledger(keys={"old-exporter": gone})
    reads = []

    def read() -> Ledger:
        reads.append(1)
        return ledger

    analyzer = start(read)
    function = {"environment": {"SECRET": "kv/old-exporter-v3", "OTHER": "node-v18"}}

    assert analyzer.analyze("aws:lambda/function:Function", function, provider={}) == []
    assert reads == [], "a program without a key of keylife's has no ledger"
    reported = analyzer.analyze(MANAGED_KEY, KEY)
    assert blocking(reported) == {"dead-reference"}
    assert "old-exporter-v3" in reported[0].message
    assert "node-v18" not in reported[0].message
