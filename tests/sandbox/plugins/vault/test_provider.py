"""Where the plugin finds Vault, what it cannot honour, and how it words what it hears."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import hvac
import pytest

from keylife.sandbox.plugins.errors import PluginError
from keylife.sandbox.plugins.values import Secret, Values
from keylife.sandbox.plugins.vault.client import Settings, VaultUnreachableError
from keylife.sandbox.plugins.vault.golang import normal_json, seconds, short_duration
from keylife.sandbox.plugins.vault.provider import VaultProvider

POLICY = "vault:index/policy:Policy"


def _provider(**environment: str) -> VaultProvider:
    return VaultProvider(clock=lambda: datetime.now(UTC), environment=environment)


def _configured(config: Values, **environment: str) -> VaultProvider:
    provider = _provider(**environment)
    provider.configure(config)
    return provider


def test_address_and_token_come_from_the_environment(vault: hvac.Client) -> None:
    provider = _configured({}, VAULT_ADDR=vault.url, VAULT_TOKEN=vault.token)

    assert provider.resources[POLICY].read("default", {}) is not None


def test_the_programs_configuration_comes_first(vault: hvac.Client) -> None:
    provider = _configured(
        {"address": vault.url, "token": Secret(vault.token)},
        VAULT_ADDR="http://127.0.0.1:1",
        VAULT_TOKEN="s.nobody",
    )

    assert provider.resources[POLICY].read("default", {}) is not None


def test_without_an_address_nothing_is_configured() -> None:
    with pytest.raises(PluginError, match="failed to configure Vault address"):
        _configured({}, VAULT_TOKEN="s.x")


@pytest.mark.parametrize(
    "address", ["https://vault.example.com:8200", "http://127.0.0.1.example.com", "vault"]
)
def test_a_vault_elsewhere_is_never_talked_to(address: str) -> None:
    with pytest.raises(PluginError, match="this machine only"):
        _configured({"token": "s.x"}, VAULT_ADDR=address)


@pytest.fixture
def breaking() -> Iterator[tuple[str, list[str]]]:
    """A Vault that carries out what it is asked and then gives no answer; and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"data": {}}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_PUT(self) -> None:
            asked.append(self.path)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_call_whose_answer_got_lost_is_not_made_again(breaking: tuple[str, list[str]]) -> None:
    address, asked = breaking
    provider = _configured({"address": address, "token": "s.x", "skipChildToken": "true"})

    with pytest.raises(PluginError, match=r"error creating token: Put .*: EOF"):
        provider.resources["vault:index/token:Token"].create({"ttl": "1h"})

    assert asked == ["/v1/auth/token/create"]


def test_without_a_token_the_first_call_fails(vault: hvac.Client) -> None:
    provider = _configured({"address": vault.url})

    with pytest.raises(PluginError, match="no vault token set on Client"):
        provider.resources[POLICY].read("default", {})


def test_what_the_sandbox_cannot_honour_is_refused() -> None:
    with pytest.raises(PluginError, match="has no authLogin, caCertFile"):
        _configured({"address": "http://127.0.0.1:1", "caCertFile": "x", "authLogin": "{}"})


@pytest.mark.parametrize(
    "config",
    [
        {"namespace": "team"},
        {},
    ],
    ids=["the provider's", "the resource's own"],
)
def test_resources_are_made_in_the_namespace(vault: hvac.Client, config: Values) -> None:
    vault.sys.create_namespace("team") if "team/" not in _namespaces(vault) else None
    provider = _configured({"address": vault.url, "token": vault.token, **config})
    inputs = {"name": "in-team", "policy": 'path "x" { capabilities = ["read"] }'}

    provider.resources[POLICY].create(inputs if config else {**inputs, "namespace": "team"})

    there = hvac.Client(vault.url, token=vault.token, namespace="team").sys.list_policies()
    assert "in-team" in there["policies"]
    assert "in-team" not in vault.sys.list_policies()["policies"]


def _namespaces(vault: hvac.Client) -> list[str]:
    try:
        return list(vault.sys.list_namespaces()["data"]["keys"])
    except hvac.exceptions.InvalidPath:
        return []


def test_nobody_answering_is_told_with_the_address_and_without_the_token() -> None:
    provider = _configured({"address": "http://127.0.0.1:1", "token": "s.hush"})

    with pytest.raises(PluginError) as failure:
        provider.resources[POLICY].read("default", {})

    assert str(failure.value) == (
        'failed to lookup token, err=Get "http://127.0.0.1:1/v1/auth/token/lookup-self": '
        "dial tcp 127.0.0.1:1: connect: connection refused"
    )
    assert isinstance(failure.value.__cause__, VaultUnreachableError)


def test_settings_do_not_show_the_token() -> None:
    assert "s.hush" not in repr(Settings("http://127.0.0.1:1", "s.hush"))


@pytest.mark.parametrize(
    ("text", "length"), [("0s", 0), ("45s", 45), ("1h30m0s", 5400), ("768h0m0s", 2764800)]
)
def test_durations_are_read_as_go_writes_them(text: str, length: int) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize(
    ("length", "text"),
    [(0, "0s"), (45, "45s"), (60, "1m"), (3600, "1h"), (3605, "1h0m5s"), (2764800, "768h")],
)
def test_durations_are_written_short(length: int, text: str) -> None:
    assert short_duration(length) == text


def test_json_is_written_as_go_writes_it() -> None:
    assert normal_json('{"b": [1, 2], "a": "<&>"}') == '{"a":"\\u003c\\u0026\\u003e","b":[1,2]}'
    assert normal_json("no json") == "no json"
