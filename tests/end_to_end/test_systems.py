"""Every kind and delivery of one real stack: found in its state, used, killed, used again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from keylife.engine.providers import connection_of
from keylife.orphan import Clients
from keylife.sandbox.lifecycle import Sandbox
from keylife.systems.holdings import holdings_of, material_of, read_copy
from keylife.systems.system import Verdict
from keylife.systems.table import SYSTEMS
from tests.end_to_end.aws_services import AwsServices
from tests.end_to_end.oracle import Oracle
from tests.end_to_end.project import Project
from tests.end_to_end.test_vault_kinds import Authority, Mount

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

READ_ONLY = ["arn:aws:iam::aws:policy/IAMReadOnlyAccess"]
NOBODY_TO_ASK = {"generated"}
BEGAN_NOTHING = {"aws-role-sessions"}


def declare_all(project: Project, oracle: Oracle, sandbox: Sandbox) -> list[str]:
    """One key of each kind, and one that is nobody's business; the ids of the former."""
    names = project.names
    plan = AwsServices(sandbox).gateway.create_usage_plan(name=names.mark)["id"]
    mount = Mount(oracle, f"approle-{names.mark}").path
    authority = Authority(oracle, f"pki-{names.mark}").mount
    scopes: dict[str, dict[str, Any]] = {
        "aws-access-key": {"policies": READ_ONLY},
        "aws-user-access-key": {"policies": READ_ONLY},
        "aws-service-credential": {"service": "codecommit", "policies": READ_ONLY},
        "aws-api-gateway-key": {"usage_plans": [plan]},
        "vault-token": {"policies": ["kv-read"]},
        "vault-approle-secret-id": {"mount": mount, "policies": ["kv-read"]},
        "vault-pki-certificate": {
            "mount": authority,
            "role": "web",
            "common_name": "api.example.com",
        },
        "generated": {"accepted_by": "the shop's web hook"},
    }
    places = [
        {"vault-kv": {"mount": "secret", "path": names.path("all")}},
        {"secrets-manager": {"name": names.path("all")}},
        {"ssm-parameter": {"name": f"/{names.path('all')}"}},
    ]
    project.declared.aws("spared")
    return [
        str(
            project.declared.aws(
                kind,
                kind=kind,
                scope=scope,
                deliver=places
                if kind == "aws-access-key"
                else [{"vault-kv": {"mount": "secret", "path": names.path(kind)}}],
            )["id"]
        )
        for kind, scope in scopes.items()
    ]


def test_what_a_real_state_tells_is_enough_to_kill_each_kind_and_see_it_dead(
    project: Project, oracle: Oracle, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = declare_all(project, oracle, sandbox)
    project.deploy(datetime.now(UTC).replace(microsecond=0))
    shown: Any = json.loads(project.run("stack", "export", "--show-secrets").stdout)
    hidden = without_plain_texts(shown)
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    clients = {
        held.provider: Clients(connection_of(hidden, held.provider, lambda urn: {}))
        for key in ids
        for held in holdings_of(hidden, key, compromised=True)
    }

    seen: set[str] = set()
    for key in ids:
        found = holdings_of(hidden, key, compromised=True)
        assert found == holdings_of(shown, key, compromised=True)
        before = [SYSTEMS[held.system] for held in found]
        materials = [dict(material_of(shown, held)) for held in found]
        assert not any(map(is_secret, material_of(hidden, found[0])))
        for held, system, material in zip(found, before, materials, strict=True):
            seen.add(held.system)
            there = clients[held.provider]
            if hasattr(
                system, "read_copy"
            ):  # what consumers read is the material, but for names it adds
                copy = dict(read_copy(held, there))
                assert copy.items() >= {n: t for n, t in material.items() if n in copy}.items()
                assert copy
            if held.system not in NOBODY_TO_ASK | BEGAN_NOTHING:
                answer = system.use(held, material, there)
                assert answer.verdict is Verdict.ACCEPTED, (held.system, answer)
            for step in system.steps:
                step.do(held, there)
            if held.system not in NOBODY_TO_ASK:
                answer = system.use(held, material, there)
                assert answer.verdict is Verdict.REFUSED, (held.system, answer)
                assert system.look(held, there).verdict is Verdict.REFUSED
            told = json.dumps([held.model_dump(), answer.said])
            secrets = [text for name, text in material.items() if is_secret(name)]
            assert not any(text in told for text in secrets)

    # gateways have an end-to-end test of their own
    assert seen == SYSTEMS.built_in.keys() - {"unsupported", "gateway"}
    spared = oracle.kv(project.names.path("spared"))
    assert spared is not None
    assert oracle.aws_answers(spared.secret)


def is_secret(field: str) -> bool:
    return field not in {"access_key_id", "user_name", "role_id", "certificate", "issuing_ca"}


def without_plain_texts(value: Any) -> Any:
    """The export as it is without ``--show-secrets``, but for the cipher texts."""
    if isinstance(value, dict):
        return {n: without_plain_texts(v) for n, v in value.items() if n != "plaintext"}
    return [without_plain_texts(entry) for entry in value] if isinstance(value, list) else value
