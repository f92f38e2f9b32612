"""A Vault that is sealed refuses everybody everything: that is no death, and no step is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hvac
import pytest

from keylife.orphan import Clients, Connection
from keylife.sandbox import openbao
from keylife.sandbox.loopback import address
from keylife.sandbox.process import within
from keylife.systems.system import Holding, Material, Verdict
from keylife.systems.table import SYSTEMS
from tests.systems import test_vault_approle, test_vault_kv, test_vault_pki, test_vault_token
from tests.systems.doing import done


@pytest.fixture
def sealable(tmp_path: Path) -> Iterator[tuple[Clients, str]]:
    """A Vault of the test's own, and what unseals it."""
    port = openbao.free_port()
    process = openbao.launch(tmp_path, tmp_path, port)
    vault = hvac.Client(address(port))

    def is_active() -> bool:
        try:
            return bool(vault.sys.read_health_status().status_code == 200)
        except OSError:
            return False

    def answers() -> bool:
        try:
            return not vault.sys.is_initialized()
        except OSError:
            return False

    try:
        assert within(30, answers)
        made = vault.sys.initialize(secret_shares=1, secret_threshold=1)
        vault.sys.submit_unseal_key(made["keys"][0])
        assert within(30, is_active)
        at = Connection(address=address(port), token=made["root_token"])
        yield Clients(at), made["keys"][0]
    finally:
        process.stop()


def one_of_each(clients: Clients) -> list[tuple[Holding, Material]]:
    vault = clients.vault
    vault.sys.create_or_update_policy("kv-read", openbao.POLICIES["kv-read"])
    vault.sys.enable_secrets_engine("kv", "secret", options={"version": "2"})
    assert within(30, lambda: vault.read("secret/config") is not None)
    vault.sys.enable_auth_method("approle", path="k")
    role = test_vault_approle.made(clients, "k", "keylife-k-v1")
    test_vault_kv.write(clients, "k/place", 1, {"token": "value"})
    return [
        test_vault_token.held("k", test_vault_token.made(clients, "k")),
        (role.held, role.material),
        test_vault_pki.issue(clients, test_vault_pki.made(clients, "pki")),
        (test_vault_kv.held("k/place", 1), {}),
    ]


def test_a_sealed_vault_is_unclear_everywhere_and_all_is_done_once_it_is_unsealed(
    sealable: tuple[Clients, str],
) -> None:
    clients, key = sealable
    held = one_of_each(clients)
    assert {each.system for each, _ in held} == {n for n in SYSTEMS.built_in if "vault" in n}

    clients.vault.sys.seal()
    for each, material in held:
        system = SYSTEMS[each.system]
        for answer in (system.use(each, material, clients), system.look(each, clients)):
            assert answer.verdict is Verdict.UNCLEAR
            assert "503" in answer.said
        for step in system.steps:
            with pytest.raises(hvac.exceptions.VaultDown, match="Vault is sealed"):
                step.do(each, clients)

    clients.vault.sys.submit_unseal_key(key)
    assert within(30, lambda: clients.vault.sys.read_health_status().status_code == 200)
    for each, material in held:
        system = SYSTEMS[each.system]
        assert system.use(each, material, clients).verdict is Verdict.ACCEPTED
        done(each, clients)
        assert system.use(each, material, clients).verdict is Verdict.REFUSED
        assert system.look(each, clients).verdict is Verdict.REFUSED
