"""A token is dead when Vault does not know it, and not when it may do nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import hvac
import pytest
import requests

from keylife.orphan import Clients
from keylife.systems.system import Holding, Verdict
from keylife.systems.table import SYSTEMS
from keylife.systems.vault_token import ask_as
from tests.systems.doing import done, holding
from tests.systems.lossy import Lossy

TOKEN = SYSTEMS["vault-token"]


def made(clients: Clients, name: str, policies: Sequence[str] = ("kv-read",)) -> Any:
    answer = clients.vault.auth.token.create_orphan(
        policies=list(policies), no_default_policy=True, ttl="10m", meta={"keylife-key": name}
    )
    return answer["auth"]


def held(name: str, auth: Any) -> tuple[Holding, dict[str, str]]:
    return holding("vault-token", name, accessor=auth["accessor"]), {"token": auth["client_token"]}


def test_a_live_token_is_accepted_and_a_revoked_one_refused_however_often(
    clients: Clients, name: str
) -> None:
    place, material = held(name, made(clients, name))
    other = made(clients, name)
    assert TOKEN.use(place, material, clients).verdict is Verdict.ACCEPTED
    assert TOKEN.look(place, clients).verdict is Verdict.ACCEPTED

    assert done(place, clients) == {"revoke": "revoked"}
    assert done(place, clients) == {"revoke": "no token has this accessor"}

    answer = TOKEN.use(place, material, clients)
    assert (answer.verdict, answer.said) == (Verdict.REFUSED, "403 permission denied")
    assert TOKEN.look(place, clients).verdict is Verdict.REFUSED
    assert ask_as(other["client_token"], clients).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("policies", [["nobody-wrote-it"], ["metrics-read"]])
def test_a_token_that_may_do_nothing_here_is_alive(
    clients: Clients, name: str, policies: list[str]
) -> None:
    """It may not even look itself up: that is told from not being known."""
    auth = made(clients, name, policies)
    with pytest.raises(hvac.exceptions.Forbidden):
        hvac.Client(clients.vault.url, auth["client_token"]).auth.token.lookup_self()

    assert ask_as(auth["client_token"], clients).verdict is Verdict.ACCEPTED


def test_what_vault_answers_to_the_revoke_of_a_token_that_never_was_proves_nothing(
    clients: Clients, name: str
) -> None:
    """The accessor is another's, by mistake: the step finds nothing, and the token lives."""
    auth = made(clients, name)
    place = holding("vault-token", name, accessor="nobodys-accessor")

    assert done(place, clients) == {"revoke": "no token has this accessor"}
    assert TOKEN.use(place, {"token": auth["client_token"]}, clients).verdict is Verdict.ACCEPTED


def test_children_die_with_their_token(clients: Clients, name: str) -> None:
    auth = made(clients, name, ["root"])
    child = hvac.Client(clients.vault.url, auth["client_token"]).auth.token.create(ttl="5m")
    place, _ = held(name, auth)

    done(place, clients)

    assert ask_as(child["auth"]["client_token"], clients).verdict is Verdict.REFUSED


def test_an_operator_who_may_not_ask_knows_nothing(
    clients: Clients, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, material = held(name, made(clients, name))
    monkeypatch.setenv("VAULT_TOKEN", made(clients, name)["client_token"])
    weaker = Clients()

    with pytest.raises(hvac.exceptions.Forbidden):
        done(place, weaker)
    assert TOKEN.look(place, weaker).verdict is Verdict.UNCLEAR
    # the version asks for itself: whoever the operator is does not matter
    assert TOKEN.use(place, material, weaker).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("status", [403, 429, 472, 473, 500, 502, 503])
def test_what_somebody_in_between_says_is_no_refusal(
    through_vault_way: Clients, vault_way: Lossy, name: str, status: int
) -> None:
    place, material = held(name, made(through_vault_way, name))
    vault_way.answers = lambda path: (status, b"<html>denied by the gateway</html>")

    answer = TOKEN.use(place, material, through_vault_way)

    assert answer.verdict is Verdict.UNCLEAR
    assert answer.said == f"{status} without Vault's JSON"
    assert TOKEN.look(place, through_vault_way).verdict is Verdict.UNCLEAR


@pytest.mark.parametrize(("refused", "broken"), [("/mounts", "/none"), ("-self", "/mounts")])
def test_a_refusal_at_one_path_alone_does_not_tell(
    through_vault_way: Clients, vault_way: Lossy, name: str, refused: str, broken: str
) -> None:
    place, material = held(name, made(through_vault_way, name, ["nobody-wrote-it"]))

    def between(path: str) -> tuple[int, bytes] | None:
        if path.endswith(refused):
            return 403, b'{"errors":["permission denied"]}'
        return (502, b'{"errors":[]}') if path.endswith(broken) else None

    vault_way.answers = between

    assert TOKEN.use(place, material, through_vault_way).verdict is Verdict.UNCLEAR


def test_a_revoke_whose_answer_is_lost_is_done_again(
    through_vault_way: Clients, vault_way: Lossy, name: str
) -> None:
    place, material = held(name, made(through_vault_way, name))
    vault_way.loses = lambda method, path, body: "revoke" in path

    with pytest.raises(requests.ConnectionError):
        done(place, through_vault_way)
    assert vault_way.lost == ["POST /v1/auth/token/revoke-accessor"]
    vault_way.loses = lambda method, path, body: False

    assert done(place, through_vault_way) == {"revoke": "no token has this accessor"}
    assert TOKEN.use(place, material, through_vault_way).verdict is Verdict.REFUSED


def test_nobody_there_is_no_refusal(
    clients: Clients, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, material = held(name, made(clients, name))
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:9")

    answer = TOKEN.use(place, material, Clients())

    assert (answer.verdict, answer.said) == (Verdict.UNCLEAR, "ConnectionError")
    assert material["token"] not in repr(answer)
