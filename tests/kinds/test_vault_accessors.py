"""Tokens are looked through while others end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hvac
import pytest

from keylife.kinds.vault_accessors import end_token, standing_tokens
from tests.openbao import running_openbao


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[hvac.Client]:
    with running_openbao(tmp_path_factory.mktemp("openbao")) as client:
        yield client


def _token(vault: hvac.Client, **more: Any) -> dict[str, Any]:
    return dict(vault.auth.token.create(policies=["default"], ttl="1h", **more)["auth"])


def test_what_ended_between_the_listing_and_the_look_is_left_out(
    vault: hvac.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands, ended = _token(vault), _token(vault)
    listed = vault.auth.token.list_accessors()
    vault.auth.token.revoke_accessor(ended["accessor"])
    monkeypatch.setattr(vault.auth.token, "list_accessors", lambda: listed)

    found = {accessor for accessor, _ in standing_tokens(vault)}

    assert stands["accessor"] in found and ended["accessor"] not in found
    known = (stands["accessor"],)
    assert {accessor for accessor, _ in standing_tokens(vault, known)} == found - {*known}


def test_what_may_not_be_asked_is_not_taken_for_ended(vault: hvac.Client) -> None:
    vault.sys.create_or_update_policy(
        "lists", 'path "auth/token/accessors" { capabilities = ["list", "sudo"] }'
    )
    poor = hvac.Client(vault.url, _token(vault)["client_token"])
    lists = vault.auth.token.create(policies=["lists"], ttl="1h")["auth"]["client_token"]

    with pytest.raises(hvac.exceptions.Forbidden):
        list(standing_tokens(poor))
    with pytest.raises(hvac.exceptions.Forbidden):
        list(standing_tokens(hvac.Client(vault.url, lists)))


def test_a_token_is_ended_once_and_that_is_enough(vault: hvac.Client) -> None:
    made = _token(vault)

    for _ in range(2):
        end_token(vault, made["accessor"])

    with pytest.raises(hvac.exceptions.Forbidden):
        hvac.Client(vault.url, made["client_token"]).auth.token.lookup_self()
    with pytest.raises(hvac.exceptions.Forbidden):
        end_token(hvac.Client(vault.url, "nobody"), made["accessor"])
