"""The recorded traffic of the real Vault plugin, replayed against the stand-in on OpenBao."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import hvac
import pytest

from keylife.sandbox import openbao
from keylife.sandbox.loopback import address
from keylife.sandbox.plugins.vault.provider import VaultProvider
from tests.conformance.replay import Difference, Replay, read_trace
from tests.conformance.stories import STORIES, Step, World
from tests.openbao import running_openbao

TRACES = Path(__file__).parent / "traces"
RECORDED_ADDRESS = "http://127.0.0.1:8200"
WEAK = 'path "auth/token/create" { capabilities = ["update"] }'


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[hvac.Client]:
    with running_openbao(tmp_path) as client:
        yield client


@pytest.mark.parametrize("story", STORIES)
def test_the_stand_in_answers_as_the_real_plugin_did(story: str, vault: hvac.Client) -> None:
    steps = {step.trace: step for step in STORIES[story]}
    environments = _environments(vault)

    def make(trace: str) -> VaultProvider:
        step = steps[trace]
        return VaultProvider(
            clock=lambda: datetime.now(UTC) + step.later,
            environment=environments[step.environment],
        )

    replay = Replay(
        {
            RECORDED_ADDRESS: vault.url,
            "http://127.0.0.1:8299": environments["unreachable"]["VAULT_ADDR"],
            "root": vault.token,
        },
        make,
    )
    world = World(vault, replay.substitution)
    differences = [found for step in steps.values() for found in _replayed(step, replay, world)]

    assert differences == [], "\n".join(map(str, differences))


def test_every_trace_is_replayed() -> None:
    replayed = {step.trace for steps in STORIES.values() for step in steps}

    assert replayed == {path.stem for path in TRACES.glob("*.jsonl")}


def _replayed(step: Step, replay: Replay, world: World) -> list[Difference]:
    if step.before is not None:
        step.before(world)
    return replay.run(step.trace, read_trace(TRACES / f"{step.trace}.jsonl"), step.routes)


def _environments(vault: hvac.Client) -> Mapping[str, Mapping[str, str]]:
    vault.sys.create_or_update_policy("weak", WEAK)
    weak = vault.auth.token.create(policies=["weak"])["auth"]["client_token"]
    nobody = address(openbao.free_port())
    return {
        "usual": {"VAULT_ADDR": vault.url, "VAULT_TOKEN": vault.token},
        "unreachable": {"VAULT_ADDR": nobody, "VAULT_TOKEN": vault.token},
        "bad token": {"VAULT_ADDR": vault.url, "VAULT_TOKEN": "s.nobody"},
        "weak token": {"VAULT_ADDR": vault.url, "VAULT_TOKEN": weak},
    }
