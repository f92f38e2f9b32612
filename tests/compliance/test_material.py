"""What is a secret by its form is recognised, and nothing else is."""

from __future__ import annotations

import pytest

from keylife.compliance.material import holds_a_secret

TOKEN = "hvs." + "CAESIJ" * 5


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(TOKEN, id="a token of Vault's"),
        pytest.param("s." + "a1B2c3D4" * 3, id="a token of OpenBao's"),
        pytest.param("-----BEGIN RSA PRIVATE KEY-----\nMII", id="a private key"),
        pytest.param("-----BEGIN PRIVATE KEY-----\nMII", id="a private key without a kind"),
        pytest.param("ghp_" + "a" * 36, id="a token of GitHub's"),
        pytest.param("glpat-" + "a" * 20, id="a token of GitLab's"),
        pytest.param(f"https://x:{TOKEN}@example.com", id="within a text"),
        pytest.param({"a": [{"b": TOKEN}]}, id="deep inside"),
    ],
)
def test_a_secret_is_known_by_its_form(value: object) -> None:
    assert holds_a_secret(value)


@pytest.mark.parametrize(
    "value",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----",
        "hvs.short",
        "https://s.example.com/abcdefghijklmnopqrstuvwx",
        "a" * 64,
        "urn:pulumi:dev::p::a:b:C::d",
        {"ttl": 3600, "on": True, "none": None},
        [],
        b"hvs.",
    ],
)
def test_what_has_no_such_form_is_none(value: object) -> None:
    assert not holds_a_secret(value)


def test_what_is_nested_without_end_is_not_followed() -> None:
    deep: object = TOKEN
    for _ in range(5_000):
        deep = [deep]

    assert not holds_a_secret(deep)
